"""People at the sheet: they add, change, move, copy and take out rows at any
time, and never touch what is ours except by moving it or by saving an older
copy of the sheet over it."""

import copy
import csv
import io
import os
from collections import defaultdict
from typing import NamedTuple

from hypothesis import strategies as st

from .stage import HEADINGS
from .steps import step

PHONES = [f"+91999990000{n}" for n in range(1, 5)]
NEWCOMERS = [f"+9199999001{n:02}" for n in range(100)]
NAMES = ["Asha", "Bilal", "Chitra", "Dev"]
CONTROLS = ["", "", "pause", "dnc", "retry now", " Retry  Now", "retry now"]
STATUSES = ["", "", "", "busy", "completed", "spoken to"]
MOST_ROWS = 12
NAME, PHONE, STATUS, CONTROL, CITY = (HEADINGS.index(heading) for heading in (
    "Name", "Phone Number", "Status", "Control", "City"))
MARK = HEADINGS.index("Latest Execution ID")
THEIRS = (NAME, PHONE, CONTROL, CITY)


class Edit(NamedTuple):
    """One thing a person does; numbers are taken modulo what there is."""

    what: str
    row: int = 0
    other: int = 0
    text: str = ""


def spelled(phone, how):
    """A number as a person may write it."""
    how %= 4
    return (phone, phone, "0" + phone[3:], phone[3:8] + " " + phone[8:])[how]


def number(cell):
    """The number that a cell means, "" for none."""
    digits = "".join(c for c in cell if c.isdigit())
    return "+91" + digits[-10:] if len(digits) >= 10 else ""


def control(row):
    """The word in Control."""
    return " ".join(row[CONTROL].split()).lower()


# What each edit does to the rows, in place.

def add(rows, edit):
    if len(rows) < MOST_ROWS:
        row = [""] * len(HEADINGS)
        row[NAME] = NAMES[edit.row % len(NAMES)]
        row[PHONE] = spelled(PHONES[edit.other % len(PHONES)], edit.row)
        row[STATUS], row[CITY] = edit.text, f"City {edit.other}"
        rows.insert(edit.row % (len(rows) + 1), row)


def blank(rows, edit):
    if len(rows) < MOST_ROWS:
        rows.insert(edit.row % (len(rows) + 1), [""] * len(HEADINGS))


def delete(rows, edit):
    if rows:
        del rows[edit.row % len(rows)]


def duplicate(rows, edit):
    if rows and len(rows) < MOST_ROWS:
        row = rows[edit.row % len(rows)]
        rows.insert(edit.other % (len(rows) + 1), list(row))


def move(rows, edit):
    if rows:
        row = rows.pop(edit.row % len(rows))
        rows.insert(edit.other % (len(rows) + 1), row)


def sort(rows, edit):
    by = (NAME, PHONE, STATUS, CITY)[edit.row % 4]
    rows.sort(key=lambda row: row[by], reverse=edit.other % 2 == 1)


def sort_apart(rows, edit):
    """Only names and numbers: all the other columns stay where they are."""
    part = sorted(([row[NAME], row[PHONE]] for row in rows),
                  reverse=edit.row % 2 == 1)
    for row, (row[NAME], row[PHONE]) in zip(rows, part):
        pass


def typed(column):
    def type_in(rows, edit):
        if rows and any(rows[edit.row % len(rows)]):
            rows[edit.row % len(rows)][column] = edit.text
    return type_in


EDITS = {"add": add, "blank": blank, "delete": delete, "copy": duplicate,
         "move": move, "sort": sort, "sort apart": sort_apart,
         "name": typed(NAME), "phone": typed(PHONE),
         "control": typed(CONTROL), "city": typed(CITY),
         "mark": typed(MARK)}
# After these a result may stand in another's row until the next whole pass.
MUDDLING = {"sort apart", "phone", "mark"}

numbers = st.integers(0, 11)
many = st.integers(0, 39)


def edits(what, other=st.just(0), text=st.just("")):
    return st.builds(Edit, st.just(what), numbers, other, text)


adding = edits("add", numbers, st.sampled_from(STATUSES))
typing = st.one_of(
    edits("name", text=st.sampled_from(NAMES)),
    edits("phone", text=st.builds(spelled, st.sampled_from(PHONES),
                                  numbers)),
    edits("control", text=st.sampled_from(CONTROLS)),
    edits("control", text=st.sampled_from(CONTROLS)),
    edits("city", text=st.sampled_from(["Pune", "=1+1", "Köln"])),
    edits("mark"))
moving = st.one_of(
    edits("sort", numbers), edits("sort apart"), edits("blank"),
    edits("copy", numbers), edits("move", numbers))
removing = edits("delete")
any_edit = st.one_of(adding, typing, moving, removing)


class Sheet:
    """The rows below the header, whichever kind of sheet it is."""

    def __init__(self, stage):
        self.stage = stage

    def rows(self):
        """A copy of all rows, each as wide as the header."""
        if self.stage.google:
            with self.stage.google.guard:
                grid = copy.deepcopy(self.stage.google.sheet.data[1:])
        else:
            with open(self.stage.csv_file, newline="",
                      encoding="utf-8") as file:
                grid = list(csv.reader(file))[1:]
        return [[str(cell) for cell in row]
                + [""] * (len(HEADINGS) - len(row)) for row in grid]

    def change(self, edit):
        """Let edit(rows) change the rows; the rows before and after."""
        if not self.stage.google:
            before, rows = self.rows(), self.rows()
            edit(rows)
            self._save(rows)
            return before, rows
        with self.stage.google.guard:
            before, rows = self.rows(), self.rows()
            edit(rows)
            self.stage.google.sheet.data[1:] = rows
        return before, rows

    def _save(self, rows):
        """As editors do it: never half a file."""
        text = io.StringIO()
        csv.writer(text).writerows([HEADINGS, *rows])
        new = self.stage.csv_file.with_suffix(".new")
        new.write_text(text.getvalue(), encoding="utf-8", newline="")
        os.replace(new, self.stage.csv_file)


def of_number(rows):
    """What people have written, by number, in the order of the rows."""
    found = defaultdict(list)
    for row in rows:
        found[number(row[PHONE])].append((row[NAME], control(row)))
    return found


def without_end(rows):
    """The rows without the empty ones at the end."""
    rows = list(rows)
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


class People:
    """The rules of people, and what is remembered of what they did."""

    def begin_people(self):
        self.sheet = Sheet(self.stage)
        self.theirs = []        # their cells, as they left them
        self.newcomers = 0
        self.older = None       # a copy of the sheet that somebody keeps
        self.retries = defaultdict(list)    # number: when "retry now" came
        self.fresh = set()      # numbers whose "retry now" came in a pass
        self.wanted = set()     # numbers that a row asks to call
        self.muddled = False    # may a result stand in another's row?
        self.moved = set()      # numbers whose rows were not left in peace

    def edit(self, edit):
        """A person does something to the sheet."""
        self.change(lambda rows: EDITS[edit.what](rows, edit))
        self.muddled |= edit.what in MUDDLING

    def change(self, change):
        self.promise(self.untouched())
        before, after = self.sheet.change(change)
        self.theirs = [[row[at] for at in THEIRS] for row in after]
        was, now = of_number(before), of_number(after)
        self.tick += 1
        for phone in {*was, *now}:
            if was[phone] == now[phone]:
                continue
            if any(word == "retry now" for _, word in now[phone]):
                self.retries[phone].append(self.tick)
                self.fresh.add(phone)
            if [name for name, _ in was[phone]]:
                self.moved.add(phone)
        self.look_who_is_wanted(after)
        self.muddled |= self.passing

    def somebody_new(self):
        """A row for a person nobody has heard of, who is to be called."""
        self.newcomers += 1
        row = [""] * len(HEADINGS)
        row[NAME], row[PHONE] = "Farah", NEWCOMERS[self.newcomers % 100]
        self.change(lambda rows: rows.append(row)
                    if len(rows) < MOST_ROWS else None)

    def look_who_is_wanted(self, rows):
        self.wanted |= {number(row[PHONE]) for row in rows
                        if control(row) in ("", "retry now")}

    def untouched(self):
        """What is wrong with people's own cells, or None.  A write may fall
        into the empty rows below, when rows are deleted meanwhile."""
        there = [[row[at] for at in THEIRS] for row in self.sheet.rows()]
        if without_end(there) != without_end(self.theirs):
            return f"people's cells were changed: {self.theirs} -> {there}"
        return None

    def edits(self, edit, passes):
        """An edit, and perhaps the pass that finds it."""
        self.edit(edit)
        if passes:
            self.whole_pass()

    @step(edit=adding, passes=st.booleans())
    def a_row_is_added(self, edit, passes):
        self.edits(edit, passes)

    @step(edit=typing, passes=st.booleans())
    def a_cell_is_edited(self, edit, passes):
        self.edits(edit, passes)

    @step(edit=moving, passes=st.booleans())
    def rows_are_moved(self, edit, passes):
        self.edits(edit, passes)

    @step(edit=removing, passes=st.booleans())
    def a_row_is_deleted(self, edit, passes):
        self.edits(edit, passes)

    @step(row=numbers)
    def somebody_is_to_be_called_again(self, row):
        """Control is emptied and then says "retry now"."""
        self.edit(Edit("control", row))
        self.whole_pass()
        self.edit(Edit("control", row, 0, "retry now"))
        self.whole_pass()

    @step(keep=st.booleans())
    def an_older_copy_is_saved_over_the_sheet(self, keep):
        """Or the sheet is opened, to be saved later."""
        older = self.older
        if keep or older is None:
            self.older = self.sheet.rows()
            return
        self.change(lambda rows: rows.__setitem__(
            slice(None), copy.deepcopy(older)))
        self.muddled = True
        self.moved |= set(PHONES)
