"""Two installations that call from one sheet: who has been called by the other
is not called again before a person has looked."""

import pytest

from rules_world import ASHA, world_of
from world import until
from sim.bolna import AGENT, Fate, refusal

__all__ = ["world_of"]

OTHERS = "11111111-2222-4333-8444-555555555555"


def busy(world_of):
    """Asha was busy, and is to be called again."""
    world = world_of()
    world.bolna.fate(ASHA, Fate("busy"), Fate("completed"))
    world.call()
    assert world.sheet()["Asha"]["Status"] == "busy"
    return world


def written(world, status, execution=OTHERS, **cells):
    """What stands in her row by now."""
    cells = {**world.sheet()["Asha"], "Status": status,
             "Latest Execution ID": execution, **cells}
    world.write_csv([list(cells.values())])


def away(world):
    """There was no pass for a quarter of an hour."""
    world.alter("UPDATE run SET started_at = started_at - 1000,"
                " ended_at = ended_at - 1000")


def later(world, passes=3):
    for _ in range(passes):
        world.age(7200)
        world.run(ok=False)
        world.bolna.quiet()
        world.callsheet("reconcile")


@pytest.mark.parametrize("status", ["completed", "ringing", "busy again"])
def test_whom_another_has_called_waits_for_a_person(world_of, status):
    world = busy(world_of)
    written(world, status)
    later(world)
    assert world.bolna.count(ASHA) == 1
    shown = world.sheet()["Asha"]
    assert "does another installation call" in shown["Notes"]
    assert OTHERS in shown["Notes"]
    # and she is called when a person says so
    written(world, shown["Status"], shown["Latest Execution ID"],
            Control="retry now")
    later(world)
    assert world.bolna.count(ASHA) == 2
    assert world.sheet()["Asha"]["Status"] == "completed"


def test_while_our_own_call_runs_its_result_is_kept_and_she_waits(world_of):
    world = world_of()
    world.bolna.fate(ASHA, Fate("busy"), Fate("completed"))
    world.run(ok=False)
    written(world, "completed")
    world.run(ok=False)
    later(world)
    assert world.bolna.count(ASHA) == 1
    assert world.sheet()["Asha"]["Status"] == "busy"
    assert "does another installation" in world.sheet()["Asha"]["Notes"]


def test_of_who_is_not_to_be_called_any_more_nothing_is_said(world_of):
    world = world_of()
    world.run(ok=False)
    later(world, 1)
    assert world.sheet()["Asha"]["Status"] == "completed"
    written(world, "busy")
    later(world)
    assert world.bolna.count(ASHA) == 1
    assert world.sheet()["Asha"]["Status"] == "completed"
    assert "installation" not in world.sheet()["Asha"]["Notes"]


def test_an_older_copy_of_our_own_row_is_put_right(world_of):
    world = busy(world_of)
    first = world.sheet()["Asha"]
    later(world)
    assert world.bolna.count(ASHA) == 2
    world.write_csv([list(first.values())])
    later(world)
    assert world.bolna.count(ASHA) == 2
    assert world.sheet()["Asha"]["Status"] == "completed"
    assert "installation" not in world.sheet()["Asha"]["Notes"]


def test_what_another_wrote_while_we_were_away_is_seen(world_of):
    world = busy(world_of)
    written(world, "completed")
    away(world)
    later(world)
    assert world.value("SELECT count(*) FROM breaker") == 0
    assert world.bolna.count(ASHA) == 1
    assert "another installation" in world.sheet()["Asha"]["Notes"]


def test_nothing_is_written_over_it_while_lists_cannot_be_read(world_of):
    world = busy(world_of)
    written(world, "completed")
    before = world.sheet()["Asha"]
    world.bolna.fault("GET /v2/agent/{id}/executions", refusal(500, times=0))
    away(world)
    world.alter("INSERT INTO delivery (kind, campaign, lead, due_at)"
                " SELECT 'sheet', campaign, id, 1 FROM lead")
    later(world, 2)
    assert world.sheet()["Asha"] == before
    world.bolna.clear_faults()
    later(world)
    assert world.bolna.count(ASHA) == 1
    assert "another installation" in world.sheet()["Asha"]["Notes"]


def test_what_only_a_webhook_has_told_of_is_anothers(world_of):
    world = busy(world_of)
    # both call with one agent, and its webhooks come to us
    world.alter("INSERT INTO execution (id, account, agent_id, phone, stage)"
                " SELECT ?, id, ?, ?, 'ringing' FROM account", OTHERS, AGENT,
                ASHA)
    written(world, "completed")
    later(world)
    assert world.bolna.count(ASHA) == 1


@pytest.mark.parametrize("word", ["pause", "maybe", "dnc"])
def test_other_words_in_between_do_not_let_her_be_called(world_of, word):
    world = busy(world_of)
    written(world, "completed")
    world.run(ok=False)
    shown = world.sheet()["Asha"]
    for control in (word, ""):
        written(world, shown["Status"], shown["Latest Execution ID"],
                Control=control)
        world.run(ok=False)
    world.callsheet("dnc", "remove", ASHA, "--account", "acme")
    later(world)
    assert world.bolna.count(ASHA) == 1


def test_nor_does_a_number_that_was_closed_for_a_while(world_of):
    world = busy(world_of)
    written(world, "completed")
    world.run(ok=False)
    for verb in ("add", "remove"):
        world.callsheet("dnc", verb, ASHA, "--account", "acme")
        later(world, 1)
    assert world.bolna.count(ASHA) == 1


def test_who_was_paused_meanwhile_waits_all_the_same(world_of):
    world = busy(world_of)
    written(world, "completed", Control="pause")
    world.run(ok=False)
    written(world, "busy", world.value("SELECT cell_execution FROM lead"),
            Control="")
    later(world)
    assert world.bolna.count(ASHA) == 1


def test_a_pass_that_has_read_the_sheet_before_looks_again(world_of):
    world = busy(world_of)
    ours = world.sheet()["Asha"]["Latest Execution ID"]
    written(world, "busy", ours, Consent="form")
    world.linger()
    until(lambda: world.value("SELECT consent FROM lead") == "form")
    written(world, "completed", Consent="form")
    world.alter("UPDATE lead SET next_at = 1")
    until(lambda: world.value("SELECT held FROM lead") == "foreign")
    assert world.bolna.count(ASHA) == 1


def test_who_was_busy_for_another_before_our_first_call_waits_as_long(
        world_of):
    world = world_of()
    written(world, "busy")
    world.run(ok=False)
    assert world.bolna.count(ASHA) == 0
    assert 500 < world.value("SELECT next_at - unixepoch() FROM lead") <= 600
    later(world, 1)
    assert world.bolna.count(ASHA) == 1
