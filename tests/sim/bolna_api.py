"""The HTTP side of the Bolna stand-in: server, routes, answers, control."""

import contextlib
import itertools
import json
import os
import re
import socket
import struct
import threading
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from . import faults, stand_in
from .bolna_bodies import STATUSES, Fate, execution

E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
WEEK = 7 * 86400
MAX_USER_DATA = 25 * 1024
FILTERS = ("status", "call_type", "provider", "answered_by_voice_mail",
           "batch_id")
SETTINGS = ("pace", "wallet", "concurrency", "webhook", "listing_lag",
            "get_lag", "listing_recipient", "retries", "retry_gap", "source")


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(self, status, message=None, payload=None):
        super().__init__(message)
        self.status = status
        self.payload = payload or {"error": status, "message": message}


@dataclass
class Request:
    """One request as received."""

    method: str
    target: str
    headers: object
    raw: bytes
    connection: int     # number of the TCP connection
    nth: int            # number of the request on it

    def __post_init__(self):
        parts = urlsplit(self.target)
        self.path = parts.path.rstrip("/") or "/"
        self.query = {key: values[-1] for key, values in parse_qs(
            parts.query, keep_blank_values=True).items()}
        self.route, self.ids = match(self.method, self.path)
        self.post = None    # the evidence kept of a POST /call
        self.agents = ()    # of the account whose key it carries

    def json(self):
        """The body as an object."""
        try:
            data = json.loads(self.raw)
        except ValueError:
            raise Refusal(400, "Malformed JSON") from None
        if not isinstance(data, dict):
            raise Refusal(422, "Body must be an object")
        return data

    def phone(self):
        """The number a POST /call is about, if that can be told."""
        with contextlib.suppress(Refusal):
            return self.json().get("recipient_phone_number")
        return None


# Answers.  Each takes the stand-in, the request and the ids in the path, and
# gives (status, payload) or raises Refusal.

def make_call(sim, request):
    """POST /call"""
    body = request.json()
    for name in ("agent_id", "recipient_phone_number"):
        if not body.get(name):
            raise Refusal(400, f"{name} is required")
    phone = body["recipient_phone_number"]
    if not isinstance(phone, str) or not E164.fullmatch(phone):
        raise Refusal(422, "recipient_phone_number must be in E.164 format")
    _agent(sim, request, body["agent_id"])
    if body.get("from_phone_number", sim.numbers[0]) not in sim.numbers:
        raise Refusal(400, "from_phone_number is not a number of this account")
    _check_options(body)
    scheduled = _scheduled(body.get("scheduled_at"))
    call = sim.place(body, scheduled, request)
    answer = {"message": "done", "status": "queued", "execution_id": call.id}
    return 200, answer


def _check_options(body):
    data = body.get("user_data")
    if data is not None and not isinstance(data, dict):
        raise Refusal(422, "user_data must be an object")
    if len(json.dumps(data)) > MAX_USER_DATA:
        raise Refusal(400, "user_data is too large")
    if not isinstance(body.get("bypass_call_guardrails", False), bool):
        raise Refusal(422, "bypass_call_guardrails must be a boolean")


def _scheduled(text):
    """Epoch seconds of scheduled_at; the service chokes on a trailing Z."""
    if text is None:
        return None
    if str(text).upper().endswith("Z"):
        raise Refusal(500, "Internal server error")
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Refusal(400, "scheduled_at could not be read") from None
    if at.tzinfo is None:
        raise Refusal(400, "scheduled_at needs an offset")
    if at.timestamp() < time.time() + 120:
        raise Refusal(400, "Scheduled time should be atleast 2 minutes"
                           " in the future")
    return at.timestamp()


def stop_call(sim, request, call_id):
    """POST /call/{id}/stop"""
    call = sim.find(call_id)
    if call is None or call.agent_id not in request.agents:
        raise Refusal(404, "Execution not found")
    if not sim.halt(call):
        raise Refusal(400, "Only queued or scheduled calls can be stopped")
    return 200, {"message": "done", "status": "stopped",
                 "execution_id": call_id}


def stop_agent(sim, request, agent_id):
    """POST /v2/agent/{id}/stop"""
    _agent(sim, request, agent_id)
    with sim.lock:
        ids = [call.id for call in sim.calls.values()
               if call.agent_id == agent_id and call.status == "queued"
               and sim.halt(call)]
    return 200, {"stopped_executions": ids}


def get_execution(sim, request, *ids):
    """GET /executions/{id}, and the older route by agent"""
    call = sim.find(ids[-1])
    if (call is None or time.time() < call.created + sim.get_lag
            or call.agent_id not in request.agents
            or (len(ids) == 2 and call.agent_id != ids[0])):
        raise Refusal(404, "Execution not found")
    with sim.lock:
        return 200, execution(call)


def get_log(sim, request, call_id):
    """GET /executions/{id}/log"""
    get_execution(sim, request, call_id)
    return 200, {"data": []}


def list_executions(sim, request, agent_id):
    """GET /v2/agent/{id}/executions: newest first, a page at a time"""
    _agent(sim, request, agent_id)
    query = request.query
    start, end = _window(query)
    number = _whole(query.get("page_number", "1"), "page_number", 10 ** 9)
    size = _whole(query.get("page_size", "20"), "page_size", 50)
    sim.listings.append((agent_id, start, end, number))
    if query.get("status") not in (None, *STATUSES):
        raise Refusal(400, "Unknown status")
    newest = time.time() - sim.listing_lag
    with sim.lock:
        calls = [call for call in reversed(sim.calls.values())
                 if call.agent_id == agent_id and start <= call.created < end
                 and call.created <= newest and _wanted(call, query)]
        skip = (number - 1) * size
        page = [execution(call) for call in calls[skip:skip + size]]
    if not sim.listing_recipient:
        for row in page:
            row["context_details"]["recipient_data"] = None
    return 200, {
        "page_number": number, "page_size": size, "total": len(calls),
        "has_more": skip + size < len(calls), "data": page,
        "filters": {key: query[key] for key in FILTERS if key in query},
        "sorts": []}


def _window(query):
    try:
        start, end = (_when(query[key]) for key in ("from", "to"))
    except KeyError:
        raise Refusal(400, "from and to are both required") from None
    except ValueError:
        raise Refusal(400, "from or to could not be read") from None
    if not 0 <= end - start <= WEEK:
        raise Refusal(400, "from and to may be at most 7 days apart")
    return start, end


def _when(text):
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=timezone.utc)).timestamp()


def _whole(text, name, most):
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise Refusal(400, f"{name} is out of range")
    return int(text)


def _wanted(call, query):
    have = {"status": call.status, "call_type": "outbound",
            "provider": call.shape.provider,
            "answered_by_voice_mail":
                str(bool(call.fate.answered_by_voice_mail)).lower()}
    return all(query[key] == have.get(key) for key in FILTERS if key in query)


def _agent(sim, request, agent_id):
    if agent_id not in request.agents:
        raise Refusal(404, "Agent not found")
    return sim.agents[agent_id]


def get_agent(sim, request, agent_id):
    """GET /v2/agent/{id}.  Where the address is shown is not documented."""
    agent = dict(_agent(sim, request, agent_id))
    url = agent.pop("webhook_url", sim.webhook)
    if sim.shows_webhook == "top":
        agent["webhook_url"] = url
    elif sim.shows_webhook == "agent_config":
        agent["agent_config"] = {"webhook_url": url}
    return 200, agent


def list_agents(sim, request):
    """GET /v2/agent/all"""
    return 200, [get_agent(sim, request, agent)[1] for agent in request.agents]


def patch_agent(sim, request, agent_id):
    """PATCH /v2/agent/{id}: an address without scheme is taken, silently."""
    agent = _agent(sim, request, agent_id)
    config = request.json().get("agent_config")
    if not isinstance(config, dict):
        raise Refusal(400, "agent_config is required")
    with sim.lock:
        for name in ("webhook_url", "agent_name"):
            if name in config:
                agent[name] = config[name]
    return 200, {"message": "success", "state": "updated"}


def get_user(sim, _request):
    """GET /user/me: the wallet is in cents"""
    return 200, {
        "id": "00000000-0000-4000-8000-00000000aaaa", "name": "Example Ltd",
        "email": "calls@example.com", "wallet": round(sim.wallet, 2),
        "concurrency": {"max": sim.concurrency, "current": len(sim.active)}}


# The control surface, for a test in another process.

def control_calls(sim, _request):
    """GET /_sim/calls: the calls placed, with the status they are in"""
    with sim.lock:
        return 200, [dict(asdict(placed),
                          status=sim.calls[placed.execution_id].status)
                     for placed in sim.placed]


def control_posts(sim, _request):
    """GET /_sim/posts"""
    return 200, [dict(asdict(p), raw=_text(p.raw)) for p in list(sim.posts)]


def control_deliveries(sim, _request):
    """GET /_sim/deliveries"""
    return 200, [dict(asdict(d), body=_text(d.body))
                 for d in list(sim.deliveries)]


def control_fate(sim, request):
    """POST /_sim/fate {"phone", "fate": one or several}"""
    data = request.json()
    fates = data["fate"] if isinstance(data["fate"], list) else [data["fate"]]
    sim.fate(data.get("phone", "*"), *map(Fate.from_json, fates))
    return 200, {"ok": True}


def control_fault(sim, request):
    """POST /_sim/fault {"route" or "phone", "fault": one or several}"""
    data = request.json()
    key = data.get("phone") or data.get("route") or "*"
    found = data["fault"] if isinstance(data["fault"], list) \
        else [data["fault"]]
    sim.fault(key, *map(faults.from_json, found))
    return 200, {"ok": True}


def control_release(sim, request):
    """POST /_sim/release {"id"}"""
    return 200, {"ok": sim.release(request.json()["id"])}


def control_send(sim, request):
    """POST /_sim/send {"body", "url", "source"}: any webhook at all"""
    data = request.json()
    body = data["body"]
    status, text = sim.send(body.encode() if isinstance(body, str) else body,
                            data.get("url"), data.get("source"))
    return 200, {"status": status, "body": text}


def control_set(sim, request):
    """POST /_sim/set {"wallet": 0, …}"""
    data = request.json()
    for name, value in data.items():
        if name not in SETTINGS:
            raise Refusal(400, f"no such setting: {name}")
        setattr(sim, name, value)
    return 200, {"ok": True}


def _text(raw):
    return raw.decode("utf-8", "replace")


ROUTES = {
    "POST /call": make_call,
    "POST /call/{id}/stop": stop_call,
    "GET /executions/{id}": get_execution,
    "GET /executions/{id}/log": get_log,
    "GET /agent/{id}/execution/{id}": get_execution,
    "GET /v2/agent/all": list_agents,
    "GET /v2/agent/{id}": get_agent,
    "PATCH /v2/agent/{id}": patch_agent,
    "GET /v2/agent/{id}/executions": list_executions,
    "POST /v2/agent/{id}/stop": stop_agent,
    "GET /user/me": get_user,
    "GET /_sim/calls": control_calls,
    "GET /_sim/posts": control_posts,
    "GET /_sim/deliveries": control_deliveries,
    "POST /_sim/fate": control_fate,
    "POST /_sim/fault": control_fault,
    "POST /_sim/release": control_release,
    "POST /_sim/send": control_send,
    "POST /_sim/set": control_set,
}
PATTERNS = [(name, re.compile(name.replace("{id}", "([^/]+)")))
            for name in ROUTES]


def match(method, path):
    """(route, ids in the path); (None, ()) when there is none."""
    for name, pattern in PATTERNS:
        found = pattern.fullmatch(f"{method} {path}")
        if found:
            return name, found.groups()
    return None, ()


def _admit(sim, request):
    key = request.headers.get("Authorization", "").removeprefix("Bearer ")
    sim.asked.append((key, request.method, request.path))
    if key == sim.key:
        foreign = {a for agents in sim.others.values() for a in agents}
        request.agents = [a for a in sim.agents if a not in foreign]
    elif key in sim.others:
        request.agents = sim.others[key]
    else:
        raise Refusal(403, payload={"detail": "Unrecognized access token"})


def answer(sim, request):
    """(status, payload) of a request that is carried out."""
    control = request.path.startswith("/_sim/")
    try:
        if not control:
            _admit(sim, request)
        if request.route is None:
            raise Refusal(404, "Not found")
        return ROUTES[request.route](sim, request, *request.ids)
    except Refusal as refusal:
        return refusal.status, refusal.payload
    except (KeyError, TypeError, ValueError, OSError) as error:
        if not control:
            raise
        return 400, {"ok": False, "reason": f"{type(error).__name__}: {error}"}


class Server(stand_in.Server):
    """Knows its connections, so that stopping leaves nothing behind."""

    def __init__(self, *arguments):
        self.numbers = itertools.count(1)
        self.live = {}      # thread: its connection
        super().__init__(*arguments)

    def stop(self):
        """Stop listening, hang up on everyone, wait for the threads."""
        super().stop()
        for thread, connection in list(self.live.items()):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(5)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.number = next(self.server.numbers)
        self.count = 0
        self.server.live[threading.current_thread()] = self.connection

    def finish(self):
        super().finish()
        self.server.live.pop(threading.current_thread(), None)

    def log_message(self, format, *args):
        """Say nothing: a test's output is for the test."""

    def serve(self):
        """Read a request, let its fault have its way, answer."""
        self.count += 1
        closing = self.close_connection
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path, self.headers, raw,
                          self.number, self.count)
        sim = self.server.sim
        fault = sim.befall(request) or faults.Fault()
        self.close_connection = True    # if a stall is cut short
        if not sim.sleep(fault.before):
            return
        status, payload = None, None
        if fault.carried_out:
            status, payload = answer(sim, request)
        if not sim.sleep(fault.after):
            return
        status, payload = fault.alter(status, payload)
        if request.post is not None and fault.cut not in ("start", "headers"):
            sim.answered(request.post, status)
        self.close_connection = closing
        self.reply(fault, status, payload)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = serve

    def reply(self, fault, status, payload):
        """Send as much of the answer as the fault leaves of it."""
        kind, body = faults.encode(payload)
        headers = {"Date": self.date_time_string(), "Content-Type": kind,
                   "Content-Length": str(len(body)), **fault.headers}
        head = f"HTTP/1.1 {status} {faults.REASONS.get(status, 'OK')}\r\n"
        head += "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
        head = head.encode("latin-1")
        kept = {"start": b"", "headers": head[:len(head) // 2],
                "body": head + body[:len(body) // 2], "": head + body}
        if kept[fault.cut]:
            self.connection.sendall(kept[fault.cut])
        if fault.cut or fault.close:
            self.close_connection = True
        if fault.reset:
            self.hang_up_hard()

    def hang_up_hard(self):
        """RST: the descriptor must go at once, with no FIN before it."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
