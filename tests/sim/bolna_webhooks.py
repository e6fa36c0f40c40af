"""How the Bolna stand-in gets its webhooks out: a clock and couriers."""

import contextlib
import heapq
import http.client
import itertools
import json
import queue
import socket
import sys
import threading
import time
import traceback
from collections import defaultdict, deque
from dataclasses import dataclass
from urllib.parse import urlsplit


class Pending:
    """Counts what is still to be done, across the clock and the couriers.

    One counter for both: two would both read zero for a moment while a piece
    of work passes from one to the other.
    """

    def __init__(self, changed):
        self._lock = threading.Lock()
        self._changed = changed
        self.count = 0

    def begin(self):
        """One thing more is to be done."""
        with self._lock:
            self.count += 1

    def end(self):
        """One thing is done."""
        with self._lock:
            self.count -= 1
        self._changed()


class Clock:
    """One thread that does things when they are due."""

    def __init__(self, pending):
        self._pending = pending
        self._due = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True,
                                        name="sim-clock")

    def start(self):
        """Begin."""
        self._thread.start()

    def stop(self):
        """Forget what is due and end the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    def after(self, seconds, action):
        """Do `action` in so many seconds."""
        self._pending.begin()
        with self._wake:
            heapq.heappush(self._due, (time.monotonic() + seconds,
                                       next(self._order), action))
            self._wake.notify()

    def _next(self):
        """The next action, when it is due; None to end."""
        with self._wake:
            while not self._stopping:
                left = None
                if self._due:
                    left = self._due[0][0] - time.monotonic()
                    if left <= 0:
                        return heapq.heappop(self._due)[2]
                self._wake.wait(left)
        return None

    def _run(self):
        while action := self._next():
            try:
                action()
            except Exception:   # one bad action must not stop all calls
                traceback.print_exc(file=sys.stderr)
            finally:
                self._pending.end()


@dataclass
class Delivery:
    """One webhook sent: evidence."""

    execution: str
    status: str
    attempt: int                # 1 for the first time
    time: float
    body: bytes
    http: int | None = None     # the receiver's answer
    answer: str = ""
    error: str | None = None    # why there was none


@dataclass
class Job:
    """A webhook to be sent, a snapshot of the execution at that moment."""

    execution: str
    status: str
    url: str
    body: bytes
    attempt: int = 1


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def connection_to(url, source, timeout):
    """(connection, request target) for an http: or unix:/path:/uri address."""
    if url.startswith("unix:"):
        path, _, target = url[len("unix:"):].partition(":")
        return UnixConnection(path, timeout), target or "/"
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(f"not an http address: {url}")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return http.client.HTTPConnection(
        parts.hostname, parts.port or 80, timeout=timeout,
        source_address=(source, 0) if source else None), target


def post(url, body, source=None, timeout=10.0, headers=None, watch=None):
    """POST once, no redirects followed; (status, text of the answer)."""
    connection, target = connection_to(url, source, timeout)
    if watch is not None:
        watch.add(connection)
    try:
        connection.request("POST", target, body=body, headers={
            "Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        if watch is not None:
            watch.discard(connection)
        connection.close()


def encode(body, ascii_only=False):
    """The bytes of a webhook: bytes stay as they are."""
    if isinstance(body, bytes):
        return body
    return json.dumps(body, ensure_ascii=ascii_only).encode()


class Couriers:
    """Threads that deliver, in order for one execution, else side by side."""

    def __init__(self, sim, workers=8):
        self._sim = sim
        self._lock = threading.Lock()
        self._jobs = defaultdict(deque)
        self._keys = queue.SimpleQueue()
        self._open = set()
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, daemon=True,
                             name=f"sim-courier-{i}") for i in range(workers)]

    def start(self):
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Drop what is not delivered and end the threads."""
        self._stopping = True
        for _ in self._threads:
            self._keys.put(None)
        for connection in list(self._open):
            with contextlib.suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(self._sim.webhook_timeout + 1)

    def put(self, job):
        """Deliver this after all that was put in for the same execution."""
        self._sim.pending.begin()
        with self._lock:
            jobs = self._jobs[job.execution]
            jobs.append(job)
            if len(jobs) == 1:
                self._keys.put(job.execution)

    def _run(self):
        while (key := self._keys.get()) is not None and not self._stopping:
            try:
                self._deliver(self._jobs[key][0])
            finally:
                self._done(key)

    def _done(self, key):
        """Take the job off; the next of this execution may go."""
        with self._lock:
            jobs = self._jobs[key]
            jobs.popleft()
            if jobs:
                self._keys.put(key)
            else:
                del self._jobs[key]
        self._sim.pending.end()

    def _deliver(self, job):
        sim = self._sim
        delivery = Delivery(job.execution, job.status, job.attempt,
                            time.time(), job.body)
        try:
            delivery.http, delivery.answer = post(
                job.url, job.body, sim.source, sim.webhook_timeout,
                watch=self._open)
        except (OSError, ValueError, http.client.HTTPException) as error:
            delivery.error = f"{type(error).__name__}: {error}"
        sim.delivered(delivery)
        if delivery.http != 200 and job.attempt <= sim.retries:
            job = Job(job.execution, job.status, job.url, job.body,
                      job.attempt + 1)
            sim.clock.after(sim.retry_gap, lambda: self.put(job))
