"""What the tests of sheets share: people, what their calls say, and what must
hold of their rows whatever happened."""

import contextlib

from world import HEADER, World, until
from sim.bolna import Fate

OURS = {"Status", "Latest Execution ID", "Duration", "Last Attempt Time",
        "Notes", "Transcript", "Summary", "Next Attempt", "Recording", "Cost"}
READ = "values:batchGetByDataFilter"
WRITE = "values:batchUpdateByDataFilter"
ASHA, BILAL, CHITRA, DEV = (f"+91999990000{n}" for n in range(1, 5))


def about(phone, status="completed", **more):
    """A call whose every result names the number it belongs to."""
    return Fate(status, summary=f"Spoke with {phone}.",
                transcript=f"user: this is {phone}\n", **more)


@contextlib.contextmanager
def sheet_of(directory, rows, *columns, fates=None, **options):
    """A world with this sheet; `columns` are people's own, at the end."""
    world = World(directory, rows, header=[*HEADER, *columns], **options)
    for row in rows:
        world.bolna.fate(row[1], about(row[1]))
    for phone, lives in (fates or {}).items():
        world.bolna.fate(phone, *lives)
    with world:
        yield world
        assert_only_ours_written(world)
        assert_all_at_home(world)


def lines(world):
    """The rows of the sheet, in order, blank ones included."""
    head, *rows = world.google.sheet.rows()
    return [dict(zip(head, [str(c) for c in row]
                     + [""] * (len(head) - len(row)))) for row in rows]


def line(world, name):
    """The one row with this name."""
    found = [row for row in lines(world) if row["Name"] == name]
    assert len(found) == 1, found
    return found[0]


def assert_only_ours_written(world):
    """No write of ours ever touched a column of people's."""
    for change in world.google.changes("api", "cell"):
        assert change.header in OURS and change.row > 0, change


def assert_all_at_home(world):
    """Whatever result stands in a row is that of the row's number."""
    whose = dict(world.query(
        "SELECT token, phone FROM attempt UNION SELECT execution, phone"
        " FROM attempt WHERE execution IS NOT NULL"))
    for row in lines(world):
        phone, mark = row["Phone Number"], row["Latest Execution ID"]
        assert whose.get(mark, phone) == phone, row
        assert row["Summary"] in ("", f"Spoke with {phone}."), row
        assert row["Transcript"] in ("", f"user: this is {phone}\n"), row
        if not mark:
            assert row["Status"] == row["Duration"] == "", row


def calm(world):
    """Pass after pass until nobody is left to call, nothing to write."""
    def still():
        world.bolna.quiet()
        world.age(900)
        world.run(ok=False)
        return not world.value(
            "SELECT EXISTS (SELECT 1 FROM attempt WHERE state IN"
            " ('intent', 'sending', 'accepted', 'unknown'))"
            " OR EXISTS (SELECT 1 FROM lead WHERE present AND held IS NULL"
            "   AND next_at IS NOT NULL)"
            " OR EXISTS (SELECT 1 FROM delivery d JOIN lead l"
            "   ON l.id = d.lead WHERE l.present)")
    until(still, 40, "quiet")


def assert_called_once(world, *phones):
    for phone in phones:
        assert world.bolna.count(phone) == 1, phone


def told(world, name):
    """The row of somebody whose call is over and written."""
    row = line(world, name)
    assert row["Status"] == "completed", row
    assert row["Summary"] == f"Spoke with {row['Phone Number']}.", row
    assert row["Duration"] and row["Last Attempt Time"], row
    return {**row, "Last Attempt Time": "as facts are moved, it moves"}
