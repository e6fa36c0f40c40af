"""An in-memory spreadsheet: tabs, areas, and a person at work in them.

Rows and columns are counted from zero throughout, so row 0 is the header;
a column may also be given by the text of its header.  Everything that
changes a cell is noted in the history with who did it, 'api' or 'person'.
"""

import functools
import re
import threading
import time
from dataclasses import dataclass

from . import cells

PLAIN_TITLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LOOKS_LIKE_CELL = re.compile(r"[A-Za-z]{1,3}\d+|[Rr]\d+[Cc]\d+")
A1 = re.compile(r"\$?([A-Za-z]{1,3})?\$?([1-9]\d*)?")


class Refusal(Exception):
    """An error reply of the API."""

    def __init__(self, message, code=400, status="INVALID_ARGUMENT",
                 details=None):
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.details = details


@dataclass
class Change:
    """One changed cell, or one movement of rows or columns.

    neighbours is the row as a person saw it just before the change, header
    the heading its column had then.
    """

    when: float
    who: str
    what: str               # 'cell', or the name of the movement
    gid: int
    row: int = None
    col: int = None
    header: str = ""
    before: object = None
    after: object = None
    neighbours: tuple = ()


@dataclass
class Area:
    """A part of a tab, ends exclusive, clipped to the grid."""

    tab: object
    top: int
    left: int
    bottom: int
    right: int
    grows: bool = False     # a single A1 cell: values may reach beyond it

    def name(self):
        """The A1 name Google gives it."""
        first = cells.letters(self.left) + str(self.top + 1)
        last = cells.letters(self.right - 1) + str(self.bottom)
        span = first if first == last else f"{first}:{last}"
        return f"{self.tab.quoted()}!{span}"


def by_person(action):
    """An action of a person: under the lock, and waiters are told."""
    @functools.wraps(action)
    def locked(self, *args, **kwargs):
        with self.book.guard:
            result = action(self, *args, **kwargs)
            self.book.guard.notify_all()
            return result
    return locked


class Tab:
    """One sheet of a spreadsheet."""

    def __init__(self, book, title, gid, rows=(), size=None):
        self.book = book
        self.title = title
        self.gid = gid
        self.hidden = False
        self.data = [["" if cell is None else cell for cell in row]
                     for row in rows]
        wide = max(map(len, self.data), default=0)
        self.row_count, self.column_count = size or (
            max(1000, len(self.data)), max(26, wide))
        self.formats = {}       # column -> 'automatic', 'text', '0', '#,##0'
        self.protected = []     # (top, left, bottom, right)

    # ---- looking

    def quoted(self):
        """The title as it stands in an A1 range."""
        if PLAIN_TITLE.fullmatch(self.title) and not (
                LOOKS_LIKE_CELL.fullmatch(self.title)):
            return self.title
        return "'" + self.title.replace("'", "''") + "'"

    def rows(self):
        """All rows as a person sees them, without trailing blanks."""
        with self.book.guard:
            return self.read(Area(self, 0, 0, self.row_count,
                                  self.column_count))

    def values(self):
        """All rows as values: numbers are numbers."""
        with self.book.guard:
            return self.read(Area(self, 0, 0, self.row_count,
                                  self.column_count), "UNFORMATTED_VALUE")

    def cell(self, row, col):
        """The value of one cell."""
        return cells.unformatted(self.at(row, self.column(col)))

    def at(self, row, col):
        """One cell as it is stored."""
        line = self.data[row] if row < len(self.data) else ()
        return line[col] if col < len(line) else ""

    def column(self, name):
        """The number of a column given by its number or header."""
        if isinstance(name, int):
            return name
        wanted = name.strip().casefold()
        for index, cell in enumerate(self.data[0] if self.data else ()):
            if str(cells.unformatted(cell)).strip().casefold() == wanted:
                return index
        raise KeyError(f"no column {name!r}")

    def find(self, phone):
        """The rows with a cell of these digits: [(number, cells), …]."""
        wanted = re.sub(r"\D", "", str(phone))
        found = []
        with self.book.guard:
            for number, row in enumerate(self.data):
                digits = (re.sub(r"\D", "", str(cells.unformatted(cell)))
                          for cell in row if cell != "")
                if wanted in digits:
                    found.append((number, self.seen(number)))
        return found

    def seen(self, row):
        """One row as a person sees it."""
        line = self.data[row] if row < len(self.data) else ()
        return [cells.formatted(cell, self.formats.get(col, "automatic"))
                for col, cell in enumerate(line)]

    def read(self, area, render="FORMATTED_VALUE", dates="SERIAL_NUMBER",
             columns=False):
        """The rows (or columns) of an area, trailing blanks left out."""
        lines = [row[area.left:area.right]
                 for row in self.data[area.top:area.bottom]]
        show = self._renderer(area, render, dates)
        result = [show(line) for line in lines]
        if columns:
            result = cells.turned(result)
        return cells.trimmed(result)

    def _renderer(self, area, render, dates):
        as_text = dates == "FORMATTED_STRING"
        if render == "FORMATTED_VALUE":
            formats = {col - area.left: name
                       for col, name in self.formats.items()}
            return lambda line: [
                cell if type(cell) is str
                else cells.formatted(cell, formats.get(col, "automatic"))
                for col, cell in enumerate(line)]
        convert = (cells.formula_or_value if render == "FORMULA"
                   else cells.unformatted)
        return lambda line: [convert(cell, as_text)
                             if type(cell) is cells.Special else cell
                             for cell in line]

    # ---- changing

    def put(self, row, col, cell, who, neighbours=None):
        """Store one cell and note the change."""
        self.note("cell", who, row, col, self.at(row, col), cell, neighbours)
        while len(self.data) <= row:
            self.data.append([])
        line = self.data[row]
        if len(line) <= col:
            line.extend([""] * (col + 1 - len(line)))
        line[col] = cell
        self.row_count = max(self.row_count, row + 1)
        self.column_count = max(self.column_count, col + 1)

    def note(self, what, who="person", row=None, col=None, before=None,
             after=None, neighbours=None):
        """Add a line to the history."""
        if neighbours is None:
            neighbours = () if row is None else tuple(self.seen(row))
        header = "" if col is None else cells.formatted(self.at(0, col))
        self.book.history.append(Change(
            self.book.now(), who, what, self.gid, row, col, header,
            cells.unformatted(before), cells.unformatted(after), neighbours))

    def entered(self, col, text):
        """The cell that typing text into this column makes."""
        if self.formats.get(col) == "text":
            return text
        return cells.typed(text, self.at, self.book.day_first)

    # ---- a person at work

    @by_person
    def type_in(self, row, col, text):
        """Type text into a cell: numbers, dates, formulas are parsed."""
        col = self.column(col)
        self.put(row, col, self.entered(col, text), "person")

    @by_person
    def edit(self, row, col, value):
        """Put a value into a cell as it is."""
        self.put(row, self.column(col), value, "person")

    @by_person
    def sort(self, col, reverse=False):
        """Sort all rows below the header by one column."""
        col = self.column(col)
        self.note("sort", col=col)
        self.data[1:] = cells.ordered(self.data[1:], col, reverse)

    @by_person
    def sort_range(self, col, first, last, reverse=False):
        """Sort only the columns first..last: the others stay put."""
        col, first, last = map(self.column, (col, first, last))
        self.note("sort_range", col=col)
        width = last + 1
        for line in self.data[1:]:
            line.extend([""] * (width - len(line)))
        parts = [line[first:width] for line in self.data[1:]]
        parts = cells.ordered(parts, col - first, reverse)
        for line, part in zip(self.data[1:], parts):
            line[first:width] = part

    @by_person
    def insert_row(self, row, values=()):
        """Insert a row; those from here on move down."""
        self.data.extend([] for _ in range(row - len(self.data)))
        self.data.insert(row, list(values))
        self.row_count += 1
        self.note("insert_row", row=row)

    @by_person
    def delete_row(self, row):
        """Delete a row; those below move up."""
        self.note("delete_row", row=row)
        if row < len(self.data):
            del self.data[row]
        self.row_count -= 1

    @by_person
    def copy_row(self, row, to=None):
        """Copy a row to a new row, by default the one right below."""
        self.insert_row(row + 1 if to is None else to, self.data[row])

    @by_person
    def move_row(self, row, to):
        """Drag a row to another place."""
        self.note("move_row", row=row)
        self.data.insert(to, self.data.pop(row))

    @by_person
    def rename_tab(self, title):
        """Give the tab another title."""
        self.note("rename_tab", before=self.title, after=title)
        self.title = title

    @by_person
    def rename_column(self, col, header):
        """Change the text of a header."""
        self.put(0, self.column(col), header, "person")

    @by_person
    def move_column(self, col, to):
        """Drag a column so that it becomes number `to`."""
        col = self.column(col)
        self.note("move_column", col=col)
        order = list(range(self.column_count))
        order.insert(to, order.pop(col))
        self._reorder(order)

    @by_person
    def insert_column(self, col, header=""):
        """Insert an empty column before another."""
        col = self.column(col)
        order = list(range(self.column_count))
        order.insert(col, None)
        self.column_count += 1
        self._reorder(order)
        self.note("insert_column", col=col)
        self.put(0, col, header, "person")

    @by_person
    def delete_column(self, col):
        """Delete a column."""
        col = self.column(col)
        self.note("delete_column", col=col)
        self._reorder([c for c in range(self.column_count) if c != col])
        self.column_count -= 1

    @by_person
    def double_column(self, col):
        """Copy a column to the right of the last one."""
        col = self.column(col)
        wide = max(map(len, self.data), default=0)
        for number, line in enumerate(self.data):
            if self.at(number, col) != "":
                self.put(number, wide, line[col], "person")
        return wide

    def _reorder(self, order):
        for line in self.data:
            wide = len(line)
            line[:] = cells.trim([
                "" if col is None or col >= wide else line[col]
                for col in order])
        self.formats = {new: self.formats[col]
                        for new, col in enumerate(order)
                        if col in self.formats}

    @by_person
    def format_column(self, col, pattern):
        """'automatic', 'text' (typing keeps + and 0), '0' or '#,##0'."""
        self.formats[self.column(col)] = pattern

    @by_person
    def protect(self, top=0, left=0, bottom=None, right=None):
        """Protect an area against the API; no bound means all of it."""
        self.protected.append((top, left, bottom or 10 ** 7,
                               right or 10 ** 7))


class Book:
    """A spreadsheet document."""

    def __init__(self, ident, title="Leads", guard=None, now=time.time,
                 history=None):
        self.id = ident
        self.title = title
        self.locale = "en_US"
        self.zone = "Asia/Kolkata"
        self.access = "writer"      # or 'reader', or None: not shared
        self.office = False         # an .xlsx file in compatibility mode
        self.guard = guard or threading.Condition(threading.RLock())
        self.now = now
        self.history = [] if history is None else history
        self.tabs = []

    @property
    def day_first(self):
        """Whether 3/4/2026 is in April here."""
        return self.locale != "en_US"

    @property
    def book(self):
        """Itself: what by_person looks for."""
        return self

    @by_person
    def add_tab(self, title="Sheet1", rows=(), gid=None, size=None):
        """Add a tab at the end."""
        if gid is None:
            gid = 1 + max((tab.gid for tab in self.tabs), default=-1)
        self.tabs.append(Tab(self, title, gid, rows, size))
        return self.tabs[-1]

    @by_person
    def delete_tab(self, tab):
        """Delete a tab with all that is in it."""
        self.tabs.remove(tab)
        tab.note("delete_tab")

    @by_person
    def recreate_tab(self, tab):
        """Delete a tab and make it anew: same content, another gid."""
        gid = 1 + max(one.gid for one in self.tabs)
        self.delete_tab(tab)
        return self.add_tab(tab.title, tab.data, gid,
                            (tab.row_count, tab.column_count))

    # ---- areas

    def by_gid(self, gid):
        """The tab with this gid, or None."""
        return next((tab for tab in self.tabs if tab.gid == gid), None)

    def area_of_a1(self, text):
        """The area an A1 range names; Refusal if it names none."""
        tab, span = self._split(text)
        if span is None:
            return self._area(tab, None, None, None, None)
        first, colon, last = span.partition(":")
        begin = A1.fullmatch(first)
        end = A1.fullmatch(last) if colon else begin
        if not tab or not first or not begin or not end or (
                colon and not last):
            raise Refusal(f"Unable to parse range: {text}")
        if not colon and not all(begin.groups()):
            raise Refusal(f"Unable to parse range: {text}")
        cols = sorted(cells.column_of(part) for part in (begin[1], end[1])
                      if part)
        rows = sorted(int(part) - 1 for part in (begin[2], end[2]) if part)
        area = self._area(
            tab, *_bounds(rows, bool(begin[2])),
            *_bounds(cols, bool(begin[1])))
        area.grows = not colon
        return area

    def _split(self, text):
        """The tab and the rest of an A1 range (None: the whole tab)."""
        title, bang, span = text.rpartition("!")
        if not bang or text.endswith("'"):
            tab = self._titled(text)
            if tab and not LOOKS_LIKE_CELL.fullmatch(text):
                return tab, None
            first = next((t for t in self.tabs if not t.hidden), None)
            return first, text
        tab = self._titled(title)
        if not tab:
            raise Refusal(f"Unable to parse range: {text}")
        return tab, span

    def _titled(self, title):
        if len(title) > 1 and title[0] == title[-1] == "'":
            title = title[1:-1].replace("''", "'")
        return next((tab for tab in self.tabs if tab.title == title), None)

    def area_of_grid(self, grid):
        """The area of a GridRange; None if no tab has its gid."""
        tab = self.by_gid(grid.get("sheetId", 0))
        if not tab:
            return None
        return self._area(tab, grid.get("startRowIndex"),
                          grid.get("endRowIndex"),
                          grid.get("startColumnIndex"),
                          grid.get("endColumnIndex"))

    @staticmethod
    def _area(tab, top, bottom, left, right):
        area = Area(tab, top or 0, left or 0,
                    tab.row_count if bottom is None else bottom,
                    tab.column_count if right is None else right)
        if bottom is None:
            area.bottom = max(area.bottom, area.top + 1)
        if right is None:
            area.right = max(area.right, area.left + 1)
        if area.top >= tab.row_count or area.left >= tab.column_count:
            raise beyond(area)
        area.bottom = min(area.bottom, tab.row_count)
        area.right = min(area.right, tab.column_count)
        if area.top >= area.bottom or area.left >= area.right:
            raise Refusal("The range is empty: its end must be greater "
                          "than its start.")
        return area


def beyond(area):
    """The refusal of an area that starts outside the grid."""
    return Refusal(f"Range ({area.name()}) exceeds grid limits. Max rows: "
                   f"{area.tab.row_count}, max columns: "
                   f"{area.tab.column_count}")


def _bounds(places, from_start):
    """Start and end of the two named places of an A1 range."""
    if not places:
        return None, None
    if len(places) == 1:
        return (places[0], None) if from_start else (0, places[0] + 1)
    return places[0], places[1] + 1
