"""What a sheet of 100,000 rows costs to read, from a file and from Google."""

from figures import below, figure
from installation import cost
from world import BUILD, HEADER, World

ROWS = 100000


def people():
    """Rows that nobody was called for yet, with two columns of their own."""
    for i in range(ROWS):
        yield [f"Example Person {i}", f"+999{i:09d}", "", "", "", "", "", "",
               "", "Thursday at eleven", f"Office {i % 40}"]


def passes(program, name):
    """The figures of the first pass, which stores all, and of the next."""
    for which in ("first", "next"):
        milliseconds, megabytes = cost(*program)
        below(f"memory of the {which} import of 100,000 rows from {name}",
              megabytes, "MB", 64)
        figure("CPU of that import", milliseconds / 1000, "s")


def stored(database):
    (rows, waiting), = database(
        "SELECT count(*), sum(held IS NULL AND next_at > 0) FROM lead")
    assert (rows, waiting) == (ROWS, ROWS), (rows, waiting)


def run(directory):
    header = [*HEADER, "Appointment", "Place"]
    rows = list(people())
    once = ["run", "--once", "-o", "callsheet.dry_run=yes"]
    with World(directory / "csv", rows, header=header, csv_file=True,
               nginx=False) as world:
        passes([BUILD / "callsheet", *once, "-c", world.conf], "a CSV file")
        stored(world.query)
    with World(directory / "google", rows, header=header,
               nginx=False) as world:
        passes([BUILD / "callsheet", *once, "-c", world.conf], "Google")
        stored(world.query)
