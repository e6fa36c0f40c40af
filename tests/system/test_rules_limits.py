"""How many calls there may be: what they may cost, how many of them may fail,
and how many there are at once."""

import pytest

from rules_world import (ACCOUNT, CAMPAIGN, COLUMNS, PEOPLE,
                         another_campaign, finish, row, world_of)
from sim.bolna import Fate, refusal

__all__ = ["world_of"]


# --- money -----------------------------------------------------------------

@pytest.mark.parametrize("section, key", [
    (CAMPAIGN, "cap_total"), (CAMPAIGN, "cap_day"), (CAMPAIGN, "cap_pass"),
    (ACCOUNT, "cap_total"), (ACCOUNT, "cap_day")])
def test_a_cap_of_three_calls_places_exactly_three(world_of, section, key):
    world = world_of(PEOPLE)
    for phone in PEOPLE:
        world.bolna.fate(phone[1], Fate(stay="in-progress"))
    world.set(CAMPAIGN, minute_cost="0.25", max_minutes=2)
    world.set(section, **{key: "1.74"})
    dialers = [world.linger("--once") for _ in range(4)]
    for dialer in dialers:
        dialer.communicate(timeout=60)
    assert len(world.bolna.posts) == 3
    if key != "cap_pass":
        world.run(ok=False)
        assert len(world.bolna.posts) == 3


def test_what_a_call_did_cost_takes_the_place_of_what_it_could_have(world_of):
    world = world_of(PEOPLE)
    world.set(CAMPAIGN, minute_cost="10", cap_total="100", calls_per_pass=1)
    world.run(ok=False)
    assert world.value("SELECT spent FROM campaign") == 1000000
    world.set(CAMPAIGN, calls_per_pass=0)
    finish(world)
    cost = world.value("SELECT cost_cents FROM execution")
    assert world.value("SELECT spent FROM campaign") == round(100 * cost)
    assert world.value("SELECT sum(amount) FROM ledger") == round(100 * cost)


def test_entries_of_the_ledger_cannot_be_edited(world_of):
    world = world_of()
    world.run()
    with pytest.raises(Exception, match="not edited"):
        world.alter("UPDATE ledger SET amount = 0")


def test_a_call_that_was_not_placed_costs_nothing(world_of):
    world = world_of()
    world.bolna.fault("POST /call", refusal(429))
    world.run(ok=False)
    assert world.value("SELECT state FROM attempt") == "released"
    assert world.value("SELECT spent FROM campaign") == 0


# --- breakers ----------------------------------------------------------------

def ended(world, finals):
    """So ended the last calls of somebody else."""
    world.alter("INSERT INTO lead (id, campaign, phone, name, timezone,"
                " present) VALUES (999, 1, '+919999999999', 'Old', 'UTC', 0)")
    for n, final in enumerate(finals):
        world.alter("INSERT INTO attempt (id, lead, campaign, account, phone,"
                    " token, state, execution, claimed_at, sent_at) VALUES"
                    " (?, 999, 1, 1, '+919999999999', ?, 'done', ?,"
                    " unixepoch() - 900, unixepoch() - 900)",
                    5000 + n, f"old{n}", f"old{n}")
        world.alter("INSERT INTO execution (id, attempt, account, final,"
                    " verified) VALUES (?, ?, 1, ?, 1)", f"old{n}", 5000 + n,
                    final)


def test_half_of_ten_calls_that_fail_stop_dialling(world_of):
    world = world_of(PEOPLE)
    ended(world, ["failed"] * 4 + ["completed"] * 6)
    world.set(CAMPAIGN, calls_per_pass=1)
    world.run(ok=False)
    assert len(world.bolna.posts) == 1, "four are no reason"
    finish(world)
    before = len(world.bolna.posts)
    world.alter("UPDATE execution SET final = 'failed' WHERE id LIKE 'old%'")
    done = world.run(ok=False)
    assert "calls failed" in done.stderr
    assert len(world.bolna.posts) == before


def test_after_a_breaker_one_call_shows_whether_all_is_well(world_of):
    world = world_of(PEOPLE)
    ended(world, ["failed"] * 10)
    world.run(ok=False)
    assert world.bolna.posts == []
    world.alter("UPDATE breaker SET until = unixepoch() - 1")
    world.alter("UPDATE attempt SET sent_at = sent_at - 100000")
    world.run(ok=False)
    assert len(world.bolna.posts) == 1, "one call, then its end is awaited"
    finish(world)
    assert len(world.bolna.posts) == 10


def test_five_opt_outs_of_fifty_talks_stop_dialling_until_a_person_looked(
        world_of):
    world = world_of(PEOPLE)
    ended(world, ["completed"] * 50)
    for n in range(5):
        world.alter("INSERT INTO suppression (account, phone, source) VALUES"
                    " (1, ?, 'call')", f"+91888880000{n}")
    done = world.run(ok=False)
    assert "5 people of 50 asked not to be called again" in done.stderr
    assert world.bolna.posts == []
    assert world.callsheet("resume").returncode == 0
    world.run()
    assert len(world.bolna.posts) == 10


def test_four_opt_outs_or_fewer_than_a_tenth_stop_nobody(world_of):
    world = world_of(PEOPLE)
    ended(world, ["completed"] * 51)
    for n in range(5):
        world.alter("INSERT INTO suppression (account, phone, source) VALUES"
                    " (1, ?, 'call')", f"+91888880000{n}")
    world.run(ok=False)
    assert len(world.bolna.posts) == 10


# --- how many at once ------------------------------------------------------

def test_no_more_calls_are_under_way_than_bolna_places_at_once(world_of):
    world = world_of(PEOPLE, told=False)
    world.bolna.concurrency = 3
    for phone in PEOPLE:
        world.bolna.fate(phone[1], Fate(stay="in-progress"))
    world.run()
    world.run()
    assert len(world.bolna.posts) == 3


def test_an_account_has_a_limit_over_all_its_campaigns(world_of):
    world = world_of(PEOPLE)
    another_campaign(world, [row(f"Q{n}", f"+9199998{n:05d}")
                             for n in range(10)])
    world.set(ACCOUNT, max_live=4)
    world.bolna.concurrency = 50
    for phone in PEOPLE:
        world.bolna.fate(phone[1], Fate(stay="in-progress"))
    for n in range(10):
        world.bolna.fate(f"+9199998{n:05d}", Fate(stay="in-progress"))
    world.run()
    assert len(world.bolna.posts) == 4


def test_no_more_calls_begin_in_a_minute_than_rate_says(world_of):
    world = world_of(PEOPLE)
    world.set(ACCOUNT, rate=3)
    world.run()
    world.run()
    assert len(world.bolna.posts) == 3
    world.age(60)
    world.run()
    assert len(world.bolna.posts) == 6


def test_the_caller_numbers_of_a_campaign_take_turns(world_of):
    world = world_of(PEOPLE)
    world.bolna.numbers = ("+911609999001", "+911609999002", "+911609999003")
    world.set(CAMPAIGN, from_number=", ".join(world.bolna.numbers),
              calls_per_pass=2)
    for _ in range(3):
        world.run()
    used = [number for number, in world.query(
        "SELECT from_number FROM attempt ORDER BY id")]
    assert used == list(world.bolna.numbers) * 2


def test_who_has_a_higher_priority_is_called_first(world_of):
    world = world_of()
    world.header = [*COLUMNS, "Priority"]
    world.write_csv([[*PEOPLE[0], ""], [*PEOPLE[1], "5"], [*PEOPLE[2], "-1"],
                     [*PEOPLE[3], "20"]])
    world.set(CAMPAIGN, calls_per_pass=1)
    for _ in range(4):
        world.run()
    assert [call.phone[-1] for call in world.bolna.placed] == [
        "4", "2", "1", "3"]
