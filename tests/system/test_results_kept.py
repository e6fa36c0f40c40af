"""What could have kept a result from its row, or put words into a row that is
nobody's, and what looks like it."""

import pytest

from sheet_people import READ, lines
from world import HEADER, World, person

ASHA = "+919999900001"


@pytest.fixture
def world_of(tmp_path):
    """Makes a world with a CSV sheet and without webhooks."""
    worlds = []

    def make(rows, *columns, **options):
        world = World(tmp_path, rows, header=[*HEADER, *columns],
                      csv_file=True, nginx=False, pace=0, **options)
        worlds.append(world.__enter__())
        return world

    yield make
    for world in worlds:
        world.__exit__(None, None, None)


def call(world):
    """Everybody who is due is called, and the call comes to its end."""
    world.run(ok=False)
    world.bolna.quiet()
    world.callsheet("reconcile")
    world.run(ok=False)


# --- rows that are nobody's ---

def test_many_rows_whose_name_and_number_were_cleared_stop_nothing(world_of):
    world = world_of([person(f"Person {n}", f"+9199999{n:05}")
                      for n in range(1, 30)])
    call(world)
    left = [["", "", *list(row.values())[2:]] for row in
            world.sheet().values()]
    world.write_csv([*left, person("Without", "")])
    world.run()
    assert "missing" in world.sheet()["Without"]["Notes"]
    assert world.query("SELECT * FROM delivery") == []


def test_what_is_said_of_a_missing_number_stands_in_no_empty_row(tmp_path):
    rows = [person("Without", ""), person("Asha", ASHA)]
    with World(tmp_path, rows, nginx=False, pace=0) as world:
        def clear(_request):
            if world.value("SELECT EXISTS (SELECT 1 FROM delivery)"):
                world.google.sheet.edit(1, "Name", "")
        world.google.before(READ, clear, times=None)
        world.run(ok=False)
        empty, asha = lines(world)
        assert (empty["Notes"], asha["Status"]) == ("", "initiated")
