"""The stand-in for the Bolna API, held to the contract it stands in for: what
it accepts, lists and tells, and how its answers go wrong."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest

from bolna_wire import (
    LIVE, OTHER, PHONE, TESTS, a_client, a_connect, a_receiver, a_sim, gone)
from sim.bolna import (
    AGENT, Bolna, Fate, Fault, demo_fates, named, refusal)
from sim.faults import NAMED
from world import until

__all__ = ["a_client", "a_connect", "a_receiver", "a_sim"]

LIST = "GET /v2/agent/{id}/executions"


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


# Faults of requests

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
