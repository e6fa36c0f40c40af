"""What is old goes, class by class; what the rules, the sums and the sheet
still need stays."""

import json
import subprocess

import pytest

from world import HEADER, World, person, until
from sim.bolna import AGENT, Fate

ASHA, BEN = "+919999900001", "+919999900002"
COLUMNS = [*HEADER, "Control"]
DAY = 86400
WORDS = "quinceflower"
STATE = ("SELECT id, attempt, phone, stage, final, verified, talk_secs,"
         " cost_cents, transcript, summary, extraction, hangup_reason,"
         " ringing_at, answered_at, ended_at FROM execution ORDER BY id")
SUMS = ("SELECT calls, completed, cost FROM progress",
        "SELECT sum(amount), count(*) FROM ledger",
        "SELECT id, phone, state FROM attempt ORDER BY id")


@pytest.fixture
def world(tmp_path):
    """Asha and Ben were called."""
    rows = [person("Asha", ASHA, ""), person("Ben", BEN, "")]
    with World(tmp_path, rows, header=COLUMNS, csv_file=True,
               pace=0) as world:
        world.bolna.fate(ASHA, Fate(transcript=f"user: {WORDS}\n"))
        world.run()
        world.settle()
        yield world


def prune(world, *words, status=0):
    done = world.callsheet("prune", *words)
    assert done.returncode == status, (done.stdout, done.stderr)
    return {line.split()[0]: " ".join(line.split()[1:])
            for line in done.stdout.splitlines()}


def bodies(world):
    return world.value("SELECT count(*) FROM event WHERE body <> ''")


def keep(world, days, *classes):
    for name in classes:
        assert world.alter("UPDATE retention SET days = ? WHERE class = ?",
                           days, name) == 1


# --- the classes ---

def test_what_is_young_stays(world):
    before = world.query("SELECT * FROM event")
    assert {said.split()[0] for said in prune(world).values()} == {"0"}
    assert world.query("SELECT * FROM event") == before


def test_bodies_go_after_a_month_and_words_after_three(world):
    state = world.query(STATE)
    world.age(29 * DAY)
    assert prune(world)["payloads"].startswith("0 ")
    world.age(2 * DAY)
    n = bodies(world)
    assert prune(world)["payloads"] == f"{n} older than 30 days are gone"
    assert bodies(world) == 0
    assert [row[8:11] for row in world.query(STATE)] == [
        row[8:11] for row in state]
    world.age(60 * DAY)
    assert prune(world)["transcripts"] == "2 older than 90 days are gone"
    assert world.query("SELECT DISTINCT transcript, summary, extraction,"
                       " recording FROM execution") == [(None,) * 4]
    assert WORDS.encode() not in world.database.read_bytes()


def test_sums_and_what_numbers_have_had_of_calls_stay(world):
    before = [world.query(sql) for sql in SUMS]
    world.age(2000 * DAY)
    prune(world)
    assert [world.query(sql) for sql in SUMS] == before


def test_when_only_bodies_are_kept_longer_the_words_go_from_them_too(world):
    keep(world, None, "payloads")
    world.age(91 * DAY)
    assert prune(world)["payloads"] == "kept for good"
    assert world.query("SELECT body FROM event WHERE body LIKE '%' || ?"
                       " || '%'", WORDS) == []


@pytest.mark.parametrize("name, table, column, days, extra", [
    ("quarantine", "quarantine", "received_at", 30, {
        "address": "x", "reason": "x", "size": 1, "body": b"x"}),
    ("refused", "refused", "last_at", 90, {
        "address": "127.0.0.9", "count": 1, "with_secret": 0, "reason": "x"}),
    ("runs", "run", "started_at", 30, {"id": 50, "pid": 1}),
    ("analyses", "analysis", "at", 365, {
        "account": 1, "phone": BEN, "kind": "individual", "call": 1,
        "attempt": 1, "state": "done", "model": "m", "input_tokens": 1,
        "output_tokens": 1, "millis": 1}),
    ("do-not-call", "suppression", "removed_at", 1826, {
        "phone": BEN, "source": "verb"})])
def test_each_class_has_its_age(world, name, table, column, days, extra):
    world.alter(f"DELETE FROM {table} WHERE {column} < unixepoch() - 86400")
    extra = {**extra, column: 0}
    names = ", ".join(extra)
    marks = ", ".join("?" * len(extra))
    world.alter("UPDATE run SET id = id + 100")
    world.alter(f"INSERT INTO {table} ({names}) VALUES ({marks})",
                *extra.values())
    count = f"SELECT count(*) FROM {table} WHERE {column} < unixepoch() - 999"
    for age, left in ((days - 1, 1), (days + 1, 0)):
        world.alter(f"UPDATE {table} SET {column} = unixepoch() - ?"
                    f" WHERE {column} IN (SELECT min({column})"
                    f" FROM {table})", age * DAY)
        assert world.value(count) == 1
        assert prune(world)[name].startswith(f"{1 - left} older")
        assert world.value(count) == left


def test_the_decision_in_force_stays_however_old(world):
    world.alter("DELETE FROM decision")
    lead = world.value("SELECT id FROM lead WHERE phone = ?", ASHA)
    for who, facts in ((lead, "first"), (lead, "last"), (None, "old"),
                       (None, "whole"), (lead + 1, "only")):
        world.alter(
            "INSERT INTO decision (at, campaign, lead, verdict, rule, facts)"
            " VALUES (unixepoch() - 1827 * 86400, 1, ?, 'block', 'x', ?)",
            who, facts)
    assert prune(world)["decisions"].startswith("2 older")
    assert [f for (f,) in world.query("SELECT facts FROM decision"
                                      " ORDER BY id")] == [
        "last", "whole", "only"]


def test_a_number_that_is_closed_is_never_too_old(world):
    world.alter("INSERT INTO suppression (phone, source, added_at)"
                " VALUES (?, 'verb', 1)", ASHA)
    prune(world)
    assert world.value("SELECT phone FROM suppression") == ASHA


def test_the_last_two_passes_stay_for_who_asks_whether_there_was_a_pause(
        world):
    world.alter("UPDATE run SET started_at = 1, ended_at = 2")
    prune(world)
    assert world.value("SELECT count(*) FROM run") == 2
    world.run(ok=False)             # a pass removes old ones, too
    assert world.value("SELECT count(*) FROM run") == 2


# --- what is not over ---

def test_of_a_call_that_is_not_over_all_stays(tmp_path):
    with World(tmp_path, [person("Asha", ASHA, "")], header=COLUMNS,
               csv_file=True, pace=0) as world:
        world.bolna.fate(ASHA, Fate(stay="in-progress"))
        world.run()
        until(lambda: world.value("SELECT stage FROM execution")
              == "in-progress")
        world.age(2000 * DAY)
        world.alter("UPDATE execution SET confirm_at = NULL")
        n = bodies(world)
        assert n > 0
        prune(world)
        assert bodies(world) == n


def test_of_a_call_with_news_all_stays(world):
    world.age(91 * DAY)
    call = next(c for c in world.bolna.placed if c.phone == ASHA)
    assert world.bolna.send({
        "id": call.execution_id, "agent_id": AGENT, "status": "completed",
        "updated_at": "2020-01-01T00:00:00Z"}, source="127.0.0.2")[0] == 200
    said = ("SELECT count(*) FROM event WHERE body <> '' AND execution = ?",
            call.execution_id)
    before = world.value(*said)
    prune(world)
    assert world.value(*said) == before > 1
    assert world.value("SELECT transcript FROM execution WHERE id = ?",
                       call.execution_id)


def test_strangers_calls_do_not_stay_for_ever(world):
    world.bolna.send({"id": "stray", "status": "completed", "agent_id": AGENT,
                      "transcript": WORDS}, source="127.0.0.2")
    world.bolna.send({"batch_id": "b", "status": "completed"},
                     source="127.0.0.2")
    world.age(91 * DAY)
    prune(world)
    assert bodies(world) == 0
    assert world.value("SELECT count(*) FROM execution"
                       " WHERE transcript IS NOT NULL") == 0


# --- after it ---

def test_a_replay_leaves_what_it_cannot_make_anew(world):
    state = world.query(STATE)
    world.age(31 * DAY)
    prune(world)
    assert "2 executions looked at, 0 changed" in world.callsheet(
        "replay").stdout
    assert world.query(STATE) == state


def test_a_replay_leaves_what_it_could_only_make_in_part(world):
    state = world.query(STATE)
    world.alter("UPDATE event SET body = '' WHERE source = 'webhook'")
    assert world.value("SELECT count(*) FROM event WHERE body <> ''") > 0
    assert "0 changed" in world.callsheet("replay").stdout
    assert world.query(STATE) == state


def test_a_late_and_poorer_webhook_erases_nothing(world):
    state = world.query(STATE)
    world.age(31 * DAY)
    prune(world)
    call = world.bolna.placed[0]
    for status in ("ringing", "completed"):
        assert world.bolna.send({
            "id": call.execution_id, "agent_id": AGENT, "status": status,
            "updated_at": "2020-01-01T00:00:00Z"}, source="127.0.0.2"
        )[0] == 200
    assert world.query(STATE) == state


def test_the_quotes_of_an_outcome_go_with_the_words(world):
    world.alter("UPDATE outcome SET span = ?, slot = ?, note = ?"
                " WHERE source = 'rule'", WORDS, WORDS, WORDS)
    world.age(89 * DAY)
    prune(world)
    assert WORDS in world.value("SELECT span || slot || note FROM outcome")
    world.age(2 * DAY)
    prune(world)
    assert world.query("SELECT DISTINCT span, slot, note FROM outcome") == [
        ("", "", None)]


def test_an_outcome_outlives_the_words_that_it_rests_on(world):
    outcome = world.query("SELECT attempt, outcome, rule FROM outcome")
    assert outcome
    world.age(91 * DAY)
    prune(world)
    assert world.bolna.send({
        "id": world.bolna.placed[0].execution_id, "agent_id": AGENT,
        "status": "ringing"}, source="127.0.0.2")[0] == 200
    world.run(ok=False)
    assert world.query("SELECT attempt, outcome, rule FROM outcome"
                       ) == outcome


def test_what_is_sent_again_is_known_by_its_digest(world):
    body = world.value("SELECT body FROM event WHERE source = 'webhook'")
    world.age(31 * DAY)
    prune(world)
    n = world.value("SELECT count(*) FROM event")
    status, answer = world.bolna.send(body.encode(), source="127.0.0.2")
    assert status == 200 and "already known" in str(answer)
    assert world.value("SELECT count(*) FROM event") == n


def test_the_sheet_keeps_what_the_database_has_forgotten(world):
    before = world.sheet()["Asha"]
    assert WORDS in before["Transcript"]
    world.age(91 * DAY)
    prune(world)
    world.callsheet("dnc", "add", ASHA)
    world.run(ok=False)
    after = world.sheet()["Asha"]
    assert "do-not-call" in after["Notes"]
    for column in ("Transcript", "Summary", "Status", "Duration"):
        assert after[column] == before[column], column


def test_a_call_after_it_is_shown_as_ever(world):
    world.age(91 * DAY)
    prune(world)
    world.bolna.fate(ASHA, Fate("no-answer"))
    row = world.sheet()["Asha"]
    world.write_csv([[*(row[name] for name in HEADER), "retry now"]])
    world.run(ok=False)
    world.settle()
    assert world.bolna.count(ASHA) == 2
    assert world.sheet()["Asha"]["Transcript"] == ""


# --- how ---

def test_a_dry_run_says_the_same_and_does_nothing(world):
    world.age(91 * DAY)
    before = world.query("SELECT * FROM event"), world.query(STATE)
    said = prune(world, "--dry-run")
    assert (world.query("SELECT * FROM event"), world.query(STATE)) == before
    assert said["transcripts"] == "2 older than 90 days would go"
    assert prune(world)["transcripts"] == "2 older than 90 days are gone"


def test_it_goes_in_small_steps(world):
    world.alter("DELETE FROM quarantine")
    world.alter(
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
        " INSERT INTO quarantine (received_at, address, reason, size, body)"
        " SELECT 1, 'x', 'x', 1, x'78' FROM n")
    last = world.value("SELECT max(id) FROM quarantine")
    world.alter("CREATE TRIGGER full BEFORE DELETE ON quarantine"
                f" WHEN old.id = {last} BEGIN"
                " SELECT RAISE(ROLLBACK, 'no room'); END")
    prune(world, status=75)
    assert 0 < world.value("SELECT count(*) FROM quarantine") <= 100
    world.alter("DROP TRIGGER full")
    prune(world)
    assert world.value("SELECT count(*) FROM quarantine") == 0


def test_webhooks_are_stored_meanwhile(world):
    body = json.dumps({"text": "x" * 4000})
    world.alter(
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
        " INSERT INTO event (execution, digest, source, received_at, body)"
        " SELECT 'e' || i, randomblob(32), 'webhook', 1, ? FROM n", body)
    pruning = subprocess.Popen(world.command("prune"),
                               stdout=subprocess.DEVNULL)
    world.dialers.append(pruning)
    answers, n = [], 0
    while pruning.poll() is None or n == 0:
        n += 1
        answers.append(world.bolna.send(
            {"id": f"new-{n}", "status": "ringing", "agent_id": AGENT},
            source="127.0.0.2")[0])
    assert pruning.returncode == 0
    assert set(answers) == {200}
    assert world.value("SELECT count(*) FROM event WHERE body = ''") == 3000
    assert world.value("SELECT count(*) FROM event WHERE execution"
                       " LIKE 'new-%' AND body <> ''") == n


def test_ages_are_rows(world):
    world.age(31 * DAY)
    keep(world, None, "payloads")
    assert prune(world)["payloads"] == "kept for good"
    keep(world, 31000, "payloads")
    assert prune(world)["payloads"].startswith("0 ")
    keep(world, 10, "payloads", "transcripts")
    prune(world)
    assert bodies(world) == 0


def test_a_class_that_is_none_is_said_and_nothing_goes(world):
    world.alter("INSERT INTO retention VALUES ('transcript', 1, 'typed')")
    world.age(91 * DAY)
    n = bodies(world)
    done = world.callsheet("prune")
    assert done.returncode == 65
    assert "nothing is of the class 'transcript'" in done.stderr
    assert bodies(world) == n


@pytest.mark.parametrize("words", [("x",), ("--days", "3")])
def test_other_words_are_refused(world, words):
    prune(world, *words, status=64)
