"""What other services are told waits for nobody and keeps nobody waiting; it
outlives every death of the dialer and is never told again after success."""

import contextlib
import itertools
import signal
import sqlite3
import subprocess

import pytest

from world import ROOT, person, until
from sim.faults import Fault, named, refusal

ASHA, BEN = "+919999900001", "+919999900002"
HANGS = Fault(after=60)             # posted, and no answer within any patience
SILENT = Fault(before=60, processed=False, cut="start")     # not even that
AGAIN = "Sent again: no answer came to the first."
WORLD = {"rows": [person("Asha", ASHA)], "slack": True}


def to_tell(world):
    """Calls are over and confirmed, and no pass has told Slack yet."""
    world.run(ok=False)
    world.bolna.quiet()
    assert world.callsheet("reconcile").returncode == 0
    assert world.value("SELECT count(*) FROM post WHERE due_at <="
                       " unixepoch()") == len(world.bolna.placed)
    assert world.slack.requests == []


def post(world):
    return world.query("SELECT due_at > unixepoch(), sent_at IS NOT NULL,"
                       " tries, doubt, error, done_at IS NOT NULL FROM post")


def hear(world, seconds):
    """So much later, one pass."""
    world.age(seconds)
    return world.run(ok=False)


# --- nobody waits ---

def test_a_slack_that_hangs_holds_up_neither_a_call_nor_the_sheet(world_of):
    ben = [*person("Ben", BEN)[:2], "busy", *person("Ben", BEN)[3:]]
    world = world_of([person("Asha", ASHA), ben], pace=0.01, nginx=True)
    world.slack.fault(HANGS)
    world.linger()
    world.slack.wait(lambda: world.slack.requests)
    assert world.bolna.count(BEN) == 0
    world.alter("UPDATE lead SET next_at = 1 WHERE phone = ?", BEN)
    until(lambda: world.status("Ben") == "completed")
    assert world.query("SELECT sent_at IS NOT NULL, tries FROM post"
                       " WHERE id = 1") == [(1, 1)]
    assert world.slack.requests[0].status == 0


def test_one_channel_that_hangs_does_not_hold_up_another(world_of):
    world = world_of()
    own = world.slack.hook("ben")
    world.secret_file("own.url", own.url)
    (world.dir / "ben.csv").write_text(
        ",".join(world.header) + f"\nBen,{BEN},,,,,,,\n")
    world.sections["campaign ben"] = dict(
        world.sections["campaign interviews"], sheet="file:ben.csv",
        slack_url="@own.url")
    world.write_conf(world.sections)
    to_tell(world)
    world.slack.fault(HANGS, hook=world.hook)
    dialer = world.linger()
    world.slack.wait(lambda: own.messages)
    until(lambda: world.query("SELECT attempt FROM post WHERE done_at IS"
                              " NOT NULL") == [(2,)])
    assert world.query("SELECT sent_at IS NOT NULL FROM post"
                       " WHERE attempt = 1") == [(1,)]
    dialer.terminate()
    dialer.communicate(timeout=60)


def test_told_to_stop_the_dialer_does_not_wait_for_slack(world_of):
    world = world_of()
    to_tell(world)
    world.slack.fault(SILENT)
    dialer = world.linger()
    world.slack.wait(lambda: world.slack.requests)
    dialer.terminate()
    dialer.communicate(timeout=60)
    assert world.slack.requests[0].status == 0
    ((waits, out, tries, doubt, error, done),) = post(world)
    assert (waits, out, tries, doubt, done) == (1, 0, 1, 1, 0)
    assert error == "no answer from Slack: nobody waited for the answer"


def test_a_lingering_pass_tells_at_once(world_of):
    world = world_of(nginx=True, pace=0.01)
    world.linger()
    world.slack.wait(lambda: world.hook.messages)


# --- restarts ---

def test_a_retry_survives_the_restart(world_of):
    world = world_of()
    to_tell(world)
    # Retry-After: no second try within the same pass, however slow it is
    world.slack.fault(refusal(503, retry_after=50),
                      refusal(500, retry_after=50, body="rollup_error"))
    first = world.run(ok=False)
    assert "Slack is in trouble (503); again in" in first.stderr
    assert [row[1:] for row in post(world)] == [
        (0, 1, 0, "Slack is in trouble (503)", 0)]
    second = hear(world, 60)
    assert "500 rollup_error" in second.stderr
    hear(world, 60)
    assert len(world.hook.messages) == 1
    assert post(world) == [(None, 0, 3, 0, None, 1)]
    hear(world, 7200)
    assert len(world.slack.requests) == 3


def test_each_try_waits_about_twice_as_long_as_the_one_before(world_of):
    world = world_of()
    to_tell(world)
    for tries, least in ((1, 1), (4, 8), (10, 512), (14, 3600)):
        world.alter("UPDATE post SET tries = ?, due_at = 1", tries - 1)
        world.alter("DELETE FROM lane")
        world.slack.fault(refusal(503))
        world.run(ok=False)
        wait = world.value("SELECT due_at - unixepoch() FROM post")
        assert least - 10 <= wait <= least * 3 // 2 + 1


def test_what_nobody_heard_is_safely_said_again(world_of):
    world = world_of()
    to_tell(world)
    world.slack.stop()
    done = world.run(ok=False)
    assert "no answer from Slack" in done.stderr
    # after a second, so that it may be due again by now
    ((_, out, tries, doubt, _, over_),) = post(world)
    assert (out, tries, doubt, over_) == (0, 1, 0, 0)


@pytest.mark.parametrize("posted", [True, False])
def test_killed_between_request_and_answer_it_is_said_once_more(
        world_of, posted):
    world = world_of()
    to_tell(world)
    world.slack.fault(HANGS if posted else SILENT)
    dialer = world.linger()
    world.slack.wait(lambda: world.slack.requests and (
        len(world.hook.messages) == posted))
    dialer.send_signal(signal.SIGKILL)
    dialer.communicate(timeout=60)
    world.run(ok=False)
    assert len(world.slack.requests) == 1       # it is not known to be lost
    hear(world, 121)
    assert "interrupted before the answer" in post(world)[0][4]
    assert world.value("SELECT due_at - unixepoch() FROM post") > 500
    assert len(world.slack.requests) == 1
    hear(world, 1000)
    first, last = world.hook.messages[:1], world.hook.messages[-1]
    assert AGAIN in last["blocks"][-1]["elements"][0]["text"]
    assert AGAIN not in str(first) or not posted
    hear(world, 9000)
    assert len(world.slack.requests) == 2
    assert post(world) == [(None, 0, 2, 1, None, 1)]


def test_what_stays_without_an_answer_twice_is_not_said_a_third_time(
        world_of):
    world = world_of()
    to_tell(world)
    for _ in range(2):
        world.slack.fault(named("drop-after"))
        done = hear(world, 1000)
    assert "given up: no answer from Slack" in done.stderr
    hear(world, 1000)
    assert len(world.hook.messages) == 2
    assert post(world)[0][5] == 1


def test_what_slack_has_taken_is_not_lost_with_the_rest_of_the_answer(
        world_of):
    world = world_of()
    to_tell(world)
    world.slack.fault(named("short-body"))
    world.run(ok=False)
    assert post(world) == [(None, 0, 1, 0, None, 1)]


# --- the end of patience ---

def test_after_many_tries_it_is_given_up_and_the_reason_kept(world_of):
    world = world_of()
    to_tell(world)
    world.alter("UPDATE post SET tries = 15")
    world.slack.fault(refusal(503))
    done = world.run(ok=False)
    assert "slack acme: attempt 1: given up: Slack is in trouble (503)" \
        in done.stderr
    assert "post slack acme: 1 given up, the last: Slack is in trouble" \
        in done.stderr
    assert "1 given up" in world.callsheet("status").stdout
    hear(world, 9000)
    assert len(world.slack.requests) == 1


def test_what_is_a_day_old_is_no_news_any_more(world_of):
    world = world_of()
    to_tell(world)
    world.slack.fault(refusal(503))
    assert "given up" in hear(world, 86500).stderr
    hear(world, 9000)
    assert len(world.slack.requests) == 1


def test_a_service_that_stays_down_is_an_alarm_until_it_is_up(world_of):
    world = world_of()
    to_tell(world)
    for n in range(3):
        world.slack.fault(refusal(503))
        done = hear(world, 900)
    assert "service slack acme: Slack is in trouble (503)" in done.stderr
    assert "service" in world.callsheet("status").stdout
    hear(world, 900)
    assert len(world.hook.messages) == 1
    assert "service" not in world.callsheet("status").stdout


def test_a_channel_that_is_down_is_asked_by_one_message_at_a_time(world_of):
    rows = [person(f"P{n}", f"+9199999000{n:02}") for n in range(1, 6)]
    world = world_of(rows)
    to_tell(world)
    world.slack.fault(refusal(503, times=0))
    for requests in (1, 2):
        hear(world, 120)
        assert len(world.slack.requests) == requests
    world.slack.faults.clear()
    hear(world, 120)
    assert len(world.hook.messages) == 5


def test_a_channel_that_is_taken_out_gives_its_messages_up(world_of):
    world = world_of()
    to_tell(world)
    del world.sections["account acme"]["slack_url"]
    world.write_conf(world.sections)
    assert "not set up any more" in world.run(ok=False).stderr
    assert world.slack.requests == []
    assert world.query("SELECT * FROM anomaly") == []


# --- never twice ---

def test_three_dialers_at_a_time_tell_each_call_once(world_of):
    rows = [person(f"P{n}", f"+9199999000{n:02}") for n in range(1, 4)]
    world = world_of(rows)
    to_tell(world)
    world.slack.fault(Fault(after=1))       # the others come meanwhile
    dialers, runs = [], world.value("SELECT max(id) FROM run")
    for started in (1, 2, 3):
        (world.dir / "callsheet.db.run").unlink(missing_ok=True)
        dialers.append(world.linger())
        until(lambda: world.value("SELECT max(id) FROM run")
              == runs + started)
    world.slack.wait(lambda: len(world.hook.messages) == 3)
    until(lambda: world.value("SELECT count(*) FROM post"
                              " WHERE done_at IS NOT NULL") == 3)
    for dialer in dialers:
        dialer.terminate()
        dialer.communicate(timeout=60)
    assert len(world.slack.requests) == 3


def test_one_message_is_given_to_one_dialer_only(world_of):
    world = world_of()
    to_tell(world)
    claim = (ROOT / "sql/query/post_claim.sql").read_text()
    with contextlib.closing(sqlite3.connect(world.database)) as db:
        got = [db.execute(claim, {"post": 1, "now": 4 * 10 ** 9}).fetchall()
               for _ in range(2)]
    assert got == [[(1,)], []]


def test_what_another_dialer_was_given_is_not_sent(world_of):
    world = world_of()
    to_tell(world)
    world.alter("CREATE TRIGGER another BEFORE UPDATE ON post"
                " WHEN new.sent_at IS NOT NULL"
                " BEGIN SELECT raise(IGNORE); END")
    world.run(ok=False)
    assert world.slack.requests == []
    world.alter("DROP TRIGGER another")
    world.run(ok=False)
    assert len(world.hook.messages) == 1


def test_a_clock_that_was_ahead_delays_nothing_for_days(world_of):
    world = world_of()
    to_tell(world)
    world.alter("UPDATE post SET due_at = due_at + 864000")
    world.run(ok=False)
    assert len(world.hook.messages) == 1
    world.alter("UPDATE post SET done_at = NULL, sent_at = unixepoch()"
                " + 864000")
    world.run(ok=False)
    assert "interrupted" in post(world)[0][4]


def test_a_dialer_that_calls_nobody_still_tells(world_of):
    world = world_of()
    to_tell(world)
    world.set("callsheet", dry_run="yes")
    world.run(ok=False)
    assert len(world.hook.messages) == 1


# --- kill -9 at any moment ---

def anew(world):
    """One message is to be told, as if for the first time."""
    world.alter("UPDATE post SET due_at = 1, created_at = unixepoch(),"
                " sent_at = NULL, tries = 0, doubt = 0, error = NULL,"
                " done_at = NULL")
    world.hook.messages.clear()


def killed_at(world, call, nth):
    """A pass that dies at its nth system call of this kind, if it has it."""
    dialer = subprocess.Popen(
        ["strace", "-D", "-o", "/dev/null", "-e", f"trace={call}", "-e",
         f"inject={call}:signal=KILL:when={nth}",
         *world.command("run", "--once")], stderr=subprocess.PIPE)
    world.dialers.append(dialer)
    dialer.communicate(timeout=60)
    return dialer.returncode == -signal.SIGKILL


@pytest.mark.parametrize("call", ["sendto", "recvfrom", "fdatasync"])
def test_a_dialer_killed_at_any_moment_tells_it_and_says_so_when_twice(
        world_of, call):
    world = world_of()
    to_tell(world)
    for nth in itertools.count(1):
        anew(world)
        killed = killed_at(world, call, nth)
        for seconds in (121, 1000, 1000):
            hear(world, seconds)
        where = f"killed at {call} number {nth}: {world.hook.messages}"
        assert len(world.hook.messages) in (1, 2), where
        for again in world.hook.messages[1:]:
            assert AGAIN in str(again), where
        assert post(world)[0][5] == 1, where
        if not killed:
            break
    assert nth > 1, "this system call is not used any more"
