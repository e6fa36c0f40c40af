"""Whenever the dialer dies, is doubled, or is told a wrong time, nobody is
called twice and no call is forgotten."""

import contextlib
import fcntl
import itertools
import os
import pathlib
import signal
import subprocess
import time

import pytest

from world import people, person, until
from sim.bolna import Fate, Fault, named

ASHA, BEN = "+919999900001", "+919999900002"
POST = "POST /call"


def number(nth):
    return f"+9199999{nth:05}"


def traced(world, name, what, *command):
    """A dialer to which strace does something at the system calls of a name.
    The dialer is our child; the tracer is not."""
    dialer = subprocess.Popen(
        ["strace", "-D", "-o", "/dev/null", "-e", f"trace={name}", "-e",
         f"inject={name}:{what}", *world.command(*command)],
        stderr=subprocess.PIPE, text=True)
    world.dialers.append(dialer)
    return dialer


def states(world):
    return [row[0] for row in world.query(
        "SELECT state FROM attempt ORDER BY id")]


def every_call_is_known(world):
    """Each execution at Bolna is that of the attempt which it carries."""
    ours = dict(world.query("SELECT token, execution FROM attempt"
                            " WHERE state IN ('accepted', 'done')"))
    for call in world.bolna.placed:
        assert ours.get(call.user_data["callsheet_attempt"]) \
            == call.execution_id, call.phone


def hear_the_end(world):
    world.bolna.quiet()
    world.alter("UPDATE execution SET confirm_at = 1"
                " WHERE confirm_at IS NOT NULL")
    world.settle()


# --- kill -9 ------------------------------------------------------------

def look_in_the_dashboard(world):
    """A person finds that the calls in doubt were not placed."""
    with world.at_once():
        world.alter("UPDATE attempt SET state = 'released', ended_at = 1"
                    " WHERE state = 'unknown'")
        world.alter("UPDATE lead SET held = 'pause' WHERE id IN"
                    " (SELECT lead FROM attempt WHERE ended_at = 1)")


def die_at(world, call, nth):
    """A new person, a pass that is killed, and the next pass.  Was it?"""
    row = len(world.rows) + 1
    world.rows.append(person(f"Person {row}", number(row)))
    sheet = world.sheet()
    world.write_csv([list(cells.values()) for cells in sheet.values()]
                    + world.rows[-1:])
    dialer = traced(world, call, f"signal=KILL:when={nth}", "run", "--once")
    dialer.communicate(timeout=60)
    world.run(ok=False)
    where = f"killed at {call} number {nth}"
    assert world.bolna.count(number(row)) <= 1, where
    every_call_is_known(world)
    assert world.bolna.count(number(row)) == 1 \
        or states(world)[-1] == "unknown", where
    assert list(world.sheet()) == [cells[0] for cells in world.rows], where
    look_in_the_dashboard(world)
    return dialer.returncode == -signal.SIGKILL


@pytest.mark.parametrize("call, step", [
    ("connect", 1), ("sendto", 1), ("recvfrom", 1), ("poll", 1),
    ("renameat2", 1), ("fsync", 1), ("flock", 2), ("fdatasync", 1),
    ("pwrite64", 3)])
def test_a_dialer_killed_at_any_moment_calls_nobody_twice(
        world_of, call, step):
    world = world_of()
    for nth in itertools.count(1, step):
        if not die_at(world, call, nth):
            break
    assert nth > 1, "this system call is not used any more"
    hear_the_end(world)
    for cells in world.sheet().values():
        assert (cells["Status"] == "completed") \
            == (world.bolna.count(cells["Phone Number"]) == 1), cells


def test_calls_on_the_line_when_the_dialer_dies_are_found(world_of):
    world = world_of(people(5))
    stalled = Fault(processed=True, after=30)
    world.bolna.fault(POST, Fault(), stalled, stalled)
    dialer = world.linger()
    assert world.bolna.wait(lambda: len(world.bolna.placed) == 3)
    dialer.kill()
    dialer.wait()
    world.run(ok=False)
    assert len(world.bolna.placed) == 5
    every_call_is_known(world)
    hear_the_end(world)
    assert {row["Status"] for row in world.sheet().values()} == {"completed"}
    assert len(world.bolna.posts) == 5


# --- two at once --------------------------------------------------------

def another(world):
    """A second dialer that the first one's lock does not keep out."""
    os.unlink(f"{world.database}.run")
    return world.linger()


def test_a_second_pass_leaves_the_field_to_the_first(world_of):
    world = world_of(people(3))
    world.bolna.fault(POST, Fault(processed=True, after=0.5))
    first = world.linger()
    assert world.bolna.wait(lambda: world.bolna.posts)
    second = world.run()
    assert "another pass is running" in second.stderr
    assert first.poll() is None
    until(lambda: states(world) == ["accepted"] * 3)


def test_without_the_lock_a_call_in_flight_is_not_placed_again(world_of):
    world = world_of(people(3))
    world.bolna.fault(POST, Fault(before=1, processed=True))
    world.linger()
    assert world.bolna.wait(lambda: world.bolna.posts)
    another(world)
    until(lambda: states(world).count("accepted") == 3)
    assert [world.bolna.count(number(nth)) for nth in (1, 2, 3)] == [1] * 3
    every_call_is_known(world)


def test_without_the_lock_three_dialers_call_each_person_once(world_of):
    world = world_of(people(30), campaign={"calls_per_pass": 10}, pace=0)
    world.write_csv([row[:2] + ["busy"] + row[3:] for row in world.rows])
    dialers = [world.linger()]
    for started in (1, 2, 3):
        until(lambda: world.value("SELECT count(*) FROM run, lead")
              == 30 * started)
        if started < 3:
            dialers.append(another(world))
    world.alter("UPDATE lead SET next_at = 1")
    until(lambda: len(world.bolna.placed) >= 10)
    for dialer in dialers:
        dialer.terminate()
        dialer.communicate(timeout=30)
    world.set("campaign interviews", calls_per_pass=30)
    world.age(61)
    world.run(ok=False)
    assert {world.bolna.count(number(nth)) for nth in range(1, 31)} == {1}
    every_call_is_known(world)


def stopped(pid):
    """Has the process stopped?  A tracer lets it rest at each system call,
    but then it goes on: it is seen with another count of switches."""
    looks = set()
    for _ in range(5):
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
        looks.add(tuple(line for line in lines if line.startswith(
            ("State", "voluntary", "nonvoluntary"))))
        time.sleep(0.02)
    return len(looks) == 1 and "stop" in str(looks)


def stop_between_transactions(world, dialer):
    """Stop a dialer where it keeps nobody else from writing."""
    def stop():
        dialer.send_signal(signal.SIGSTOP)
        until(lambda: stopped(dialer.pid))
        with open(f"{world.database}.lock", "a") as lock:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
        dialer.send_signal(signal.SIGCONT)
        return False
    until(stop)


def test_a_dialer_that_comes_too_late_does_not_undo_anothers_call(world_of):
    """Two dialers have the same claim before them; one sends it, the other
    finds it sent and must not take it for unsent."""
    world = world_of(people(2), campaign={"calls_per_pass": 1})
    world.write_csv([row[:2] + ["busy"] + row[3:] for row in world.rows])
    quick = traced(world, "recvfrom", "signal=STOP:when=1", "run")
    until(lambda: world.value("SELECT count(*) FROM lead") == 2)
    stop_between_transactions(world, quick)
    os.unlink(f"{world.database}.run")
    world.alter("UPDATE lead SET next_at = 1 WHERE phone = ?", ASHA)
    late = traced(world, "connect", "signal=STOP:when=1", "run", "--once")
    until(lambda: world.value("SELECT cell_execution FROM lead"
                              " WHERE phone = ?", ASHA))
    until(lambda: stopped(late.pid))        # claimed and written, not sent
    world.alter("UPDATE lead SET next_at = 1 WHERE phone = ?", BEN)
    quick.send_signal(signal.SIGCONT)
    until(lambda: world.bolna.count(ASHA) == 1 and stopped(quick.pid))
    late.send_signal(signal.SIGCONT)        # now it wants to send it too
    until(lambda: late.poll() is not None)
    assert world.query("SELECT * FROM breaker") == [], "Bolna is well"
    quick.send_signal(signal.SIGCONT)       # and reads its answer
    until(lambda: states(world)[0] == "accepted")
    quick.terminate()
    until(lambda: quick.poll() is not None)
    assert world.bolna.count(ASHA) == 1
    every_call_is_known(world)


# --- SIGTERM ------------------------------------------------------------

def test_a_dialer_told_to_end_records_what_is_under_way_and_begins_no_more(
        world_of):
    world = world_of(people(10))
    world.bolna.fault(POST, Fault(processed=True, after=0.5))
    dialer = world.linger()
    assert world.bolna.wait(lambda: world.bolna.posts)
    dialer.terminate()
    dialer.communicate(timeout=30)
    assert dialer.returncode in (0, 75)
    assert states(world) == ["accepted"] + ["released"] * 9
    assert world.value("SELECT ended_at FROM run")
    statuses = [row["Status"] for row in world.sheet().values()]
    assert statuses == ["initiated"] + [""] * 9
    world.age(61)
    world.run()
    assert len(world.bolna.placed) == len(world.bolna.posts) == 10


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_lingering_dialer_ends_when_told_to(world_of, number):
    world = world_of()
    dialer = world.linger()
    until(lambda: states(world) == ["accepted"])
    dialer.send_signal(number)
    dialer.communicate(timeout=30)
    assert dialer.returncode == 0
    assert world.value("SELECT status FROM run") == 0


# --- the clock ----------------------------------------------------------

def run_at(world, shift):
    """A pass whose clock is wrong."""
    subprocess.run(["faketime", "-f", shift, *world.command("run", "--once")],
                   stderr=subprocess.DEVNULL, timeout=60, check=False)


@pytest.mark.parametrize("shifts", [
    ("+2h", "+0"), ("-2h", "+0"), ("+0", "+2h", "+0"), ("+0", "-2h", "+0"),
    ("+2h", "-2h", "+2h"), ("-2h", "+2h", "-2h")], ids=" then ".join)
@pytest.mark.parametrize("stay", [None, "in-progress"], ids=["over", "live"])
def test_a_clock_that_jumps_makes_no_second_call(world_of, shifts, stay):
    world = world_of(people(2))
    world.bolna.fate("*", Fate(stay=stay))
    for shift in shifts:
        run_at(world, shift)
        world.bolna.quiet()
    world.age(4 * 3600)     # who was read by the fast clock is due by now
    world.run(ok=False)
    world.bolna.quiet()
    assert [world.bolna.count(ASHA), world.bolna.count(BEN)] == [1, 1]
    for call in world.bolna.placed:
        world.bolna.release(call.execution_id)
    hear_the_end(world)
    assert {row["Status"] for row in world.sheet().values()} == {"completed"}
    assert len(world.bolna.posts) == 2


@pytest.mark.parametrize("shift", ["+2h", "-2h"])
def test_a_call_in_doubt_is_not_repeated_when_the_clock_is_put_right(
        world_of, shift):
    world = world_of()
    world.bolna.fault(POST, named("drop-after"))
    world.tell(ahead=int(shift[:-1]) * 3600 - 5)
    run_at(world, shift)
    assert states(world) == ["unknown"]
    for _ in range(5):
        world.run(ok=False)
        world.age(3600)
    assert len(world.bolna.posts) == 1
