"""HTTP for the Google stand-in: connections, their faults, evidence."""

import gzip
import json
import select
import socket
import struct
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from . import stand_in

HTML = ("<!DOCTYPE html>\n<html lang=en>\n<title>Error {0} ({1})!!1</title>\n"
        "<p><b>{0}.</b> <ins>That\u2019s an error.</ins>\n")


@dataclass
class Request:
    """What is kept of a request."""

    when: float
    verb: str
    path: str
    method: str
    kind: str = ""              # 'read', 'write', 'token' or ''
    size: int = 0
    headers: dict = field(default_factory=dict)
    body: object = None         # the JSON object; for the token its form
    fault: str = ""
    status: int = 0             # 0: not answered (yet)
    scopes: set = frozenset()   # what its token allows
    reply: object = None        # the JSON object, unless it is huge
    reply_size: int = 0
    seconds: float = 0.0

    def line(self):
        """The request as a line of the log."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.when))
        return (f"{moment} {self.verb} {self.path} {self.method or '-'} "
                f"{self.kind or '-'} {self.size} {self.status} "
                f"{self.reply_size} {self.seconds * 1000:.0f}ms"
                + (f" fault={self.fault}" if self.fault else ""))


@dataclass
class Reply:
    """What goes over the wire."""

    status: int
    body: bytes
    kind: str = "application/json; charset=UTF-8"
    headers: dict = field(default_factory=dict)
    json: object = None


def json_reply(value, status=200, headers=None):
    """A reply with a JSON body."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Reply(status, text.encode("utf-8", "replace"),
                 headers=headers or {}, json=value)


def html_reply(status):
    """What Google's front end says when no API is behind a path."""
    name = {404: "Not Found", 502: "Server Error"}.get(status, "Error")
    return Reply(status, HTML.format(status, name).encode("utf-8"),
                 "text/html; charset=UTF-8")


class Server(stand_in.Server):
    """Remembers its connections so that they can be cut."""

    def __init__(self, *arguments):
        self.open = set()
        self.resets = set()         # to be closed with RST and not FIN
        super().__init__(*arguments)

    def process_request(self, request, client_address):
        """A new connection."""
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        """A connection ends."""
        self.open.discard(request)
        if request in self.resets:
            self.resets.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def stop(self):
        """Close the door and all connections."""
        super().stop()
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_request(self):
        """One request, with whatever failure is scripted for it."""
        started = time.monotonic()
        google = self.server.sim
        raw = self._body()
        request = self._note(google, raw)
        fault = google.take_fault(request.method)
        request.fault = fault.what if fault else ""
        reply = None
        if not self._disturb(fault, "before"):
            reply = google.answer(request, raw, fault)
            request.status = reply.status
            if self._disturb(fault, "after"):
                reply = None
        answer = self._bytes(request, reply, fault) if reply else b""
        request.seconds = time.monotonic() - started
        google.finish(request)      # so whoever has the answer sees the log
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = (
        handle_request)

    def _body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        raw = b""
        while True:
            size = int(self.rfile.readline().partition(b";")[0], 16)
            raw += self.rfile.read(size)
            self.rfile.readline()
            if not size:
                return raw

    def _note(self, google, raw):
        verb, path = self.command, self.path
        if self.headers.get("X-HTTP-Method-Override") == "GET":
            verb, path = "GET", path + "?" + raw.decode("latin-1")
        name, method, _, _ = google.route(verb, urlsplit(path).path)
        kind = method.kind if method else name if name == "token" else ""
        headers = {key.lower(): value for key, value in self.headers.items()}
        request = Request(google.now(), verb, path, name, kind, len(raw),
                          headers)
        if name != "_sim":
            with google.guard:
                google.requests.append(request)
                google.guard.notify_all()
        return request

    def _disturb(self, fault, when):
        """Carry out a fault of the connection; True if that was all."""
        what, _, moment = (fault.what if fault else "").partition("-")
        if moment != when:
            return False
        if what == "stall":
            return self._stall(fault.seconds)
        if what == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))
            self.server.resets.add(self.connection)
        self.close_connection = True
        return True

    def _stall(self, seconds):
        """Sit still; True if the client or the stand-in has gone."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.server.sim.stopping.wait(0.02):
                self.close_connection = True
                return True
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                break
        return False

    def _bytes(self, request, reply, fault):
        """The bytes of an answer, head and body."""
        body, headers = reply.body, dict(reply.headers)
        if all("gzip" in self.headers.get(name, "").lower()
               for name in ("Accept-Encoding", "User-Agent")):
            body = gzip.compress(body, 1)
            headers["Content-Encoding"] = "gzip"
        request.reply_size = len(body)
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        if self.command == "HEAD":
            body = b""
        if fault and fault.what == "truncate":
            body = body[:len(body) // 2]
            self.close_connection = True
        head, self._headers_buffer = b"".join(self._headers_buffer), []
        return head + b"\r\n" + body

    def version_string(self):
        """The Server header."""
        return "ESF"

    def date_time_string(self, timestamp=None):
        """The Date header goes by the stand-in's clock."""
        return formatdate(self.server.sim.now(), usegmt=True)

    def log_message(self, format, *args):
        """Requests are logged by finish()."""
