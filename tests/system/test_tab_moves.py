"""A tab is its people: whatever section of callsheet.conf it stands in, who was
called from it is not called again, and who wants no calls gets none."""

import pytest

from rules_world import (ACCOUNT, ASHA, BEN, CAMPAIGN, finish, row, world_of)
from world import ANY_OFTEN
from sim.bolna import Fate

__all__ = ["world_of"]


def often(world):
    """Nothing but the row itself stands between a person and a call."""
    world.sections["account acme"].update(ANY_OFTEN)
    world.sections["account other"] = dict(world.sections[ACCOUNT])
    world.write_conf(world.sections)
    world.tell("other")


def section(world, **campaigns):
    """The campaigns of callsheet.conf from here on, by name: what differs."""
    if CAMPAIGN in world.sections:
        world.base = {**world.sections[CAMPAIGN], "sheet": "file:leads.csv"}
    kept = {name: keys for name, keys in world.sections.items()
            if not name.startswith("campaign ")}
    world.write_conf(kept | {f"campaign {name}": {**world.base, **keys}
                             for name, keys in campaigns.items()})


def another_tab(world, *rows):
    (world.dir / "t.csv").write_text("".join(
        ",".join(cells) + "\n" for cells in (world.header, *rows)))
    return {"sheet": "file:t.csv"}


def passes(world, count=2):
    for _ in range(count):
        finish(world)


MOVES = {
    "a new name": {"talks": {}},
    "a new name and account": {"talks": {"account": "other"}},
    "a new name and spelling": {"talks": {"sheet": "file:./leads.csv"}},
    "all of them": {"talks": {"sheet": "file:./leads.csv",
                              "account": "other"}}}


@pytest.mark.parametrize("move", MOVES)
def test_who_was_called_is_not_called_for_a_section_with(world_of, move):
    world = world_of()
    often(world)
    passes(world)
    section(world, **MOVES[move])
    passes(world)
    assert world.bolna.count(ASHA) == 1
    assert world.sheet()["Asha"]["Status"] == "completed"


@pytest.mark.parametrize("move", MOVES)
def test_what_was_paused_stays_paused_for_a_section_with(world_of, move):
    world = world_of()
    often(world)
    assert world.callsheet("pause").returncode == 0
    section(world, **MOVES[move])
    passes(world)
    assert world.bolna.count(ASHA) == 0
    assert world.callsheet("resume").returncode == 0
    passes(world)
    assert world.bolna.count(ASHA) == 1


@pytest.mark.parametrize("move", MOVES)
def test_attempts_are_not_begun_anew_for_a_section_with(world_of, move):
    world = world_of(campaign={"max_attempts": 1})
    often(world)
    world.bolna.fate(ASHA, Fate("busy"), Fate("completed"))
    passes(world)
    section(world, **MOVES[move])
    for _ in range(2):
        world.age(7200)
        passes(world)
    assert world.bolna.count(ASHA) == 1


@pytest.mark.parametrize("move", MOVES)
def test_who_is_on_the_line_is_not_called_for_a_section_with(world_of, move):
    world = world_of()
    often(world)
    world.bolna.fate(ASHA, Fate(stay="in-progress"))
    world.run(ok=False)
    section(world, **MOVES[move])
    for _ in range(2):
        world.run(ok=False)
    assert world.bolna.count(ASHA) == 1


def test_a_tab_that_goes_over_to_another_campaign_takes_its_past_along(
        world_of):
    world = world_of()
    often(world)
    section(world, interviews={}, talks=another_tab(world, row("Ben", BEN)))
    passes(world)
    section(world, talks={})
    passes(world)
    assert world.bolna.count(ASHA) == 1
    assert world.sheet()["Asha"]["Status"] == "completed"


def test_two_campaigns_that_exchange_their_tabs_call_nobody_again(world_of):
    world = world_of()
    often(world)
    other = another_tab(world, row("Ben", BEN))
    section(world, interviews={}, talks=other)
    finish(world)
    section(world, interviews=other, talks={})
    passes(world)
    assert [world.bolna.count(phone) for phone in (ASHA, BEN)] == [1, 1]


def test_opt_outs_follow_a_tab_to_a_section_with_a_new_name_and_account(
        world_of):
    world = world_of([row(), row("Ben", BEN)])
    often(world)
    world.set("callsheet", dry_run="yes")
    world.run(ok=False)
    world.callsheet("dnc", "add", ASHA, "--account", "acme")
    world.set("callsheet", dry_run="no")
    section(world, talks={"account": "other"})
    passes(world)
    assert [world.bolna.count(phone) for phone in (ASHA, BEN)] == [0, 1]


@pytest.mark.parametrize("said", [
    {"extracted_data": {"do_not_call": True}},
    {"transcript": "assistant: Good day.\n"
     "user: Do not call me again, take me off your list."}],
    ids=["in the extraction", "in words"])
def test_who_asks_for_no_calls_as_the_tab_goes_over_gets_none(world_of, said):
    world = world_of()
    often(world)
    world.bolna.fate(ASHA, Fate("completed", duration=30, **said))
    world.run(ok=False)
    section(world, interviews={"account": "other"})
    passes(world)
    assert world.query("SELECT o.name FROM suppression s JOIN account o"
                       " ON o.id = s.account ORDER BY 1") == [
                           ("acme",), ("other",)]
    world.write_csv([row(control="retry now")])
    passes(world)
    assert world.bolna.count(ASHA) == 1
    assert "Asked in a call" in world.sheet()["Asha"]["Notes"]


@pytest.mark.parametrize("limit", [{"number_day": 1}, {"number_gap": 30}])
def test_a_budget_is_not_begun_anew_with_another_account(world_of, limit):
    world = world_of()
    often(world)
    for account in ("acme", "other"):
        world.sections[f"account {account}"].update(limit)
    world.bolna.fate(ASHA, Fate("busy"), Fate("completed"))
    passes(world)
    world.age(700)
    section(world, interviews={"account": "other"})
    passes(world)
    assert world.bolna.count(ASHA) == 1
    world.age(90000)
    passes(world)
    assert world.bolna.count(ASHA) == 2


def test_a_section_that_is_renamed_after_its_tab_had_another_goes_on(
        world_of):
    world = world_of()
    often(world)
    finish(world)
    section(world, a=another_tab(world), b={})  # b is what had no other name
    finish(world)
    world.alter("UPDATE campaign SET imported_at = imported_at - 60")
    section(world, a={})                        # the tab goes over to a
    finish(world)
    section(world, c={})                        # two had it: a had it last
    assert world.run(ok=False).returncode == 0
    assert world.value("SELECT name FROM campaign WHERE active") == "c"
    assert world.value("SELECT count(*) FROM campaign WHERE name = 'a'") == 0
    assert world.bolna.count(ASHA) == 1
