"""callsheet doctor: each thing is broken in turn, and it names it."""

import contextlib
import os
import re
import socket
import sqlite3
import subprocess

import pytest

from doctor_world import doctor, failing, only, plain, shared, world

__all__ = ["plain", "shared", "world"]


def test_development_that_was_left_on_is_a_fault_once_people_are_called(
        world):
    world.set("webhook", development="yes")
    world.set("callsheet", dry_run="yes")
    assert "development" not in failing(world)
    world.set("callsheet", dry_run="no")
    assert "set development in [webhook] to no" in failing(world)[
        "development"]


def test_of_a_sound_installation_nothing_is_complained_of(world):
    found = doctor(world, ok=True)
    assert {"settings", "secret", "file modes", "database", "integrity",
            "free space", "clock", "time zones", "cron", "socket",
            "sheet"} <= set(found)
    done = world.callsheet("doctor")
    assert done.returncode == 0
    assert all(line.startswith(("ok    ", "skip  "))
               for line in done.stdout.splitlines())


def test_without_being_asked_it_asks_nobody(world):
    world.bolna.asked.clear()
    before = len(world.slack.requests)
    found = doctor(world)
    assert world.bolna.asked == []
    assert len(world.slack.requests) == before
    assert found["others"][0][0] == "skip"


def test_only_the_database_when_that_is_wanted(world):
    found = doctor(world, "--database")
    assert "database" in found
    assert not {"cron", "secret", "others"} & set(found)


@pytest.mark.parametrize("file", ["bolna.key", "secret", "gate",
                                  "slack.url", "openai.key"])
def test_a_secret_that_others_can_read_is_named_with_the_cure(world, file):
    world.secret_file("openai.key", "sk-example")
    world.set("account acme", openai_key="@openai.key")
    (world.dir / file).chmod(0o644)
    says = only(world, "secret")
    assert f"/{file}: " in says and "mode 0600" in says
    (world.dir / file).chmod(0o600)
    (world.dir / file).write_text("")
    says = only(world, "secret")
    assert "is empty" in says or "16 characters or more" in says


@pytest.mark.parametrize("file", ["secret", "gate"])
def test_what_the_receiver_would_not_start_with_is_named(world, file):
    (world.dir / file).write_text("fifteen-letters\n")
    assert "the receiver does not start" in only(world, "secret")


def test_a_list_of_addresses_that_is_not_there_is_named(world):
    world.set("webhook", allow="@no-addresses")
    assert "/no-addresses: see the message above" in only(world, "addresses")


def test_a_database_that_everybody_can_read_is_named(world):
    world.database.chmod(0o604)
    assert "chmod o=" in only(world, "file modes")


def test_a_disk_with_too_little_room_is_named(world):
    assert "less than min_free" in only(
        world, "free space", "-o", "callsheet.min_free=1000000")


def test_a_broken_database_is_named(world):
    world.stop_receiver()
    whole = world.database.read_bytes()
    world.database.write_bytes(b"SQLite format 3\0" + b"\0" * 5000)
    assert "see the message above" in failing(world)["database"]
    world.database.write_bytes(whole)


def test_an_index_that_does_not_fit_its_table_is_named(world):
    world.close_eye()
    with contextlib.closing(sqlite3.connect(world.database)) as db:
        db.execute("PRAGMA writable_schema = 1")
        changed = db.execute("UPDATE sqlite_schema SET sql = replace(sql,"
                             " '(phone)', '(name)')"
                             " WHERE name = 'lead_phone'").rowcount
        db.commit()
    assert changed == 1
    try:
        assert "put the last backup back" in only(world, "integrity")
    finally:
        with contextlib.closing(sqlite3.connect(world.database)) as db:
            db.execute("PRAGMA writable_schema = 1")
            db.execute("UPDATE sqlite_schema SET sql = replace(sql,"
                       " '(name)', '(phone)') WHERE name = 'lead_phone'")
            db.commit()


def test_a_log_that_a_reader_keeps_from_ending_is_named(world):
    os.truncate(f"{world.database}-wal", 65 << 20)
    assert "close every sqlite3 shell" in only(world, "write-ahead log")


UNUSABLE = {
    "purpose": (("campaign interviews", {"purpose": "fun"}),
                "must be promotional, service or transactional"),
    "model": (("account acme", {"openai_key": "@openai.key"}),
              "openai_key needs an openai_model"),
    "Slack": (("account acme", {"slack_url": "@gate"}),
              "want one line with"),
    "number": (("campaign interviews", {"from_number": "123"}),
               "must be a number with +")}


@pytest.mark.parametrize("what", UNUSABLE)
def test_settings_with_which_no_pass_begins_are_named(plain, what):
    (section, keys), why = UNUSABLE[what]
    plain.secret_file("openai.key", "sk-example")
    before = plain.query("SELECT * FROM campaign"), plain.query(
        "SELECT * FROM account")
    plain.set(section, **keys)
    done = plain.callsheet("doctor")
    assert done.returncode == 78
    assert "FAIL  settings" in done.stdout
    assert "no pass begins with them" in done.stdout
    assert why in done.stderr
    assert before == (plain.query("SELECT * FROM campaign"), plain.query(
        "SELECT * FROM account"))


def test_settings_are_tried_and_not_taken_over(plain):
    plain.set("campaign interviews", max_attempts=9)
    assert doctor(plain, ok=True)["settings"][0][0] == "ok"
    assert plain.value("SELECT max_attempts FROM campaign") != 9


def test_a_cron_that_does_not_run_is_named(world):
    world.alter("UPDATE run SET started_at = started_at - 3600")
    assert "crontab entry" in only(world, "cron")
    world.alter("DELETE FROM run")
    assert re.search(r"\* \* \* \* \* umask 077; /\S*/callsheet run -c "
                     + re.escape(str(world.conf)), only(world, "cron"))


def test_a_clock_that_was_found_wrong_is_named(world):
    world.alter("INSERT INTO watch (what, stops, why) VALUES ('clock', 1,"
                " 'this host''s clock is 900 s behind Bolna''s')")
    assert "900 s behind" in only(world, "clock")
    world.alter("DELETE FROM watch")
    world.alter("UPDATE run SET started_at = started_at + 3600")
    assert "put back" in only(world, "clock")


HIDE = ["unshare", "-rm", "sh", "-c",
        'mount -t tmpfs none /usr/share/zoneinfo && exec "$@"', "sh"]


def test_a_host_without_zone_data_is_named(world):
    if subprocess.run([*HIDE, "true"], capture_output=True).returncode:
        pytest.skip("the kernel gives no mount namespace")
    done = subprocess.run([*HIDE, *world.command("doctor")],
                          capture_output=True, text=True, timeout=60)
    assert "FAIL  time zones" in done.stdout
    assert "install tzdata" in done.stdout


def test_a_stop_file_is_named(world):
    (world.dir / "callsheet.db.stop").touch()
    assert "remove it to go on" in only(world, "stop file")


def test_a_socket_on_which_nobody_listens_is_named(world):
    world.set("webhook", socket=world.dir / "none.sock")
    assert "start callsheet-webhook" in only(world, "socket")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(world.dir / "dead.sock"))
    world.set("webhook", socket=world.dir / "dead.sock")
    assert "Connection refused" in only(world, "socket")
    world.sections["webhook"].pop("socket")
    world.write_conf(world.sections)
    assert doctor(world, ok=True)["socket"][0][0] == "skip"


def test_a_sheet_without_a_header_is_named(world):
    world.write_csv(world.rows, header=["Name", "Phone", *["x"] * 7])
    assert "Status" in only(world, "sheet")
    world.csv_file.unlink()
    assert "leads.csv" in only(world, "sheet")
