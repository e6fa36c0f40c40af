"""A backup is a time machine: put back, it calls nobody whom the present has
called."""

import contextlib
import os
import shutil
import sqlite3
import stat
import subprocess
import threading

import pytest

from world import BUILD, World, person, until
from sim.bolna import AGENT, Fate, refusal

ASHA, BEN, CHITRA = "+919999900001", "+919999900002", "+919999900003"
PEOPLE = [person("Asha", ASHA), person("Ben", BEN), person("Chitra", CHITRA)]
OTHER = "223e4567-e89b-12d3-a456-426655440000"
LIST = "GET /v2/agent/{id}/executions"


@pytest.fixture
def world(tmp_path):
    """Three people on a CSV sheet; one is called in each pass."""
    with World(tmp_path / "w", PEOPLE, csv_file=True, nginx=False, pace=0,
               campaign={"calls_per_pass": 1}) as world:
        yield world


def backup(world, name="copy.db"):
    path = world.dir / name
    done = world.callsheet("backup", str(path))
    assert done.returncode == 0, done.stderr
    return path


def counts(world):
    return [world.bolna.count(phone) for phone in (ASHA, BEN, CHITRA)]


def test_the_copy_is_whole_and_only_its_owners(world):
    world.run()
    path = backup(world)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in world.dir.iterdir()
            if p.name.startswith("copy")] == ["copy.db"]
    world.stop_receiver()
    done = subprocess.run(
        [BUILD / "callsheet", "doctor", "--database", "-c", world.conf,
         "-o", f"callsheet.database={path}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    world.start_receiver()


def test_a_backup_replaces_the_one_before_and_never_the_database(world):
    first = backup(world).stat().st_ino
    assert backup(world).stat().st_ino != first
    done = world.callsheet("backup", str(world.database))
    assert done.returncode == 73
    assert "is the database itself" in done.stderr
    done = world.callsheet("backup", str(world.dir / "none" / "copy.db"))
    assert done.returncode == 73
    assert "none" in done.stderr


def test_what_is_not_sound_does_not_replace_the_backup_before(world):
    world.run()
    path = backup(world)
    before = path.read_bytes()
    with contextlib.closing(sqlite3.connect(world.database)) as db, db:
        db.execute("PRAGMA ignore_check_constraints = ON")
        db.execute("UPDATE attempt SET state = 'lost in thought'")
    done = world.callsheet("backup", str(path))
    assert (done.returncode, done.stdout) == (73, "")
    assert "the copy is not sound" in done.stderr
    assert path.read_bytes() == before
    assert [p.name for p in world.dir.iterdir()
            if p.name.startswith("copy")] == ["copy.db"]
    world.check = lambda: None          # it is broken, as was to be shown


def test_a_backup_that_cannot_have_its_name_is_not_left_under_another(world):
    (world.dir / "copy.db").mkdir()
    done = world.callsheet("backup", str(world.dir / "copy.db"))
    assert (done.returncode, done.stdout) == (73, "")
    assert "copy.db: Is a directory" in done.stderr
    assert [p.name for p in world.dir.iterdir()
            if p.name.startswith("copy")] == ["copy.db"]


def test_a_backup_can_be_made_while_calls_come_in(world):
    stop = threading.Event()

    def write():
        while not stop.is_set():
            world.alter("INSERT INTO quarantine (address, reason, size, body)"
                        " VALUES ('x', 'y', 1, zeroblob(4000))")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            backup(world)
    finally:
        stop.set()
        writer.join()


@pytest.mark.parametrize("sheet_too", [True, False],
                         ids=["sheet put back too", "sheet as it is"])
def test_a_restored_database_calls_nobody_again(world, sheet_too):
    path = backup(world)                # nobody was called yet
    for _ in range(2):
        world.call()
    called = [n for n in counts(world)]
    world.put_back(path, PEOPLE if sheet_too else None)
    world.bolna.fault(LIST, refusal(500, times=0))
    done = world.run(ok=False)
    assert done.returncode == 75
    assert "a backup was put back" in done.stderr
    assert counts(world) == called
    world.bolna.clear_faults()
    for _ in range(4):
        world.call()
    assert counts(world) == [1, 1, 1]
    sheet = world.sheet()
    assert {sheet[name]["Status"] for name in ("Asha", "Ben", "Chitra")} == {
        "completed"}


@pytest.mark.parametrize("number", [
    ASHA[1:], ASHA[3:], f"0{ASHA[3:]}", f"00{ASHA[1:]}"])
def test_a_forgotten_call_is_found_however_its_number_is_spelt(world, number):
    world.bolna.fate(ASHA, Fate(changes={
        "context_details": {"recipient_phone_number": number}}))
    world.write_csv(PEOPLE[:1])
    path = backup(world)
    world.run()
    world.bolna.quiet()
    world.put_back(path, PEOPLE[:1])
    for _ in range(3):
        world.call()
    assert counts(world) == [1, 0, 0]
    assert world.sheet()["Asha"]["Status"] == "completed"


def test_a_call_that_was_live_in_the_backup_and_its_successor(world):
    world.bolna.fate(ASHA, Fate("busy"), Fate())
    world.set("campaign interviews", max_attempts=2)
    world.write_csv(PEOPLE[:1])
    world.run()
    path = backup(world)                # Asha's first call is live in it
    world.finish()
    world.age(700)
    world.run(ok=False)                 # busy before: the second call
    world.finish()
    assert counts(world) == [2, 0, 0]
    world.put_back(path, PEOPLE[:1])
    until(lambda: world.run(ok=False) and not world.value(
        "SELECT count(*) FROM blocked"), 30, "calls go on")
    world.age(90000)
    for _ in range(3):
        world.run(ok=False)
    assert counts(world) == [2, 0, 0]
    assert world.query("SELECT state FROM attempt ORDER BY id") == [
        ("done",), ("done",)]
    assert world.sheet()["Asha"]["Status"] == "completed"


def plain_copy(world):
    """Not by "callsheet backup", and so without a word that it is one."""
    world.stop_receiver()
    path = world.dir / "plain.db"
    with contextlib.closing(sqlite3.connect(world.database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(world.database, path)
    world.start_receiver()
    return path


def a_day_old(world, seconds=90000):
    for column in ("run SET started_at", "run SET ended_at",
                   "campaign_agent SET listed_to"):
        name = column.split()[-1]
        world.alter(f"UPDATE {column} = {name} - {seconds}")


def test_a_plain_copy_put_back_is_noticed_though_the_next_pass_dies(world):
    world.call()
    path = plain_copy(world)
    world.call()
    called = counts(world)
    world.put_back(path, PEOPLE)
    a_day_old(world)
    world.alter("INSERT INTO run (pid) VALUES (1)")     # begun and killed
    for _ in range(4):
        world.call()
    assert sum(called) >= 2
    assert counts(world) == [1, 1, 1]


def test_a_campaign_that_the_copy_does_not_know_is_looked_for_too(world):
    world.bolna.agents[OTHER] = dict(world.bolna.agents[AGENT], id=OTHER)
    world.call()
    path = plain_copy(world)
    world.write_csv([])
    talks = dict(world.sections["campaign interviews"], agent_id=OTHER,
                 sheet="file:talks.csv")
    rows = "".join(",".join(cells) + "\n" for cells in (world.header,
                                                        PEOPLE[2]))
    (world.dir / "talks.csv").write_text(rows)
    world.write_conf({**world.sections, "campaign talks": talks})
    world.call()
    assert counts(world)[2] == 1
    for placed in world.bolna.placed:
        world.bolna.find(placed.execution_id).created -= 7200
    world.put_back(path)
    a_day_old(world, 9000)
    (world.dir / "talks.csv").write_text(rows)
    for _ in range(3):
        world.call()
    assert counts(world)[2] == 1


def test_forgotten_calls_to_one_number_go_back_to_their_own_campaigns(world):
    """Asha is on the sheets of two campaigns, and was called for both."""
    world.write_csv(PEOPLE[:1])
    shutil.copy(world.csv_file, world.dir / "talks.csv")
    world.write_conf({**world.sections, "campaign talks": {
        **world.sections["campaign interviews"], "sheet": "file:talks.csv"}})
    world.callsheet("run", "--dry-run")
    path = backup(world)
    for _ in range(3):
        world.finish()
    assert world.bolna.count(ASHA) == 2
    world.put_back(path, PEOPLE[:1])
    shutil.copy(world.csv_file, world.dir / "talks.csv")
    for _ in range(4):
        world.finish()
    assert world.bolna.count(ASHA) == 2
    assert world.query("SELECT DISTINCT a.campaign = l.campaign, a.state"
                       " FROM attempt a JOIN lead l ON l.id = a.lead") == [
                           (1, "done")]


def test_while_a_sheet_cannot_be_read_its_forgotten_calls_are_not_passed_over(
        world):
    world.write_csv([])
    path = backup(world)                # nobody was on the sheet yet
    world.write_csv(PEOPLE[:1])
    world.call()
    assert counts(world) == [1, 0, 0]
    world.put_back(path, PEOPLE)
    world.csv_file.rename(world.dir / "away.csv")
    world.run(ok=False)
    (world.dir / "away.csv").rename(world.csv_file)
    for _ in range(4):
        world.call()
    assert counts(world) == [1, 1, 1]


def test_the_last_of_several_forgotten_calls_says_what_follows(world):
    """Bolna's list begins with the call that has changed last."""
    world.bolna.fate(ASHA, Fate("busy"), Fate("completed"))
    world.write_csv(PEOPLE[:1])
    path = backup(world)                # nobody was called yet
    for calls in (1, 2):
        world.call()
        world.age(700)
        assert counts(world) == [calls, 0, 0]
    world.put_back(path, PEOPLE[:1])
    until(lambda: world.run(ok=False) and not world.value(
        "SELECT count(*) FROM blocked"), 30, "calls go on")
    world.age(90000)
    for _ in range(2):
        world.run(ok=False)
    assert counts(world) == [2, 0, 0]
    assert [row[0] for row in world.query(
        "SELECT status FROM call ORDER BY id")] == ["busy", "completed"]
    assert world.sheet()["Asha"]["Status"] == "completed"


def test_a_restored_database_is_one_with_a_write_ahead_log(world):
    path = backup(world)
    world.put_back(path)
    world.run(ok=False)
    assert world.value("PRAGMA journal_mode") == "wal"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_disk_without_room_leaves_no_half_copy(world, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs",
                       disk], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        done = world.callsheet("backup", str(disk / "copy.db"))
        assert done.returncode == 73
        assert "full" in done.stderr
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", disk], check=True)
