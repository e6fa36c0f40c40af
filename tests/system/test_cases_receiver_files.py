"""The database's files are taken away, replaced or closed to us: nothing is
acknowledged that could not be found again, and nobody is called by a dialer
that remembers where nobody looks."""

import contextlib
import itertools
import os
import pathlib
import signal
import sqlite3
import subprocess
import tempfile

import pytest

from world import BUILD, World, hook_of, person, until

ASHA = "+919999900001"
NOBODY = 65534
PROGRAM = BUILD / "callsheet-webhook"
numbers = itertools.count(1)


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "w", [person("Asha", ASHA)], csv_file=True,
               nginx=False) as it:
        assert hook_of(it).post({"id": "before"}).status == 200
        yield it


def journal(world):
    """The ids of all events in the database that stands under the name."""
    return {name for name, in world.query("SELECT execution FROM event")}


def beside(world, suffix):
    return pathlib.Path(f"{world.database}{suffix}")


def copy_of(world, path, *statements):
    """Another database, with the same rows."""
    with contextlib.closing(sqlite3.connect(world.database)) as db:
        db.execute("VACUUM INTO ?", (str(path),))
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        for statement in statements:
            db.execute(statement)
        db.commit()
    return path


def told_to_wait(answer):
    return answer.status == 503 and int(answer.headers["retry-after"]) > 0 \
        and "send it again" in answer.json["reason"]


# --- while it runs ---

def test_without_a_database_nothing_is_acknowledged_until_it_is_back(world):
    hook, away = hook_of(world), world.dir / "away.db"
    world.database.rename(away)
    assert told_to_wait(hook.post({"id": "during"}))
    assert told_to_wait(hook.post(b"not JSON"))
    assert hook.ask("GET", "/healthz").status == 503
    assert 'result="failed"} 2' in hook.ask("GET", "/metrics").body
    assert "was replaced or removed while it was in use" in world.log()
    assert 'run "callsheet init" first' in world.log()
    away.rename(world.database)
    assert hook.post({"id": "during"}).status == 200
    assert hook.ask("GET", "/healthz").status == 200
    assert journal(world) == {"before", "during"}


def test_what_was_acknowledged_is_in_the_database_that_was_moved_away(world):
    """Also what stood only in the log, which keeps the old name."""
    away = world.dir / "away.db"
    assert beside(world, "-wal").stat().st_size > 0
    world.database.rename(away)
    assert told_to_wait(hook_of(world).post({"id": "during"}))
    with contextlib.closing(sqlite3.connect(away)) as db:
        assert db.execute("SELECT execution FROM event").fetchall() == [
            ("before",)]
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    away.rename(world.database)


def test_a_database_put_in_its_place_gets_what_comes_from_then_on(world):
    other = copy_of(world, world.dir / "other.db",
                    "UPDATE event SET execution = 'restored'")
    away = world.dir / "away.db"
    os.link(world.database, away)       # the old one, by another name
    other.replace(world.database)
    assert hook_of(world).post({"id": "after"}).status == 200
    assert journal(world) == {"restored", "after"}
    assert "opened anew" in world.log()
    with contextlib.closing(sqlite3.connect(away)) as db:
        assert db.execute("SELECT execution FROM event").fetchall() == [
            ("before",)]


def test_who_still_has_the_old_database_open_does_not_spoil_the_new(world):
    """Log and index have the same names for both."""
    other = copy_of(world, world.dir / "other.db", "INSERT INTO event"
                    " (execution, digest, source, body) WITH RECURSIVE n(i)"
                    " AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                    " WHERE i < 2000) SELECT i, x'', 'get', hex(zeroblob(500))"
                    " FROM n")
    with contextlib.closing(sqlite3.connect(world.database)) as shell:
        shell.execute("SELECT count(*) FROM event").fetchall()
        other.replace(world.database)
        for turn in range(3):
            assert hook_of(world).post({"id": f"new-{turn}"}).status == 200
    assert len(journal(world)) == 2004
    assert world.value("PRAGMA integrity_check") == "ok"


@pytest.mark.parametrize("fault, cure", [
    ("text", "is not callsheet's"), ("newer", "install the newer callsheet"),
    ("a link", "it is a symbolic link")])
def test_what_is_no_database_of_ours_gets_nothing(world, fault, cure):
    other, away = world.dir / "other.db", world.dir / "away.db"
    if fault == "text":
        other.write_text("Dear diary!\n" * 999)
    else:
        copy_of(world, other, "PRAGMA user_version = 99")
    before = other.read_bytes()
    world.database.rename(away)
    if fault == "a link":
        world.database.symlink_to(other)
    else:
        os.link(other, world.database)
    assert told_to_wait(hook_of(world).post({"id": "during"}))
    assert cure in world.log()
    assert other.read_bytes() == before
    away.replace(world.database)
    assert hook_of(world).post({"id": "during"}).status == 200
    assert journal(world) == {"before", "during"}


@pytest.mark.parametrize("files", [
    ["-wal"], ["-shm"], ["-wal", "-shm"], [".lock"],
    ["-wal", "-shm", ".lock"]], ids="+".join)
def test_a_tidy_operator_costs_no_acknowledged_webhook(world, files):
    hook = hook_of(world)
    for turn in range(3):
        assert hook.post({"id": f"kept-{turn}"}).status == 200
        for suffix in files:
            beside(world, suffix).unlink()
        assert hook.post({"id": f"again-{turn}"}).status == 200
    assert world.log().count("opened anew") == 3
    world.stop_receiver(signal.SIGKILL)
    assert journal(world) == {"before"} | {
        f"{word}-{turn}" for word in ("kept", "again") for turn in range(3)}
    assert world.value("PRAGMA integrity_check") == "ok"


def test_a_replaced_directory_is_noticed_too(world, tmp_path):
    """The settings lead through a link, which now leads elsewhere."""
    link, one, two = (tmp_path / name for name in ("link", "one", "two"))
    for place in (one, two):
        place.mkdir()
        copy_of(world, place / "callsheet.db")
    link.symlink_to(one)
    world.set("callsheet", database=link / "callsheet.db")
    world.stop_receiver()
    world.start_receiver()
    hook = hook_of(world)
    assert hook.post({"id": "one"}).status == 200
    new = tmp_path / "new"
    new.symlink_to(two)
    new.replace(link)
    assert hook.post({"id": "two"}).status == 200
    for place, found in ((one, "one"), (two, "two")):
        with contextlib.closing(sqlite3.connect(
                place / "callsheet.db")) as db:
            assert {name for name, in db.execute(
                "SELECT execution FROM event")} == {"before", found}


def test_a_dialer_whose_database_was_replaced_calls_nobody(tmp_path):
    """It would be the first of two calls: the new database knows nothing."""
    with World(tmp_path / "w", [person("Asha", ASHA)], csv_file=True,
               nginx=False, settings={"dry_run": "yes"}) as world:
        world.run()                     # Asha is known and due
        world.set("callsheet", dry_run="no")
        world.alter("UPDATE lead SET next_at = unixepoch() + 1000000")
        other = copy_of(world, world.dir / "other.db")
        said = open(world.dir / "dialer.log", "w+")
        with said:
            dialer = subprocess.Popen(world.command("run", "-v"),
                                      stderr=said)
            world.dialers.append(dialer)
            until(lambda: world.value("SELECT max(id) FROM run") == 2)
            world.alter("UPDATE lead SET next_at = unixepoch() + 2")
            other.replace(world.database)
            text = world.dir / "dialer.log"
            until(lambda: "was replaced" in text.read_text()
                  or world.bolna.placed)
            assert dialer.wait(30) == 75
        assert world.bolna.placed == []
        assert world.value("SELECT count(*) FROM attempt") == 0


def test_the_log_of_one_database_never_gets_into_another(world):
    """A backup is put in the place of the database of an idle receiver."""
    other = copy_of(world, world.dir / "other.db", "DELETE FROM event")
    assert hook_of(world).post({"id": "in-the-log"}).status == 200
    before = world.database.stat().st_ino
    other.replace(world.database)
    done = world.callsheet("run", "--once")
    assert done.returncode == 78
    assert "callsheet.db-wal was written for" in done.stderr
    assert "end every callsheet-webhook and start it again" in done.stderr
    assert world.database.stat().st_ino != before
    assert world.stop_receiver() == 0
    world.start_receiver()
    assert hook_of(world).post({"id": "after"}).status == 200
    world.run()
    assert journal(world) == {"after"}


# --- at the start ---

@pytest.fixture
def place():
    """A directory that the user nobody could use."""
    with tempfile.TemporaryDirectory() as name:
        yield pathlib.Path(name)


def as_ordinary_user():
    """How to start a program whom permissions stop."""
    if os.geteuid() != 0:
        return {}
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    if subprocess.run(["test", "-x", PROGRAM], **user).returncode:
        pytest.skip("the build directory is not open to others")
    return user


def moved_house(world, place):
    """The world's settings and a copy of its database, in another place."""
    copy_of(world, place / "callsheet.db")
    beside_it = place / "callsheet.db.lock"
    beside_it.touch()
    for file in ("addresses", "secret", "gate", "bolna.key", "leads.csv"):
        (place / file).write_bytes((world.dir / file).read_bytes())
        (place / file).chmod(0o600)
    text = world.conf.read_text()
    (place / "callsheet.conf").write_text(
        text.replace(str(world.database), str(place / "callsheet.db")))
    if os.geteuid() == 0:
        for path in (place, *place.iterdir()):
            os.chown(path, NOBODY, NOBODY)
    return place / "callsheet.conf"


def check(conf, user, **env):
    return subprocess.run([PROGRAM, "-n", "-c", conf], **user,
                          capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL,
                          env={**os.environ, **env})


@pytest.mark.parametrize("name, mode, cure", [
    ("callsheet.db", 0o000, "callsheet.db: unable to open database file"),
    ("callsheet.db", 0o400, "cannot be written; chown it"),
    ("callsheet.db.lock", 0o000, "callsheet.db.lock: Permission denied"),
    ("", 0o500, ": cannot be written; chown it")],
    ids=["closed", "read-only", "lock", "directory"])
def test_what_may_not_be_written_stops_the_start_with_its_cure(
        world, place, name, mode, cure):
    user, conf = as_ordinary_user(), moved_house(world, place)
    assert check(conf, user).returncode == 0
    (place / name).chmod(mode)
    try:
        done = check(conf, user)
    finally:
        (place / name).chmod(0o700)
    assert done.returncode == 78
    assert cure in done.stderr


@pytest.mark.parametrize("name", ["-shm", "-wal"])
def test_a_log_that_somebody_else_has_left_stops_the_start(
        world, place, name):
    """Made by root with the sqlite3 shell, for instance."""
    user, conf = as_ordinary_user(), moved_house(world, place)
    with contextlib.closing(sqlite3.connect(place / "callsheet.db")) as db:
        db.execute("SELECT count(*) FROM lead").fetchall()
        for suffix in ("-wal", "-shm"):
            (place / f"callsheet.db{suffix}").chmod(0o666)
        left = place / f"callsheet.db{name}"
        left.chmod(0o000)
        done = check(conf, user)
    assert done.returncode == 78
    assert f"callsheet.db{name}: cannot be written; chown it" in done.stderr


NETWORK_DISK = r"""
#include <sys/vfs.h>
int statfs(const char *path, struct statfs *fs)
{
	(void)path;
	*fs = (struct statfs){ .f_type = MAGIC };
	return 0;
}
"""


@pytest.mark.parametrize("magic, refused", [
    ("0x6969", True), ("0xff534d42", True), ("0x517b", True),
    ("0xef53", False)], ids=["nfs", "cifs", "smb", "ext4"])
def test_a_database_on_a_network_disk_stops_the_start(
        world, tmp_path, magic, refused):
    if b"__asan_init" in PROGRAM.read_bytes():
        pytest.skip("a sanitizer must be loaded first")
    source, shim = tmp_path / "statfs.c", tmp_path / "statfs.so"
    source.write_text(NETWORK_DISK)
    subprocess.run(["cc", "-shared", "-fPIC", f"-DMAGIC={magic}", "-o", shim,
                    source], check=True)
    done = check(world.conf, {}, LD_PRELOAD=str(shim))
    assert done.returncode == (78 if refused else 0)
    assert ("put it on a local one" in done.stderr) == refused
