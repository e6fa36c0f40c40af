"""Writing through the API: all of a request is checked before any cell is
set."""

from . import cells
from .grid import Area, Refusal, beyond

MAX_TEXT = 50000


def plan(area, rows, as_typed):
    """Check a write; the cells it will set, as (tab, row, col, cell)."""
    tab, found = area.tab, []
    for down, line in enumerate(rows):
        for across, value in enumerate(line):
            row, col = area.top + down, area.left + across
            _check_place(area, row, col)
            if value is None:
                continue
            for top, left, bottom, right in tab.protected:
                if top <= row < bottom and left <= col < right:
                    raise Refusal(
                        "You are trying to edit a protected cell or object. "
                        "Please contact the spreadsheet owner to remove "
                        "protection if you need to edit.")
            try:
                cell = _incoming(tab, col, value, as_typed)
            except TypeError as error:
                raise Refusal(f"Invalid values[{down}][{across}]: {error}")
            found.append((tab, row, col, cell))
    return found


def apply(planned):
    """Carry out planned writes."""
    place, neighbours = None, ()
    for tab, row, col, cell in planned:
        if place != (tab.gid, row):
            place, neighbours = (tab.gid, row), tuple(tab.seen(row))
        tab.put(row, col, cell, "api", neighbours)


def _check_place(area, row, col):
    tab = area.tab
    if not area.grows and (row >= area.bottom or col >= area.right):
        past = (f"row [{row + 1}]" if row >= area.bottom
                else f"column [{cells.letters(col)}]")
        raise Refusal(f"Requested writing within range [{area.name()}], "
                      f"but tried writing to {past}")
    if row >= tab.row_count or col >= tab.column_count:
        raise beyond(Area(tab, row, col, row + 1, col + 1))


def _incoming(tab, col, value, as_typed):
    if isinstance(value, (dict, list)):
        raise TypeError("list_value" if isinstance(value, list)
                        else "struct_value")
    if not isinstance(value, str):
        return cells.tidy(value)
    if len(value) > MAX_TEXT // 2 and (
            len(value.encode("utf-16-le", "surrogatepass")) > 2 * MAX_TEXT):
        raise Refusal("Your input contains more than the maximum of "
                      f"{MAX_TEXT} characters in a single cell.")
    return tab.entered(col, value) if as_typed else value
