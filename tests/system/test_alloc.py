"""Whichever allocation of the receiver fails, what it answers 200 to is stored
whole, and what goes wrong is said."""

import contextlib
import itertools
import json
import os
import signal
import subprocess

import pytest

import failalloc
from failalloc import EXITS, points
from fcgi_client import BOLNA, Answer
from world import BUILD, GATE, SECRET, World, hook_of, person

# libfcgi has asserts where it asks for memory.
ENDS = {-signal.SIGABRT, *EXITS}
LEADS = [person("Asha", "+919999900001")]

pytestmark = failalloc.needs_plain(BUILD / "callsheet-webhook")


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "w", LEADS, csv_file=True, nginx=False) as it:
        yield it


@pytest.fixture
def memory(tmp_path):
    return failalloc.Memory(tmp_path)


def rich(name, **changes):
    """A webhook that uses every part of the decoder."""
    return {"id": name, "status": "completed", "agent_id": "agent-1",
            "updated_at": "2026-03-04T21:40:05.284193+00:00",
            "created_at": 1772660400,
            "conversation_duration": 73.4, "total_cost": 12,
            "retry_count": 0, "answered_by_voice_mail": False,
            "transcript": 'user: "yes"\n' * 40, "summary": "said yes " * 9,
            "error_message": "none to speak of",
            "smart_status": "interested and more than 32 characters long",
            "extracted_data": {"when": {"day": 3, "hours": [9, 10.5]}},
            "telephony_data": {
                "duration": "75", "to_number": "+919999900001",
                "recording_url": "https://example.com/" + "r" * 60,
                "hangup_by": "Callee", "hangup_reason": "Normal hangup" * 3,
                "hangup_provider_code": 4000},
            "context_details": {
                "recipient_phone_number": "+919999900001"}, **changes}


def late(name):
    """The older part of a story whose end is known."""
    return rich(name, status="in-progress", summary="of an early time",
                updated_at="2026-03-04T21:39:05Z",
                extracted_data='{"as": ["text", 1]}')


class Receiver:
    """A receiver that memory can be taken away from."""

    def __init__(self, world, memory):
        self.world, self.memory = world, memory
        self.hook = hook_of(world)
        self.deaths = []
        world.stop_receiver()
        self.start()

    def start(self):
        self.memory.stop()
        self.world.start_receiver("-t", "1", env=self.memory.env)
        assert self.hook.ask("GET", "/healthz").status == 200

    def post(self, body):
        """The status of the answer; None when the receiver died of it."""
        try:
            return self.hook.post(body).status
        except ConnectionError:
            status = self.world.receiver.wait(20)
            assert status in ENDS, status
            self.deaths.append(status)
            self.world.stop_receiver()
            return None

    def count(self, body):
        """How many allocations this exchange needs."""
        self.memory.fail(0)
        status = self.post(body)
        self.memory.stop()
        return status, self.memory.count

    def sweep(self, make, right, stored, wanted=1000):
        """Let one allocation after the other fail for the webhook that
        make(name) prepares; the right answer means that stored(name)."""
        self.post(make("warm"))
        status, count = self.count(make("whole"))
        assert status == right and count > 20 and stored("whole")
        for all_of_them in (False, True):
            for at in points(count, wanted // (4 if all_of_them else 1)):
                name = f"{'all' if all_of_them else 'one'}-{at}"
                body = make(name)
                self.memory.fail(at, all=all_of_them)
                status = self.post(body)
                failed = self.memory.failed
                self.memory.stop()
                if status is None:
                    self.start()
                assert status in (None, right, 503), (name, status)
                if status == right:
                    assert stored(name), name
                else:
                    assert failed, name
                    assert self.post(body) == right, name
                    assert stored(name), name
        assert self.world.value("PRAGMA integrity_check") == "ok"


def facts(world, name):
    """What is known of an execution, but for what differs by its name."""
    return world.query(
        "SELECT agent_id, phone, stage, final, verified, talk_secs,"
        " line_secs, cost_cents, transcript, summary, recording, extraction,"
        " error, smart_status, odd_status, hangup_by, hangup_reason,"
        " hangup_code, voicemail, retry_count, ringing_at, answered_at,"
        " disconnected_at, ended_at, head_rank, head_at"
        " FROM execution WHERE id = ?", name)


def test_a_webhook_is_stored_whole_or_asked_for_again(world, memory):
    receiver = Receiver(world, memory)
    bodies = {}

    def make(name):
        return bodies.setdefault(name, rich(name))

    def stored(name):
        return facts(world, name) == facts(world, "warm") != []

    receiver.sweep(make, 200, stored)


def test_a_late_webhook_never_spoils_what_is_known(world, memory):
    receiver = Receiver(world, memory)

    def make(name):
        assert receiver.post(rich(name, status="completed")) == 200
        return late(name)

    def stored(name):
        assert world.value("SELECT count(*) FROM event WHERE execution = ?",
                           name) == 2, name
        return facts(world, name) == facts(world, "warm")

    receiver.sweep(make, 200, stored, wanted=120)
    assert world.value("SELECT transcript FROM execution"
                       " WHERE id = 'warm'") == 'user: "yes"\n' * 40
    assert world.value("SELECT summary FROM execution"
                       " WHERE id = 'warm'") == "said yes " * 9


def test_what_is_refused_is_kept_or_asked_for_again(world, memory):
    receiver = Receiver(world, memory)

    def make(name):
        return f'{{"id": "{name}", "status": '.encode()

    def stored(name):
        return world.value("SELECT count(*) FROM quarantine WHERE body = ?",
                           make(name)) >= 1

    receiver.sweep(make, 400, stored)


# --- plain CGI ---

def cgi(world, memory, name):
    """One run of one request; the status of its answer, None without one."""
    body = json.dumps(rich(name)).encode()
    done = subprocess.run(
        [BUILD / "callsheet-webhook", "-c", world.conf], input=body,
        capture_output=True, timeout=20, env={
            **os.environ, **memory.env, "GATEWAY_INTERFACE": "CGI/1.1",
            "REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)),
            "REQUEST_URI": f"/webhook/bolna/{SECRET}",
            "REMOTE_ADDR": BOLNA, "CALLSHEET_GATE": GATE})
    if done.returncode:
        assert done.returncode in ENDS and done.stderr, done
    with contextlib.suppress(ConnectionError):
        return Answer.read(done.stdout).status
    assert done.returncode, "neither an answer nor a fault"
    return None


@pytest.mark.parametrize("begin", [failalloc.NOW, failalloc.AT_REQUEST],
                         ids=["from its start", "from its request"])
def test_a_plain_cgi_run_stores_or_asks_for_it_again(world, memory, begin):
    world.stop_receiver()
    memory.fail(0, armed=begin)
    assert cgi(world, memory, "warm") == 200 and memory.count > 100
    for at, all_of_them in itertools.product(
            points(memory.count, 40), (False, True)):
        name = f"at-{at}-{all_of_them}"
        memory.fail(at, all=all_of_them, armed=begin)
        status = cgi(world, memory, name)
        assert status in (None, 200, 503), name
        memory.stop()
        if status != 200:
            assert cgi(world, memory, name) == 200, name
        assert facts(world, name) == facts(world, "warm") != [], name
    assert world.value("PRAGMA integrity_check") == "ok"
    world.start_receiver()
