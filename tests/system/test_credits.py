"""Credits: an account that has them is charged for each pulse of talk, once,
and calls nobody when none are left."""

import concurrent.futures
import json
import sqlite3

import pytest

from analysed import Analysed
from world import World, people
from sim.bolna import Fate
from sim.openai import Answer

ASHA, BEN = "+919999900001", "+919999900002"
ACCOUNT, CAMPAIGN = "account acme", "campaign interviews"
UNIT = 10000


@pytest.fixture
def world_of(world_of):
    """Makes worlds whose account has credits: one a minute."""
    def make(count=1, granted="100", kind=World, **settings):
        world = world_of(people(count), kind)
        if granted:
            credits(world, "add", granted, "--note", "paid in")
        world.set(ACCOUNT, **{"credit_price": 1, **settings})
        known(world)
        return world

    return make


def known(world):
    """The settings are in force, and nobody is called yet."""
    world.set("callsheet", dry_run="yes")
    world.run(ok=False)
    world.set("callsheet", dry_run="no")


def credits(world, *words, status=0):
    done = world.callsheet("credits", *words)
    assert done.returncode == status, (done.stdout, done.stderr)
    return done.stdout


def left(world):
    """What the program says, which is what the entries add up to."""
    account, = json.loads(credits(world, "--json"))
    assert account["left"] * UNIT == pytest.approx(
        world.value("SELECT sum(amount) FROM credit") or 0)
    return account["left"]


def entries(world):
    return world.query("SELECT kind, amount / 10000.0 FROM credit"
                       " WHERE attempt IS NOT NULL ORDER BY id")


def call(world, **fate):
    """Asha is called, and it is over and confirmed."""
    world.bolna.fate(ASHA, Fate(**fate))
    world.call()


# --- what a call costs ----------------------------------------------------

@pytest.mark.parametrize("pulse, price, seconds, cost", [
    (60, "1", 59.9, 1), (60, "1", 60.0, 1), (60, "1", 60.1, 2),
    (60, "1", 0.1, 1), (30, "1", 30.0, 0.5), (30, "1", 30.1, 1),
    (30, "2.5", 61.0, 3.75), (1, "1", 29.2, 0.5), (7, "1", 6.0, 0.1167),
    (90, "1", 91.0, 3)])
def test_each_pulse_that_was_begun_is_charged_and_no_other(
        world_of, pulse, price, seconds, cost):
    world = world_of(credit_pulse=pulse, credit_price=price)
    call(world, duration=seconds)
    assert entries(world) == [("charge", -cost)]
    assert left(world) == 100 - cost


@pytest.mark.parametrize("fate", [
    {"duration": 0}, {"status": "no-answer"}, {"status": "busy"},
    {"status": "failed"}], ids=["no second", "no answer", "busy", "failed"])
def test_who_was_not_talked_to_costs_nothing(world_of, fate):
    world = world_of()
    call(world, **fate)
    assert world.bolna.count(ASHA) == 1
    assert world.value("SELECT verified FROM execution") == 1
    assert entries(world) == []
    assert left(world) == 100


def test_ringing_is_no_talk_even_when_the_line_was_open(world_of):
    world = world_of()
    call(world, status="no-answer")
    world.alter("UPDATE execution SET line_secs = 45, talk_secs = NULL")
    assert entries(world) == []


def test_an_account_without_a_price_has_no_credits_and_needs_none(world_of):
    world = world_of(granted=None)
    world.sections[ACCOUNT].pop("credit_price")
    world.write_conf(world.sections)
    call(world)
    assert world.bolna.count(ASHA) == 1
    assert world.query("SELECT * FROM credit") == []
    assert "no credits are asked for" in credits(world)
    assert world.query("SELECT * FROM anomaly") == []


def test_the_price_is_that_of_the_time_when_it_was_claimed(world_of):
    world = world_of()
    world.bolna.fate(ASHA, Fate(duration=61))
    world.run(ok=False)
    world.set(ACCOUNT, credit_price=9, credit_pulse=1)
    world.finish()
    assert entries(world) == [("charge", -2)]


# --- once, and put right ---------------------------------------------------

def test_hearing_of_an_end_again_charges_nothing_again(world_of):
    world = world_of()
    call(world, duration=70)
    world.alter("UPDATE execution SET confirm_at = 1")
    world.run(ok=False)
    world.callsheet("replay")
    world.callsheet("reconcile")
    assert entries(world) == [("charge", -2)]


def test_a_record_that_was_lost_is_replayed_without_a_second_charge(world_of):
    world = world_of()
    call(world, duration=70)
    world.alter("UPDATE execution SET verified = 0, talk_secs = NULL,"
                " line_secs = NULL, head_rank = -1")
    world.callsheet("replay")
    assert world.value("SELECT talk_secs FROM execution") == 70
    assert entries(world) == [("charge", -2)]


@pytest.mark.parametrize("seconds, correction", [
    (200, [("correction", -2)]), (61, [("correction", 0.0)][:0]),
    (10, [("correction", 1)]), (0, [("correction", 2)])],
    ids=["longer", "the same pulses", "shorter", "nothing"])
def test_a_length_that_is_put_right_later_is_an_entry_more(
        world_of, seconds, correction):
    world = world_of()
    call(world, duration=70)
    world.alter("UPDATE execution SET talk_secs = ?", seconds)
    assert entries(world) == [("charge", -2), *correction]


def test_an_end_that_is_put_right_gives_the_credits_back(world_of):
    world = world_of()
    call(world, duration=70)
    world.alter("UPDATE execution SET final = 'no-answer'")
    world.alter("UPDATE execution SET final = 'completed', talk_secs = 61")
    assert entries(world) == [
        ("charge", -2), ("correction", 2), ("correction", -2)]
    assert left(world) == 98


def test_no_length_keeps_a_result_from_being_stored(world_of):
    world = world_of(credit_pulse=1, credit_price=100000)
    call(world, duration=70)
    world.alter("UPDATE execution SET talk_secs = 1e300")
    assert world.value("SELECT talk_secs FROM execution") == 1e300
    assert entries(world)[1][0] == "correction"


def test_entries_are_neither_edited_nor_removed(world_of):
    world = world_of()
    call(world)
    for sql in ("UPDATE credit SET amount = 0", "DELETE FROM credit",
                "UPDATE credit SET note = 'x' WHERE kind = 'charge'"):
        with pytest.raises(sqlite3.IntegrityError, match="credits are not"):
            world.alter(sql)


def test_a_call_cannot_be_charged_twice_whatever_the_code_does(world_of):
    world = world_of()
    call(world)
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        world.alter("INSERT INTO credit (account, attempt, kind, amount)"
                    " VALUES (1, 1, 'charge', -1)")


def test_many_calls_and_grants_at_once_add_up(world_of):
    world = world_of(count=8, granted="1000")
    for n in range(1, 9):
        world.bolna.fate(f"+9199999{n:05d}", Fate(duration=61))
    dialer = world.linger("--once")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: credits(
            world, "add", "2.5", "--note", f"n {n}"), range(8)))
    dialer.communicate(timeout=60)
    world.finish()
    assert entries(world) == [("charge", -2)] * 8
    assert left(world) == 1000 + 8 * 2.5 - 8 * 2


def test_who_is_erased_leaves_the_sums_as_they_were(world_of):
    world = world_of()
    call(world, duration=70)
    assert world.callsheet("erase", ASHA).returncode == 0
    assert entries(world) == [("charge", -2)]
    assert left(world) == 98


def test_an_analysis_that_fails_stops_no_charge(world_of):
    world = world_of(kind=Analysed)
    world.model.say(Answer(status=500), kind="call_analysis")
    world.bolna.fate(ASHA, Fate(transcript="user: yes\n", duration=70))
    world.call()
    assert len(world.asked()) >= 1
    assert not world.query("SELECT * FROM analysis WHERE state = 'done'")
    assert entries(world) == [("charge", -2)]


# --- none are left ---------------------------------------------------------

def test_nobody_is_called_without_credits_and_somebody_with_the_first(
        world_of):
    world = world_of(granted=None)
    world.run(ok=False)
    assert world.bolna.count(ASHA) == 0
    assert world.query("SELECT rule FROM why") == [("credits",)]
    assert "the credits are used up" in world.callsheet("why", ASHA).stdout
    credits(world, "add", "0.0001", "--note", "a crumb")
    world.run(ok=False)
    assert world.bolna.count(ASHA) == 1


@pytest.mark.parametrize("granted, calls", [
    ("10", 1), ("10.0001", 2), ("20", 2), ("1000", 6)])
def test_what_calls_under_way_may_take_is_kept_aside(
        world_of, granted, calls):
    world = world_of(count=6, granted=granted)     # ten minutes each
    for n in range(1, 7):
        world.bolna.fate(f"+9199999{n:05d}", Fate(stay="in-progress"))
    world.run(ok=False)
    world.run(ok=False)
    assert len(world.bolna.posts) == calls
    assert f"{calls * 10}.0000 of them kept aside" in credits(world)


def test_a_call_that_was_not_placed_keeps_nothing_aside(world_of):
    world = world_of()
    world.bolna.fate(ASHA, Fate(stay="in-progress"))
    world.run(ok=False)
    world.alter("UPDATE attempt SET state = 'released'")
    assert " 0.0000 of them kept aside" in credits(world)
    world.alter("UPDATE attempt SET state = 'accepted'")


# --- people are told -------------------------------------------------------

def alarms(world):
    return [line for line in world.run(ok=False).stderr.splitlines()
            if "credits " in line and "no longer" not in line]


def spend(world, amount):
    credits(world, "take", amount, "--note", "spent elsewhere")


def test_each_level_is_told_once(world_of):
    world = world_of(granted="20")
    world.callsheet("pause")
    assert alarms(world) == []
    spend(world, "5")
    told = alarms(world)
    assert len(told) == 1 and "credits 15 acme: 15.00 are left" in told[0]
    spend(world, "1")
    assert alarms(world) == []
    spend(world, "9")
    assert "credits 5 acme: 5.00 are left" in alarms(world)[0]
    spend(world, "6")
    assert "credits 0 acme: none are left" in alarms(world)[0]
    assert alarms(world) == []
    assert world.query("SELECT what, which FROM anomaly") == [
        ("credits 0", "acme")]
    credits(world, "add", "50", "--note", "paid in")
    assert alarms(world) == []
    assert world.query("SELECT * FROM anomaly") == []


def test_the_levels_are_the_accounts_own_and_zero_is_always_one(world_of):
    world = world_of(granted="20", credit_alerts="18.5")
    world.callsheet("pause")
    spend(world, "1.5")
    assert "credits 18.5 acme" in alarms(world)[0]
    spend(world, "18.5")
    assert "credits 0 acme" in alarms(world)[0]


@pytest.mark.parametrize("levels", ["15; 5", "many", "-1", "5,,x"])
def test_levels_that_are_none_are_a_fault_of_the_settings(world_of, levels):
    world = world_of()
    world.set(ACCOUNT, credit_alerts=levels)
    done = world.callsheet("run", "--once")
    assert done.returncode == 78
    assert "credit_alerts must be amounts" in done.stderr


def test_one_account_is_told_nothing_of_anothers_credits(world_of):
    world = world_of(granted=None)
    world.alter("INSERT INTO account (name) VALUES ('other')")
    world.run(ok=False)
    assert world.query("SELECT a.name FROM concern c JOIN account a ON"
                       " a.id = c.account WHERE what = 'credits 0'") == [
        ("acme",)]


# --- the verb --------------------------------------------------------------

def test_the_verb_shows_the_balance_and_the_last_entries(world_of):
    world = world_of()
    call(world, duration=70)
    said = credits(world)
    assert "acme: 98.0000 credits are left, 0.0000 of them" in said
    assert "a minute is 1.0000, counted in steps of 60 seconds" in said
    charge, grant = said.splitlines()[1:]
    assert charge.split()[2:] == ["charge", "-2.0000", "attempt", "1"]
    assert grant.split()[2:] == ["grant", "100.0000", "paid", "in"]
    account, = json.loads(credits(world, "--account", "acme", "--json"))
    assert [(e["kind"], e["amount"], e["attempt"], e["note"])
            for e in account["entries"]] == [
        ("charge", -2, 1, ""), ("grant", 100, None, "paid in")]
    assert (account["price"], account["pulse"]) == (1, 60)


def test_what_was_given_by_mistake_is_taken_by_another_entry(world_of):
    world = world_of()
    assert "95.5000 credits are left" in credits(
        world, "take", "4.5", "--note", "typed wrong")
    assert world.query("SELECT kind, amount, note FROM credit"
                       " ORDER BY id DESC LIMIT 1") == [
        ("correction", -45000, "typed wrong")]


@pytest.mark.parametrize("words, status", [
    (("add", "5"), 64), (("add",), 64), (("give", "5", "--note", "x"), 64),
    (("--note", "x"), 64), (("add", "much", "--note", "x"), 65),
    (("add", "0", "--note", "x"), 65), (("add", "1.00001", "--note", "x"), 65),
    (("add", "5", "--note", "x", "--account", "nobody"), 65)])
def test_other_words_are_refused_and_enter_nothing(world_of, words, status):
    world = world_of()
    credits(world, *words, status=status)
    assert left(world) == 100


def test_of_several_accounts_one_must_be_named(world_of):
    world = world_of()
    world.sections["account other"] = {"bolna_key": "@bolna.key"}
    world.write_conf(world.sections)
    known(world)
    credits(world, "add", "5", "--note", "x", status=65)
    credits(world, "add", "5", "--note", "x", "--account", "acme")
    assert left(world) == 105
