"""What the tests of the Bolna stand-in share: a stand-in, who takes its
webhooks, and clients that show what goes over the wire."""

import http.client
import json
import sys
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))
from sim.bolna import AGENT, Bolna  # noqa: E402

PHONE = "+12025550101"
OTHER = "+447700900123"
LIVE = ["initiated", "ringing", "in-progress", "call-disconnected",
        "completed"]


class Client:
    """One kept-alive connection to the stand-in."""

    def __init__(self, sim, key="bn-sim"):
        self.sim, self.key = sim, key
        self.http = http.client.HTTPConnection("127.0.0.1", sim.port,
                                               timeout=10)

    def ask(self, method, target, body=None):
        """(status, decoded body, headers)"""
        raw = body if isinstance(body, (bytes, type(None))) \
            else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        self.http.request(method, target, raw, headers)
        answer = self.http.getresponse()
        text = answer.read()
        try:
            return answer.status, json.loads(text), answer.headers
        except ValueError:
            return answer.status, text, answer.headers

    def call(self, phone=PHONE, **more):
        """POST /call"""
        return self.ask("POST", "/call", {
            "agent_id": AGENT, "recipient_phone_number": phone, **more})

    def listing(self, **query):
        """One page of the listing, of the last hour unless told."""
        now = datetime.now(timezone.utc)
        query = {"from": stamp(now - timedelta(hours=1)),
                 "to": stamp(now + timedelta(minutes=1)), **query}
        parts = "&".join(f"{k}={v}" for k, v in query.items() if v is not None)
        return self.ask("GET", f"/v2/agent/{AGENT}/executions?{parts}")


def stamp(at):
    """A time as the listing wants it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Receiver(ThreadingHTTPServer):
    """Takes webhooks; `statuses` are the answers to come, then 200."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self):
        self.got, self.statuses = [], []
        super().__init__(("127.0.0.1", 0), ReceiverHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/webhook/bolna"
        threading.Thread(target=self.serve_forever, args=(0.02,),
                         daemon=True).start()

    def bodies(self):
        """The webhooks received, decoded."""
        return [json.loads(raw) for _, _, raw in list(self.got)]

    def sequence(self):
        """Their statuses."""
        return [body["status"] for body in self.bodies()]


class ReceiverHandler(BaseHTTPRequestHandler):
    """Takes one webhook."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """Keep it and answer."""
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        peer = self.client_address[0] if self.client_address else "unix"
        self.server.got.append((peer, self.path, raw))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format, *args):
        """Say nothing."""


@pytest.fixture(name="receiver")
def a_receiver():
    """A webhook receiver."""
    server = Receiver()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(name="sim")
def a_sim(receiver):
    """A stand-in whose calls are over at once, in one shape."""
    with Bolna(webhook=receiver.url, pace=0, vary=False, source="127.0.0.2",
               retry_gap=0.01) as sim:
        yield sim


@pytest.fixture(name="connect")
def a_connect():
    """Makes clients, and closes them when the test is over."""
    clients = []

    def connect(sim, key="bn-sim"):
        clients.append(Client(sim, key))
        return clients[-1]

    yield connect
    for client in clients:
        client.http.close()


@pytest.fixture(name="client")
def a_client(sim, connect):
    """A connection to the stand-in."""
    return connect(sim)


def gone(client, phone=PHONE):
    """The connection ends without a usable answer: what was raised."""
    with pytest.raises((http.client.HTTPException, OSError)) as error:
        client.call(phone)
    client.http.close()
    return error.value
