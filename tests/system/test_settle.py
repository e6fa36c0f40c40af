"""Calls of which nobody knows whether they were placed: settled by evidence,
else by a person, or freed for another day."""

import pytest

from world import HEADER, people, person
from sim.bolna import AGENT, Fate, Fault, named

ASHA = "+919999900001"
POST = "POST /call"
CONTROL = HEADER + ["Control"]
CAMPAIGN = "campaign interviews"
WORLD = {"rows": people(1, ""), "header": CONTROL}
UNSENT = Fault(processed=False, cut="start")    # no answer, and not placed


def in_doubt(world):
    """The next call of each person due is in doubt and was not placed."""
    world.bolna.fault(POST, UNSENT)
    world.run(ok=False)


def look_three_times(world):
    """Three whole listings over more than half an hour."""
    for _ in range(3):
        world.age(1000)
        world.run(ok=False)


def states(world):
    return [row[0] for row in world.query(
        "SELECT state FROM attempt ORDER BY id")]


def row(world, name="Person 1"):
    cells = world.sheet()[name]
    return cells["Status"], cells["Notes"]


def test_what_no_listing_has_is_handed_to_a_person(world_of):
    world = world_of()
    in_doubt(world)
    look_three_times(world)
    assert states(world) == ["unknown"]
    status, notes = row(world)
    assert status == "needs_review"
    assert "look in Bolna's dashboard" in notes
    world.age(30 * 86400)
    world.run(ok=False)
    assert len(world.bolna.posts) == 1


def test_two_listings_or_twenty_minutes_prove_nothing(world_of):
    world = world_of()
    in_doubt(world)
    world.age(1000)
    world.run(ok=False)
    for _ in range(4):
        world.alter("UPDATE attempt SET look_at = 1")
        world.run(ok=False)
    assert world.value("SELECT looks FROM attempt") >= 3
    assert row(world)[0] == "initiating"


def test_a_person_who_found_that_it_was_not_placed_frees_the_row(world_of):
    world = world_of()
    in_doubt(world)
    look_three_times(world)
    done = world.callsheet("reconcile", "--not-placed", "1")
    assert done.returncode == 0, done.stderr
    world.call()
    assert states(world) == ["released", "done"]
    assert world.bolna.count(ASHA) == 1
    assert row(world)[0] == "completed"


def test_retry_now_says_that_it_was_not_placed(world_of):
    world = world_of()
    in_doubt(world)
    look_three_times(world)
    cells = person("Person 1", ASHA, "retry now")
    world.write_csv([cells])
    world.call()
    assert states(world) == ["released", "done"]
    assert world.bolna.count(ASHA) == 1


def test_a_person_who_found_that_it_was_placed_ends_it(world_of):
    world = world_of()
    in_doubt(world)
    look_three_times(world)
    done = world.callsheet("reconcile", "--placed", "1")
    assert done.returncode == 0, done.stderr
    world.age(30 * 86400)
    world.run()
    assert states(world) == ["done"]
    assert len(world.bolna.posts) == 1
    status, notes = row(world)
    assert status == "needs_review"
    assert "A person says that this call was placed" in notes


@pytest.mark.parametrize("words", [
    ("--placed", "7"), ("--not-placed", "7"), ("--placed", "1")],
    ids=["unknown number", "unknown number too", "settled already"])
def test_only_what_is_not_settled_can_be_settled_by_hand(world_of, words):
    world = world_of()
    world.call()
    done = world.callsheet("reconcile", *words)
    assert done.returncode == 65
    assert "is not one of those that are not settled" in done.stderr
    assert states(world) == ["done"]


def test_where_set_it_counts_as_an_attempt_and_another_day_follows(world_of):
    world = world_of(campaign={"redial_unsettled": "yes"})
    in_doubt(world)
    look_three_times(world)
    assert states(world) == ["done"]
    status, notes = row(world)
    assert status == "failed"
    assert "listings do not have this call" in notes
    world.age(86400 - 2000)
    world.run(ok=False)
    assert len(world.bolna.posts) == 1
    world.age(2000)
    world.call()
    assert states(world) == ["done", "done"]
    assert world.bolna.count(ASHA) == 1
    assert row(world)[0] == "completed"


def test_another_day_counts_towards_max_attempts(world_of):
    world = world_of(campaign={"redial_unsettled": "yes", "max_attempts": 1})
    in_doubt(world)
    look_three_times(world)
    world.age(30 * 86400)
    world.run(ok=False)
    assert len(world.bolna.posts) == 1


def test_evidence_after_it_was_given_up_is_still_taken(world_of):
    # placed, but hidden from the listings for more than half an hour
    world = world_of(campaign={"redial_unsettled": "yes"})
    world.bolna.listing_lag = 10 ** 6
    world.bolna.fault(POST, named("drop-after"))
    world.run(ok=False)
    look_three_times(world)
    assert states(world) == ["done"]
    world.bolna.listing_lag = 0
    assert world.callsheet("reconcile").returncode == 0
    world.call()
    assert world.bolna.count(ASHA) == 1
    assert row(world)[0] == "completed"
    world.age(90000)
    world.run(ok=False)
    assert world.bolna.count(ASHA) == 1


def test_evidence_of_an_older_call_does_not_undo_what_a_later_one_led_to(
        world_of):
    # the first nobody answers, and it is hidden; in the second she talks
    world = world_of(campaign={"redial_unsettled": "yes"})
    world.bolna.fate(ASHA, Fate("no-answer"), Fate("completed"))
    world.bolna.listing_lag = 10 ** 6
    world.bolna.fault(POST, named("drop-after"))
    world.run(ok=False)
    look_three_times(world)
    world.age(90000)
    world.call()
    assert row(world)[0] == "completed"
    world.bolna.listing_lag = 0
    assert world.callsheet("reconcile", "--days", "9").returncode == 0
    world.call()
    assert world.query("SELECT status, state FROM call ORDER BY id") == [
        ("no-answer", "confirmed"), ("completed", "confirmed")]
    world.age(90000)
    world.call()
    assert world.bolna.count(ASHA) == 2
    assert row(world)[0] == "completed"


def test_it_is_looked_for_where_it_was_sent_whatever_the_settings_say(
        world_of):
    world = world_of()
    world.bolna.fault(POST, named("drop-after"))
    world.run(ok=False)
    world.set(CAMPAIGN, agent_id="5c730000-0000-4000-8000-00000000beef")
    world.age(60)
    world.call()
    assert {agent for agent, *_ in world.bolna.listings} == {AGENT}
    assert row(world)[0] == "completed"
    assert world.bolna.count(ASHA) == 1


def test_three_unsettled_calls_stop_the_account_and_say_so(world_of):
    world = world_of(people(4, ""), campaign={"calls_per_pass": 1})
    for _ in range(3):
        in_doubt(world)
    first = world.run(ok=False)
    assert first.returncode == 75
    again = world.run(ok=False)
    assert again.returncode == 75
    said = first.stderr + again.stderr
    assert said.count("account acme: 3 calls are not settled") <= 1
    assert len(world.bolna.posts) == 3
    assert "3 calls are not settled" in world.callsheet("status").stdout
    for name in ("Person 1", "Person 2", "Person 3"):
        assert "no calls: 3 calls are not settled" in row(world, name)[1]

    # one settled by hand: two are no reason to stop
    assert world.callsheet("reconcile", "--placed", "1").returncode == 0
    world.run(ok=False)
    world.run(ok=False)
    assert len(world.bolna.posts) == 4
    assert "no calls" not in row(world, "Person 2")[1]


def test_who_a_person_has_spoken_for_is_not_freed_for_another_day(world_of):
    world = world_of(campaign={"redial_unsettled": "yes"})
    in_doubt(world)
    world.alter("UPDATE attempt SET claimed_at = claimed_at - 5")
    done = world.callsheet("outcome", ASHA, "confirmed")
    assert done.returncode == 0, done.stderr
    look_three_times(world)
    assert states(world) == ["done"]
    world.age(2 * 86400)
    world.call()
    assert len(world.bolna.posts) == 1


def test_nor_called_after_a_pass_that_died_before_sending(world_of):
    world = world_of(settings={"dry_run": "yes"})
    world.run()
    world.set("callsheet", dry_run="no")
    world.alter("INSERT INTO attempt (lead, campaign, account, phone, token,"
                " state, claimed_at) SELECT l.id, c.id, c.account, l.phone,"
                " 't', 'intent', unixepoch() - 5 FROM lead l JOIN campaign c")
    world.alter("UPDATE lead SET next_at = NULL")
    done = world.callsheet("outcome", ASHA, "confirmed")
    assert done.returncode == 0, done.stderr
    world.call()
    assert states(world) == ["released"]
    assert world.bolna.posts == []
    # what was said before the call was claimed does not count against it
    world.alter("UPDATE attempt SET state = 'intent'")
    world.alter("UPDATE outcome SET decided_at = decided_at - 9")
    world.call()
    assert world.bolna.count(ASHA) == 1
