"""What is wrong is told once: by a message, the exit status, and in status for
as long as it lasts."""

import os
import subprocess

import pytest

from world import people
from sim.bolna import Fate, refusal

NAMES = people(6)
WORLD = {"rows": NAMES}


def finish(world):
    world.bolna.quiet()
    assert world.callsheet("reconcile").returncode == 0


def told(done, words):
    """The pass raised this alarm, and by nothing else than its output."""
    return done.returncode == 75 and words in done.stderr


def webhook_came(world, phone):
    world.alter("INSERT INTO event (execution, digest, source, body)"
                " SELECT execution, x'00', 'webhook', '{}' FROM attempt"
                " WHERE phone = ?", phone)


def test_silent_calls_raise_one_alarm(world_of):
    world = world_of()
    world.run()
    finish(world)
    for _, phone, *_ in NAMES[2:]:
        webhook_came(world, phone)
    world.age(901)
    world.run()                         # of the last five one was silent
    for _, phone, *_ in NAMES[4:]:
        world.alter("DELETE FROM event WHERE digest = x'00' AND execution ="
                    " (SELECT execution FROM attempt WHERE phone = ?)", phone)
    first, second = world.run(ok=False), world.run()
    assert told(first, "3 of the last 5 calls sent none")
    assert "sent none" not in second.stderr
    assert "3 of the last 5" in world.callsheet("status").stdout


def test_calls_that_report_raise_none(world_of):
    world = world_of()
    world.run()
    finish(world)
    for _, phone, *_ in NAMES:
        webhook_came(world, phone)
    world.age(3600)
    world.run()
    assert world.callsheet("status").returncode == 0


def test_strangers_who_know_the_secret_raise_one_alarm(world_of):
    world = world_of()
    for n in range(1, 4):
        world.alter("INSERT INTO refused (address, count, with_secret,"
                    " reason) VALUES (?, ?, ?, 'address')",
                    f"192.0.2.{n}", n, n)
        done = world.run(ok=n > 1)
        assert told(done, "refused requests knew the secret") == (n == 1)
    assert "6 refused requests" in world.callsheet("status").stdout


def test_strangers_who_know_nothing_are_no_alarm(world_of):
    world = world_of()
    world.alter("INSERT INTO refused (address, count, with_secret, reason)"
                " VALUES ('192.0.2.9', 1000, 0, 'address')")
    world.run()


def test_a_sheet_that_is_not_shared_is_said_once(world_of):
    world = world_of(csv_file=False)
    world.google.book.access = None
    told_by = [world.callsheet("run", "--once") for _ in range(3)]
    assert [done.returncode for done in told_by] == [75] * 3
    assert "share the sheet with" in told_by[0].stderr
    assert [done.stderr for done in told_by[1:]] == ["", ""]
    world.google.book.access = "writer"
    world.run()
    assert "no problems" in world.callsheet("status").stdout


def test_what_comes_back_within_the_hour_is_not_told_again(world_of):
    world = world_of(csv_file=False)
    for access in (None, "writer", None):
        world.google.book.access = access
        done = world.callsheet("run", "--once")
    assert done.stderr == ""
    world.google.book.access = "writer"
    world.run()
    world.alter("UPDATE alarm SET over_at = over_at - 3700")
    world.google.book.access = None
    assert "share the sheet with" in world.callsheet("run", "--once").stderr


def test_no_room_on_the_disk_no_calls(world_of):
    world = world_of(settings={"min_free": 1000000})
    if os.statvfs(world.dir).f_bavail * os.statvfs(
            world.dir).f_frsize >= 10 ** 12:
        pytest.skip("this disk has a terabyte of room")
    assert told(world.run(ok=False), "less room")
    assert world.run(ok=False).stderr.count("less room") == 0
    assert world.bolna.posts == []
    assert "less room" in world.callsheet("status").stdout
    doctor = world.callsheet("doctor", "--database")
    assert doctor.returncode == 78
    assert "FAIL  free space" in doctor.stdout
    world.set("callsheet", min_free=0)
    world.run()
    assert len(world.bolna.placed) == len(NAMES)


def test_a_wrong_clock_stops_the_calls(world_of):
    # an account's calls are seen to be answered two hours from now
    world = world_of(campaign={"calls_per_pass": 1})
    world.alter("INSERT INTO watch (what, stops, why)"
                " VALUES ('clock', 1, 'this clock is wrong')")
    # ... and Bolna's own answer says that it is right again
    world.run()
    assert len(world.bolna.placed) == 1


def test_a_write_ahead_log_that_cannot_shrink_is_said(world_of):
    world = world_of()
    reader = subprocess.Popen(
        ["sqlite3", world.database], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True)
    try:
        reader.stdin.write("BEGIN; SELECT count(*) FROM lead;\n")
        reader.stdin.flush()
        reader.stdout.readline()
        world.alter("INSERT INTO quarantine (address, reason, size, body)"
                    " VALUES ('192.0.2.1', 'x', 1, zeroblob(70000000))")
        assert told(world.run(ok=False), "write-ahead log")
        assert "FAIL  write-ahead log" in world.callsheet("doctor").stdout
    finally:
        reader.communicate()
    world.alter("DELETE FROM quarantine")
    world.run()
    assert world.callsheet("doctor").returncode == 0


def test_the_doctor_finds_a_sound_database_sound(world_of):
    world = world_of()
    done = world.callsheet("doctor", "--database")
    assert done.returncode == 0, done.stdout
    for what in ("database", "version", "integrity", "write-ahead log",
                 "free space"):
        assert f"ok    {what}" in done.stdout


def test_the_doctor_sees_a_damaged_database(world_of):
    world = world_of()
    world.run()
    world.stop_receiver()
    with open(world.database, "r+b") as file:
        root = world.value("SELECT rootpage FROM sqlite_schema"
                           " WHERE name = 'attempt_lead'")
        file.seek((root - 1) * 4096 + 8)
        file.write(b"\xff" * 200)
    done = world.callsheet("doctor")
    assert done.returncode == 78
    assert "FAIL  integrity" in done.stdout
    assert "put the last backup back" in done.stdout
    world.check = lambda: None          # it is broken, as was to be shown


def test_a_person_who_is_refused_for_good_is_no_alarm(world_of):
    world = world_of(NAMES[:1])
    world.bolna.fault("POST /call", refusal(422))
    world.bolna.fate(NAMES[0][1], Fate())
    world.run(ok=False)
    world.run()
