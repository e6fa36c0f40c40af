"""callsheet call: one person now, and never around a rule."""

import contextlib
import fcntl
import json
import signal
import subprocess
import time

import pytest

from world import HEADER, World, person, until
from sim.bolna import Fate, named
from sim.faults import refusal

ASHA, BEN, CARA = "+919999900001", "+919999900002", "+919999900003"


@pytest.fixture
def world(tmp_path):
    with World(tmp_path, [person("Asha", ASHA), person("Ben", BEN)],
               csv_file=True) as world:
        yield world


def call(world, phone, *words, status=0):
    done = world.callsheet("call", phone, "--campaign", "interviews", *words)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def wishes(world):
    return world.value("SELECT count(*) FROM wish")


def test_the_person_is_called_and_nobody_else(world):
    said = call(world, ASHA)
    assert world.bolna.count(ASHA) == 1
    assert world.bolna.count(BEN) == 0
    execution = world.bolna.placed[0].execution_id
    assert said == (f"{ASHA}, campaign interviews: called, execution "
                    f"{execution}\n")
    assert wishes(world) == 0
    assert world.sheet()["Asha"]["Latest Execution ID"] == execution


def test_with_wait_it_says_how_the_call_ended(world):
    world.bolna.fate(ASHA, Fate(status="completed", duration=73.4))
    said = call(world, "99999 00001", "--wait")
    assert "completed, 73.4 s" in said
    assert world.status("Asha") == "completed"
    assert world.bolna.count(ASHA) == 1


def test_a_program_hears_how_the_call_ended(world):
    world.bolna.fate(ASHA, Fate(status="completed", duration=73.4))
    told = json.loads(call(world, ASHA, "--wait", "--json"))
    assert told["execution"] == world.bolna.placed[0].execution_id
    assert (told["called"], told["status"], told["seconds"]) == (
        True, "completed", 73.4)


def test_who_was_reached_before_is_called_again_once_when_asked_for(world):
    world.run()
    world.settle()
    assert world.bolna.count(ASHA) == 1
    call(world, ASHA, "--wait")
    world.age(100000)
    world.run()
    assert world.bolna.count(ASHA) == 2


def test_one_attempt_beyond_the_last_is_granted(world):
    world.set("campaign interviews", max_attempts=1)
    world.bolna.fate(ASHA, Fate("busy"))
    world.run()
    world.settle()
    assert world.value("SELECT rule FROM why WHERE phone = ?", ASHA) in (
        "max_attempts", "over")
    call(world, ASHA, "--wait")
    assert world.bolna.count(ASHA) == 2
    world.age(100000)
    world.run()
    assert world.bolna.count(ASHA) == 2


def test_a_number_in_no_row_is_refused_with_what_to_do(world):
    said = call(world, CARA, status=65)
    assert "stands in no row; who is to be called is added" in said
    said = call(world, ASHA, "--name", "Dora", status=65)
    assert "stands in no row with the name Dora" in said
    assert not world.bolna.posts


def test_a_row_added_a_moment_ago_is_found(world):
    world.run()
    world.settle()
    rows = [[row.get(h, "") for h in world.header]
            for row in world.sheet().values()]
    world.write_csv([*rows, person("Cara", CARA)])
    call(world, CARA)
    assert world.bolna.count(CARA) == 1


BLOCKED = {
    "dnc": (65, "the number is on the do-not-call list"),
    "hours": (75, "outside the calling hours"),
    "paused": (75, "the campaign is paused"),
    "dry_run": (75, "dry_run is on"),
    "budget": (75, "the number was called often enough for a day"),
    "cap": (75, "the money set aside is used up"),
    "control": (65, "Control says pause"),
    "stop file": (75, "dialling is stopped")}


@pytest.mark.parametrize("rule", BLOCKED)
def test_no_rule_is_gone_around(tmp_path, rule):
    header_more = ["Control"] if rule == "control" else []
    with World(tmp_path, [person("Asha", ASHA, "pause")],
               header=HEADER + header_more, csv_file=True) as world:
        obstruct(world, rule)
        before = world.bolna.count(ASHA)
        status, why = BLOCKED[rule]
        assert why in call(world, ASHA, status=status)
        assert world.bolna.count(ASHA) == before
        assert wishes(world) == 0
        # and it was no promise for later
        assert world.value("SELECT coalesce(granted, 0) FROM lead") == 0


def obstruct(world, rule):
    if rule == "dnc":
        assert world.callsheet("dnc", "add", ASHA).returncode == 0
    elif rule == "hours":
        world.set("country IN", window=closed_now())
    elif rule == "paused":
        world.callsheet("run", "--dry-run")
        assert world.callsheet("pause").returncode == 0
    elif rule == "dry_run":
        world.set("callsheet", dry_run="yes")
    elif rule == "budget":
        world.run()
        world.settle()
        world.set("account acme", number_day=1)
    elif rule == "cap":
        world.set("campaign interviews", cap_total="0.01")
    elif rule == "stop file":
        (world.dir / "callsheet.db.stop").touch()
        world.run(ok=False)


def closed_now():
    """Hours of the day in UTC that are not now, nor soon."""
    hour = (time.gmtime().tm_hour + 8) % 24
    return f"{hour:02}:00-{hour:02}:59"


def test_who_is_not_called_is_left_as_they_were(world):
    world.run()
    world.settle()
    before = world.query("SELECT next_at, granted, held, put_off FROM lead")
    assert world.callsheet("pause").returncode == 0
    call(world, ASHA, status=75)
    assert world.query(
        "SELECT next_at, granted, held, put_off FROM lead") == before


def test_a_lingering_pass_sees_the_wish_and_calls_at_once(world):
    world.run()
    world.settle()
    dialer = world.linger()
    with lock_taken(world):
        said = call(world, BEN)
    assert "called, execution" in said
    assert world.bolna.count(BEN) == 2
    assert world.bolna.count(ASHA) == 1
    assert dialer.poll() is None
    dialer.terminate()
    dialer.wait(30)


@contextlib.contextmanager
def lock_taken(world):
    """Until somebody else has the lock of the pass."""
    def taken():
        with open(f"{world.database}.run", "a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False
    until(taken)
    yield


def test_when_the_other_pass_ends_the_verb_calls_by_itself(world):
    world.run()
    world.settle()
    with open(f"{world.database}.run", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        verb = subprocess.Popen(
            world.command("call", ASHA, "--campaign", "interviews"),
            stdout=subprocess.PIPE, text=True)
        world.dialers.append(verb)
        until(lambda: wishes(world) == 1)
        assert world.bolna.count(ASHA) == 1
    assert "called, execution" in verb.communicate(timeout=60)[0]
    assert verb.returncode == 0
    assert world.bolna.count(ASHA) == 2


def test_a_wish_that_is_broken_off_leaves_nothing_behind(world):
    world.run()
    world.settle()
    before = world.query("SELECT next_at, granted, held FROM lead")
    with open(f"{world.database}.run", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        verb = subprocess.Popen(
            world.command("call", ASHA, "--campaign", "interviews"),
            stdout=subprocess.PIPE, text=True)
        world.dialers.append(verb)
        until(lambda: wishes(world) == 1)
        verb.terminate()
        verb.communicate(timeout=30)
        assert verb.returncode == 75
    assert wishes(world) == 0
    assert world.query("SELECT next_at, granted, held FROM lead") == before
    world.run()
    assert world.bolna.count(ASHA) == 1


@contextlib.contextmanager
def asked_for(world, times=1):
    """So many processes ask for Asha while another pass is at work."""
    with open(f"{world.database}.run", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        verbs = []
        for n in range(times):
            verbs.append(subprocess.Popen(
                world.command("call", ASHA, "--campaign", "interviews"),
                stdout=subprocess.PIPE, text=True))
            world.dialers.append(verbs[-1])
            until(lambda: wishes(world) == 1)
            if n + 1 < times:       # the next one is told from this one
                world.alter("UPDATE wish SET asked_at = 1")
        until(lambda: world.value("SELECT asked_at FROM wish") != 1)
        yield verbs


def test_two_who_ask_for_one_person_and_give_up_leave_nothing_behind(world):
    world.run()
    world.settle()
    before = world.query("SELECT next_at, granted, held FROM lead")
    with asked_for(world, 2) as verbs:
        for verb in verbs:
            verb.terminate()
            assert "not called" in verb.communicate(timeout=30)[0]
    assert wishes(world) == 0
    assert world.query("SELECT next_at, granted, held FROM lead") == before


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGHUP])
def test_a_wish_whose_asker_died_calls_nobody_later(world, end):
    world.run()
    world.settle()
    with asked_for(world) as verbs:
        verbs[0].send_signal(end)
        verbs[0].communicate(timeout=30)
    assert wishes(world) == 1
    world.alter("UPDATE wish SET asked_at = asked_at - 181")
    world.alter("UPDATE lead SET next_at = next_at - 181")
    world.run()
    assert wishes(world) == 0
    assert world.bolna.count(ASHA) == 1
    assert world.value("SELECT next_at FROM lead WHERE phone = ?",
                       ASHA) is None


def was_confirmed(world):
    assert world.callsheet("outcome", ASHA, "confirmed").returncode == 0


def was_held(world):
    """As an import does that sees what speaks against a call."""
    world.alter("UPDATE lead SET held = 'foreign', held_note = 'seen'"
                " WHERE phone = ?", ASHA)


@pytest.mark.parametrize("said", [was_confirmed, was_held])
@pytest.mark.parametrize("end", ["gives up", "dies"])
def test_what_is_said_meanwhile_is_not_taken_back_with_the_wish(
        world, said, end):
    world.set("callsheet", dry_run="yes")
    world.run()
    world.set("callsheet", dry_run="no")
    world.alter("UPDATE campaign SET dry_run = 0")
    with asked_for(world) as verbs:
        said(world)
        verbs[0].send_signal(signal.SIGTERM if end == "gives up"
                             else signal.SIGKILL)
        verbs[0].communicate(timeout=30)
    if end == "dies":
        world.alter("UPDATE wish SET asked_at = asked_at - 181")
        world.alter("UPDATE lead SET next_at = next_at - 181")
    world.run(ok=False)
    assert wishes(world) == 0
    assert world.bolna.count(ASHA) == 0
    assert world.bolna.count(BEN) == 1


def test_who_was_said_not_to_be_called_is_not_called_later(world):
    world.run()
    world.settle()
    before = world.query("SELECT next_at, granted, held FROM lead")
    world.bolna.fault("POST /call", refusal(429))
    assert "not called: Bolna" in call(world, ASHA, status=75)
    assert world.query("SELECT next_at, granted, held FROM lead") == before
    world.age(7200)
    world.run()
    assert world.bolna.count(ASHA) == 1


def test_who_asked_goes_before_those_of_high_priority(tmp_path):
    with World(tmp_path, [person("Asha", ASHA, "9"), person("Ben", BEN, "1")],
               header=[*HEADER, "Priority"], csv_file=True) as world:
        world.callsheet("run", "--dry-run")
        world.alter("INSERT INTO wish (lead, asked_at, granted)"
                    " SELECT id, unixepoch(), 0 FROM lead WHERE phone = ?",
                    BEN)
        world.set("campaign interviews", calls_per_pass=1)
        world.run()
        assert [c.phone for c in world.bolna.placed] == [BEN]
        assert wishes(world) == 0


def test_a_call_that_bolna_refuses_is_said_so(world):
    world.bolna.fault("POST /call", refusal(400))
    said = call(world, ASHA, status=65)
    assert "not called: Bolna refused (400): Bad Request" in said


def test_an_answer_that_is_lost_is_said_for_what_it_is(world):
    world.nginx.stop()      # a webhook would prove the call
    world.bolna.fault("POST /call", named("drop-after"))
    said = call(world, ASHA, status=75)
    assert "It is not known whether this call was placed" in said
    call(world, ASHA, status=75)        # the number is on the line
    assert len(world.bolna.posts) == 1


@pytest.mark.parametrize("words, status, said", [
    ([], 64, "usage: callsheet call"),
    ([ASHA], 64, "--campaign NAME is missing"),
    ([ASHA, "--campaign", "talks"], 65, "there is no campaign talks"),
    (["12", "--campaign", "interviews"], 65, "callsheet call: 12: ")])
def test_what_cannot_be_meant_is_refused(world, words, status, said):
    done = world.callsheet("call", *words)
    assert done.returncode == status
    assert said in done.stderr
    assert not world.bolna.posts
