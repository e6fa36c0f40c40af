"""The status tab takes nobody's cells, shows a spreadsheet its own campaigns
only, and never costs a call or a result."""

import datetime

import pytest

from sheet_people import (
    ASHA, BILAL, CHITRA, READ, WRITE, calm, line)
from status_tabs import (
    TWO, ZONE, later, looked, said, world_of, written)
from world import BOOK_ID, HEADER, person

CAMPAIGN = "campaign interviews"
FIRST = {READ: 3, WRITE: 1}     # requests of a pass before those for the tab


# --- whose cells they are ---

def test_lines_that_are_no_longer_said_are_cleared_and_no_other_cell(
        world_of):
    rows = [*TWO, person("Nobody", "12")]
    world = world_of(rows)
    world.run()
    tab = world.tab
    last = len(tab.rows())
    tab.edit(2, 3, "a note of ours")
    tab.edit(last + 1, 0, "below")
    world.google.sheet.delete_row(3)
    later(world)
    world.run()
    assert "Not called" not in said(tab)
    shown = tab.rows()
    assert shown[2][3] == "a note of ours"
    assert shown[last + 1] == ["below"]
    assert shown[last - 1] == shown[last] == []
    assert all(change.col < 3 for change in world.google.changes("api")
               if change.gid == tab.gid)


@pytest.mark.parametrize("rows", [
    [["Budget", "2026"], ["Rent", 100]], [[], ["", "a note"]],
    [["callsheets"]], [["", "callsheet"]]],
    ids=["heading", "note", "alike", "elsewhere"])
def test_a_tab_with_other_peoples_cells_is_left_alone_and_that_is_told_once(
        world_of, rows):
    world = world_of(tab=rows)
    before = world.tab.rows()
    first = world.run(ok=False)
    later(world)
    world.run(ok=False)
    assert looked(world) == 1
    assert first.returncode == 75
    assert first.stderr.count("status tab interviews: the tab \"callsheet\""
                              " holds somebody else's cells") == 1
    assert world.bolna.count(ASHA) == world.bolna.count(BILAL) == 1
    later(world, 540)
    again = world.run(ok=False)
    assert looked(world) == 2 and "somebody else" not in again.stderr
    assert world.tab.rows() == before
    assert written(world) == 0


def test_it_is_written_when_its_people_have_made_room(world_of):
    world = world_of(tab=[["Budget"]])
    world.run(ok=False)
    world.tab.edit(0, 0, "")
    later(world, 601)
    world.run(ok=False)
    assert said(world.tab)["Calling"] == ["yes"]
    assert not world.query(
        "SELECT * FROM anomaly WHERE what = 'status tab'")


def test_a_tab_that_is_too_small_is_said_to_be(world_of):
    world = world_of(tab=None)
    world.google.book.add_tab("callsheet", gid=77, size=(5, 26))
    done = world.run(ok=False)
    assert 'the tab "callsheet" is too small' in done.stderr
    assert world.bolna.count(ASHA) == 1


def test_people_on_a_tab_of_that_name_are_called_and_not_written_over(
        world_of):
    world = world_of(tab=None)
    world.google.sheet.rename_tab("callsheet")
    calm(world)
    assert world.google.sheet.rows()[0] == HEADER
    assert line(world, "Asha")["Status"] == "completed"
    assert not world.query("SELECT * FROM status_tab")


# --- several campaigns ---

def second(world, book=BOOK_ID, **keys):
    world.sections["campaign reminders"] = dict(
        world.sections[CAMPAIGN], sheet="https://docs.google.com/"
        f"spreadsheets/d/{book}/edit#gid=5", **keys)
    world.write_conf(world.sections)


def test_two_campaigns_in_one_spreadsheet_share_the_tab(world_of):
    world = world_of()
    world.google.book.add_tab("More", [HEADER, person("Chitra", CHITRA)],
                              gid=5)
    second(world, timezone=ZONE)
    world.run()
    ours, theirs = said(world.tab), said(world.tab, "reminders")
    assert (ours["Live calls"], theirs["Live calls"]) == (["2"], ["1"])
    assert written(world) == 1
    here, there = (datetime.datetime.fromisoformat(
        lines["Last pass"][0].rsplit(" ", 1)[0]) for lines in (ours, theirs))
    assert there - here == datetime.timedelta(hours=5, minutes=30)
    later(world)
    world.run()
    assert written(world) == 1


def test_a_spreadsheet_shows_its_own_campaigns_only(world_of):
    world = world_of()
    book = world.google.add_book("2another-book_000000000000000")
    book.add_tab("More", [HEADER, person("Chitra", CHITRA)], gid=5)
    other = book.add_tab("callsheet", gid=78)
    second(world, book.id)
    world.run()
    world.callsheet("pause", "reminders")
    world.google.sheet.rename_column("Notes", "Remarks")
    later(world)
    world.run(ok=False)
    assert said(other, "reminders")["Calling"] == [
        "no: the campaign is paused"]
    assert said(other, "reminders")["Problem"] == ["none"]
    assert not said(other) and not said(world.tab, "reminders")
    assert "Notes" in said(world.tab)["Problem"][0]


def test_a_tab_says_nothing_of_an_account_called_like_its_campaign(world_of):
    world = world_of()
    world.run()
    world.tell("interviews")
    stop(world, "interviews", "a name is no claim")
    world.run(ok=False)
    later(world)
    world.run(ok=False)
    assert world.query("SELECT which FROM alarm") == [("interviews",)]
    assert said(world.tab)["Problem"] == ["none"]
    stop(world, "acme", "they hang up")
    world.run(ok=False)
    later(world)
    world.run(ok=False)
    (problem,) = said(world.tab)["Problem"]
    assert problem.startswith("they hang up, since ")


def stop(world, account, reason):
    world.alter("INSERT INTO breaker SELECT id, 'x', 1, unixepoch() + 600, ?"
                " FROM account WHERE name = ?", reason, account)


# --- it never disturbs ---

def disturbed(world, what, method):
    """The pass in which the tab meets a fault calls and writes as ever."""
    world.google.fail(method, "ok", times=FIRST[method])
    world.google.fail(method, what)
    done = world.run(ok=False)
    assert [world.bolna.count(phone) for phone in (ASHA, BILAL)] == [1, 1]
    world.google._faults.clear()
    return done


@pytest.mark.parametrize("method", [READ, WRITE])
@pytest.mark.parametrize("what", [429, 500, 403, "drop-before",
                                  "drop-after", "truncate"])
def test_a_fault_of_the_tab_costs_no_call_and_no_result(
        world_of, what, method):
    world = world_of()
    done = disturbed(world, what, method)
    assert done.returncode == 75, done.stderr
    assert "status tab" in done.stderr or what == 403
    calm(world)
    assert line(world, "Asha")["Status"] == "completed"
    assert line(world, "Bilal")["Summary"] == f"Spoke with {BILAL}." or (
        line(world, "Bilal")["Status"] == "completed")
    later(world, 601)
    world.run(ok=False)
    assert said(world.tab)["Live calls"] == ["0"]


@pytest.mark.parametrize("method", [READ, WRITE])
def test_a_tab_deleted_midway_disturbs_nothing(world_of, method):
    world = world_of()
    seen = []

    def delete(request):
        seen.append(request)
        if len(seen) == FIRST[method] + 1:
            world.google.book.delete_tab(world.tab)

    world.google.before(method, delete, times=FIRST[method] + 1)
    done = world.run(ok=False)
    assert "status tab: the tab is no longer there" in done.stderr
    assert [world.bolna.count(phone) for phone in (ASHA, BILAL)] == [1, 1]
    calm(world)
    assert line(world, "Asha")["Status"] == "completed"
    assert not world.query("SELECT * FROM status_tab")
    tab = world.google.book.add_tab("callsheet", gid=90)
    world.run(ok=False)
    assert said(tab)["Live calls"] == ["0"]


def test_a_quota_that_is_used_up_leaves_the_tab_for_the_next_pass(world_of):
    world = world_of()
    calm(world)
    later(world)
    world.callsheet("pause", "interviews")
    count = written(world)
    for minute in 0, 1:
        world.alter("INSERT OR REPLACE INTO quota (email, minute, reads,"
                    " writes) SELECT email, unixepoch() / 60 + ?, 0, 50"
                    " FROM quota LIMIT 1", minute)
    done = world.run(ok=False)
    assert done.returncode == 75 and "60 writes a minute" in done.stderr
    assert written(world) == count
