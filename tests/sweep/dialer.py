"""One pass of the dialer that is hit at a point: it confirms a call that is
over, claims three people, marks their rows, calls them and writes all that
into the sheet.  Whatever happens, later passes bring it to the same end."""

import csv
import io
import json

from points import dry_run, hit_at, points_of
from scene import Scene
from world import HEADER, World, person
from sim.bolna import Fate
from sim.google import BOOK_ID

EARLIER, DUE = "Eva", ("Asha", "Ben", "Chitra")
NUMBERS = {"Eva": "+919999900009", "Asha": "+919999900001",
           "Ben": "+919999900002", "Chitra": "+919999900003"}
OURS = HEADER[2:]
# a person's own columns stand before and behind ours
COLUMNS = ["City", *HEADER, "Remarks"]
LIVE = "('intent', 'sending', 'accepted')"
PASSES = 8


def row(name, number, status=""):
    """A row of the sheet with what only a person may write."""
    cells = person(name, number)
    cells[2] = status
    return [f"city of {name}", *cells, f'"{name}", said\nDev; 50 %']


ROWS = [row(EARLIER, NUMBERS[EARLIER]), row("Asha", NUMBERS["Asha"]),
        row("Dev", "+919999900005", "completed"),
        row("Ben", NUMBERS["Ben"]), row("Fay", "no number"),
        row("Chitra", NUMBERS["Chitra"])]
BEFORE = [ROWS[0]]      # the sheet when Eva was called


class Dialer(Scene):
    """A world in which Eva was called; put back before each point."""

    is_csv = True

    def __init__(self, directory):
        super().__init__(World(directory, BEFORE, header=COLUMNS,
                               csv_file=self.is_csv, nginx=False, pace=0))

    def _prepare(self):
        world = self.world
        world.stop_receiver()
        for name, number in NUMBERS.items():
            world.bolna.fate(number, Fate(
                transcript=f"user: I am {name}\n", summary=f"{name} it is."))
        world.run()
        world.bolna.quiet()
        world.alter("UPDATE execution SET confirm_at = 1")
        self.wallet = world.bolna.wallet
        rows = self.grid()
        assert rows[1][4] == world.bolna.placed[0].execution_id
        self.rows = [rows[0], rows[1], *ROWS[1:]]
        self.keep = {path.name: path.read_bytes()
                     for path in world.dir.glob("callsheet.db*")}
        self.files = {path.name for path in world.dir.iterdir()}

    def reset(self):
        """As it was before the pass."""
        world, bolna = self.world, self.world.bolna
        for path in self.strays(*world.dir.glob("callsheet.db*")):
            path.unlink()
        for name, data in self.keep.items():
            (world.dir / name).write_bytes(data)
        bolna.quiet()
        with bolna.lock:
            bolna.wallet = self.wallet
            bolna.placed[1:] = []
            bolna.posts[1:] = []
            for ident in list(bolna.calls)[1:]:
                del bolna.calls[ident]
        self.put_sheet()

    def strays(self, *more):
        """Files that were not there before."""
        base = f"{self.world.database}"
        known = {f"{base}{end}" for end in ("-wal", "-shm", ".run", ".lock")}
        return {path for path in self.world.dir.iterdir()
                if path.name not in self.files
                and str(path) not in known} | {*more}

    def command(self):
        return self.world.command("run", "--once", "-v")

    def points(self):
        self.reset()
        calls, done = dry_run(self.command(), self.trace)
        assert done.returncode == 0, done.stderr
        self.trace.unlink()
        assert self.complete(), "the pass does not do all of it"
        self.finish()
        assert self.doubtful() == []
        return points_of(calls)

    def suffer(self, point):
        """Be hit; true when it was."""
        self.reset()
        hit = hit_at(point, self.trace, self.command())
        struck = point.struck(self.trace, hit)
        self.trace.unlink()
        said = hit.stderr.decode()
        self.sheet_is_whole()
        if point.fault != "KILL":
            self.check_status(hit.returncode, said)
        self.finish()
        doubt = self.doubtful()
        assert not doubt or point.fault in ("KILL", "ECONNRESET"), \
            f"never called: {doubt}: {said}"
        return struck

    # --- what a pass does, and the passes after it ---

    def complete(self):
        """Is all done that one pass can do?"""
        return self.world.query(
            "SELECT (SELECT count(*) FROM attempt WHERE state = 'accepted'),"
            " (SELECT count(*) FROM attempt WHERE state = 'done'),"
            " (SELECT count(*) FROM delivery),"
            " (SELECT status FROM run ORDER BY id DESC)") == [(3, 1, 0, 0)]

    def over(self):
        """Does nothing wait any more, but a call that was never placed?"""
        known = {mark for mark, in self.world.query(
            "SELECT token FROM attempt WHERE state = 'done'")}
        return known == {token(call.body) for call
                         in self.world.bolna.placed} \
            and not self.world.value(
                f"SELECT EXISTS (SELECT 1 FROM attempt WHERE state IN {LIVE})"
                " OR EXISTS (SELECT 1 FROM delivery) OR EXISTS (SELECT 1 FROM"
                " lead WHERE held IS NULL AND next_at < unixepoch() + 3600"
                "  AND NOT EXISTS (SELECT 1 FROM attempt WHERE lead = lead.id"
                "   AND state IN ('unknown', 'done')))")

    def finish(self):
        """Passes without a fault until all is over; then look at it."""
        said = []
        for _ in range(PASSES):
            self.world.bolna.quiet()
            self.world.age(901)
            done = self.world.run(ok=False)
            said.append(done.stderr)
            assert done.returncode in (0, 75), said
            self.sheet_is_whole()
            if self.over():
                break
        else:
            raise AssertionError("it does not come to an end: "
                                 + "\n".join(said))
        self.check()

    # --- promises ---

    def check_status(self, status, said):
        """0 says that all was done, 75 that something was put off; 73 and
        78 that it could not even begin."""
        assert status in (0, 73, 75, 78), f"{status}: {said}"
        assert status == 0 or said, f"{status} without a word"
        assert status != 0 or self.complete(), \
            f"it put something off and said nothing: {said}"
        assert status < 76 and status != 73 or self.world.value(
            "SELECT count(*) FROM run") == 1, f"{status}: {said}"

    def check(self):
        """What must hold in the end."""
        world, bolna = self.world, self.world.bolna
        assert world.value("PRAGMA integrity_check") == "ok"
        sent = [token(json.loads(post.raw)) for post in bolna.posts]
        assert len(sent) == len(set(sent)), "one attempt, sent twice"
        for name, number in NUMBERS.items():
            assert bolna.count(number) <= 1, f"{name} was called twice"
        assert len(bolna.placed) <= len(NUMBERS)
        known = dict(world.query("SELECT token, execution FROM attempt"))
        for call in bolna.placed:
            assert known.get(token(call.body)) == call.execution_id, \
                "a call that the database does not know"
        self.check_sheet({call.phone: call.execution_id
                          for call in bolna.placed})
        assert not self.strays(), f"left behind: {self.strays()}"

    def check_sheet(self, placed):
        """Each result stands in its own row."""
        for name, cells in self.sheet().items():
            if name not in NUMBERS:
                continue
            ident = placed.get(NUMBERS[name])
            if ident is None:
                assert cells["Status"] in ("initiating", "needs_review")
                continue
            assert (cells["Status"], cells["Latest Execution ID"],
                    cells["Transcript"], cells["Summary"]) == (
                "completed", ident, f"user: I am {name}\n",
                f"{name} it is."), cells

    def doubtful(self):
        """Who was not called, since nobody can know that they were not."""
        return [name for name, number in NUMBERS.items()
                if not self.world.bolna.count(number)]

    def sheet_is_whole(self):
        """At any time: every row in its place, and what is a person's as it
        was."""
        def theirs(rows):
            return [[cell for head, cell in zip(self.rows[0], cells)
                     if head not in OURS] for cells in rows]
        grid = self.grid()
        assert theirs(grid) == theirs(self.rows), "a foreign cell was touched"
        for cells, before in zip(grid, self.rows):
            assert len(cells) == len(COLUMNS), cells
            if cells[1] not in NUMBERS:     # a note may say why, no more
                same = [cells[at] == before[at] or head == "Notes"
                        for at, head in enumerate(COLUMNS)]
                assert all(same), f"nobody called there: {cells}"

    def sheet(self):
        return {cells[1]: dict(zip(COLUMNS, cells))
                for cells in self.grid()[1:]}


def token(body):
    """Which attempt a request is for."""
    return body["user_data"]["callsheet_attempt"]


class CsvDialer(Dialer):
    """The sheet is a file."""

    name = "csv"

    def put_sheet(self):
        self.world.write_csv(self.rows[1:])

    def grid(self):
        data = self.world.csv_file.read_bytes()
        assert data.endswith(b"\r\n"), "the file is torn"
        return list(csv.reader(io.StringIO(data.decode(), newline="")))


class GoogleDialer(Dialer):
    """The sheet is Google's."""

    name, is_csv = "google", False

    def put_sheet(self):
        google = self.world.google
        google.quota = None
        with google.guard:
            google.books.clear()
            google.history.clear()
            google.requests.clear()
            google.book = google.add_book(BOOK_ID)
            google.sheet = google.book.add_tab("Sheet1", self.rows, 0)

    def grid(self):
        return [["" if cell is None else str(cell) for cell in cells]
                + [""] * (len(COLUMNS) - len(cells))
                for cells in self.world.google.sheet.rows()]

    def check_sheet(self, placed):
        super().check_sheet(placed)
        for change in self.world.google.changes("api"):
            assert change.header in OURS, f"a foreign cell: {change}"


SCENES = (CsvDialer, GoogleDialer)
