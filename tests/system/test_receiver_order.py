"""Whatever order, however often: what was said about a call gives one state,
and only what Bolna confirms reaches the person's row."""

import itertools
import json
import random

import pytest

from world import World, hook_of, person, until
from sim.bolna import AGENT, NUMBER, Call, named
from sim.bolna_bodies import TALK, Fate, Shape, execution

PHONE = "+919999900001"
RECEPTION = {"first_at", "last_at", "confirm_at", "asked_at", "confirms",
             "head_digest"}
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Asha is known, and so is our agent; nobody is called."""
    with World(tmp_path_factory.mktemp("w"), [person("Asha", PHONE)],
               csv_file=True, nginx=False, settings={"dry_run": "yes"}) as it:
        it.run()
        yield it


@pytest.fixture(scope="module")
def hook(world):
    return hook_of(world)


def new_id():
    return f"order-{next(numbers)}"


def life(name, fate=Fate(), phone=PHONE):
    """All that Bolna says about a call, {status: body} in its own order."""
    call = Call(id=name, agent_id=AGENT, phone=phone, from_number=NUMBER,
                request={}, fate=fate, shape=Shape(), path=fate.route(),
                created=1772660000.0, updated=1772660000.0)
    said = {}
    for call.step, status in enumerate(call.path):
        call.updated += 10
        said[status] = execution(call)
    return said


def rows(world, where="", *args):
    """Executions as {column: value}."""
    columns = [column for _, column, *_ in world.query(
        "PRAGMA table_info(execution)")]
    return [dict(zip(columns, values)) for values in world.query(
        f"SELECT * FROM execution {where}", *args)]


def row(world, name):
    found, = rows(world, "WHERE id = ?", name)
    return found


def nameless(execution_row):
    """An execution without its name and the times of reception."""
    kept = {column: value for column, value in execution_row.items()
            if column not in RECEPTION}
    return json.dumps(kept, sort_keys=True).replace(kept["id"], "ID")


def state(world, name):
    return json.loads(nameless(row(world, name)))


def send(hook, bodies):
    answers = hook.post_all(bodies)
    assert {answer.status for answer in answers} == {200}
    return [answer.json["result"] for answer in answers]


# --- the same body again ---

def test_a_body_that_comes_twice_is_one_event(world, hook):
    body = life(new_id())["completed"]
    assert send(hook, [body]) == ["stored"]
    before = row(world, body["id"])
    assert send(hook, [body]) == ["already known"]
    assert row(world, body["id"]) == before


def test_a_body_that_comes_a_hundred_times_at_once_is_one_event(world, hook):
    body = life(new_id())["completed"]
    assert sorted(send(hook, [body] * 100)) == (
        ["already known"] * 99 + ["stored"])
    assert world.value("SELECT count(*) FROM event WHERE execution = ?",
                       body["id"]) == 1


# --- any order ---

def poorer(body):
    """The same news again, a little later, with nothing in it."""
    return {**body, "updated_at": "2026-03-04T22:00:00Z",
            **dict.fromkeys(("transcript", "summary", "extracted_data",
                             "agent_extraction", "total_cost"), None),
            "conversation_duration": 0, "telephony_data": {}}


def complete(name):
    """Six things said about one call; the last is poor."""
    said = life(name)
    del said["queued"]
    return [*said.values(), poorer(said["completed"])]


def test_all_orders_of_all_events_end_in_one_state(world, hook):
    dice = random.Random(1)
    calls = []
    for order in itertools.permutations(range(6)):
        events = complete(new_id())
        again = dice.choice(range(6))       # one of them comes once more
        calls.append([events[n] for n in order] + [events[again]])
    for turn in zip(*calls):        # one event of every call side by side
        send(hook, turn)
    names = {call[0]["id"] for call in calls}
    states = {nameless(it) for it in rows(world) if it["id"] in names}
    assert len(names) == 720 and len(states) == 1
    told = json.loads(states.pop())
    assert (told["final"], told["stage"]) == (
        "completed", "call-disconnected")
    assert told["transcript"] == TALK and told["summary"]
    assert told["talk_secs"] == 38.4 and told["line_secs"] == 38
    assert told["cost_cents"] == 5.44 and told["recording"]
    assert told["ringing_at"] < told["answered_at"] < told["ended_at"]
    # and whatever came last, Bolna is asked at once about the end of a call
    assert all(it["confirm_at"] <= it["last_at"] for it in rows(world)
               if it["id"] in names)


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
def test_an_unanswered_call_too_ends_in_one_state(world, hook, status):
    orders, states = 0, []
    for order in itertools.permutations(life("x", Fate(status))):
        said = life(new_id(), Fate(status))
        for word in order:
            send(hook, [said[word]])
        states.append(state(world, said[status]["id"]))
        orders += 1
    assert orders >= 6
    assert all(it == states[0] for it in states)
    assert states[0]["final"] == status and states[0]["hangup_reason"]


def test_of_two_ends_the_later_counts_whichever_comes_first(world, hook):
    for first, last in ((0, 1), (1, 0)):
        said = life(new_id())["completed"]
        both = [{**said, "status": "failed",
                 "updated_at": "2026-03-04T20:00:00Z"},
                {**said, "updated_at": "2026-03-04T23:00:00Z"}]
        send(hook, [both[first]])
        send(hook, [both[last]])
        assert row(world, said["id"])["final"] == "completed"


def test_poorer_news_erases_nothing(world, hook):
    said = life(new_id())["completed"]
    send(hook, [said])
    before = state(world, said["id"])
    for poor in (poorer(said), {"id": said["id"]},
                 {"id": said["id"], "status": "in-progress",
                  "updated_at": "2026-03-05T00:00:00Z"},
                 {"id": said["id"], "status": "queued", "transcript": "",
                  "summary": " ", "telephony_data": None}):
        assert send(hook, [poor]) == ["stored"]
        after = state(world, said["id"])
        assert {name for name in before if before[name] != after[name]} <= {
            "head_at", "answered_at", "stage", "head_rank"}
        assert after["final"] == "completed"


# --- whose call it is ---

def test_a_call_that_is_not_ours_is_kept_apart(world, hook):
    before = world.query("SELECT * FROM lead")
    assert len(before) == 1
    ours, theirs = life(new_id()), life(new_id())
    for said in theirs.values():
        said["agent_id"] = "somebody-elses-agent"
    send(hook, [*ours.values(), *theirs.values()])
    it = row(world, ours["completed"]["id"])
    assert it["attempt"] is None and it["account"] == 1
    assert it["confirm_at"] <= it["last_at"], "we may ask about our agent"
    it = row(world, theirs["completed"]["id"])
    assert (it["attempt"], it["account"], it["confirm_at"]) == (
        None, None, None)
    assert world.query("SELECT * FROM lead") == before
    for table in ("attempt", "delivery"):
        assert world.value(f"SELECT count(*) FROM {table}") == 0


@pytest.fixture
def lost(tmp_path):
    """A call that was placed, but the answer to POST /call was lost; Bolna
    keeps its webhooks back.  (world, the placed call)"""
    with World(tmp_path / "w", [person("Asha", PHONE)],
               csv_file=True) as it:
        it.bolna.fate(PHONE, Fate(hold=True))
        it.bolna.fault("POST /call", named("drop-after"))
        it.run(ok=False)
        assert it.query("SELECT state, execution FROM attempt") == [
            ("unknown", None)]
        yield it, it.bolna.placed[0]


def test_a_webhook_with_our_token_finds_the_lost_attempt(lost):
    world, placed = lost
    until(lambda: world.bolna.find(placed.execution_id).ended)
    world.bolna.release(placed.execution_id)
    until(lambda: world.value("SELECT state FROM attempt") == "accepted")
    assert world.query("SELECT execution, look_at FROM attempt") == [
        (placed.execution_id, None)]
    world.settle()
    assert world.status("Asha") == "completed"
    assert world.bolna.count(PHONE) == 1


def echo(name, token, phone=PHONE, **members):
    return {"id": name, "status": "ringing", "agent_id": AGENT, **members,
            "context_details": {"recipient_phone_number": phone,
                                "recipient_data": {
                                    "callsheet_attempt": token}}}


def test_only_the_right_token_for_the_right_number_finds_it(lost):
    world, placed = lost
    token = placed.user_data["callsheet_attempt"]
    send(hook_of(world), [echo("w1", token[:-1]), echo("w2", token + "0"),
                          echo("w3", token.upper() + "x"),
                          echo("w4", token, "+919999900002"),
                          echo("w5", None), echo("w6", [token])])
    assert world.value("SELECT state FROM attempt") == "unknown"
    assert world.value("SELECT count(*) FROM execution"
                       " WHERE attempt IS NULL") == 6
    send(hook_of(world), [echo("w7", token)])
    assert world.query("SELECT state, execution FROM attempt") == [
        ("accepted", "w7")]
    # and one attempt is one execution
    send(hook_of(world), [echo("w8", token)])
    assert world.value("SELECT execution FROM attempt") == "w7"
    assert row(world, "w8")["attempt"] is None
    world.alter("UPDATE attempt SET execution = ?", placed.execution_id)


# --- what is believed ---

@pytest.fixture
def ringing(tmp_path):
    """A call that is ringing and will not stop.  (world, its execution)"""
    with World(tmp_path / "w", [person("Asha", PHONE)],
               csv_file=True) as it:
        it.bolna.fate(PHONE, Fate(stay="ringing", summary="The true one."))
        it.run()
        name = it.bolna.placed[0].execution_id
        until(lambda: it.value("SELECT stage FROM execution") == "ringing")
        yield it, name


def ask_now(world):
    """Let the time come for whatever is to be asked of Bolna."""
    world.alter("UPDATE execution SET asked_at = NULL,"
                " confirm_at = unixepoch() - 1 WHERE confirm_at NOT NULL")


def forged(name, **members):
    return {"id": name, "agent_id": AGENT, "status": "completed",
            "transcript": "user: forged", "summary": "forged",
            "conversation_duration": 999, "total_cost": 1e6,
            "error_message": "forged", "user_number": PHONE,
            "extracted_data": {"forged": True},
            "telephony_data": {"recording_url": "https://forged.example/"},
            "updated_at": "2037-01-01T00:00:00Z", **members}


def test_a_forged_end_reaches_no_row_until_bolna_confirms_it(ringing):
    world, name = ringing
    send(hook_of(world), [forged(name)])
    assert row(world, name)["final"] == "completed", "it is noted"
    for _ in range(2):  # Bolna says that it is still ringing
        ask_now(world)
        world.run()
    assert row(world, name)["verified"] == 0
    assert world.value("SELECT state FROM attempt") == "accepted"
    assert "forged" not in str(world.sheet()).lower()
    assert world.status("Asha") == "ringing"

    world.bolna.release(name)
    world.bolna.quiet()
    ask_now(world)
    world.settle()
    asha = world.sheet()["Asha"]
    assert (asha["Status"], asha["Summary"], asha["Duration"]) == (
        "completed", "The true one.", "38.4")
    assert "forged" not in str(world.sheet()).lower()
    for column in ("transcript", "summary", "extraction", "recording",
                   "error"):
        assert "forged" not in (row(world, name)[column] or "")
    assert row(world, name)["talk_secs"] == 38.4


def test_nothing_forged_changes_a_call_that_is_over(ringing):
    world, name = ringing
    world.bolna.release(name)
    world.bolna.quiet()
    ask_now(world)
    world.settle()
    sheet, before = world.sheet(), state(world, name)
    attempt = world.query("SELECT * FROM attempt")
    lead = world.query("SELECT * FROM lead")
    send(hook_of(world), [
        forged(name), forged(name, status="failed"),
        forged(name, status="ringing"), forged(name, status="busy")])
    ask_now(world)
    world.run()
    world.settle()
    assert world.sheet() == sheet
    assert state(world, name) == before
    assert world.query("SELECT * FROM attempt") == attempt
    assert world.query("SELECT * FROM lead") == lead
    assert world.bolna.count(PHONE) == 1
