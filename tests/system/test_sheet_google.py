"""A Google Sheet: whatever Google or people do to it, it is said in words,
nobody is called in the dark, and no result is lost or doubled."""

import time

import pytest

from sheet_people import (
    ASHA, BILAL, CHITRA, READ, WRITE, about, assert_called_once, calm, line,
    lines, sheet_of, told)
from world import HEADER, World, person, until
from sim.bolna import Fate

TWO = [person("Asha", ASHA), person("Bilal", BILAL)]
HTML = "<html><body>Please log in</body></html>"


def problem(world):
    return world.value("SELECT problem FROM campaign")


def writes(world):
    return len(world.google.asked("write"))


# --- numbers as people type them ---

@pytest.mark.parametrize("typed", ["+919999900001", "919999900001",
                                   "9999900001", "09999900001",
                                   "'+91 99999 00001"])
def test_a_number_that_lost_its_plus_or_zero_is_repaired(tmp_path, typed):
    with World(tmp_path, [person("Asha", "")]) as world:
        world.bolna.fate(ASHA, about(ASHA))
        world.google.sheet.type_in(1, "Phone Number", typed)
        shown = world.google.sheet.seen(1)[1]
        calm(world)
        assert_called_once(world, ASHA)
        assert line(world, "Asha")["Summary"] == f"Spoke with {ASHA}."
        assert world.google.sheet.seen(1)[1] == shown


@pytest.mark.parametrize("typed, note", [
    ("+12025550101", "could be read in two ways"),
    ("99999", "too short"),
    ("+91 99999 00001", "spreadsheet error"),
    ("9999900001/9999900002", "more than one number")])
def test_a_number_that_is_in_doubt_is_not_called(tmp_path, typed, note):
    with World(tmp_path, [person("Asha", ""), TWO[1]]) as world:
        world.google.sheet.type_in(1, "Phone Number", typed)
        world.run()
        world.run()
        assert note in line(world, "Asha")["Notes"]
        assert [c.phone for c in world.bolna.placed] == [BILAL]


@pytest.mark.parametrize("pattern, looks", [("automatic", "9.2E+11"),
                                            ("#,##0", "919,999,900,001")])
def test_the_display_of_a_number_has_no_effect(tmp_path, pattern, looks):
    with World(tmp_path, [person("Asha", "")]) as world:
        sheet = world.google.sheet
        sheet.type_in(1, "Phone Number", "+919999900001")
        sheet.format_column("Phone Number", pattern)
        assert sheet.seen(1)[1] == looks
        calm(world)
        assert_called_once(world, ASHA)
        assert line(world, "Asha")["Status"] == "completed"


# --- what is wrong is said in words ---

def set_book(name, value):
    def change(world, good):
        setattr(world.google.book, name, "writer" if good and name == "access"
                else False if good else value)
    return change


def set_key(name):
    return lambda world, good: setattr(world.google.tokens, name, good)


def rename(old, new):
    def change(world, good):
        sheet = world.google.sheet
        sheet.rename_column(new if good else old, old if good else new)
    return change


def double(world, good):
    sheet = world.google.sheet
    if good:
        sheet.delete_column(len(HEADER))
    else:
        sheet.double_column("Status")


def lose_tab(world, good):
    book, tab = world.google.book, world.google.sheet
    if good:
        book.tabs.insert(0, tab)
    else:
        book.add_tab("Archive", gid=7)
        book.delete_tab(tab)


def lose_book(world, good):
    books, book = world.google.books, world.google.book
    if good:
        books[book.id] = book
    else:
        books.clear()


def proxy(*methods):
    def change(world, good):
        for method in () if good else methods:
            world.google.fail(method, 200, body=HTML)
    return change


FAULTS = {
    "not shared": (set_book("access", None),
                   "share the sheet with callsheet@callsheet-demo.iam"
                   ".gserviceaccount.com as Editor"),
    "viewer": (set_book("access", "reader"),
               "share the sheet with callsheet@callsheet-demo.iam"
               ".gserviceaccount.com as Editor"),
    "Excel": (set_book("office", True), "Save as Google Sheets"),
    "tab deleted": (lose_tab, 'no tab with gid 0; it has "Archive" (gid 7)'),
    "header gone": (rename("Notes", "Remarks"),
                    'the header "Notes" is missing'),
    "header twice": (double, 'the header "Status" is there twice, in columns'
                             " C and J"),
    "API off": (lambda world, good: setattr(world.google, "api_enabled",
                                            good),
                "Google Sheets API is not enabled in the key's project"),
    "book gone": (lose_book, "no such spreadsheet"),
    "key deleted": (set_key("key_exists"), "create a new key"),
    "account gone": (set_key("account_exists"), "does not exist any more"),
    "proxy": (proxy("spreadsheets.get"),
              "a web page came instead of Google's data"),
    "proxy at login": (proxy("token"), "is not Google's login"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_sheet_that_cannot_be_used_is_said_in_words(tmp_path, name):
    change, words = FAULTS[name]
    with World(tmp_path, TWO) as world:
        change(world, False)
        assert world.run(ok=False).returncode == 75
        assert words in problem(world)
        assert words in world.callsheet("status").stdout
        assert world.bolna.placed == []
        change(world, True)
        calm(world)
        assert problem(world) is None
        assert_called_once(world, ASHA, BILAL)
        assert {row["Status"] for row in lines(world)} == {"completed"}


def test_results_wait_while_the_sheet_cannot_be_read(tmp_path):
    with sheet_of(tmp_path, TWO) as world:
        world.run()
        world.bolna.quiet()
        world.google.book.access = None
        assert world.run(ok=False).returncode == 75
        assert world.value("SELECT count(*) FROM execution WHERE verified") \
            == 2, "Bolna is asked all the same"
        world.google.book.access = "writer"
        calm(world)
        told(world, "Asha")
        told(world, "Bilal")
        assert_called_once(world, ASHA, BILAL)


def test_a_tab_that_is_made_anew_is_not_taken_for_the_old_one(tmp_path):
    with World(tmp_path, TWO) as world:
        world.google.book.recreate_tab(world.google.sheet)
        assert world.run(ok=False).returncode == 75
        assert 'has no tab with gid 0; it has "Sheet1" (gid 1)' in \
            problem(world)
        assert world.bolna.placed == []


@pytest.mark.parametrize("seconds", [-4000, 4000])
def test_a_wrong_clock_is_said_and_does_no_harm(tmp_path, seconds):
    with sheet_of(tmp_path, TWO) as world:
        world.google.clock_offset = seconds
        said = world.run(ok=False).stderr
        assert "clock: this machine's is" in said
        assert ("ahead of" if seconds < 0 else "behind") in said
        assert world.bolna.placed == []     # the hours could be wrong too
        world.google.clock_offset = 0
        world.run()
        calm(world)
        told(world, "Asha")


def test_a_token_that_google_forgets_is_asked_for_anew(tmp_path):
    with sheet_of(tmp_path, TWO) as world:
        world.google.before(WRITE, lambda _: world.google.tokens.revoke())
        world.run()
        assert len(world.google.asked("token")) == 2
        assert [r.status for r in world.google.asked(WRITE)][:2] == [401, 200]
        calm(world)
        told(world, "Asha")


def test_a_key_that_is_revoked_during_a_pass(tmp_path):
    with sheet_of(tmp_path, TWO) as world:
        def revoke(good):
            world.google.tokens.key_exists = good
            world.google.tokens.revoke()
        world.run()
        world.bolna.quiet()
        world.google.before(WRITE, lambda _: revoke(False))
        assert world.run(ok=False).returncode == 75
        assert "create a new key" in problem(world)
        revoke(True)
        calm(world)
        told(world, "Asha")
        told(world, "Bilal")
        assert_called_once(world, ASHA, BILAL)


# --- Google's moods ---

@pytest.mark.parametrize("what", [429, 403, 500, 503, "drop-before",
                                  "drop-after", "reset-after", "truncate"])
def test_a_write_that_fails_is_made_up_for(tmp_path, what):
    body = {"error": {"code": 403, "status": "PERMISSION_DENIED", "details": [
        {"reason": "rateLimitExceeded"}]}} if what == 403 else None
    with sheet_of(tmp_path, TWO) as world:
        world.google.fail(WRITE, what, body=body)
        assert world.run(ok=False).returncode == 75
        assert world.bolna.placed == [], "an unmarked row is not called"
        world.age(900)
        world.run()
        world.bolna.quiet()
        world.google.fail(WRITE, what, body=body)
        assert world.run(ok=False).returncode == 75
        calm(world)
        assert_called_once(world, ASHA, BILAL)
        told(world, "Asha")
        told(world, "Bilal")


@pytest.mark.parametrize("moved", [False, True])
def test_a_mark_whose_answer_was_lost_is_taken_back(tmp_path, moved):
    with sheet_of(tmp_path, TWO[:1]) as world:
        world.google.fail(WRITE, "drop-after")
        world.run(ok=False)
        assert line(world, "Asha")["Status"] == "initiating"
        if moved:
            world.google.sheet.insert_row(1, ["Bilal", BILAL])
            world.google.sheet.copy_row(2, 1)
        world.set("campaign interviews", window="00:00-00:01")
        world.age(900)
        world.run()
        assert {row["Status"] for row in lines(world)} == {""}
        assert {row["Latest Execution ID"] for row in lines(world)} == {""}
        world.set("campaign interviews", window="00:00-24:00")
        world.bolna.fate(BILAL, about(BILAL))
        calm(world)
        assert_called_once(world, ASHA)


@pytest.mark.parametrize("what", [500, 503, "drop-before", "drop-after",
                                  "reset-after", "truncate"])
def test_a_read_that_fails_is_repeated(tmp_path, what):
    with sheet_of(tmp_path, TWO) as world:
        world.google.fail(READ, what)
        world.run()
        assert_called_once(world, ASHA, BILAL)
        calm(world)
        told(world, "Asha")


def test_an_answer_that_comes_late_is_waited_for(tmp_path):
    with sheet_of(tmp_path, TWO) as world:
        for method in ("token", READ, WRITE):
            world.google.fail(method, "stall-after", seconds=0.5)
        world.run()
        assert_called_once(world, ASHA, BILAL)
        assert len(world.google.asked(WRITE)) == writes(world) <= 2


# --- what it costs ---

def test_many_results_are_one_read_and_one_write(tmp_path):
    rows = [person(f"P{n}", f"+9199999{n:05}") for n in range(200)]
    with sheet_of(tmp_path, rows, campaign={"calls_per_pass": 200,
                                            "max_live": 200}) as world:
        world.bolna.concurrency = 200
        world.tell(concurrency=200)
        world.run()
        world.bolna.quiet()
        assert world.value("SELECT count(*) FROM attempt") == 200
        world.google.book.access = None
        until(lambda: (world.age(900), world.run(ok=False), world.value(
            "SELECT count(*) FROM execution WHERE verified"))[-1] == 200)
        world.google.book.access = "writer"
        before = len(world.google.requests)
        world.run()
        assert [request.method for request in
                world.google.requests[before:]] == [
            "token", "spreadsheets.get", READ, READ, READ, WRITE]
        assert {row["Status"] for row in lines(world)} == {"completed"}


def test_long_transcripts_go_in_requests_that_google_takes(tmp_path):
    rows = [person(f"P{n}", f"+9199999{n:05}") for n in range(60)]
    with World(tmp_path, rows, campaign={"calls_per_pass": 60,
                                         "max_live": 60}) as world:
        world.bolna.concurrency = 60
        for n in range(60):
            world.bolna.fate(rows[n][1], Fate(
                transcript=f"user: {n} " + "x" * 48000))
        calm(world)
        large = [request.size for request in world.google.asked(WRITE)
                 if request.size > 500000]
        assert len(large) >= 2 and max(large) <= 2000000
        for n in range(60):
            assert line(world, f"P{n}")["Transcript"].startswith(
                f"user: {n} x")


@pytest.mark.parametrize("campaigns", [1, 2])
def test_busy_campaigns_stay_below_the_quota(tmp_path, campaigns):
    rows = [person(f"P{n}", f"+9199999{n:05}") for n in range(30)]
    with sheet_of(tmp_path, rows, settings={"linger": 6}, pace=0.3, fates={
            row[1]: [about(row[1], delays={"ringing": n * 0.7})]
            for n, row in enumerate(rows)}) as world:
        world.bolna.concurrency = 50
        if campaigns == 2:
            world.google.book.add_tab("More", [HEADER, *(
                person(f"Q{n}", f"+9199998{n:05}") for n in range(30))])
            first = world.sections["campaign interviews"]
            world.sections["campaign more"] = {
                **first, "sheet": first["sheet"].replace("gid=0", "gid=1")}
            world.write_conf(world.sections)
        started = time.monotonic()
        world.linger().wait(60)
        rounds = (time.monotonic() - started) / 1.5
        assert len(world.bolna.placed) == 30 * campaigns
        assert 2 < writes(world) <= 2 * campaigns + rounds
        assert len(world.google.asked("read")) <= 5 * campaigns + rounds


def test_a_quota_that_is_used_up_is_left_alone(tmp_path):
    with sheet_of(tmp_path, TWO) as world:
        world.alter("INSERT INTO quota SELECT ?, unixepoch() / 60 + n, 50, 50"
                    " FROM (SELECT 0 AS n UNION SELECT 1)",
                    world.google.key.email)
        assert world.run(ok=False).returncode == 75
        assert "60 reads a minute" in problem(world)
        assert world.google.asked("read") == []
        assert world.bolna.placed == []
        world.alter("DELETE FROM quota")
        calm(world)
        told(world, "Asha")


def test_a_large_sheet_is_read_in_three_requests(tmp_path):
    rows = [person(f"P{n}", f"+9198{n:08}", "Pune") for n in range(5000)]
    with World(tmp_path, rows, header=[*HEADER, "City"],
               campaign={"window": "00:00-00:01"}) as world:
        world.run()
        assert world.value("SELECT count(*) FROM lead") == 5000
        assert len(world.google.asked("read")) == 3
        world.run()
        assert world.query("SELECT imported FROM run ORDER BY id") == [
            (5000,), (0,)]


# --- what Google refuses ---

def test_a_transcript_that_is_too_long_is_cut_and_blocks_nobody(tmp_path):
    with World(tmp_path, TWO) as world:
        world.bolna.fate(ASHA, Fate(transcript="user: \u20ac" + "\U0001f600"
                                    * 60000))
        world.bolna.fate(BILAL, about(BILAL))
        calm(world)
        cell = line(world, "Asha")["Transcript"]
        told(world, "Bilal")
        assert cell.endswith("... (truncated)") and "\ufffd" not in cell
        body = cell.removesuffix("... (truncated)")
        assert set(body.removeprefix("user: \u20ac")) == {"\U0001f600"}
        assert 48000 < len(cell.encode("utf-16-le")) // 2 <= 49000


def test_a_protected_row_is_refused_alone(tmp_path):
    with sheet_of(tmp_path, TWO) as world:
        world.run()
        world.bolna.quiet()
        world.google.sheet.protect(top=1, bottom=2)
        world.run(ok=False)
        told(world, "Bilal")
        assert line(world, "Asha")["Status"] != "completed"
        for _ in range(3):
            world.age(4000)
            world.run(ok=False)
        assert "row Asha: cells are protected in the sheet" in \
            world.callsheet("status").stdout
        world.google.sheet.protected.clear()
        calm(world)
        told(world, "Asha")
        assert_called_once(world, ASHA, BILAL)


def test_who_stands_in_a_protected_row_is_not_called(tmp_path):
    with sheet_of(tmp_path, TWO) as world:
        world.google.sheet.protect(top=1, bottom=2)
        for _ in range(3):
            world.run(ok=False)
            world.bolna.quiet()
            world.age(900)
        assert world.bolna.count(ASHA) == 0
        assert "row Asha: cells are protected in the sheet" in \
            world.callsheet("status").stdout
        told(world, "Bilal")


# --- columns are found by their headers ---

def move(sheet):
    sheet.move_column("Status", 8)


def insert(sheet):
    sheet.insert_column(0, "City")
    sheet.insert_column("Notes", "Mood")


def rewrite(sheet):
    sheet.rename_column("Phone Number", "  PHONE   number ")
    sheet.rename_column("Status", "status")
    sheet.rename_tab("It's \"new\"!A1")


@pytest.mark.parametrize("change", [move, insert, rewrite])
@pytest.mark.parametrize("when", ["between passes", "during a pass"])
def test_columns_may_move(tmp_path, change, when):
    with World(tmp_path, TWO) as world:
        for row in TWO:
            world.bolna.fate(row[1], about(row[1]))
        sheet = world.google.sheet
        if when == "between passes":
            world.run()
            world.bolna.quiet()
            change(sheet)
        else:
            world.google.before(READ, lambda _: len(world.google.asked(
                READ)) == 3 and change(sheet), times=None)
        calm(world)
        assert_called_once(world, ASHA, BILAL)
        head = [" ".join(str(cell).split()).title() if cell else ""
                for cell in sheet.rows()[0]]
        for row in sheet.rows()[1:]:
            cells = dict(zip(head, row))
            assert cells["Status"] == "completed"
            assert cells["Summary"] == f"Spoke with {cells['Phone Number']}."
            assert cells.get("City", "") == cells.get("Mood", "") == ""


def test_columns_of_ours_that_are_wanted_are_filled(tmp_path):
    with sheet_of(tmp_path, TWO, "Cost", "Recording", "Next Attempt", fates={
            BILAL: [Fate("busy"), about(BILAL)]}) as world:
        world.run()
        world.bolna.quiet()
        world.run()
        asha, bilal = lines(world)
        assert asha["Recording"].startswith("https://")
        assert float(asha["Cost"]) > 0 and asha["Next Attempt"] == ""
        assert bilal["Next Attempt"] > bilal["Last Attempt Time"]
        calm(world)
        assert line(world, "Bilal")["Next Attempt"] == ""


def test_a_column_of_ours_that_is_deleted_is_missed(tmp_path):
    with sheet_of(tmp_path, [*TWO, person("Chitra", CHITRA)]) as world:
        world.run()
        world.google.sheet.delete_column("Summary")
        assert world.run(ok=False).returncode == 75
        assert 'the header "Summary" is missing' in problem(world)
        world.google.sheet.insert_column(8, "Summary")
        calm(world)
        assert_called_once(world, ASHA, BILAL, CHITRA)
        told(world, "Asha")
