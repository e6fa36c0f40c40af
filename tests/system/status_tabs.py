"""What the tests of the status tab share."""

import pytest

from sheet_people import ASHA, BILAL, CHITRA, READ, WRITE
from world import person

TWO = [person("Asha", ASHA), person("Bilal", BILAL)]
THREE = [*TWO, person("Chitra", CHITRA)]
ZONE = "Asia/Kolkata"
OURS = "written by callsheet: columns A to C are its own"


@pytest.fixture
def world_of(world_of):
    """Makes a world with a Google Sheet that has a tab for the status."""
    def make(rows=TWO, tab=(), **options):
        world = world_of(rows, csv_file=False, **options)
        if tab is not None:
            world.tab = world.google.book.add_tab("callsheet", tab, gid=77)
        return world

    return make


def said(tab, campaign="interviews"):
    """What the tab says of a campaign: {what: its lines}."""
    head, *rows = tab.rows()
    assert head == ["callsheet", OURS]
    found = {}
    for row in rows:
        if row and row[0] == campaign:
            found.setdefault(row[1], []).append(row[2])
    return found


def written(world):
    """How often the tab was written."""
    return sum(request.body["data"][0]["dataFilter"]["gridRange"]["sheetId"]
               == world.tab.gid for request in world.google.asked(WRITE))


def looked(world):
    """How often it was read."""
    return sum(request.body["dataFilters"][0]["gridRange"]["sheetId"]
               == world.tab.gid for request in world.google.asked(READ))


def later(world, seconds=61):
    """The tab was written so long ago."""
    world.alter("UPDATE status_tab SET written_at = written_at - ?,"
                " due_at = due_at - ?", seconds, seconds)
