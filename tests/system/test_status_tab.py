"""Who sees nothing but the spreadsheet is told what happens, in a tab
"callsheet", if they have made one."""

import datetime
import re
import time
import zoneinfo

import pytest

from sheet_people import ASHA, BILAL, READ, about, calm
from status_tabs import (
    THREE, TWO, ZONE, later, looked, said, world_of, written)
from world import person, until
from sim.faults import NAMED

ACCOUNT = "account acme"


# --- what it says ---

def test_the_tab_says_what_the_pass_has_done(world_of):
    world = world_of(campaign={"timezone": ZONE})
    begin = datetime.datetime.now(zoneinfo.ZoneInfo(ZONE))
    world.run()
    lines = said(world.tab)
    assert lines["Calling"] == ["yes"]
    assert re.fullmatch(r"2 today; the last at \S+ \S+",
                        lines["Calls placed"][0])
    assert lines["Live calls"] == ["2"]
    assert lines["Unsettled calls"] == ["none"]
    assert lines["Due now"] == ["0"]
    assert lines["Late webhooks"] == ["none"]
    assert lines["Next window"] == ["now, day and night"]
    assert lines["Problem"] == ["none"]
    assert "Put off" not in lines and "Not called" not in lines
    at, zone = lines["Last pass"][0].rsplit(" ", 1)
    at = datetime.datetime.fromisoformat(at).replace(tzinfo=begin.tzinfo)
    assert zone == ZONE
    assert datetime.timedelta(seconds=-2) <= at - begin < (
        datetime.timedelta(minutes=2))


def test_calls_that_are_over_are_not_live(world_of):
    world = world_of()
    world.run()
    later(world)
    calm(world)
    later(world)
    world.run()
    assert said(world.tab)["Live calls"] == ["0"]
    later(world)
    world.age(86400)
    world.run(ok=False)
    assert said(world.tab)["Calls placed"][0].startswith(
        "0 today; the last at ")


def test_whom_a_rule_puts_off_is_counted_with_the_next_window(world_of):
    zone = zoneinfo.ZoneInfo(ZONE)
    day = datetime.datetime.now(zone).date() + datetime.timedelta(days=2)
    world = world_of(campaign={
        "timezone": ZONE, "window": "09:00-21:00",
        "weekdays": day.strftime("%a").lower()})
    world.run()
    lines = said(world.tab)
    assert lines["Put off"] == [
        "2: outside the calling hours; the next may be called at"
        f" {day} 09:00:00"]
    assert lines["Next window"] == [f"from {day} 09:00:00"]
    assert lines["Calls placed"] == ["0 today"]
    assert lines["Due now"] == ["0"]


def test_who_waits_after_a_call_is_put_off_by_that_rule(world_of):
    world = world_of()
    world.bolna.fate(ASHA, about(ASHA, "busy"))
    world.bolna.fate(BILAL, about(BILAL))
    world.run()
    world.bolna.quiet()
    later(world)
    world.callsheet("reconcile")
    world.run(ok=False)
    world.run(ok=False)
    later(world)
    world.run(ok=False)
    assert said(world.tab)["Put off"] == ["1: its next time has not come"]


def test_a_number_called_often_enough_is_put_off_by_name(world_of):
    world = world_of(settings={})
    world.set(ACCOUNT, number_day=1)
    world.bolna.fate(ASHA, about(ASHA, "busy"))
    world.bolna.fate(BILAL, about(BILAL))
    world.run()
    world.bolna.quiet()
    world.callsheet("reconcile")
    world.run(ok=False)
    world.age(1200)
    world.run(ok=False)
    put_off, = said(world.tab)["Put off"]
    assert put_off.startswith("1: the number was called often enough for a"
                              " day; the next may be called at ")


def test_who_is_not_called_is_counted_by_rule(world_of):
    rows = [*TWO, person("Asha again", ASHA), person("Nobody", "12")]
    world = world_of(rows, campaign={"purpose": "promotional"})
    world.run()
    assert sorted(said(world.tab)["Not called"]) == [
        "1: another row is the same person",
        "1: the phone number cannot be read",
        "2: promotion needs a consent, its source and its date"]


def test_whose_turn_has_not_come_is_due(world_of):
    world = world_of(THREE, campaign={"calls_per_pass": 1})
    world.run()
    lines = said(world.tab)
    assert lines["Due now"] == ["2"] and "Put off" not in lines


def test_who_was_put_off_until_now_is_due_and_not_put_off(world_of):
    world = world_of(THREE, campaign={"calls_per_pass": 1})
    world.run()
    world.alter("UPDATE lead SET put_off = unixepoch() - 60,"
                " put_off_by = 'hours' WHERE next_at IS NOT NULL")
    later(world)
    world.run()
    lines = said(world.tab)
    assert lines["Due now"] == ["1"] and "Put off" not in lines


def test_money_is_shown_as_used_and_left(world_of):
    world = world_of(campaign={
        "minute_cost": "0.10", "max_minutes": 5, "cap_day": 5,
        "cap_total": "20"})
    world.set(ACCOUNT, wallet_floor=10)
    world.run()
    lines = said(world.tab)
    assert lines["Money used"] == [
        "1.00 since the beginning, calls under way at their most"]
    assert lines["Money left"] == [
        "4.00 of 5.00 in 24 hours, for this campaign",
        "19.00 of 20.00 in all, for this campaign",
        "89.00 in the wallet at Bolna above its floor"]


def test_without_a_limit_the_wallet_is_what_is_left(world_of):
    world = world_of()
    world.run()
    assert said(world.tab)["Money left"] == [
        "100.00 in the wallet at Bolna; no limit is set"]


def test_a_call_that_may_have_been_placed_is_unsettled(world_of):
    world = world_of()
    world.bolna.fault(ASHA, NAMED["drop-after"])
    world.run(ok=False)
    lines = said(world.tab)
    assert lines["Unsettled calls"] == [
        "1: it is not known whether they were placed, so they are looked for"]
    assert lines["Live calls"] == ["1"]


def test_webhooks_that_do_not_come_are_late(world_of):
    world = world_of()
    world.run()
    assert said(world.tab)["Late webhooks"] == ["none"]
    world.bolna.quiet()
    world.callsheet("reconcile")        # to ask is not to be told
    world.age(1000)
    later(world)
    world.run(ok=False)
    assert said(world.tab)["Late webhooks"] == [
        "2 of the last 2 calls sent none within a quarter of an hour"]


@pytest.mark.parametrize("after, says", [
    (0, "none"), (1000, "2 of the last 2 calls sent none within a quarter of"
     " an hour")])
def test_webhooks_are_late_after_a_quarter_of_an_hour(world_of, after, says):
    world = world_of(nginx=True)
    calm(world)
    world.age(1000)
    world.alter("UPDATE event SET received_at = received_at + ?", after)
    later(world)
    world.run(ok=False)
    assert said(world.tab)["Late webhooks"] == [says]


def test_a_sheet_that_cannot_be_used_is_a_problem_said_in_the_tab(world_of):
    world = world_of()
    world.google.sheet.rename_column("Notes", "Remarks")
    world.run(ok=False)
    lines = said(world.tab)
    missing = 'the header "Notes" is missing in the first row'
    assert lines["Calling"] == [f"no: the sheet cannot be used: {missing}"]
    assert missing in lines["Problem"][0]
    assert lines["Next window"] == ["not known: nobody can be called yet"]


@pytest.mark.parametrize("settings, campaign, says", [
    ({"dry_run": "yes"}, {}, "no: dry_run is on: nobody is called"),
    ({}, {"ai_disclosure": "no"}, "no: it is not confirmed that the agent"
     " says it is an AI")], ids=["dry run", "not disclosed"])
def test_why_nobody_is_called_is_said(world_of, settings, campaign, says):
    world = world_of(settings=settings, campaign=campaign)
    world.run(ok=False)
    assert said(world.tab)["Calling"] == [says]


def test_a_pause_is_said(world_of):
    world = world_of()
    world.run()
    world.callsheet("pause", "interviews")
    later(world)
    world.run()
    assert said(world.tab)["Calling"] == ["no: the campaign is paused"]


# --- when it is written ---

def test_a_spreadsheet_without_the_tab_costs_no_request(world_of):
    world = world_of(tab=None)
    calm(world)
    before = len(world.google.asked("*"))
    later(world)
    world.run()
    assert [r.method for r in world.google.asked("*")[before:]] == [
        "token", "spreadsheets.get", READ, READ]    # header, people
    assert {change.gid for change in world.google.changes("api")} == {0}
    assert not world.query("SELECT * FROM status_tab")


def test_nothing_is_written_while_nothing_has_changed(world_of):
    world = world_of()
    calm(world)
    later(world)
    world.run()
    count, reads, second = written(world), looked(world), int(time.time())
    until(lambda: time.time() > second + 1)     # the pass has another time
    later(world)
    world.run()
    assert (written(world), looked(world)) == (count, reads)


def test_the_time_of_the_last_pass_is_at_most_ten_minutes_old(world_of):
    world = world_of()
    calm(world)
    later(world)
    world.run()
    count = written(world)
    world.alter("UPDATE status_tab SET written_at = unixepoch()")
    later(world, 590)
    world.run()
    assert written(world) == count
    later(world, 10)
    world.run()
    assert written(world) == count + 1


def test_it_is_written_once_a_minute_at_most(world_of):
    world = world_of()
    world.run()
    assert written(world) == 1
    world.callsheet("pause", "interviews")
    world.run()
    assert written(world) == 1
    later(world)
    world.run()
    assert written(world) == 2


def test_a_clock_that_ran_ahead_does_not_keep_it_from_being_written(
        world_of):
    world = world_of()
    world.run()
    world.age(-86400)
    world.run(ok=False)
    assert written(world) == 2


def test_the_name_may_be_written_in_capitals(world_of):
    world = world_of(tab=None)
    tab = world.google.book.add_tab("Callsheet")
    world.run()
    assert said(tab)["Calling"] == ["yes"]
