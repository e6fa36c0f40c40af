"""What could have kept a result from its row, or put words into a row that is
nobody's, and what looks like it."""

import contextlib
import os

import pytest

from fcgi_client import Hook
from outcome_world import add_call, add_calls, calls
from sheet_people import BILAL, READ, about, lines
from world import GATE, HEADER, SECRET, World, people, person
from sim.bolna import Fate, Fault, refusal

ASHA = "+919999900001"


@pytest.fixture
def world_of(world_of):
    """Makes a world whose sheet may have further columns."""
    return lambda rows, *columns, **options: world_of(
        rows, header=[*HEADER, *columns], **options)


# --- rows that are nobody's ---

def test_many_rows_whose_name_and_number_were_cleared_stop_nothing(world_of):
    world = world_of(people(29))
    world.call()
    left = [["", "", *list(row.values())[2:]] for row in
            world.sheet().values()]
    world.write_csv([*left, person("Without", "")])
    world.run()
    assert "missing" in world.sheet()["Without"]["Notes"]
    assert world.query("SELECT * FROM delivery") == []


def test_what_is_said_of_a_missing_number_stands_in_no_empty_row(tmp_path):
    rows = [person("Without", ""), person("Asha", ASHA)]
    with World(tmp_path, rows, nginx=False, pace=0) as world:
        def clear(_request):
            if world.value("SELECT EXISTS (SELECT 1 FROM delivery)"):
                world.google.sheet.edit(1, "Name", "")
        world.google.before(READ, clear, times=None)
        world.run(ok=False)
        empty, asha = lines(world)
        assert (empty["Notes"], asha["Status"]) == ("", "initiated")


# --- another person with the same number ---

@pytest.mark.parametrize("told", [True, False])
def test_who_comes_in_the_place_of_a_row_gets_no_result_of_its_call(
        tmp_path, told):
    rows = [person("Asha", ASHA), person("Bilal", "+919999900002")]
    with World(tmp_path, rows, nginx=False, pace=0) as world:
        world.run(ok=False)
        world.bolna.quiet()
        world.callsheet("reconcile")
        if told:
            world.run(ok=False)
        world.google.sheet.delete_row(1)
        world.google.sheet.insert_row(1, ["Amit", ASHA])
        world.run(ok=False)
        amit, bilal = lines(world)
        assert (amit["Status"], amit["Summary"]) == ("", "")
        assert "called for a row that is gone" in amit["Notes"]
        assert bilal["Status"] == "completed"
        assert world.bolna.count(ASHA) == 1


def test_a_name_that_is_put_right_again_has_its_result_back(world_of):
    world = world_of([person("Asha", ASHA)])
    world.call()
    world.write_csv([person("Amit", ASHA)])
    world.run(ok=False)
    assert world.sheet()["Amit"]["Status"] == ""
    world.write_csv([person("Asha", ASHA)])
    world.run(ok=False)
    assert world.sheet()["Asha"]["Status"] == "completed"


# --- words that were cut ---

def three_told(world_of, fate):
    """Three people's calls: wherever text is cut, one is within a character.
    What is known of each is whole, and so is each row."""
    world = world_of([person(f"Person {n}", f"+9199999{n:05}")
                      for n in range(3)])
    for n in range(3):
        world.bolna.fate(f"+9199999{n:05}", fate("a" * n))
    world.call()
    assert world.query("SELECT error FROM delivery") == []
    assert len(world.query("SELECT note, span, slot FROM outcome")) == 3
    rows = world.sheet().values()
    assert {row["Status"] for row in rows} == {"completed"}
    return [row["Notes"] for row in rows]


def test_a_quote_that_is_cut_within_a_character_keeps_no_result_out(world_of):
    notes = three_told(world_of, lambda start: Fate(
        transcript=f"user: {start} देखते हैं" + " सोचकर बताएंगे शायद" * 9,
        extracted_data=None, agent_extraction=None))
    assert all("needs review" in words for words in notes)


def test_a_field_that_is_cut_within_a_character_keeps_no_result_out(world_of):
    notes = three_told(world_of, lambda start: Fate(
        transcript=None, agent_extraction=None, extracted_data={
            "call_outcome": "callback",
            "callback_time": start + "किसी और दिन" * 40}))
    assert all("another time" in words for words in notes)


def test_a_refusal_that_is_cut_within_a_character_is_told_in_the_row(
        world_of):
    world = world_of([person("Asha", ASHA)])
    world.bolna.fault("POST /call", Fault(
        status=400, body={"error": 400, "message": "नहीं" * 90}))
    world.run(ok=False)
    assert world.value("SELECT note FROM attempt").endswith("नह")
    row = world.sheet()["Asha"]
    assert row["Status"] == "failed"
    assert "Bolna refused" in row["Notes"]


def test_what_an_earlier_version_has_cut_is_written_after_all(world_of):
    world = world_of([person("Asha", ASHA)])
    world.call()
    world.alter("UPDATE outcome SET note = CAST(x'63757420e0a4' AS TEXT)")
    world.alter("INSERT INTO delivery (kind, campaign, lead, due_at)"
                " SELECT 'sheet', campaign, id, 1 FROM lead")
    world.run()
    assert world.sheet()["Asha"]["Notes"].endswith("; cut ")
    assert world.query("SELECT error FROM delivery") == []


# --- numbers that Bolna writes in another way ---

def lost_answer(world_of, number):
    """Asha's call was placed, the answer was lost, and Bolna names her number
    so."""
    world = world_of([person("Asha", ASHA)])
    world.bolna.fate(ASHA, Fate(changes={
        "context_details": {"recipient_phone_number": number}}))
    world.bolna.fault("POST /call", Fault(cut="start"))
    world.run(ok=False)
    world.bolna.quiet()
    assert world.value("SELECT state FROM attempt") == "unknown"
    return world


def test_a_lost_call_is_found_when_its_number_lacks_the_plus(world_of):
    world = lost_answer(world_of, ASHA[1:])
    world.age(60)
    world.run(ok=False)
    assert world.status("Asha") == "completed"
    assert world.bolna.count(ASHA) == 1


def test_a_call_with_the_number_of_another_is_left_to_a_person(world_of):
    world = lost_answer(world_of, "+919999900002")
    for _ in range(3):
        world.age(1000)
        world.run(ok=False)
    assert world.status("Asha") == "needs_review"
    assert world.bolna.count(ASHA) == 1


# --- a list that says less ---

def test_a_call_that_a_list_brings_back_is_asked_about_for_its_words(
        world_of):
    world = lost_answer(world_of, ASHA)
    world.bolna.fault("GET /v2/agent/{id}/executions",
                      Fault(brief=True, times=0))
    world.age(60)
    for _ in range(2):
        world.run(ok=False)
    row = world.sheet()["Asha"]
    assert row["Status"] == "completed"
    assert "Thursday" in row["Transcript"] and row["Summary"]


# --- words that come later than the end ---

def test_what_was_said_is_asked_for_until_bolna_has_it(world_of):
    world = world_of([person("Asha", ASHA)])
    world.bolna.fault("GET /executions/{id}", Fault(
        omit=("transcript", "summary"), times=2))
    world.call()
    row = world.sheet()["Asha"]
    assert (row["Status"], row["Transcript"]) == ("completed", "")
    for seconds in (20, 80):
        world.alter("UPDATE execution SET confirm_at = confirm_at - ?",
                    seconds)
        world.run(ok=False)
    row = world.sheet()["Asha"]
    assert "Thursday" in row["Transcript"] and row["Summary"]
    assert world.value("SELECT confirm_at FROM execution") is None


def test_who_has_said_nothing_is_not_asked_about_for_ever(world_of):
    world = world_of([person("Asha", ASHA)])
    world.bolna.fate(ASHA, Fate(transcript=None))
    world.call()
    for seconds in (20, 80, 320, 3600):
        world.alter("UPDATE execution SET confirm_at = confirm_at - ?",
                    seconds)
        world.run(ok=False)
    assert world.value("SELECT confirm_at FROM execution") is None
    asked = [path for _, _, path in world.bolna.asked
             if path.startswith("/executions/")]
    assert len(asked) == 4


# --- an end that Bolna corrects ---

@pytest.mark.parametrize("statuses", ["completed", "no-answer completed"])
def test_an_end_that_is_corrected_is_told_if_the_first_was_not(
        world_of, statuses):
    world = world_of([person("Asha", ASHA)], slack=True,
                     campaign={"slack_statuses": statuses})
    world.bolna.fate(ASHA, Fate(path=("ringing", "no-answer", "completed"),
                                stay="no-answer"))
    world.call()
    assert world.sheet()["Asha"]["Status"] == "no-answer"
    world.bolna.release(world.bolna.placed[0].execution_id)
    world.bolna.quiet()
    world.alter("UPDATE execution SET confirm_at = 1")
    world.run(ok=False)
    assert world.sheet()["Asha"]["Status"] == "completed"
    (message,) = world.hook.messages
    assert message["blocks"][0]["text"]["text"].endswith(
        statuses.split()[0])


# --- an account that is gone ---

def test_calls_of_a_removed_account_keep_nobody_else_waiting(world_of):
    world = world_of([person("Asha", ASHA)])
    world.run()
    world.bolna.quiet()
    world.alter("INSERT INTO account (id, name, active) VALUES (9, 'gone', 0)")
    world.alter(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 120) INSERT INTO attempt (lead, campaign, account, phone,"
        " token, state, execution) SELECT 1, 1, 9, 'p' || i, 't' || i,"
        " 'accepted', 'e' || i FROM n")
    world.alter(
        "INSERT INTO execution (id, attempt, account, final, confirm_at)"
        " SELECT execution, id, account, 'completed', 1 FROM attempt"
        " WHERE account = 9")
    world.alter("UPDATE execution SET confirm_at = 2 WHERE account <> 9")
    world.run(ok=False)
    assert world.query("SELECT verified FROM execution WHERE account <> 9"
                       ) == [(1,)]


# --- an answer that was another's ---

def mix_up(world):
    """Bolna has answered each of two requests with the other one's call."""
    (one,), (other,) = world.query("SELECT execution FROM attempt ORDER BY id")
    world.alter("UPDATE execution SET attempt = NULL")
    world.alter("UPDATE attempt SET execution = NULL")
    for attempt, execution in (1, other), (2, one):
        world.alter("UPDATE attempt SET execution = ? WHERE id = ?",
                    execution, attempt)
        world.alter("UPDATE execution SET attempt = ? WHERE id = ?", attempt,
                    execution)
    return one, other


def test_the_token_in_bolnas_record_says_whose_a_result_is(world_of):
    world = world_of([person("Asha", ASHA), person("Bilal", BILAL)])
    for phone in ASHA, BILAL:
        world.bolna.fate(phone, about(phone))
    world.run()
    world.bolna.quiet()
    one, other = mix_up(world)
    world.alter("UPDATE execution SET confirm_at = 1")
    for _ in range(3):
        world.run(ok=False)
        for row in world.sheet().values():
            assert row["Summary"] in ("", "Spoke with "
                                      + row["Phone Number"] + ".")
        world.age(900)
    rows = world.sheet()
    assert [(rows[name]["Status"], rows[name]["Latest Execution ID"])
            for name in ("Asha", "Bilal")] == [
        ("completed", one), ("completed", other)]


def test_a_webhook_says_nothing_about_whose_a_result_is(world_of):
    world = world_of([person("Asha", ASHA), person("Bilal", BILAL)])
    for phone in ASHA, BILAL:
        world.bolna.fate(phone, Fate(stay="ringing"))
    world.run()
    known = "SELECT id, execution, state FROM attempt ORDER BY id"
    before = world.query(known)
    ((_, execution, _), _) = before
    token = world.value("SELECT token FROM attempt WHERE id = 2")
    body = {"id": execution, "status": "completed", "user_data":
            {"callsheet_attempt": token}, "user_number": BILAL}
    hook = Hook(world.dir / "hook.sock", GATE, SECRET)
    assert hook.post(body).status == 200
    assert world.query(known) == before
    assert world.value("SELECT attempt FROM execution WHERE id = ?",
                       execution) == 1


# --- a call that cannot be decided ---

def test_a_call_that_cannot_be_decided_keeps_no_other_waiting(tmp_path):
    yes = "assistant: Will you come?\nuser: Yes, I will be there.\n"
    with calls(tmp_path, []) as world:
        world.alter("DELETE FROM outcome_word WHERE word = 'voicemail'")
        add_calls(world, [{"voicemail": n % 5 != 0, "transcript": yes}
                          for n in range(1, 51)])
        done = world.run(ok=False)
        assert "attempt 1001: its outcome cannot be decided" in done.stderr
        assert done.returncode == 75
        assert world.query("SELECT attempt % 1000, outcome FROM outcome"
                           " ORDER BY attempt") == [
            (n, "confirmed") for n in range(5, 51, 5)]
        assert world.value("SELECT count(*) FROM outcome_due") == 40


def test_nor_do_hundreds_of_them_before_it(tmp_path):
    with calls(tmp_path, []) as world:
        add_call(world, 1, {"voicemail": 1})
        world.alter("DELETE FROM outcome_word WHERE word = 'voicemail'")
        world.alter(
            "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n"
            " WHERE i < 250) INSERT INTO attempt (id, lead, campaign,"
            " account, phone, token, state, execution) SELECT 1000 + i, 1001,"
            " campaign, account, phone, 't' || i, state, 'e' || i FROM n"
            " JOIN attempt WHERE id = 1001")
        world.alter("INSERT INTO execution (id, attempt, verified, final,"
                    " voicemail) SELECT execution, id, 1, 'completed', 1"
                    " FROM attempt WHERE id > 1001")
        world.alter("INSERT INTO outcome_due SELECT id FROM attempt"
                    " WHERE id > 1001")
        add_call(world, 900, {"transcript": "assistant: Will you come?\n"
                              "user: Yes, I will be there.\n"})
        world.run(ok=False)
        assert world.query("SELECT attempt, outcome FROM outcome"
                           ) == [(1900, "confirmed")]
        assert world.value("SELECT count(*) FROM outcome_due") == 250


# --- a disk that cannot be read for a while ---

@contextlib.contextmanager
def unreadable(world, words):
    """The pages of the database in which these words stand lead nowhere."""
    world.alter("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(world.database, "r+b", buffering=0) as file:
        data = file.read()
        size = int.from_bytes(data[16:18], "big")
        pages = [at for at in range(0, len(data), size)
                 if words in data[at:at + size]]
        for at in pages:
            os.pwrite(file.fileno(), b"\x7f" * 4, at)
        try:
            yield
        finally:
            for at in pages:
                os.pwrite(file.fileno(), data[at:at + 4], at)


def test_a_call_that_cannot_be_read_for_a_while_is_told_afterwards(world_of):
    world = world_of([person("Asha", ASHA)], slack=True)
    world.bolna.fate(ASHA, Fate(transcript="user: " + "well, " * 1000
                                + "MARK" + " and so on" * 1000))
    world.slack.fault(refusal(503))
    world.call()
    world.alter("UPDATE post SET due_at = 1")
    world.alter("UPDATE lane SET until = 1")
    with unreadable(world, b"MARK"):
        done = world.run(ok=False)
        assert done.stderr.count("malformed") == 1 and done.returncode == 75
        assert world.query("SELECT done_at FROM post") == [(None,)]
    world.age(60)
    world.run(ok=False)
    assert len(world.hook.messages) == 1


# --- a person's word in an older copy of the sheet ---

OUTCOME = "Outcome"


def older_copy(world, row, **cells):
    """A person saves a copy of the row that was opened before."""
    row = {**row, **cells}
    world.write_csv([[row[name] for name in world.header]])
    world.run(ok=False)


@pytest.mark.parametrize("before", ["busy", "lost answer"])
def test_a_word_written_beside_an_earlier_call_is_kept(world_of, before):
    world = world_of([person("Asha", ASHA, "")], OUTCOME)
    world.bolna.fate(ASHA, Fate("busy"), Fate("busy"), Fate())
    if before == "lost answer":
        world.bolna.fault("POST /call", Fault(cut="start"))
        world.run(ok=False)
    else:
        world.call()
    old = world.sheet()["Asha"]
    world.age(700)
    world.call()
    assert world.sheet()["Asha"]["Latest Execution ID"] != old[
        "Latest Execution ID"]
    older_copy(world, old, Outcome="opt_out")
    world.age(700)
    world.run(ok=False)
    row = world.sheet()["Asha"]
    assert (row["Status"], row["Outcome"]) == ("busy", "opt_out")
    assert world.bolna.count(ASHA) == (1 if before == "lost answer" else 2)


def test_our_own_word_beside_an_earlier_call_is_no_choice(world_of):
    world = world_of([person("Asha", ASHA, "")], OUTCOME)
    world.bolna.fate(ASHA, Fate("busy"), Fate())
    world.call()
    old = world.sheet()["Asha"]
    assert old["Outcome"] == "pending"
    world.age(700)
    world.call()
    older_copy(world, old)
    assert world.sheet()["Asha"]["Outcome"] == "confirmed"
    assert world.query("SELECT outcome FROM outcome"
                       " WHERE source = 'person'") == []


def test_a_word_in_an_older_copy_is_kept_when_a_result_is_on_its_way(
        tmp_path):
    with World(tmp_path, [person("Asha", ASHA, "")], nginx=False, pace=0,
               header=[*HEADER, OUTCOME]) as world:
        sheet = world.google.sheet
        world.bolna.fate(ASHA, Fate("busy"), Fate())
        world.call()
        (old,) = lines(world)
        world.age(700)
        world.run(ok=False)
        world.bolna.quiet()
        world.callsheet("reconcile")

        def restore(_request):
            if len(world.google.asked(READ)) == seen + 3:
                sheet.edit(1, "Latest Execution ID",
                           old["Latest Execution ID"])
                sheet.edit(1, "Outcome", "declined")
        seen = len(world.google.asked(READ))
        world.google.before(READ, restore, times=None)
        for _ in range(2):
            world.run(ok=False)
        (row,) = lines(world)
        assert (row["Status"], row["Outcome"]) == ("completed", "declined")
