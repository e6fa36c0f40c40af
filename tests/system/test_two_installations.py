"""Two installations that call from one sheet: who has been called by the other
is not called again before a person has looked."""

import pytest

from rules_world import ASHA, world_of
from sim.bolna import Fate

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
