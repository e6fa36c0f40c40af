"""Whoever asks to be forgotten is forgotten, and is not called again."""

import contextlib
import json
import pathlib
import sqlite3

import pytest

from world import HEADER, ROOT, World, person, until
from sim.bolna import AGENT, Fate, named

ASHA, BEN, CHITRA = "+919999900001", "+919999900002", "+919999900003"
DIGITS = ASHA[3:]
NAME, TOWN, WORDS = "Asha Pomegranate", "Tamarindpur", "quinceflower"
COLUMNS = [*HEADER, "Control", "City"]
LIVE = "('intent', 'sending', 'accepted', 'unknown')"


def rows():
    return [person(NAME, ASHA, "", TOWN), person("Ben", BEN, "", "Pune")]


@pytest.fixture
def world(tmp_path):
    """Asha and Ben were called; it is all in their rows."""
    with World(tmp_path, rows(), header=COLUMNS, csv_file=True,
               pace=0) as world:
        world.bolna.fate(ASHA, Fate(transcript=f"user: {WORDS}",
                                    summary=f"She said {WORDS}."))
        world.run()
        world.settle()
        yield world


def erase(world, *words, status=0):
    done = world.callsheet("erase", *(words or (ASHA,)))
    assert done.returncode == status, (done.stdout, done.stderr)
    return done.stdout


def bytes_of(world):
    """All that stands in the database's files."""
    return b"".join(
        path.read_bytes() for path in (
            world.database, pathlib.Path(f"{world.database}-wal"))
        if path.exists())


def held_by(world, *needles):
    found = bytes_of(world)
    return [needle for needle in needles if needle.encode() in found]


def list_of(world):
    return world.query("SELECT phone, source, note FROM suppression"
                       " WHERE removed_at IS NULL")


def off_the_list(world):
    """Take Asha's entry away, so that nothing of her should be left."""
    world.alter("DELETE FROM suppression")
    with contextlib.closing(sqlite3.connect(world.database)) as db:
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def forged(world, **body):
    """A webhook about a call that is none of ours."""
    body = {"id": "stray-1", "status": "completed", "agent_id": AGENT, **body}
    status, _ = world.bolna.send(body, source="127.0.0.2")
    return status


def test_nothing_is_left_but_the_number_on_the_list(world):
    assert held_by(world, DIGITS, NAME, TOWN, WORDS) == [
        DIGITS, NAME, TOWN, WORDS]
    said = erase(world)
    assert "verified" in said
    assert list_of(world) == [(ASHA, "erase", None)]
    assert held_by(world, NAME, TOWN, WORDS) == []
    off_the_list(world)
    assert held_by(world, DIGITS) == []


def test_what_is_erased_is_said_and_what_is_left_to_do(world):
    execution = world.value("SELECT execution FROM attempt WHERE phone = ?",
                            ASHA)
    said = erase(world, "99999 00001", "--country", "91")
    assert "1 rows, 1 calls" in said
    assert "campaign interviews, file:leads.csv" in said
    for column in ("Phone Number", "Transcript", "Summary", "city"):
        assert column in said
    assert execution in said
    assert "is now on the do-not-call list" in said


def test_nothing_is_left_in_what_the_file_has_moved_about(world):
    """SQLite copies cells when a page is split, and leaves the old bytes."""
    world.alter(
        "WITH n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 600)"
        " INSERT INTO lead (campaign, phone, name, timezone, present)"
        " SELECT 1, '+9199998' || printf('%05d', i * 7919 % 99991),"
        "   'Fig ' || i, 'UTC', 0 FROM n")
    erase(world, CHITRA)                    # from now on nothing is moved
    world.alter("INSERT INTO lead (campaign, phone, name, timezone, present)"
                " SELECT 1, '+9199998' || printf('%05d', (i.id * 104729) %"
                " 99991), 'Elder ' || i.id, 'UTC', 0 FROM lead i")
    with contextlib.closing(sqlite3.connect(world.database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    found = bytes_of(world)
    moved = [phone for (phone,) in world.query(
        "SELECT phone FROM lead WHERE phone LIKE '+9199998%' GROUP BY phone"
        " HAVING count(*) = 1") if found.count(phone[3:].encode()) > 3]
    assert moved, "no page was split"
    for phone in moved[:3]:
        erase(world, phone)
        assert bytes_of(world).count(phone[3:].encode()) == 2   # the list


def test_what_refers_to_the_person_goes_with_them(world):
    lead = world.value("SELECT id FROM lead WHERE phone = ?", ASHA)
    for which in (ASHA, NAME):
        world.alter("INSERT INTO alarm (what, which, why, raised_at)"
                    " VALUES ('row', ?, ?, 1)", which, WORDS)
    world.alter("INSERT INTO delivery (kind, campaign, lead, due_at)"
                " VALUES ('sheet', 1, ?, 1)", lead)
    world.alter("INSERT INTO decision (campaign, lead, verdict, rule, facts)"
                " VALUES (1, ?, 'block', 'x', ?)", lead, WORDS)
    assert world.value("SELECT count(*) FROM outcome WHERE lead = ?", lead)
    erase(world)
    for table in ("alarm", f"outcome WHERE lead = {lead}",
                  f"outcome_cell WHERE lead = {lead}", "delivery", "decision WHERE lead IS NOT NULL AND"
                  " facts LIKE '%flower%'"):
        assert world.value(f"SELECT count(*) FROM {table}") == 0, table
    assert held_by(world, NAME, WORDS) == []


def test_a_number_that_stands_where_nobody_looked_is_said(world):
    world.alter("INSERT INTO breaker (account, name, until, reason)"
                " VALUES (1, 'x', 9999999999, ?)", DIGITS)
    done = world.callsheet("erase", ASHA)
    assert done.returncode == 75
    assert "still stands in 1 places" in done.stderr
    assert DIGITS not in done.stderr
    world.alter("DELETE FROM breaker")
    assert "verified" in erase(world)


def test_the_others_keep_what_is_theirs(world):
    before = world.query("SELECT * FROM execution WHERE phone = ?", BEN)
    events = world.query(
        "SELECT e.* FROM event e JOIN attempt a USING (execution)"
        " WHERE a.phone = ? ORDER BY e.id", BEN)
    assert before and events
    erase(world)
    assert world.query("SELECT * FROM execution WHERE phone = ?",
                       BEN) == before
    assert world.query(
        "SELECT e.* FROM event e JOIN attempt a USING (execution)"
        " WHERE a.phone = ? ORDER BY e.id", BEN) == events
    assert world.value("SELECT name FROM lead WHERE phone = ?", BEN) == "Ben"


def test_sums_stay_what_they_were(world):
    sums = ("SELECT calls, completed, cost FROM progress",
            "SELECT sum(amount), count(*) FROM ledger",
            "SELECT spent FROM campaign")
    before = [world.query(sql) for sql in sums]
    assert before[0][0][0] == 2
    erase(world)
    assert [world.query(sql) for sql in sums] == before
    assert world.query("SELECT * FROM anomaly") == []


def test_the_row_that_is_still_there_is_nobodys(world):
    erase(world)
    world.write_csv([person(NAME, ASHA, "retry now", TOWN), *rows()[1:]])
    world.run()
    assert world.bolna.count(ASHA) == 1
    assert held_by(world, NAME, TOWN) == []
    assert world.query("SELECT * FROM anomaly") == []


def test_only_taken_off_the_list_the_number_may_be_called_again(world):
    erase(world)
    assert world.callsheet("dnc", "remove", ASHA).returncode == 0
    world.write_csv(rows())
    world.run()
    assert world.bolna.count(ASHA) == 2


def test_a_number_that_is_closed_stays_closed_without_a_note(world):
    world.callsheet("dnc", "add", ASHA, "--note", f"letter of {NAME}")
    assert "stays on the do-not-call list" in erase(world)
    assert list_of(world) == [(ASHA, "verb", None)]
    assert held_by(world, NAME) == []


def test_of_what_the_list_has_seen_only_what_is_in_force_stays(world):
    for words in (("add", ASHA, "--note", NAME), ("remove", ASHA),
                  ("add", ASHA, "--note", NAME, "--account", "acme")):
        assert world.callsheet("dnc", *words).returncode == 0
    assert "is now on the do-not-call list" in erase(world)
    assert sorted(list_of(world)) == [(ASHA, "erase", None),
                                      (ASHA, "verb", None)]
    assert world.value("SELECT count(*) FROM suppression") == 2
    assert held_by(world, NAME) == []


def test_twice_is_as_good_as_once(world):
    erase(world)
    said = erase(world)
    assert "0 rows, 0 calls" in said and "verified" in said
    assert len(list_of(world)) == 1


def test_a_number_that_nobody_knows_is_closed_too(world):
    erase(world, CHITRA)
    assert list_of(world) == [(CHITRA, "erase", None)]


# --- what others say ---

def test_bodies_that_were_not_understood_go_however_they_spell_it(world):
    for body in (b"{99999-00001", ("x" + DIGITS).encode("utf-16-le"),
                 b'{"user":"+91 (99999) 00.001"}', b"{" + BEN.encode()):
        assert world.bolna.send(body, source="127.0.0.2")[0] == 400
    assert "3 bodies in quarantine" in erase(world)
    assert world.query("SELECT body FROM quarantine") == [
        (b"{" + BEN.encode(),)]


def test_a_strangers_call_to_the_number_goes(world):
    assert forged(world, user_number=DIGITS, transcript=WORDS) == 200
    assert world.value("SELECT count(*) FROM execution") == 3
    assert "1 calls of others" in erase(world)
    assert world.value("SELECT count(*) FROM execution") == 2
    assert held_by(world, WORDS) == []


def test_in_somebody_elses_call_only_the_number_goes(tmp_path):
    with World(tmp_path, rows(), header=COLUMNS, csv_file=True,
               pace=0) as world:
        world.bolna.fate(BEN, Fate(
            transcript=f"user: ask Asha at 99999 00001 or {DIGITS}",
            summary="He says 099999-00001."))
        world.run()
        world.settle()
        assert "starred out" in erase(world)
        assert world.query(
            "SELECT transcript, summary FROM execution WHERE phone = ?",
            BEN) == [("user: ask Asha at ***** ***** or **********",
                      "He says 0*****-*****.")]
        for (body,) in world.query("SELECT body FROM event"):
            said = json.loads(body)
            assert "00001" not in f"{said['transcript']}{said['summary']}"
        assert world.callsheet("replay").stdout.endswith("0 changed\n")


def test_another_persons_row_that_names_the_number_is_pointed_out(world):
    world.write_csv([rows()[0], person("Ben", BEN, "", f"asked by {ASHA}")])
    world.run()
    done = world.callsheet("erase", ASHA)
    assert done.returncode == 75
    assert "1 rows of other people hold the number" in done.stdout
    assert "campaign interviews" in done.stdout
    world.write_csv([person("Ben", BEN, "", "Pune")])
    world.run()
    assert "verified" in erase(world)


def test_in_a_row_that_is_gone_the_number_goes(world):
    world.write_csv([rows()[0], person("Ben", BEN, "", f"asked by {ASHA}")])
    world.run()
    world.write_csv(rows()[:1])
    world.run()
    assert "verified" in erase(world)
    assert "**********" in world.value(
        "SELECT variables FROM lead WHERE phone = ?", BEN)


def test_a_cell_that_holds_the_number_and_more_is_theirs(world):
    world.write_csv([*rows(), person(NAME, f"{ASHA} or {CHITRA}", "", "")])
    world.run()
    assert "2 rows" in erase(world)
    assert held_by(world, NAME, CHITRA[3:]) == []


# --- what comes later ---

def test_what_bolna_still_says_about_the_calls_is_not_stored(world):
    call = next(c for c in world.bolna.placed if c.phone == ASHA)
    erase(world)
    for status in ("ringing", "completed"):
        assert forged(world, id=call.execution_id, status=status,
                      user_number=ASHA, transcript=WORDS) == 200
    world.age(3600)
    world.callsheet("reconcile", "--days", "2")
    world.run(ok=False)
    assert held_by(world, WORDS) == []
    assert world.value("SELECT count(*) FROM event JOIN erased"
                       " ON mark = execution") == 0


def test_bolna_is_not_asked_about_the_calls(world):
    erase(world)
    world.alter("UPDATE execution SET verified = 0, final = ''"
                " WHERE phone = ''")
    world.age(3600)
    world.callsheet("reconcile", "--days", "2")
    assert world.query("SELECT confirm_at FROM execution"
                       " WHERE phone = ''") == [(None,)]


def test_a_lost_call_that_is_heard_of_later_is_not_stored(tmp_path):
    with World(tmp_path, rows()[:1], header=COLUMNS, csv_file=True,
               pace=0) as world:
        world.bolna.fault("POST /call", named("drop-after"))
        world.bolna.webhook = None
        world.run(ok=False)
        attempt, token = world.query("SELECT id, token FROM attempt")[0]
        assert world.callsheet("reconcile", "--placed",
                               str(attempt)).returncode == 0
        erase(world)
        world.bolna.webhook = world.nginx.url("/webhook/bolna/"
                                              "sesame-0123456789abcdef")
        assert forged(world, id="late", user_number=ASHA, transcript=WORDS,
                      context_details={"recipient_data": {
                          "callsheet_attempt": token}}) == 200
        world.age(3600)
        world.callsheet("reconcile", "--days", "2")
        assert held_by(world, WORDS) == []
        assert world.value("SELECT count(*) FROM event") == 0


def test_silence_about_erased_calls_is_no_alarm(world):
    world.write_csv([person(f"P{n}", f"+9199999{n:05}", "", "")
                     for n in range(10, 15)])
    world.run()
    world.settle()
    for n in range(10, 15):
        erase(world, f"+9199999{n:05}")
    world.age(3600)
    assert world.query("SELECT * FROM silent") == []


# --- when it must wait ---

@pytest.mark.parametrize("state", ["accepted", "unknown"])
def test_while_a_call_is_live_nothing_is_erased(tmp_path, state):
    with World(tmp_path, rows(), header=COLUMNS, csv_file=True,
               pace=0) as world:
        world.bolna.fate(ASHA, Fate(stay="ringing"))
        if state == "unknown":
            world.bolna.webhook = None
            world.bolna.fault(ASHA, named("drop-after"))
        world.run(ok=False)
        assert world.value("SELECT state FROM attempt WHERE phone = ?",
                           ASHA) == state
        before = world.query("SELECT * FROM lead")
        done = world.callsheet("erase", ASHA)
        assert done.returncode == 75
        assert "nothing was erased" in done.stdout
        assert f"is not over ({state})" in done.stdout
        assert ("reconcile" in done.stdout) == (state == "unknown")
        assert world.query("SELECT * FROM lead") == before
        assert list_of(world) == []


def test_it_waits_for_the_pass_that_is_at_work(world):
    dialer = world.linger("-o", "callsheet.linger=4")
    until(lambda: world.value("SELECT count(*) FROM run"
                              " WHERE ended_at IS NULL"))
    erase(world)
    assert dialer.poll() == 0


def test_a_reader_in_the_way_is_said(world):
    with contextlib.closing(sqlite3.connect(world.database)) as db:
        db.execute("BEGIN")
        db.execute("SELECT * FROM lead").fetchone()
        done = world.callsheet("erase", ASHA)
    assert done.returncode == 75
    assert "another program reads the database" in done.stderr
    assert "verified" in erase(world)
    assert held_by(world, NAME) == []


def test_what_the_database_does_not_take_is_undone_as_a_whole(world):
    before = world.query("SELECT * FROM lead")
    world.alter("CREATE TRIGGER full BEFORE INSERT ON suppression BEGIN"
                " SELECT RAISE(ROLLBACK, 'no room'); END")
    done = world.callsheet("erase", ASHA)
    assert done.returncode == 75 and "no room" in done.stderr
    assert world.query("SELECT * FROM lead") == before
    world.alter("DROP TRIGGER full")
    assert "verified" in erase(world)


# --- accounts ---

def test_with_an_account_the_others_keep_their_own(world):
    world.alter("INSERT INTO account (name) VALUES ('other')")
    world.alter("INSERT INTO campaign (account, name, agent_id, sheet,"
                " timezone, calls_per_pass, gap_secs, max_live, max_attempts,"
                " active) SELECT 2, 'theirs', 'x', 'file:x', 'UTC', 1, 0, 1,"
                " 1, 0")
    world.alter("INSERT INTO lead (campaign, phone, name, timezone)"
                " VALUES (2, ?, 'Theirs', 'UTC')", ASHA)
    said = erase(world, ASHA, "--account", "acme")
    assert "other accounts keep" in said
    assert world.query("SELECT name FROM lead WHERE phone = ?", ASHA) == [
        ("Theirs",)]
    assert world.query("SELECT account FROM suppression") == [(1,)]
    assert held_by(world, NAME, TOWN, WORDS) == []
    assert "verified" in erase(world, ASHA)


@pytest.mark.parametrize("words, status", [
    ((), 64), ((ASHA, BEN), 64), (("12",), 65), (("9999900001",), 65),
    ((ASHA, "--account", "nobody"), 65)])
def test_what_is_no_number_is_refused(tmp_path, words, status):
    with World(tmp_path, rows(), header=COLUMNS, csv_file=True,
               nginx=False) as world:
        done = world.callsheet("erase", *words)
        assert done.returncode == status, done.stderr
        assert list_of(world) == []


def test_every_table_that_knows_people_is_known_to_erase(world):
    """Who adds a table adds what erases from it."""
    known = "".join(path.read_text() for path in (
        ROOT / "sql" / "query").glob("erase_*.sql"))
    people = {"lead", "attempt", "execution"}
    # money, which names nobody, and the list itself
    kept = {"ledger", "credit", "metered", "suppression"}
    for (table,) in world.query("SELECT name FROM sqlite_schema"
                                " WHERE type = 'table'"):
        points = {row[2] for row in world.query(
            f"PRAGMA foreign_key_list({table})")}
        columns = {row[1] for row in world.query(
            f"PRAGMA table_info({table})")}
        if table not in kept and (points & people or columns & {
                "phone", "lead", "execution", "transcript"}):
            assert any(f"{verb} {table}" in known
                       for verb in ("UPDATE", "DELETE FROM")), table
