"""A FastCGI client, as small as tests of the receiver need it.

    hook = Hook(socket_path, gate=GATE, secret=SECRET)
    hook.post({"id": "1", "status": "ringing"}).status == 200
    hook.ask("GET", "/healthz", REMOTE_ADDR="127.0.0.9").body

One request a connection, as nginx does it.  What a parameter is called here
is what it is called on the wire; None leaves it out.  A Request can also be
sent in pieces, for what no honest web server would do.
"""

import concurrent.futures
import fcntl
import json
import socket
import struct
import termios
from dataclasses import dataclass

BEGIN, END, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7
RESPONDER = 1
RECORD = struct.Struct(">BBHHBB")
CHUNK = 32768
BOLNA = "127.0.0.2"     # the address that the harness lets in


def record(kind, content=b""):
    """One record of request 1."""
    return RECORD.pack(1, kind, 1, len(content), 0, 0) + content


def stream(kind, data):
    """A stream without its end."""
    return b"".join(record(kind, data[at:at + CHUNK])
                    for at in range(0, len(data), CHUNK))


def encode_params(params):
    """Name-value pairs; those that are None are left out."""
    out = []
    for pair in params.items():
        name, value = (part if isinstance(part, bytes) else
                       str(part).encode() for part in pair)
        if pair[1] is not None:
            out += [struct.pack(">II", len(name) | 1 << 31,
                                len(value) | 1 << 31), name, value]
    return b"".join(out)


@dataclass
class Answer:
    """What the program said; headers in lower case."""

    status: int
    headers: dict
    body: str

    @classmethod
    def read(cls, data):
        """From CGI output."""
        head, found, body = data.partition(b"\r\n\r\n")
        if not found:
            raise ConnectionError(f"no whole answer: {data!r}")
        headers = {name.lower(): value.strip() for name, _, value in (
            line.partition(":") for line in head.decode().split("\r\n"))}
        status = int(headers.pop("status", "200").split()[0])
        return cls(status, headers, body.decode())

    @property
    def json(self):
        """The body, which is JSON."""
        return json.loads(self.body)


class Request:
    """One request on a connection of its own, piece by piece."""

    def __init__(self, path, timeout=30):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(str(path))

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.sock.close()

    def begin(self, params):
        """All that comes before the body."""
        self.sock.sendall(
            record(BEGIN, struct.pack(">HB5x", RESPONDER, 0))
            + stream(PARAMS, encode_params(params)) + record(PARAMS))

    def body(self, data, end=True):
        """The body, or a part of it when it does not end."""
        self.sock.sendall(stream(STDIN, data)
                          + (record(STDIN) if end else b""))

    def unread(self):
        """How many bytes the program has not taken yet."""
        size = fcntl.ioctl(self.sock, termios.TIOCOUTQ, bytes(4))
        return struct.unpack("i", size)[0]

    def _take(self, size):
        data = b""
        while len(data) < size:
            more = self.sock.recv(size - len(data))
            if not more:
                raise ConnectionError("closed without an answer")
            data += more
        return data

    def answer(self):
        """Wait for the answer; ConnectionError when there is none."""
        out = b""
        while True:
            _, kind, _, size, padding, _ = RECORD.unpack(self._take(8))
            content = self._take(size + padding)[:size]
            if kind == STDOUT:
                out += content
            elif kind == END:
                return Answer.read(out)


class Hook:
    """The receiver as the web server sees it."""

    def __init__(self, path, gate=None, secret=None):
        self.path = path
        self.gate = gate
        self.uri = "/webhook/bolna" + (f"/{secret}" if secret else "")

    def params(self, method, uri, size, **changes):
        """What nginx sends."""
        return {"REQUEST_METHOD": method, "DOCUMENT_URI": uri,
                "REQUEST_URI": uri, "CONTENT_LENGTH": size,
                "REMOTE_ADDR": BOLNA, "CALLSHEET_ADMITTED": 1,
                "CALLSHEET_GATE": self.gate, **changes}

    def open(self, method, uri, body=b"", timeout=30, **params):
        """A request that is sent and not yet answered."""
        request = Request(self.path, timeout)
        try:
            request.begin(self.params(method, uri, len(body), **params))
            request.body(body)
        except (BrokenPipeError, ConnectionResetError):
            pass    # it may answer without reading all; see the answer
        return request

    def ask(self, method, uri=None, body=b"", **params):
        """One request and its answer."""
        with self.open(method, self.uri if uri is None else uri, body,
                       **params) as request:
            return request.answer()

    def post(self, body, uri=None, **params):
        """A webhook: bytes as they are, anything else as JSON."""
        if not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
        return self.ask("POST", uri, body, **params)

    def post_all(self, bodies, threads=16):
        """Many webhooks side by side; answers in the order of bodies."""
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            return list(pool.map(self.post, bodies))
