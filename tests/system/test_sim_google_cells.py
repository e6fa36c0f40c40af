"""Cells of the Google stand-in: how they are read and written, what becomes of
what a person types, and what people do to a sheet meanwhile."""

import pytest

from google_wire import BATCH, HEAD, PEOPLE, client, entry, google, grid
from sim import cells, sheets
from sim.google import BOOK_ID

__all__ = ["client", "google"]


# ---- reading

def test_blanks_are_left_out(google, client):
    google.sheet.edit(2, "Notes", "x")
    google.sheet.edit(5, 3, "")
    status, body = client.filters(grid(1, 2, None, 9), grid(7, 0))
    first, second = (part["valueRange"] for part in body["valueRanges"])
    assert first["values"] == [[], ["", "", "", "", "x"]]
    assert second == {"range": "Sheet1!A8:Z1000", "majorDimension": "ROWS"}
    status, body = client.get("C2:I9", majorDimension="COLUMNS")
    assert body["values"] == [[], [], [], [], ["", "x"]]


@pytest.mark.parametrize("span, shown", [
    ("A1", "Sheet1!A1"), ("Sheet1", "Sheet1!A1:Z1000"),
    ("2:3", "Sheet1!A2:Z3"), ("B:A", "Sheet1!A1:B1000"),
    ("$B$2:C", "Sheet1!B2:C1000"),
    ("Y999:AB2000", "Sheet1!Y999:Z1000"), ("'A1'", "'A1'!A1:Z1000"),
    ("'It''s & co'!A1:B2", "'It''s & co'!A1:B2")])
def test_ranges(google, client, span, shown):
    google.book.add_tab("A1")
    google.book.add_tab("It's & co")
    status, body = client.get(span)
    assert (status, body.get("range")) == (200, shown)


@pytest.mark.parametrize("span, text", [
    ("Nope!A1", "Unable to parse range: Nope!A1"),
    ("Sheet1!A1:", "Unable to parse range"), ("A0", "Unable to parse range"),
    ("'Sheet1!A1", "Unable to parse range"),
    ("A1001:B", "Range (Sheet1!A1001:B1001) exceeds grid limits. Max rows: "
     "1000, max columns: 26"), ("AA1", "Range (Sheet1!AA1) exceeds grid")])
def test_bad_ranges(client, span, text):
    status, body = client.get(span)
    assert status == 400 and body["error"]["status"] == "INVALID_ARGUMENT"
    assert body["error"]["message"].startswith(text)


def test_filters_must_be_right(google, client):
    for bad in ({}, {"a1Range": "A1", "gridRange": {}}, {"range": "A1"},
                {"gridRange": {"sheetId": "x"}},
                {"gridRange": {"startRow": 1}}, grid(5, 0, 5, 1),
                grid(-1), grid(gid=9), grid(1000)):
        status, body = client.filters(grid(), bad)
        assert status == 400, bad
        assert body["error"]["message"].startswith(
            "Invalid dataFilters[1]: "), bad
    google.options["unknown_gid"] = "empty"
    assert client.filters(grid(gid=9)) == (200, {"spreadsheetId": BOOK_ID})
    status, body = client.write({"dataFilter": grid(gid=9), "values": [[1]]})
    assert (status, body) == (200, {"spreadsheetId": BOOK_ID})


def test_equal_filters_share_a_range(client):
    _, body = client.filters(grid(0, 0, 1, 1), {"a1Range": "A1"})
    assert len(body["valueRanges"]) == 1
    assert len(body["valueRanges"][0]["dataFilters"]) == 2


def test_unknown_names_are_refused(client):
    assert client.get("A1", valueRender="x")[0] == 400
    assert client.get("A1", valueRenderOption="x")[0] == 400
    status, body = client.filters(grid(), valueRender="x")
    assert 'Unknown name "valueRender"' in body["error"]["message"]
    for mask in ("sheets(", "sheets.nothing", "a,,b", "x"):
        assert client.call("GET", BOOK_ID, fields=mask)[0] == 400, mask
    assert client.call("GET", BOOK_ID, fields="sheets.properties.title") == (
        200, {"sheets": [{"properties": {"title": "Sheet1"}}]})
    assert client.get("A1", fields="values") == (200, {"values": [["Name"]]})


# ---- what a person types

@pytest.mark.parametrize("text, value, shown", [
    ("+447700900123", 447700900123, "4.47701E+11"),
    ("+919876543210", 919876543210, "9.19877E+11"),
    ("12025550147", 12025550147, "12025550147"),
    ("07700900123", 7700900123, "7700900123"),
    ("'07700900123", "07700900123", "07700900123"),
    ("+1-202-555-0147", -903, "-903"), ("3.50", 3.5, "3.5"),
    ("+44 7700 900123", "#ERROR!", "#ERROR!"), ("+Ada", "#NAME?", "#NAME?"),
    ("1,234", 1234, "1,234"), ("-5", -5, "-5"), ("- x", "- x", "- x"),
    ("@x", "@x", "@x"), ("\ufeff=1+2", 3, "3"),
    ("=1/0", "#DIV/0!", "#DIV/0!"),
    (" =1+2", " =1+2", " =1+2"),
    ('=IMPORTXML("http://x.example", "//a")', "#N/A", "#N/A"),
    ('=HYPERLINK("http://x.example", "see")', "see", "see"),
    ("=A2", "Ada Example", "Ada Example"), ("=2^3*(1+1)", 16, "16"),
    ("true", True, "TRUE"), ("25%", 0.25, "25%"),
    ("=9^9999", "#NUM!", "#NUM!"),
    ("2026-11-20", 46346, "2026-11-20"), ("11/20/2026", 46346, "11/20/2026"),
    ("2026-11-20 12:00", 46346.5, "2026-11-20 12:00"),
    ("6:00 PM", 0.75, "6:00 PM"), ("2026-13-20", "2026-13-20", "2026-13-20"),
    ("", "", ""), ("'", "", ""), ("Ada", "Ada", "Ada"),
    ("1e400", "1e400", "1e400")])
def test_typing(google, client, text, value, shown):
    google.sheet.type_in(9, "Notes", text)
    found = google.sheet.cell(9, "Notes")
    assert found == value and type(found) is type(value)
    _, body = client.get("G10", valueRenderOption="UNFORMATTED_VALUE")
    assert body.get("values", [[""]]) == [[value]]
    assert client.get("G10")[1].get("values", [[""]]) == [[shown]]
    client.write({"dataFilter": grid(10, 6, 11, 7), "values": [[text]]},
                 valueInputOption="USER_ENTERED")
    assert google.sheet.cell(10, "Notes") == value


def test_renderings(google, client):
    google.sheet.type_in(1, "Notes", "=1+2")
    google.sheet.type_in(2, "Notes", "2026-11-20")
    google.sheet.type_in(3, "Notes", "+447700900123")
    google.sheet.format_column("Notes", "#,##0")

    def column(**options):
        return client.get("G2:G4", majorDimension="COLUMNS", **options)[1][
            "values"][0]
    assert column() == ["3", "2026-11-20", "447,700,900,123"]
    assert column(valueRenderOption="FORMULA") == ["=1+2", 46346,
                                                   447700900123]
    assert column(valueRenderOption="UNFORMATTED_VALUE",
                  dateTimeRenderOption="FORMATTED_STRING") == [
        3, "2026-11-20", 447700900123]


def test_text_columns_keep_what_is_typed(google):
    google.sheet.format_column("Phone Number", "text")
    google.sheet.type_in(1, "Phone Number", "+447700900123")
    assert google.sheet.cell(1, "Phone Number") == "+447700900123"


# ---- writing

def test_raw_null_and_clear(google, client):
    google.sheet.edit(1, "Notes", "old")
    status, body = client.write(
        entry(1, None, None, "=HYPERLINK(1)", "+1", 5.0, "", ""))
    assert status == 200 and body["totalUpdatedCells"] == 5
    assert google.sheet.values()[1] == PEOPLE[0] + ["=HYPERLINK(1)", "+1", 5]
    changes = google.changes("api")
    assert [change.header for change in changes] == HEAD[2:7]
    assert {change.neighbours[0] for change in changes} == {"Ada Example"}
    assert (changes[-1].before, changes[-1].after) == ("old", "")


def test_echo_of_skipped_cells(google, client):
    google.options["echo_skipped"] = False
    _, body = client.write(entry(1, None, None, "busy", None, 3),
                           includeValuesInResponse=True)
    assert body["responses"][0]["updatedData"]["values"] == [
        ["", "", "busy", "", "3"]]


@pytest.mark.parametrize("bad, text", [
    ({"dataFilter": grid(1, 0, 2, 2), "values": [["a", "b", "c"]]},
     "Requested writing within range [Sheet1!A2:B2], but tried writing to "
     "column [C]"),
    ({"dataFilter": grid(1, 0, 2, 2), "values": [["a"], ["b"]]},
     "Requested writing within range [Sheet1!A2:B2], but tried writing to "
     "row [3]"),
    ({"dataFilter": grid(1000, 0, 1001, 2), "values": [["a"]]},
     "Range (Sheet1!A1001:B1001) exceeds grid limits. Max rows: 1000"),
    ({"dataFilter": grid(1, 7, 2, 8), "values": [["x" * 50001]]},
     "Your input contains more than the maximum of 50000 characters in a "
     "single cell."),
    ({"dataFilter": grid(1, 7, 2, 8), "values": [["\U0001f4de" * 25001]]},
     "Your input contains more than the maximum of 50000 characters"),
    ({"dataFilter": grid(3, 2, 4, 3), "values": [["x"]]},
     "You are trying to edit a protected cell or object."),
    ({"dataFilter": grid(1, 2, 2, 3), "values": [[{"a": 1}]]},
     "Invalid values[0][0]: struct_value"),
    ({"dataFilter": grid(1, 2, 2, 3), "values": "x"}, "Invalid value at"),
    ({"dataFilter": grid(1), "value": []}, "Invalid JSON payload")])
def test_all_or_nothing(google, client, bad, text):
    google.sheet.protect(3, 0, 4, 9)
    before = google.sheet.rows()
    status, body = client.write(entry(1, None, None, "busy"), bad,
                                entry(2, None, None, "busy"))
    assert status == 400
    assert body["error"]["message"].startswith("Invalid data[1]: " + text)
    assert google.sheet.rows() == before and not google.changes("api")


def test_fifty_thousand_are_allowed(google, client):
    text = "\U0001f4de" * 25000
    assert client.write(entry(1, None, None, text))[0] == 200
    assert google.sheet.cell(1, 2) == text


def test_nulls_may_cover_protected_cells(google, client):
    google.sheet.protect(right=2)
    assert client.write(entry(1, None, None, "busy"))[0] == 200


def test_a_single_cell_takes_more_than_itself(google, client):
    path = f"{BOOK_ID}/values/Sheet1!C2"
    assert client.call("PUT", path, {"values": [[1, 2], [3, 4]]},
                       valueInputOption="RAW")[0] == 200
    assert google.sheet.values()[1][2:] == [1, 2]
    assert client.call("PUT", path, {"values": [[1]]})[0] == 400
    status, body = client.call(
        "PUT", f"{BOOK_ID}/values/Z1000", {"values": [[1, 2]]},
        valueInputOption="RAW")
    assert "exceeds grid limits" in body["error"]["message"]


def test_columns_are_written(google, client):
    client.write({"dataFilter": grid(1, 2, 4, 4), "majorDimension": "COLUMNS",
                  "values": [["a", None, "c"], ["d"]]})
    assert [row[2:] for row in google.sheet.rows()[1:]] == [
        ["a", "d"], [], ["c"]]


# ---- a person at work

def names(google):
    return [row[0] if row else "" for row in google.sheet.rows()]


def test_rows_move(google):
    sheet = google.sheet
    sheet.sort("Phone Number")
    assert names(google) == ["Name", "Cyd Muster", "Ada Example",
                             "Ben Sample"]
    sheet.insert_row(1, ["New"])
    sheet.copy_row(2)
    assert names(google)[1:4] == ["New", "Cyd Muster", "Cyd Muster"]
    assert [number for number, _ in sheet.find("12025550147")] == [2, 3]
    sheet.delete_row(1)
    sheet.move_row(1, 4)
    assert names(google)[1:] == ["Cyd Muster", "Ada Example", "Ben Sample",
                                 "Cyd Muster"]
    assert sheet.row_count == 1001
    assert [c.what for c in google.changes("person")] == [
        "sort", "insert_row", "insert_row", "delete_row", "move_row"]


def test_sort_order(google):
    google.sheet.data[1:] = [["b"], [], [True], ["A"], [10], [""], [9]]
    google.sheet.sort(0)
    assert [row[:1] for row in google.sheet.data[1:]] == [
        [9], [10], ["A"], ["b"], [True], [], [""]]
    google.sheet.sort(0, reverse=True)
    assert google.sheet.data[1][0] is True


def test_sort_of_part_of_the_columns(google):
    for row, status in enumerate(["one", "two", "three"], 1):
        google.sheet.edit(row, "Status", status)
    google.sheet.sort_range("Phone Number", "Name", "Phone Number")
    assert [row[:3:2] for row in google.sheet.rows()[1:]] == [
        ["Cyd Muster", "one"], ["Ada Example", "two"],
        ["Ben Sample", "three"]]


def test_columns_move(google):
    sheet = google.sheet
    sheet.format_column("Phone Number", "text")
    sheet.move_column("Phone Number", 0)
    assert sheet.rows()[1] == ["+447700900123", "Ada Example"]
    assert sheet.formats == {0: "text"}
    sheet.rename_column("Status", "State")
    sheet.insert_column(1, "Age")
    assert sheet.rows()[0][:4] == ["Phone Number", "Age", "Name", "State"]
    sheet.delete_column("Age")
    assert sheet.double_column("Name") == 9
    assert sheet.rows()[0][9] == "Name" and sheet.rows()[1][9] == (
        "Ada Example")
    assert (sheet.row_count, sheet.column_count) == (1000, 26)


def test_tabs_change(google, client):
    google.sheet.rename_tab("People")
    assert client.filters(grid(0, 0, 1, 1))[1]["valueRanges"][0][
        "valueRange"]["range"] == "People!A1"
    again = google.book.recreate_tab(google.sheet)
    assert again.gid == 1
    assert client.filters(grid(0, 0, 1, 1))[0] == 400
    assert client.filters(grid(0, 0, 1, 1, gid=1))[0] == 200


def test_hooks_run_between_read_and_write(google, client):
    google.before(BATCH, lambda request: google.sheet.sort("Phone Number"))
    google.after(BATCH, lambda request: google.sheet.edit(1, "Notes", "hm"))
    _, body = client.write(entry(1, None, None, "busy"),
                           includeValuesInResponse=True)
    assert body["responses"][0]["updatedData"]["values"] == [
        PEOPLE[2] + ["busy"]]
    assert google.changes("api")[0].neighbours[0] == "Cyd Muster"
    assert google.sheet.cell(1, "Notes") == "hm"
    client.write(entry(1, None, None, "busy"))
    assert len(google.changes(what="sort")) == 1


# ---- names of columns, masks

def test_helpers():
    assert [cells.letters(n) for n in (0, 25, 26, 701, 702, 18277)] == [
        "A", "Z", "AA", "ZZ", "AAA", "ZZZ"]
    assert all(cells.column_of(cells.letters(n)) == n for n in range(18278))
    assert cells.general(1e12) == "1E+12" and cells.general(0.1) == "0.1"
    assert sheets.mask_tree("a,b(c,d.e)") == {
        "a": {}, "b": {"c": {}, "d": {"e": {}}}}
