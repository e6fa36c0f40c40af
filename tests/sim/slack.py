"""A stand-in for Slack's incoming webhooks.

Messages are held to what Slack's pages and packages say about lengths and
shapes; what is wrong is answered as Slack answers, with one word.  Faults are
scripted (faults.py): what was posted is kept apart from what was answered.
"""

import json
import re
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from .faults import FaultQueue
from .stand_in import StandIn

MAX_BLOCKS = 50
MAX_TEXT = 40000
MAX_MESSAGE = 13200     # characters in all; not in Slack's pages, but met
KEYS = {"text", "blocks", "attachments", "unfurl_links", "unfurl_media",
        "link_names", "metadata"}
TEXTS = {"mrkdwn": {"type", "text", "verbatim"},
         "plain_text": {"type", "text", "emoji"}}
STATES = {      # of a hook, and how it refuses
    "gone": (404, "no_service"), "archived": (410, "channel_is_archived"),
    "forbidden": (403, "action_prohibited"),
    "disabled": (403, "team_disabled")}
ORDER = re.compile(r"<[!@#][^>]*>|<https?:[^>]*>")
ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")


class Refusal(Exception):
    """What is answered instead of ok."""

    def __init__(self, status, word):
        super().__init__(word)
        self.status, self.word = status, word


@dataclass
class Request:
    """One request as received."""

    when: float
    method: str
    path: str
    headers: dict
    raw: bytes
    body: object = None
    status: int = 0             # 0: not answered (yet)
    posted: bool = False


@dataclass
class Hook:
    """An incoming webhook: whoever knows its address can post."""

    url: str
    state: str = "active"
    messages: list = field(default_factory=list)    # bodies, as posted
    moments: deque = field(default_factory=deque)

    def texts(self):
        """Every text of every message, in order."""
        return [text for message in self.messages
                for text in texts_of(message)]


def texts_of(message):
    """The texts of a message, wherever they stand."""
    if isinstance(message, dict):
        for key, value in message.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from texts_of(value)
    elif isinstance(message, list):
        for value in message:
            yield from texts_of(value)


# --- shapes ---

def need(condition, word="invalid_blocks"):
    if not condition:
        raise Refusal(400, word)


def check_text(obj, longest, kinds=("mrkdwn", "plain_text")):
    """A text object of 1 to `longest` characters."""
    need(isinstance(obj, dict) and obj.get("type") in kinds)
    need(set(obj) <= TEXTS[obj["type"]])
    text = obj.get("text")
    need(isinstance(text, str) and 1 <= len(text) <= longest)


def check_header(block):
    need(set(block) <= {"type", "text", "block_id"})
    check_text(block.get("text"), 150, ("plain_text",))


def check_section(block):
    need(set(block) <= {"type", "text", "fields", "block_id", "expand"})
    need("text" in block or "fields" in block)
    if "text" in block:
        check_text(block["text"], 3000)
    fields = block.get("fields", [{"type": "mrkdwn", "text": "-"}])
    need(isinstance(fields, list) and 1 <= len(fields) <= 10)
    for one in fields:
        check_text(one, 2000)


def check_context(block):
    need(set(block) <= {"type", "elements", "block_id"})
    elements = block.get("elements")
    need(isinstance(elements, list) and 1 <= len(elements) <= 10)
    for one in elements:
        check_text(one, 3000)


def check_divider(block):
    need(set(block) <= {"type", "block_id"})


CHECKS = {"header": check_header, "section": check_section,
          "context": check_context, "divider": check_divider}


def check_message(body):
    """What Slack would say of it; a message that passes is posted."""
    need(isinstance(body, dict) and set(body) <= KEYS, "invalid_payload")
    text, blocks = body.get("text"), body.get("blocks")
    need(text is None or isinstance(text, str), "invalid_payload")
    need(text or blocks, "no_text")
    if blocks is None:
        return
    need(isinstance(blocks, list), "invalid_blocks_format")
    need(1 <= len(blocks) <= MAX_BLOCKS)
    for block in blocks:
        need(isinstance(block, dict) and block.get("type") in CHECKS)
        CHECKS[block["type"]](block)
    need(sum(map(len, texts_of(blocks))) <= MAX_MESSAGE,
         "msg_blocks_too_long")


def orders(message):
    """What Slack would take for a mention or a link instead of text."""
    return [found for text in texts_of(message)
            for found in ORDER.findall(text)]


def unescaped(message):
    """Texts with a character that was to be escaped and is not."""
    return [text for text in texts_of(message)
            if ENTITY.search(text) or "<" in text or ">" in text]


# --- the server ---

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_request(self):
        sim = self.server.sim
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(time.time(), self.command, self.path, {
            k.lower(): v for k, v in self.headers.items()}, raw)
        fault = sim.arrive(request)
        status, body, headers = sim.answer(request, fault)
        self.reply(fault, status, body, headers)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_request

    def reply(self, fault, status, body, headers):
        if fault and fault.cut == "start":
            return self.hang_up(fault)
        kind = "text/html" if body.startswith(b"<") else "text/plain"
        self.send_response(status)
        self.send_header("Content-Type", kind + "; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        if fault and fault.cut:
            self._headers_buffer.append(b"\r\n")
            self.flush_headers()
            return self.hang_up(fault)
        self.end_headers()
        self.wfile.write(body)
        return None

    def hang_up(self, fault):
        self.close_connection = True
        if fault.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))

    def log_message(self, format, *args):
        """The requests are kept instead."""


class Slack(StandIn):
    """`limit`: so many messages a hook in so many seconds, else 429."""

    handler = Handler

    def __init__(self, limit=None):
        super().__init__()
        self.limit = limit
        self.faults = FaultQueue()
        self.hooks, self.requests = {}, []
        self.changed = threading.Condition()

    def hook(self, name):
        """A new webhook."""
        path = f"/services/T0000TEST/B{len(self.hooks):08}/{name}-Xk29sdf"
        hook = Hook(self.url + path)
        self.hooks[path] = hook
        return hook

    def fault(self, *faults, hook=None):
        """What befalls the next requests, of one hook or of all."""
        key = "*" if hook is None else hook.url.split("/", 3)[3]
        self.faults.add(key, *faults)

    def wait(self, condition, timeout=20, what="Slack hears of it"):
        """Until condition() is true."""
        with self.changed:
            if not self.changed.wait_for(condition, timeout):
                raise AssertionError(f"not in {timeout} s: {what}")

    # --- one request ---

    def arrive(self, request):
        with self.changed:
            self.requests.append(request)
            self.changed.notify_all()
        return self.faults.take([request.path.lstrip("/"), "*"])

    def answer(self, request, fault):
        """(status, body, headers)"""
        if fault:
            self.sleep(fault.before)
        headers = {}
        try:
            if fault is None or fault.carried_out:
                self.post(request)
            status, body = 200, "ok"
        except Refusal as refusal:
            status, body = refusal.status, refusal.word
            if status == 429:
                headers["Retry-After"] = "1"
        if fault:
            self.sleep(fault.after)
            headers.update(fault.headers)
            if fault.status is not None:
                status, body = fault.status, ""
            body = fault.body if fault.body is not None else body
        with self.changed:
            request.status = status
            self.changed.notify_all()
        return status, body.encode(), headers

    def post(self, request):
        """Into the channel, or not."""
        hook = self.hooks.get(request.path)
        if hook is None:
            raise Refusal(404, "no_service")
        if request.method != "POST":
            raise Refusal(400, "invalid_payload")
        if hook.state != "active":
            raise Refusal(*STATES[hook.state])
        kind = request.headers.get("content-type", "")
        need(kind.split(";")[0] == "application/json", "invalid_payload")
        try:
            request.body = json.loads(request.raw)
        except ValueError:
            raise Refusal(400, "invalid_payload") from None
        self.pace(hook)
        check_message(request.body)
        with self.changed:
            request.posted = True
            hook.messages.append(dict(request.body, text=(
                request.body.get("text") or "")[:MAX_TEXT]))
            self.changed.notify_all()

    def pace(self, hook):
        if self.limit is None:
            return
        count, seconds = self.limit
        now = time.monotonic()
        with self.changed:
            while hook.moments and hook.moments[0] <= now - seconds:
                hook.moments.popleft()
            if len(hook.moments) >= count:
                raise Refusal(429, "rate_limited")
            hook.moments.append(now)
