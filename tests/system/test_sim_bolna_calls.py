"""The life of a call at the Bolna stand-in, and the webhooks that tell it: in
order, or lost, late, twice and in disorder where a test asks for it."""

import json
import re
import socket
import socketserver
import threading
from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest

from bolna_wire import (
    LIVE, OTHER, PHONE, ReceiverHandler, a_client, a_connect, a_receiver,
    a_sim)
from sim.bolna import AGENT, Bolna, Fate

__all__ = ["a_client", "a_connect", "a_receiver", "a_sim"]


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
