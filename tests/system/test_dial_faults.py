"""Whatever becomes of a request to Bolna, nobody is called twice for one
attempt, and every call that was placed is found again."""

import subprocess

import pytest

from world import people, person, until
from sim.bolna import AGENT, Fate, Fault, named, refusal
from sim.bolna_bodies import TALK

ASHA, BEN = "+919999900001", "+919999900002"
POST, GET = "POST /call", "GET /executions/{id}"
LIST = "GET /v2/agent/{id}/executions"
SPEED = 30      # how much faster a fast clock runs
WORLD = {"rows": [person("Asha", ASHA)], "pace": 0.01}


def states(world):
    """The states of all attempts, eldest first."""
    return [row[0] for row in world.query(
        "SELECT state FROM attempt ORDER BY id")]


def breakers(world):
    """{name: for how many seconds} of what stops dialling."""
    return dict(world.query("SELECT name, until - opened_at FROM breaker"))


def settled_as(world, name, status, calls=1):
    """Passes until all is over; the row shows it, nobody was called more."""
    world.settle()
    assert world.status(name) == status
    assert len(world.bolna.placed) == calls
    assert world.query("SELECT which, why FROM anomaly"
                       " WHERE what NOT IN ('account', 'webhooks')") == []


# --- the answer to POST /call -------------------------------------------

# What an answer proves, whether or not the call was placed behind it.
PROVES = {
    **dict.fromkeys(("drop-before", "drop-after", "reset-start",
                     "reset-headers", "reset-body", "short-body", "not-json",
                     "no-id", "html-502", "empty-500"), "unknown"),
    **dict.fromkeys((408, 425, 500, 502, 503), "unknown"),
    **dict.fromkeys((400, 422), "rejected"),
    **dict.fromkeys((401, 403, 404, 429), "released"),
}


def fault_of(key, processed):
    if isinstance(key, int):
        return refusal(key, processed=processed)
    return named(key, processed=processed)


@pytest.mark.parametrize("answer", PROVES)
def test_a_call_that_was_not_placed_is_never_placed_by_repetition(
        world_of, answer):
    world = world_of()
    world.bolna.fault(POST, fault_of(answer, processed=False))
    world.run(ok=False)
    assert states(world) == [PROVES[answer]]
    world.age(40)
    world.run(ok=False)
    assert states(world) == [PROVES[answer]]
    assert len(world.bolna.posts) == 1
    assert world.bolna.placed == []


@pytest.mark.parametrize("answer", [
    key for key, state in PROVES.items()
    if state == "unknown" and key != "drop-before"])
def test_a_placed_call_without_a_proper_answer_is_found_in_the_listing(
        world_of, answer):
    world = world_of()
    world.bolna.fault(POST, fault_of(answer, processed=True))
    world.run(ok=False)
    assert states(world) == ["unknown"]
    assert world.status("Asha") == "initiating"
    assert "not known whether" in world.sheet()["Asha"]["Notes"]
    world.age(60)
    settled_as(world, "Asha", "completed")
    assert len(world.bolna.posts) == 1
    assert world.sheet()["Asha"]["Latest Execution ID"] \
        == world.bolna.placed[0].execution_id


@pytest.mark.parametrize("answer", PROVES)
def test_a_webhook_with_our_token_proves_a_call_whatever_the_answer_was(
        world_of, answer):
    world = world_of(nginx=True)
    world.bolna.fault(POST, fault_of(answer, processed=True))
    world.run(ok=False)
    until(lambda: states(world) == ["accepted"], what="the webhook's effect")
    world.alter("DELETE FROM breaker")
    settled_as(world, "Asha", "completed")
    assert len(world.bolna.posts) == 1
    world.age(3600)
    world.run()
    assert world.bolna.count(ASHA) == 1


@pytest.mark.parametrize("answer", [400, 429, 500])
def test_a_webhook_that_is_faster_than_the_answer_decides(world_of, answer):
    world = world_of(nginx=True)
    world.bolna.fault(POST, refusal(answer, processed=True, after=1))
    world.run(ok=False)
    assert states(world) == ["accepted"]
    assert world.query("SELECT held, held_note FROM lead") == [(None, None)]


@pytest.mark.parametrize("answer", [
    key for key, state in PROVES.items() if state == "released"])
def test_a_refusal_that_is_not_the_numbers_fault_costs_no_attempt(
        world_of, answer):
    world = world_of(campaign={"max_attempts": 1})
    world.bolna.fault(POST, fault_of(answer, processed=False))
    world.run(ok=False)
    assert world.status("Asha") == ""
    world.age(901)
    world.run()
    world.age(901)
    settled_as(world, "Asha", "completed")
    assert states(world) == ["released", "done"]


@pytest.mark.parametrize("answer", [
    key for key, state in PROVES.items() if state == "rejected"])
def test_a_refused_number_is_shown_as_failed_with_bolnas_reason(
        world_of, answer):
    world = world_of()
    world.bolna.fault(POST, refusal(answer, body={"message": "No such line"}))
    world.run(ok=False)
    world.age(3600)
    settled_as(world, "Asha", "failed", calls=0)
    assert "No such line" in world.sheet()["Asha"]["Notes"]
    assert len(world.bolna.posts) == 1


def test_an_answer_on_a_connection_that_closes_is_an_answer(world_of):
    world = world_of()
    world.bolna.fault(POST, named("close-after"))
    world.run()
    assert states(world) == ["accepted"]


def test_a_call_never_travels_on_a_connection_used_before(world_of):
    """libcurl would send it twice if that connection were dead."""
    world = world_of(campaign={"calls_per_pass": 1})
    world.run()
    world.bolna.quiet()
    world.write_csv([person("Asha", ASHA), person("Ben", BEN)])
    world.age(900)
    world.bolna.fault(POST, named("drop-reused"))
    done = world.run()
    assert "1 calls placed, 1 asked about" in done.stderr
    assert [post.nth for post in world.bolna.posts] == [1, 1]
    assert [world.bolna.count(ASHA), world.bolna.count(BEN)] == [1, 1]


@pytest.mark.parametrize("fault", [
    Fault(before=2, processed=True), Fault(processed=True, after=2),
    Fault(before=2, processed=False)],
    ids=["placed-too-late", "answered-too-late", "never-placed"])
def test_a_silence_leaves_the_call_in_doubt(world_of, fault):
    world = world_of()
    world.bolna.fault(POST, fault)
    subprocess.run(["faketime", "-f", f"+0 x{SPEED}",
                    *world.command("run", "--once")],
                   stderr=subprocess.DEVNULL, timeout=60, check=False)
    assert states(world) == ["unknown"]
    if fault.processed:
        assert world.bolna.wait(lambda: world.bolna.placed)
        world.age(60)
        settled_as(world, "Asha", "completed")
    world.age(3600)
    world.run(ok=False)
    assert len(world.bolna.posts) == 1


@pytest.mark.parametrize("address", [
    "http://127.0.0.1:1", "https://127.0.0.1:{port}",
    "https://" + "x" * 70 + ".invalid"],
    ids=["refused", "no TLS", "no such name"])
def test_what_was_provably_not_sent_is_tried_again_and_costs_nothing(
        world_of, address):
    world = world_of(campaign={"max_attempts": 1})
    world.set("callsheet", bolna_api=address.format(port=world.bolna.port))
    assert "could not be reached" in world.run(ok=False).stderr
    assert states(world) == ["released"]
    world.set("callsheet", bolna_api=world.bolna.url)
    world.age(61)
    world.run()
    world.age(901)
    settled_as(world, "Asha", "completed")
    assert len(world.bolna.posts) == 1


# --- when to stop -------------------------------------------------------

def test_two_doubtful_calls_in_a_row_stop_the_pass(world_of):
    world = world_of(people(5))
    world.bolna.fault(POST, refusal(500, times=0))
    world.run(ok=False)
    assert len(world.bolna.posts) == 2
    assert sorted(states(world)) == ["released"] * 3 + ["unknown"] * 2
    world.bolna.clear_faults()
    world.age(61)
    world.run(ok=False)
    assert len(world.bolna.placed) == 1, "one call shows that all is well"
    world.run(ok=False)
    assert len(world.bolna.placed) == 3
    assert not {ASHA, BEN} & {call.phone for call in world.bolna.placed}


def test_three_calls_in_doubt_stop_the_account_until_they_are_settled(
        world_of):
    world = world_of(people(4), campaign={"calls_per_pass": 1})
    world.bolna.fault(POST, named("drop-after", times=3))
    for _ in range(3):
        world.run(ok=False)
    assert states(world) == ["unknown"] * 3
    world.run(ok=False)
    assert len(world.bolna.posts) == 3
    assert "3 calls are not settled" in world.value(
        "SELECT reason FROM blocked")
    status = world.callsheet("status")
    assert "3 calls are not settled" in status.stdout
    assert status.returncode == 75
    world.age(60)
    world.run()
    world.age(900)
    settled_as(world, "Person 4", "completed", calls=4)
    assert len(world.bolna.posts) == 4


@pytest.mark.parametrize("answer, name, seconds", [
    (refusal(401, times=0), "key", 900), (refusal(403, times=0), "key", 900),
    (refusal(404, times=0), "key", 900), (refusal(429, times=0), "rate", 60),
    (refusal(429, retry_after=120, times=0), "rate", 120)],
    ids=["401", "403", "404", "429", "429 Retry-After"])
def test_a_refusal_of_the_account_costs_one_request(
        world_of, answer, name, seconds):
    world = world_of(people(5))
    world.bolna.fault(POST, answer)
    done = world.run(ok=False)
    assert done.returncode == 75
    assert f"account acme: no calls for {seconds} seconds" in done.stderr
    assert len(world.bolna.posts) == 1
    assert breakers(world) == {name: seconds}
    world.bolna.clear_faults()
    world.age(seconds - 30)
    world.run(ok=False)
    assert len(world.bolna.posts) == 1, "the pause was not kept"
    world.age(61)
    world.run()
    assert len(world.bolna.placed) == 1, "one call shows that all is well"
    world.run()
    assert len(world.bolna.placed) == 5


def test_two_refused_numbers_in_a_row_stop_the_pass(world_of):
    world = world_of(people(5))
    world.bolna.fault(POST, refusal(422, times=0))
    world.run(ok=False)
    assert len(world.bolna.posts) == 2
    assert breakers(world) == {"refusals": 900}
    assert world.status("Person 3") == ""


def test_one_refused_number_stops_nobody_else(world_of):
    world = world_of(people(5))
    world.bolna.fault(POST, refusal(422))
    world.run(ok=False)
    assert states(world) == ["rejected"] + ["accepted"] * 4


def test_a_fault_that_comes_later_is_seen_before_all_have_been_called(
        world_of):
    world = world_of(people(50))
    world.bolna.fault(POST, *[Fault()] * 5, refusal(503, times=0))
    world.run(ok=False)
    assert states(world).count("unknown") <= 8
    assert "released" in states(world)


# --- the listing --------------------------------------------------------

def lost_call(world, fate=Fate(lose=True), **fault):
    """Asha's call is placed, but its answer is lost."""
    world.bolna.fate(ASHA, fate)
    world.bolna.fault(ASHA, named("drop-after", **fault))
    world.run(ok=False)
    assert states(world)[0] == "unknown"
    world.age(60)


def test_a_call_that_the_listing_does_not_show_yet_is_found_later(world_of):
    world = world_of()
    world.bolna.listing_lag = 3600
    lost_call(world)
    world.run(ok=False)
    assert world.query("SELECT state, looks FROM attempt") == [("unknown", 1)]
    world.bolna.listing_lag = 0
    world.age(60)
    settled_as(world, "Asha", "completed")


def test_a_call_on_a_later_page_of_the_listing_is_found(world_of):
    world = world_of(people(56), pace=0, campaign={
        "calls_per_pass": 60, "max_live": 60})
    lost_call(world)
    assert len(world.bolna.placed) == 56
    world.run()
    assert states(world)[0] == "done"


@pytest.mark.parametrize("fault", [
    refusal(500), refusal(429), named("not-json"), named("short-body"),
    named("incomplete-page"), Fault(body={"data": []}),
    Fault(omit=("data",))],
    ids=["500", "429", "not-json", "cut", "incomplete-page", "no-more-said",
         "no-data"])
def test_a_listing_that_is_not_whole_says_nothing_about_a_call(
        world_of, fault):
    world = world_of()
    lost_call(world)
    world.bolna.fault(LIST, fault)
    world.run(ok=False)
    assert world.query("SELECT state, looks FROM attempt") == [("unknown", 0)]
    world.age(60)
    settled_as(world, "Asha", "completed")
    assert len(world.bolna.posts) == 1


def test_a_call_that_cannot_be_found_in_half_an_hour_needs_a_person(world_of):
    world = world_of([person("Asha", ASHA), person("Ben", BEN)],
                     campaign={"calls_per_pass": 1})
    world.bolna.listing_recipient = False
    lost_call(world)
    for _ in range(4):
        assert world.value("SELECT held FROM lead") is None
        world.run(ok=False)
        world.age(610)
    world.run(ok=False)
    assert world.status("Asha") == "needs_review"
    assert "dashboard" in world.sheet()["Asha"]["Notes"]
    assert (ASHA,) in world.query("SELECT which FROM anomaly"
                                  " WHERE what LIKE 'attempt %'")
    assert world.bolna.count(ASHA) == 1
    assert world.bolna.count(BEN) == 1, "one doubt stops nobody else"


def test_a_call_given_up_for_lost_is_found_when_it_shows(world_of):
    world = world_of()
    world.bolna.listing_recipient = False
    lost_call(world)
    for _ in range(5):
        world.run(ok=False)
        world.age(610)
    assert world.status("Asha") == "needs_review"
    world.bolna.listing_recipient = True
    world.age(400)
    settled_as(world, "Asha", "completed")
    assert "dashboard" not in world.sheet()["Asha"]["Notes"]


# --- GET /executions/{id} -----------------------------------------------

OTHER = {"id": "another-call", "agent_id": AGENT, "status": "completed",
         "transcript": "somebody else's words"}


@pytest.mark.parametrize("fault", [
    refusal(404), refusal(500), refusal(429), named("not-json"),
    named("short-body"), named("drop-after"), Fault(body=OTHER),
    refusal(403)],
    ids=["404", "500", "429", "not-json", "cut", "dropped", "other-id",
         "bad-key"])
def test_an_end_that_bolna_does_not_confirm_is_not_shown_until_it_does(
        world_of, fault):
    world = world_of(nginx=True)
    world.run()
    world.bolna.quiet()
    assert world.value("SELECT final FROM execution") == "completed"
    world.bolna.fault(GET, fault)
    world.run(ok=False)
    assert states(world) == ["accepted"]
    assert world.status("Asha") == "call-disconnected"
    assert world.sheet()["Asha"]["Transcript"] == ""
    world.age(901)
    settled_as(world, "Asha", "completed")


def test_a_refused_key_stops_the_questions_too(world_of):
    world = world_of(people(3), nginx=True)
    world.run()
    world.bolna.quiet()
    world.bolna.fault(GET, refusal(403, times=0))
    world.run(ok=False)
    assert breakers(world) == {"key": 900}
    done = world.run(ok=False)
    assert "0 asked about" in done.stderr
    world.bolna.clear_faults()
    world.age(901)
    settled_as(world, "Person 3", "completed", calls=3)


# --- webhooks -----------------------------------------------------------

CALLED = ("in-progress", "completed", "call-disconnected", "ringing", "busy",
          "initiated")
SHOWN = {
    "completed": {"Status": "completed", "Duration": "38.4",
                  "Transcript": TALK, "Notes":
                      "Callee: Call recipient hungup (4000)"},
    "busy": {"Status": "busy", "Duration": "0", "Transcript": "",
             "Notes": "Carrier: Call recipient was busy (3010)"},
}


def shows(world, name, end):
    row = world.sheet()[name]
    return {column: row[column] for column in SHOWN[end]} == SHOWN[end]


@pytest.mark.parametrize("end", SHOWN)
@pytest.mark.parametrize("way", [
    {}, {"lose": True}, {"lose": ("completed", "busy")}, {"duplicate": 2},
    {"duplicate": 1, "grow": True}, {"reorder": True}, {"reorder": CALLED},
    {"late": {"ringing": 0.3, "in-progress": 0.1}}, {"hold": True},
    {"hold": ("initiated", "in-progress")}],
    ids=["in order", "all lost", "end lost", "doubled", "growing",
         "reversed", "shuffled", "late", "all held", "some held"])
def test_the_row_ends_the_same_whatever_happens_to_the_webhooks(
        world_of, way, end):
    world = world_of(nginx=True)
    world.bolna.fate(ASHA, Fate(end, **way))
    world.run()
    world.bolna.quiet()
    world.age(901)
    settled_as(world, "Asha", end)
    assert shows(world, "Asha", end)
    world.bolna.release(world.bolna.placed[0].execution_id)
    settled_as(world, "Asha", end)
    assert shows(world, "Asha", end)


def test_after_15_minutes_of_silence_bolna_is_asked(world_of):
    world = world_of(nginx=True)
    world.bolna.fate(ASHA, Fate(lose=("call-disconnected", "completed")))
    world.run()
    world.bolna.quiet()
    world.age(840)
    assert "0 asked about" in world.run().stderr
    world.age(61)
    assert "1 asked about" in world.run().stderr
    settled_as(world, "Asha", "completed")


@pytest.mark.parametrize("status, shown", [
    ("ringing", "ringing"), ("in-progress", "answered"),
    ("call-disconnected", "call-disconnected")])
def test_a_call_that_is_not_over_is_never_dialled_again(
        world_of, status, shown):
    world = world_of(nginx=True)
    world.bolna.fate(ASHA, Fate(stay=status))
    world.run()
    world.bolna.quiet()
    for _ in range(5):
        world.age(901)
        assert "1 asked about" in world.run().stderr
    assert states(world) == ["accepted"]
    assert world.status("Asha") == shown
    assert len(world.bolna.posts) == 1
    world.bolna.release(world.bolna.placed[0].execution_id)
    world.bolna.quiet()
    world.age(60)
    settled_as(world, "Asha", "completed")
