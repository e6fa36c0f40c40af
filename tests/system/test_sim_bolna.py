"""The stand-in for the Bolna API, held to the contract it stands in for."""

import http.client
import json
import re
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from sim.bolna import (  # noqa: E402
    AGENT, Bolna, Fate, Fault, demo_fates, named, refusal)
from sim.faults import NAMED  # noqa: E402

PHONE = "+12025550101"
OTHER = "+447700900123"
LIST = "GET /v2/agent/{id}/executions"
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


# Placing calls

def test_call_is_accepted_and_known(sim, client):
    """The answer carries the id under which the execution is found."""
    status, answer, _ = client.call(user_data={"ref": "a1", "n": 2})
    assert status == 200
    assert answer == {"message": "done", "status": "queued",
                      "execution_id": sim.placed[0].execution_id}
    status, body, _ = client.ask("GET", "/executions/"
                                 + answer["execution_id"])
    assert status == 200
    assert body["context_details"] == {
        "recipient_data": {"ref": "a1", "n": 2},
        "recipient_phone_number": PHONE}
    assert sim.count(PHONE) == 1 and sim.count(OTHER) == 0
    assert sim.placed[0].user_data == {"ref": "a1", "n": 2}
    assert (sim.posts[0].status, sim.posts[0].execution_id) == (
        200, answer["execution_id"])


def test_two_equal_requests_are_two_calls(sim, client):
    """There is no idempotency; a client must not count on it."""
    ids = {client.call()[1]["execution_id"] for _ in range(2)}
    assert len(ids) == 2 and sim.count(PHONE) == 2
    assert [(p.connection, p.nth) for p in sim.placed] == [(1, 1), (1, 2)]


@pytest.mark.parametrize("change, status, text", [
    ({"agent_id": None}, 400, "agent_id is required"),
    ({"recipient_phone_number": ""}, 400,
     "recipient_phone_number is required"),
    ({"recipient_phone_number": "2025550101"}, 422, "E.164"),
    ({"recipient_phone_number": "+1 202 555 0101"}, 422, "E.164"),
    ({"recipient_phone_number": 12025550101}, 422, "E.164"),
    ({"agent_id": "11111111-0000-4000-8000-000000000000"}, 404, "gent"),
    ({"from_phone_number": "+12025550199"}, 400, "from_phone_number"),
    ({"scheduled_at": "2099-01-01T10:00:00Z"}, 500, "nternal"),
    ({"scheduled_at": "tomorrow"}, 400, "scheduled_at"),
    ({"scheduled_at": "2020-01-01T10:00:00+00:00"}, 400,
     "Scheduled time should be atleast 2 minutes in the future"),
    ({"user_data": "x"}, 422, "user_data"),
    ({"user_data": {"x": "y" * 26000}}, 400, "user_data"),
])
def test_refusals(sim, client, change, status, text):
    """A refused request places nothing, but was seen."""
    got, body, _ = client.ask("POST", "/call", {
        "agent_id": AGENT, "recipient_phone_number": PHONE, **change})
    assert got == status and text in body["message"]
    assert not sim.placed
    assert [post.status for post in sim.posts] == [status]


def test_malformed_body(sim, client):
    """What is no JSON is refused."""
    assert client.ask("POST", "/call", b"{")[0] == 400
    assert not sim.placed


@pytest.mark.parametrize("key", ["wrong", None])
def test_bad_key(sim, key, connect):
    """403 with the text the real service uses, and nothing placed."""
    client = connect(sim, key)
    for answer in (client.call(), client.ask("GET", "/user/me")):
        assert answer[:2] == (403, {"detail": "Unrecognized access token"})
    assert not sim.placed


def test_unknown_route(client):
    """Not everything is there."""
    assert client.ask("GET", "/nowhere")[0] == 404
    assert client.ask("GET", "/executions/nothing")[0] == 404


# Lives and webhooks

def test_completed_life(sim, client, receiver):
    """All statuses in order, from the given source, richer as it goes."""
    client.call(user_data={"name": "Asha"})
    assert sim.quiet()
    assert receiver.sequence() == LIVE
    assert {peer for peer, _, _ in receiver.got} == {"127.0.0.2"}
    assert {path for _, path, _ in receiver.got} == {"/webhook/bolna"}
    assert min(len(raw) for _, _, raw in receiver.got) >= 2500
    first, *_, dropped, done = receiver.bodies()
    assert first["transcript"] is None and first["total_cost"] == 0
    assert first["telephony_data"]["recording_url"] is None
    assert dropped["transcript"] == done["transcript"]
    assert dropped["telephony_data"]["recording_url"] == ""
    assert dropped["telephony_data"]["duration"] == "0.0"
    assert dropped["extracted_data"] is None and dropped["summary"] is None
    assert done["telephony_data"]["duration"] == "38"
    assert done["conversation_duration"] == 38.4
    assert done["telephony_data"]["recording_url"].startswith("https://")
    assert done["telephony_data"]["hangup_by"] == "Callee"
    assert json.loads(done["agent_extraction"])
    assert done["extracted_data"]["Interview"]["Attendance"]["subjective"]
    parts = ("llm", "network", "platform", "synthesizer", "transcriber")
    assert done["total_cost"] == pytest.approx(
        sum(done["cost_breakdown"][part] for part in parts))
    assert client.ask("GET", f"/executions/{done['id']}")[1] == done


@pytest.mark.parametrize("status, statuses, hangup", [
    ("busy", ["initiated", "ringing", "busy"], 3010),
    ("no-answer", ["initiated", "ringing", "no-answer"], 3000),
    ("failed", ["initiated", "failed"], 2000),
    ("canceled", ["initiated", "ringing", "canceled"], 4020),
    ("error", ["error"], None),
    ("balance-low", ["balance-low"], None),
    ("stopped", ["stopped"], None),
    ("rescheduled", ["rescheduled"], None),
    ("call-disconnected", LIVE[:-1], None),
    ("ringing", LIVE[:2], None),
])
def test_other_ends(sim, client, receiver, status, statuses, hangup):
    """Each end has its way there, and no talk if there was none."""
    sim.fate(PHONE, Fate(status))
    client.call()
    assert sim.quiet()
    assert receiver.sequence() == statuses
    last = receiver.bodies()[-1]
    assert last["telephony_data"]["hangup_provider_code"] == hangup
    assert (last["transcript"] is None) == (status != "call-disconnected")
    assert not sim.active


def test_fates_follow_each_other_and_the_last_repeats(sim, client):
    """One fate a call; the most exact number wins."""
    sim.fate("*", Fate("failed"))
    sim.fate("0101", Fate("error"))
    sim.fate(PHONE, Fate("busy"), Fate("no-answer"))
    ids = [client.call(phone)[1]["execution_id"] for phone in (
        PHONE, PHONE, PHONE, "+13125550101", OTHER)]
    assert sim.quiet()
    assert [sim.execution(i)["status"] for i in ids] == [
        "busy", "no-answer", "no-answer", "error", "failed"]


def test_a_fate_says_what_is_told(sim, client, receiver):
    """Transcript, cost and the rest; and changes of any kind."""
    sim.fate(PHONE, Fate(
        transcript="assistant: नमस्ते\n", summary=None, cost=12.5,
        extracted_data={"rate": "4"}, agent_extraction=None, duration=9.0,
        hangup_by="Plivo", hangup_reason="llm_prompted_hangup",
        hangup_provider_code=4010, webhooks=["completed"],
        changes={"id": 4711}, changes_at={"completed": {
            "telephony_data": {"duration": 9.0}}}))
    client.call()
    assert sim.quiet()
    body, = receiver.bodies()
    assert (body["id"], body["total_cost"], body["summary"]) == (4711, 12.5,
                                                                 None)
    assert body["telephony_data"]["duration"] == 9.0
    assert body["telephony_data"]["hangup_reason"] == "llm_prompted_hangup"
    assert "नमस्ते".encode() in receiver.got[0][2]
    assert sim.wallet == pytest.approx(9930.01 - 12.5)


def test_a_fate_that_cannot_be(sim):
    """A slip in a test shows at once."""
    with pytest.raises(ValueError):
        sim.fate(PHONE, Fate("complete"))
    with pytest.raises(ValueError):
        Fate.from_json({"stats": "busy"})


def test_shapes_vary(receiver, connect):
    """The spellings differ from call to call, the same for one seed."""
    seen = []
    for _ in range(2):
        with Bolna(webhook=receiver.url, pace=0, seed=7) as sim:
            client = connect(sim)
            for _ in range(20):
                client.call()
            assert sim.quiet()
            seen.append([vars(call.shape) for call in sim.calls.values()])
            bodies = [sim.execution(i) for i in sim.calls]
    assert seen[0] == seen[1]
    ends = {re.sub(r".*\d\.\d{6}", "", body["created_at"]) for body in bodies}
    assert ends == {"", "Z", "+00:00"}
    assert {type(body["agent_extraction"]) for body in bodies} == {str, dict}
    assert {body["provider"] for body in bodies} == {"plivo", "twilio"}


def test_lines_are_few_and_the_queue_is_fair(sim, client):
    """Above the limit calls wait their turn, first come first served."""
    sim.concurrency = 1
    sim.fate("*", Fate("no-answer", stay="ringing"))
    ids = [client.call(f"+1202555010{n}")[1]["execution_id"]
           for n in range(4)]
    for n, one in enumerate(ids):
        assert sim.wait(lambda i=one: sim.execution(i)["status"] == "ringing")
        assert len(sim.active) == 1
        assert [sim.execution(i)["status"] for i in ids[n + 1:]] == [
            "queued"] * (3 - n)
        assert client.ask("GET", "/user/me")[1]["concurrency"] == {
            "max": 1, "current": 1}
        sim.release(one)
    assert sim.wait(lambda: not sim.active)


def test_stop(sim, client, receiver):
    """Only what is not dialled yet can be stopped."""
    sim.fate(PHONE, Fate(stay="queued"))
    sim.fate(OTHER, Fate(stay="ringing"))
    waits, also, rings = (client.call(phone)[1]["execution_id"]
                          for phone in (PHONE, PHONE, OTHER))
    assert sim.wait(lambda: sim.execution(rings)["status"] == "ringing")
    assert client.ask("POST", f"/call/{waits}/stop")[:2] == (200, {
        "message": "done", "status": "stopped", "execution_id": waits})
    for one in (waits, rings):
        assert client.ask("POST", f"/call/{one}/stop")[0] == 400
    assert client.ask("POST", f"/v2/agent/{AGENT}/stop")[:2] == (200, {
        "stopped_executions": [also]})
    assert sim.quiet()
    assert Counter(receiver.sequence())["stopped"] == 2


def test_empty_wallet(sim, client, receiver):
    """The call is taken, and then not dialled."""
    sim.wallet = 0
    assert client.call()[0] == 200
    assert sim.quiet()
    assert receiver.sequence() == ["balance-low"]


def test_scheduled(sim, client):
    """A time ahead is accepted with an offset; the call waits."""
    at = datetime.now(timezone.utc) + timedelta(minutes=30)
    sim.pace = 1
    status, answer, _ = client.call(scheduled_at=at.isoformat())
    assert status == 200
    body = sim.execution(answer["execution_id"])
    assert body["status"] == "scheduled"
    assert datetime.fromisoformat(body["scheduled_at"]) == at
    assert client.ask("POST", f"/call/{body['id']}/stop")[0] == 200


# Webhook faults

def test_lost(sim, client, receiver):
    """Some or all webhooks never come; the execution goes on."""
    sim.fate(PHONE, Fate(lose=["ringing", "completed"]))
    sim.fate(OTHER, Fate("busy", lose=True))
    one = client.call()[1]["execution_id"]
    client.call(OTHER)
    assert sim.quiet()
    assert receiver.sequence() == ["initiated", "in-progress",
                                   "call-disconnected"]
    assert sim.execution(one)["status"] == "completed"
    assert len(sim.lost) == 5


def test_duplicate_and_growing(sim, client, receiver):
    """Copies are equal, or the last one knows more."""
    sim.fate(PHONE, Fate("busy", duplicate=1))
    client.call()
    assert sim.quiet()
    assert receiver.sequence() == ["initiated"] * 2 + ["ringing"] * 2 + [
        "busy"] * 2
    assert receiver.got[-1][2] == receiver.got[-2][2]
    receiver.got.clear()
    sim.fate(PHONE, Fate(duplicate={"completed": 2}, grow=True,
                         webhooks=["completed"]))
    client.call()
    assert sim.quiet()
    assert [bool(body["extracted_data"]) for body in receiver.bodies()] == [
        False, False, True]


@pytest.mark.parametrize("order, expected", [
    (True, LIVE[::-1]),
    (["completed", "initiated"], ["completed", "initiated", "ringing",
                                  "in-progress", "call-disconnected"]),
])
def test_reordered(sim, client, receiver, order, expected):
    """The last may come first."""
    sim.fate(PHONE, Fate(reorder=order))
    client.call()
    assert sim.quiet()
    assert receiver.sequence() == expected


def test_late(sim, client, receiver):
    """A late webhook tells of the past."""
    sim.fate(PHONE, Fate(late={"ringing": 0.1}))
    client.call()
    assert sim.quiet()
    assert receiver.sequence() == [s for s in LIVE if s != "ringing"] + [
        "ringing"]
    assert sim.deliveries[-1].time - sim.placed[0].time >= 0.1


def test_held_until_released(sim, client, receiver):
    """The test decides when they come."""
    sim.fate(PHONE, Fate(hold=["completed"]))
    one = client.call()[1]["execution_id"]
    assert sim.quiet()
    assert receiver.sequence() == LIVE[:-1]
    assert sim.release(one) and not sim.release("nothing")
    assert sim.quiet()
    assert receiver.sequence() == LIVE


def test_redelivery(sim, client, receiver):
    """What is not answered 200 comes again, three times at most."""
    sim.fate(PHONE, Fate(webhooks=["completed"]))
    receiver.statuses = [503, 204]
    client.call()
    assert sim.quiet()
    assert [(d.attempt, d.http) for d in sim.deliveries] == [
        (1, 503), (2, 204), (3, 200)]
    sim.deliveries.clear()
    receiver.statuses = [302] * 9
    client.call()
    assert sim.quiet()
    assert [d.attempt for d in sim.deliveries] == [1, 2, 3, 4]


def test_nobody_listens(client, sim):
    """Evidence of what could not be delivered."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        sim.webhook = "http://127.0.0.1:%d/" % unused.getsockname()[1]
        sim.retries = 0
        client.call()
        assert sim.quiet()
    assert len(sim.deliveries) == 5
    assert all("Refused" in d.error and d.http is None
               for d in sim.deliveries)


def test_arbitrary_webhooks(sim, receiver):
    """A test may say anything, from anywhere."""
    assert sim.send({"id": 1}) == (200, "ok")
    receiver.statuses = [400]
    assert sim.send(b"\xff{", source="127.0.0.3")[0] == 400
    assert sim.send(b"", url=receiver.url + "/x?y=1")[0] == 200
    assert [(peer, raw) for peer, _, raw in receiver.got] == [
        ("127.0.0.2", b'{"id": 1}'), ("127.0.0.3", b"\xff{"),
        ("127.0.0.2", b"")]
    assert receiver.got[2][1] == "/webhook/bolna/x?y=1"


def test_unix_socket(sim, tmp_path):
    """Webhooks reach a receiver that has no port."""
    class UnixReceiver(socketserver.ThreadingUnixStreamServer):
        """Listens on a path."""
        daemon_threads = True
        got, statuses = [], []

    path = str(tmp_path / "hook")
    with UnixReceiver(path, ReceiverHandler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            assert sim.send({"id": "a"}, f"unix:{path}:/hook?s=1")[0] == 200
        finally:
            server.shutdown()
            thread.join()
    assert server.got == [("unix", "/hook?s=1", b'{"id": "a"}')]


# Faults of requests

def gone(client, phone=PHONE):
    """The connection ends without a usable answer: what was raised."""
    with pytest.raises((http.client.HTTPException, OSError)) as error:
        client.call(phone)
    client.http.close()
    return error.value


@pytest.mark.parametrize("name, placed, error", [
    ("drop-before", 0, http.client.RemoteDisconnected),
    ("drop-after", 1, http.client.RemoteDisconnected),
    ("reset-start", 1, ConnectionResetError),
    ("reset-headers", 1, (ConnectionResetError, http.client.HTTPException)),
    ("reset-body", 1, (ConnectionResetError, http.client.IncompleteRead)),
    ("short-body", 1, http.client.IncompleteRead),
])
def test_broken_connections(sim, client, name, placed, error):
    """Whether the call was placed is apart from what the client sees."""
    sim.fault("POST /call", named(name))
    assert isinstance(gone(client), error)
    assert sim.count(PHONE) == placed
    assert len(sim.posts) == 1 and sim.posts[0].fault
    assert bool(sim.posts[0].execution_id) == bool(placed)
    assert client.call()[0] == 200      # the fault is used up


def test_a_reset_is_a_reset_and_a_drop_is_not(sim):
    """RST, the reader gets ECONNRESET; FIN, it gets the end of a file."""
    sim.fault("POST /call", named("reset-start"), named("drop-after"))
    body = json.dumps({"agent_id": AGENT, "recipient_phone_number": PHONE})
    request = (f"POST /call HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
               f"bn-sim\r\nContent-Length: {len(body)}\r\n\r\n{body}")
    with socket.create_connection(("127.0.0.1", sim.port)) as peer:
        peer.sendall(request.encode())
        with pytest.raises(ConnectionResetError):
            peer.recv(100)
    with socket.create_connection(("127.0.0.1", sim.port)) as peer:
        peer.sendall(request.encode())
        assert peer.recv(100) == b""
    assert sim.count(PHONE) == 2


@pytest.mark.parametrize("fault, status, placed", [
    (named("not-json"), 200, 1),
    (named("no-id"), 200, 1),
    (named("html-502"), 502, 1),
    (named("html-502", processed=False), 502, 0),
    (named("empty-500"), 500, 1),
    *[(refusal(status), status, 0)
      for status in (400, 401, 403, 404, 422, 429, 500, 502, 503)],
    (refusal(503, processed=True), 503, 1),
    (Fault(processed=False), 500, 0),
])
def test_bad_answers(sim, client, fault, status, placed):
    """Statuses and bodies that say less than what happened."""
    sim.fault("POST /call", fault)
    got, body, _ = client.call()
    assert got == status and sim.count(PHONE) == placed
    assert not isinstance(body, dict) or "execution_id" not in body
    assert sim.posts[0].status == status


def test_retry_after(sim, client):
    """With and without."""
    sim.fault("POST /call", refusal(429, 7), refusal(429))
    assert client.call()[2]["Retry-After"] == "7"
    assert client.call()[2]["Retry-After"] is None


def test_faults_queue_by_number_and_route(sim, client):
    """In order, so many times each; other numbers are spared."""
    sim.fault(PHONE, refusal(503, times=2), refusal(400))
    assert client.call(OTHER)[0] == 200
    assert [client.call()[0] for _ in range(4)] == [503, 503, 400, 200]
    sim.fault("GET /user/me", refusal(500, times=0))
    assert [client.ask("GET", "/user/me")[0] for _ in range(3)] == [500] * 3
    sim.clear_faults()
    assert client.ask("GET", "/user/me")[0] == 200


def test_kept_alive_connection_dies_after_processing(sim, client):
    """The trap for clients that send again on a connection found dead."""
    sim.fault("POST /call", named("drop-reused"))
    assert client.call()[0] == 200      # the first on a connection is spared
    gone(client)
    assert sim.count(PHONE) == 2
    assert [post.status for post in sim.posts] == [200, None]


def test_idle_connection_is_closed_unannounced(sim, client):
    """The answer promises a connection that is gone."""
    sim.fault("POST /call", named("close-after"))
    status, _, headers = client.call()
    assert status == 200 and headers["Connection"] is None
    assert sim.wait(lambda: client.http.sock is None
                    or client.http.sock.recv(1, socket.MSG_PEEK) == b"")


def test_stalls(sim, connect):
    """Before it is placed, or after; the client's patience decides."""
    for name, placed in (("stall-before", 0), ("stall-after", 1)):
        client = connect(sim)
        client.http.timeout = 0.1
        sim.fault("POST /call", named(name))
        gone(client)
        assert sim.wait(lambda n=placed: sim.count(PHONE) == n)
    sim.fault("POST /call", Fault(after=0.05))
    start = time.monotonic()
    assert connect(sim).call()[0] == 200
    assert time.monotonic() - start >= 0.05


# Reading

def test_listing_pages_newest_first(sim, client):
    """The envelope, its pages and the order."""
    ids = [client.call(user_data={"n": n})[1]["execution_id"]
           for n in range(5)]
    assert sim.quiet()
    found = []
    for number in (1, 2, 3):
        status, page, _ = client.listing(page_number=number, page_size=2)
        assert status == 200
        assert {k: v for k, v in page.items() if k != "data"} == {
            "page_number": number, "page_size": 2, "total": 5,
            "has_more": number < 3, "filters": {}, "sorts": []}
        found += [row["id"] for row in page["data"]]
    assert found == ids[::-1]
    assert page["data"][0] == client.ask("GET", f"/executions/{ids[0]}")[1]


@pytest.mark.parametrize("query", [
    {"to": None}, {"from": None}, {"from": "2020-01-01T00:00:00Z"},
    {"from": "2026-01-01T00:00:00+00:00"},      # + not escaped
    {"page_size": 51}, {"page_number": 0}, {"page_size": "x"},
    {"status": "prepared"},
])
def test_listing_refuses(client, query):
    """Both ends, seven days, pages of fifty, known statuses."""
    assert client.listing(**query)[0] == 400


def test_listing_filters(sim, client):
    """By status and the rest; by creation time; by agent."""
    sim.fate(OTHER, Fate("busy"))
    client.call()
    busy = client.call(OTHER)[1]["execution_id"]
    assert sim.quiet()
    page = client.listing(status="busy", call_type="outbound")[1]
    assert [row["id"] for row in page["data"]] == [busy]
    assert page["filters"] == {"status": "busy", "call_type": "outbound"}
    assert client.listing(provider="twilio")[1]["total"] == 0
    past = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
    assert client.listing(**past)[1]["data"] == []
    assert client.ask("GET", "/v2/agent/none/executions")[0] == 404


def test_listing_lag(sim, client):
    """What was placed does not show at once."""
    sim.listing_lag, sim.get_lag = 600, 60
    one = client.call()[1]["execution_id"]
    assert client.listing()[1]["total"] == 0
    assert client.ask("GET", f"/executions/{one}")[0] == 404
    sim.find(one).created -= 61
    assert client.listing()[1]["total"] == 0
    assert client.ask("GET", f"/executions/{one}")[0] == 200
    sim.find(one).created -= 600
    assert client.listing()[1]["total"] == 1
    assert client.ask("GET", f"/executions/{one}")[0] == 200


def test_listing_faults(sim, client):
    """A page without tokens, one that is short, one that is an error."""
    client.call(user_data={"ref": "a"})
    client.call(user_data={"ref": "b"})
    sim.fault(LIST, named("no-recipient-data"), named("incomplete-page"),
              refusal(500))
    page = client.listing()[1]
    assert {r["context_details"]["recipient_data"] is None
            for r in page["data"]} == {True}
    page = client.listing()[1]
    assert (len(page["data"]), page["total"]) == (1, 2)
    assert client.listing()[0] == 500
    refs = [row["context_details"]["recipient_data"]["ref"]
            for row in client.listing()[1]["data"]]
    assert refs == ["b", "a"]
    sim.listing_recipient = False
    assert client.listing()[1]["data"][0]["context_details"][
        "recipient_data"] is None


def test_agents_and_their_webhook(sim, client, receiver):
    """PATCH moves the address; null ends it; no scheme, no word."""
    where = f"/v2/agent/{AGENT}"

    def patch(url):
        answer = client.ask("PATCH", where,
                            {"agent_config": {"webhook_url": url}})
        assert answer[:2] == (200, {"message": "success", "state": "updated"})

    sim.fate("*", Fate(webhooks=["completed"]))
    sim.retries = 0
    patch(receiver.url + "/moved")
    assert client.ask("GET", where)[1]["webhook_url"].endswith("/moved")
    client.call()
    assert sim.quiet()
    assert receiver.got[0][1] == "/webhook/bolna/moved"
    patch("example.com/hook")
    client.call()
    assert sim.quiet()
    assert sim.deliveries[-1].error
    patch(None)
    client.call()
    assert sim.quiet()
    assert len(sim.deliveries) == 2
    sim.shows_webhook = "agent_config"
    assert client.ask("GET", where)[1]["agent_config"] == {
        "webhook_url": None}
    agents = client.ask("GET", "/v2/agent/all")[1]
    assert [agent["id"] for agent in agents] == [AGENT]


def test_user(client):
    """The wallet is in cents."""
    user = client.ask("GET", "/user/me")[1]
    assert user["wallet"] == 9930.01
    assert user["concurrency"] == {"max": 10, "current": 0}


# Running

def test_many_at_once(receiver, connect):
    """Threads, many calls, every webhook; then nothing is left."""
    before = set(threading.enumerate())
    with Bolna(webhook=receiver.url, pace=0, concurrency=3) as sim:
        def dial(tens):
            client = connect(sim)
            for ones in range(10):
                client.call(f"+9199999010{tens}{ones}")
        threads = [threading.Thread(target=dial, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sim.quiet(30)
        assert len(sim.placed) == len({p.phone for p in sim.placed}) == 80
        assert Counter(receiver.sequence()) == Counter(LIVE * 80)
        last = {}
        for body in receiver.bodies():
            last[body["id"]] = body["status"]
        assert set(last.values()) == {"completed"}
    assert sim.wait(lambda: set(threading.enumerate()) <= before)
    sim.stop()


def test_stop_does_not_wait(receiver, connect):
    """Stalled requests and calls under way do not hold it up."""
    sim = Bolna(webhook=receiver.url, pace=100).start()
    client = connect(sim)
    client.call()
    sim.fault("POST /call", named("stall-after"))
    stalled = threading.Thread(target=gone, args=(client,))
    stalled.start()
    assert sim.wait(lambda: len(sim.posts) == 2)
    start = time.monotonic()
    sim.stop()
    stalled.join()
    assert time.monotonic() - start < 2


def test_wait_is_late(sim):
    """It says so, and looks at things that are not its own."""
    assert not sim.wait(lambda: False, 0.05)
    seen = iter(range(3))
    assert sim.wait(lambda: next(seen) == 2)


def test_demo_is_mixed(receiver, connect):
    """Ten numbers, ten stories."""
    with Bolna(webhook=receiver.url, pace=0, fates=demo_fates()) as sim:
        client = connect(sim)
        for digit in range(9):
            client.call(f"+1202555015{digit}")
        assert sim.quiet()
        ends = [sim.execution(p.execution_id)["status"] for p in sim.placed]
        assert Counter(ends) == Counter(
            {"completed": 6, "busy": 1, "no-answer": 1, "failed": 1})
        lost = {one for one, _ in sim.lost}
        assert lost == {sim.placed[6].execution_id}


def test_as_a_program(receiver, tmp_path, connect):
    """Another process drives it over /_sim/; SIGTERM ends it cleanly."""
    class There:
        """Where it listens."""

    fates = tmp_path / "fates.json"
    fates.write_text(json.dumps({"0109": [{"status": "busy"}, {}]}))
    port_file = tmp_path / "port"
    program = subprocess.Popen(
        [sys.executable, str(TESTS / "sim" / "bolna.py"), "--listen",
         "127.0.0.1:0", "--port-file", str(port_file), "--key", "k",
         "--agent", AGENT, "--webhook", receiver.url, "--source", "127.0.0.2",
         "--pace", "0", "--fates", str(fates)], stderr=subprocess.PIPE)
    try:
        until(port_file.exists)
        There.port = int(port_file.read_text())
        drive(connect(There, "k"), receiver)
        program.send_signal(signal.SIGTERM)
        assert program.communicate(timeout=10)[1] == b""
        assert program.returncode == 0
    finally:
        program.kill()
        program.wait()


def until(predicate):
    """Wait for something in another process."""
    deadline = time.monotonic() + 10
    while not predicate():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def drive(client, receiver):
    """Use the control surface of a stand-in elsewhere."""
    assert client.ask("POST", "/_sim/fate", {
        "phone": PHONE, "fate": {"status": "failed"}})[0] == 200
    assert client.ask("POST", "/_sim/fate", {
        "phone": PHONE, "fate": {"stats": 1}})[0] == 400
    assert client.ask("POST", "/_sim/fault", {
        "route": "POST /call", "fault": [
            "drop-before", {"name": "html-502", "processed": False},
            {"status": 429, "headers": {"Retry-After": "3"}}]})[0] == 200
    assert client.ask("POST", "/_sim/set", {"retries": 0})[0] == 200
    assert client.ask("POST", "/_sim/set", {"key": "x"})[0] == 400
    assert client.ask("POST", "/_sim/send", {"body": {"id": "z"}})[1] == {
        "status": 200, "body": "ok"}
    gone(client)
    assert client.call()[0] == 502
    assert client.call()[2]["Retry-After"] == "3"
    assert client.call()[0] == 200
    assert client.call("+12025550109")[0] == 200
    ends = ["failed", "busy"]
    until(lambda: ends == [
        call["status"] for call in client.ask("GET", "/_sim/calls")[1]])
    posts = client.ask("GET", "/_sim/posts")[1]
    assert [post["status"] for post in posts] == [None, 502, 429, 200, 200]
    until(lambda: len(client.ask("GET", "/_sim/deliveries")[1]) == 5)
    assert client.call(OTHER)[0] == 200
    assert {peer for peer, _, _ in receiver.got} == {"127.0.0.2"}


def test_names_of_faults():
    """Each name is a fault, and says whether the call takes place."""
    assert not NAMED["drop-before"].carried_out
    assert NAMED["drop-after"].carried_out
    with pytest.raises(ValueError):
        Fault(cut="middle")
