"""Scripted faults of an HTTP stand-in.

A fault says what goes wrong with one request: how long it stalls, whether it
is carried out at all, and what the client gets to see of the answer.  Whether
it was *carried out* is kept apart from what was *answered*, because that
difference is what a client that must never act twice has to get right.
"""

import json
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace

REASONS = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 422: "Unprocessable Entity", 429: "Too Many Requests",
    500: "Internal Server Error", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout",
}
CUTS = ("", "start", "headers", "body")


@dataclass(frozen=True)
class Fault:
    """What goes wrong with `times` requests (0: with all that follow).

    Seconds are wall clock seconds: a client's time limits are too, so they
    are never scaled by the pace of the simulated calls.
    """

    before: float = 0.0             # stall before the request is carried out
    processed: bool | None = None   # None: yes, unless `status` replaces it
    after: float = 0.0              # stall before the answer
    status: int | None = None       # answer with this status instead
    body: object = None             # and this body: str, bytes or JSON
    headers: dict = field(default_factory=dict)
    omit: tuple = ()                # keys taken out of the JSON answer
    trim: int = 0                   # elements missing at the end of `data`
    nameless: bool = False          # listing without recipient_data
    brief: bool = False             # listing without what was said
    cut: str = ""                   # send nothing, half the head or the body
    reset: bool = False             # cut with RST rather than FIN
    close: bool = False             # answer, then close though keep-alive
    reused: bool = False            # only on a connection used before
    times: int = 1

    def __post_init__(self):
        if self.cut not in CUTS:
            raise ValueError(f"cut is one of {CUTS}")

    @property
    def carried_out(self):
        """Does the request take effect?"""
        if self.processed is None:
            return self.status is None
        return self.processed

    def alter(self, status, payload):
        """The (status, payload) the client gets for the true one."""
        if isinstance(payload, dict):
            payload = self._spoil(dict(payload))
        status = self.status or status or 500
        if self.body is not None:
            payload = self.body
        elif payload is None or self.status is not None:
            payload = {"error": status,
                       "message": REASONS.get(status, "Error")}
        return status, payload

    def _spoil(self, payload):
        for key in self.omit:
            payload.pop(key, None)
        rows = payload.get("data")
        if isinstance(rows, list) and self.trim:
            payload["data"] = rows = rows[:max(0, len(rows) - self.trim)]
        if isinstance(rows, list) and self.brief:
            for row in rows:
                row.update(transcript=None, summary=None)
        if isinstance(rows, list) and self.nameless:
            for row in rows:
                row["context_details"] = dict(row["context_details"],
                                              recipient_data=None)
        return payload


HTML = "<html><head><title>502 Bad Gateway</title></head></html>"
NAMED = {
    "drop-before": Fault(processed=False, cut="start"),
    "drop-after": Fault(processed=True, cut="start"),
    "drop-reused": Fault(processed=True, cut="start", reused=True),
    "reset-start": Fault(processed=True, cut="start", reset=True),
    "reset-headers": Fault(processed=True, cut="headers", reset=True),
    "reset-body": Fault(processed=True, cut="body", reset=True),
    "short-body": Fault(processed=True, cut="body"),
    "not-json": Fault(processed=True, body="done, thank you"),
    "no-id": Fault(processed=True, omit=("execution_id",)),
    "html-502": Fault(status=502, processed=True, body=HTML),
    "empty-500": Fault(status=500, processed=True, body=b""),
    "close-after": Fault(processed=True, close=True),
    "stall-before": Fault(before=30.0, processed=True),
    "stall-after": Fault(processed=True, after=30.0),
    "incomplete-page": Fault(trim=1),
    "no-recipient-data": Fault(nameless=True),
}


def named(name, **changes):
    """A fault by its name, with some fields changed."""
    return replace(NAMED[name], **changes)


def refusal(status, retry_after=None, **changes):
    """An error status; `processed=True` makes it a lie about a placed call."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Fault(status=status, headers=headers, **changes)


def from_json(data):
    """A fault from its JSON form: a name, or fields with an optional name."""
    if isinstance(data, str):
        return named(data)
    data = dict(data)
    if "omit" in data:
        data["omit"] = tuple(data["omit"])
    return replace(NAMED[data.pop("name")] if "name" in data else Fault(),
                   **data)


def encode(payload):
    """(content type, bytes) of an answer."""
    if isinstance(payload, bytes):
        return "application/octet-stream", payload
    if isinstance(payload, str):
        kind = "text/html" if payload.startswith("<") else "text/plain"
        return kind + "; charset=utf-8", payload.encode()
    return "application/json", json.dumps(payload).encode()


class FaultQueue:
    """The faults still to happen, in order, by route or telephone number."""

    def __init__(self):
        self._lock = threading.Lock()
        self._queues = defaultdict(deque)

    def add(self, key, *faults):
        """Queue faults for a route ("POST /call"), a number, or "*"."""
        with self._lock:
            self._queues[key].extend([fault, fault.times] for fault in faults)

    def clear(self, key=None):
        """Forget what was queued for one key, or for all."""
        with self._lock:
            if key is None:
                self._queues.clear()
            else:
                self._queues.pop(key, None)

    def take(self, keys, reused=False):
        """The fault that befalls this request, or None."""
        with self._lock:
            for key in keys:
                queue = self._queues.get(key)
                if queue and (reused or not queue[0][0].reused):
                    return self._use(queue)
        return None

    @staticmethod
    def _use(queue):
        entry = queue[0]
        if entry[1] == 1:
            queue.popleft()
        elif entry[1] > 1:
            entry[1] -= 1
        return entry[0]
