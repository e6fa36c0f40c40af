"""What a forger, or a Bolna that misbehaves, can make of a webhook: nothing
that reaches a row, nothing that is lost, and nothing that costs much."""

import itertools
import json

import pytest

from world import SECRET, World, hook_of, person, until
from sim.bolna import AGENT, Fate

PHONE = "+919999900001"
URI = f"/webhook/bolna/{SECRET}"
numbers = itertools.count(1)


@pytest.fixture
def world(tmp_path):
    """Asha is known, and so is our agent; nobody is called."""
    with World(tmp_path / "w", [person("Asha", PHONE)], csv_file=True,
               nginx=False, settings={"dry_run": "yes"}) as it:
        it.run()
        assert hook_of(it).ask("GET", "/healthz").status == 200
        yield it


def journal(world):
    return world.query("SELECT execution FROM event ORDER BY id")


# --- too large ---

def test_a_webhook_that_is_too_large_is_made_good_by_asking(tmp_path):
    talk = "user: " + "so " * 400_000 + "yes"   # more than one megabyte
    with World(tmp_path / "w", [person("Asha", PHONE)],
               csv_file=True) as world:
        world.bolna.fate(PHONE, Fate(transcript=talk, summary="At length."))
        world.run()
        world.bolna.quiet()
        access = world.dir / "nginx" / "callsheet.log"
        until(lambda: " POST 413 " in access.read_text())
        assert world.value("SELECT count(*) FROM execution"
                           " WHERE final <> ''") == 0
        # the receiver has heard of it as little as if it had never come
        assert not [line for line in world.log().splitlines()
                    if " 413 " in line]
        world.alter("UPDATE execution SET confirm_at = 1")
        world.settle()
        asha = world.sheet()["Asha"]
        assert (asha["Status"], asha["Summary"]) == ("completed",
                                                     "At length.")
        assert asha["Transcript"].startswith("user: so so ")
        assert world.bolna.count(PHONE) == 1


# --- the wrong secret ---

def test_a_wrong_secret_is_answered_like_an_address_that_is_none(world):
    hook = hook_of(world)
    nowhere = hook.post({"id": "1"}, "/nowhere")
    for path in ("/webhook", URI[:-1], URI + "0", "/webhook/bolna/a",
                 "/webhook/bolna/" + "s" * 900):
        assert hook.post({"id": "1"}, path) == nowhere
    assert nowhere.status == 404


# --- bodies with a purpose ---

SQL = ["'); DROP TABLE event; --", "\"; DELETE FROM lead; --",
       "x' OR '1'='1", "1; UPDATE attempt SET state = 'done'", "%s%n?1:id",
       "x'||(SELECT token FROM attempt)||'"]


@pytest.mark.parametrize("sql", SQL)
def test_sql_in_a_body_is_text_like_any_other(world, sql):
    tables = world.query("SELECT sql FROM sqlite_schema")
    lead = world.query("SELECT * FROM lead")
    hook, body = hook_of(world), {
        "id": f"sql-{next(numbers)}", "status": sql, "agent_id": sql,
        "transcript": sql, "summary": sql, "error_message": sql,
        "user_number": sql, "extracted_data": {sql: sql},
        "context_details": {"recipient_data": {"callsheet_attempt": sql}}}
    assert hook.post(body).status == 200
    assert world.query("SELECT transcript, summary FROM execution") == [
        (sql, sql)]
    # as an id it is none: it is kept and leads to nothing
    assert hook.post({**body, "id": sql}).status == 400
    assert world.value("SELECT body FROM quarantine") == json.dumps(
        {**body, "id": sql}, ensure_ascii=False).encode()
    assert world.query("SELECT sql FROM sqlite_schema") == tables
    assert world.query("SELECT * FROM lead") == lead
    assert world.value("SELECT count(*) FROM execution") == 1


@pytest.mark.parametrize("body", [
    {"id": "x" * 10_000}, {"id": ["a"]}, {"execution_id": "'" * 10_000}],
    ids=["10 kB", "a list", "10 kB of quotes"])
def test_an_id_that_can_be_none_is_kept_and_leads_to_nothing(world, body):
    assert hook_of(world).post(body).status == 400
    assert world.value("SELECT size FROM quarantine") == len(
        json.dumps(body))
    assert journal(world) == []


@pytest.mark.parametrize("opening, closing", ["[]", ("{\"a\":", "}")])
@pytest.mark.parametrize("depth", [17, 33, 100_000])
def test_a_deep_body_is_refused_at_any_depth(world, opening, closing, depth):
    body = opening * (depth - 1) + "1" + closing * (depth - 1)
    answer = hook_of(world).post(f'{{"id":"deep","x":{body}}}'.encode())
    assert (answer.status, answer.json["reason"]) == (400, "nested too deep")
    assert world.value("SELECT count(*) FROM quarantine") == 1


def test_a_word_told_twice_decides_nothing_before_bolna_is_asked(tmp_path):
    with World(tmp_path / "w", [person("Asha", PHONE)],
               csv_file=True) as world:
        world.bolna.fate(PHONE, Fate(stay="ringing"))
        world.run()
        name = world.bolna.placed[0].execution_id
        until(lambda: world.value("SELECT stage FROM execution") == "ringing")
        assert hook_of(world).post(
            b'{"id":"%s","status":"failed","status":"completed"}'
            % name.encode()).status == 200
        assert world.value("SELECT final FROM execution") == "completed"
        world.run()         # Bolna is asked, and says that it rings
        assert len(world.query("SELECT 1 FROM event"
                               " WHERE source = 'get'")) == 1
        assert world.query("SELECT verified, state FROM execution e"
                           " JOIN attempt a ON a.id = e.attempt") == [
            (0, "accepted")]
        assert world.status("Asha") == "ringing"
        world.bolna.release(name)


# --- executions that are none of ours ---

def test_a_thousand_forged_executions_cost_ten_questions_a_minute(world):
    hook, asked, heard = hook_of(world), [], []
    befall = world.bolna.befall

    def listen(request):
        if request.route == "GET /executions/{id}":
            heard.append(request.path)
        return befall(request)
    world.bolna.befall = listen
    answers = hook.post_all([
        {"id": f"forged-{n}", "status": "completed", "agent_id": AGENT}
        for n in range(1000)])
    assert {answer.status for answer in answers} == {200}
    for _ in range(3):      # passes within one minute
        world.run(ok=False)
        asked.append(len(heard))
    assert asked == [10, 10, 10]
    world.alter("UPDATE execution SET asked_at = asked_at - 61")
    world.run(ok=False)
    assert len(heard) == len(set(heard)) == 20
    assert world.status("Asha") == ""
    assert world.value("SELECT count(*) FROM attempt") == 0
