"""A result stands in its own person's row or in none, whatever people do to
the sheet while a pass runs; what is theirs is never written."""

import contextlib

import pytest

from world import HEADER, World, person, until
from sim.bolna import Fate

OURS = {"Status", "Latest Execution ID", "Duration", "Last Attempt Time",
        "Notes", "Transcript", "Summary"}
READ = "values:batchGetByDataFilter"
WRITE = "values:batchUpdateByDataFilter"
ASHA, BILAL, CHITRA, DEV = (f"+91999990000{n}" for n in range(1, 5))
FOUR = [person("Asha", ASHA, "Pune"), person("Bilal", BILAL, "Delhi"),
        person("Chitra", CHITRA, "Kochi"), person("Dev", DEV, "Agra")]


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
    return row


def swap(world, one, two):
    """A person drags two people's rows into each other's place."""
    def hook(_request=None):
        sheet = world.google.sheet
        a, b = sorted((sheet.find(one)[0][0], sheet.find(two)[0][0]))
        sheet.move_row(b, a)
        sheet.move_row(a + 1, b)
    return hook


def before_rows_are_found(world, edit):
    """Do edit between the claim or the news and the search for the row."""
    def hook(_request):
        if world.value("SELECT EXISTS (SELECT 1 FROM delivery)"
                       " AND imported_at IS NOT NULL FROM campaign") \
                and hook.left > 0 and len(world.google.asked(READ)) % 3 == 0:
            hook.left -= 1
            edit(_request)
    hook.left = 2
    world.google.before(READ, hook, times=None)


def before_the_write(world, edit):
    world.google.before(WRITE, edit, times=2)


def after_the_write(world, edit):
    world.google.after(WRITE, edit, times=2)


def sort_and_back(sheet):
    """Sort the other way each time: all rows, then names only."""
    turn = []

    def edit(_request):
        turn.append(None)
        if len(turn) == 1:
            sheet.sort("Name", reverse=True)
        else:
            sheet.sort_range("Name", "Name", "Phone Number")
    return edit


def insert_and_copy(sheet):
    """Insert an empty row, then copy a person's."""
    turn = []

    def edit(_request):
        turn.append(None)
        if len(turn) == 1:
            sheet.insert_row(2)
        else:
            sheet.copy_row(sheet.find(BILAL)[0][0], 1)
    return edit


def delete_and_move(sheet):
    """Delete the first row, then drag the last to the top."""
    turn = []

    def edit(_request):
        turn.append(None)
        if len(turn) == 1:
            sheet.delete_row(sheet.find(ASHA)[0][0])
        else:
            sheet.move_row(sheet.find(DEV)[0][0], 1)
    return edit


@pytest.mark.parametrize("edit", [sort_and_back, insert_and_copy,
                                  delete_and_move])
@pytest.mark.parametrize("moment", [before_rows_are_found, before_the_write,
                                    after_the_write])
def test_rows_may_move_at_any_moment_of_a_pass(tmp_path, moment, edit):
    with sheet_of(tmp_path, FOUR, "City") as world:
        moment(world, edit(world.google.sheet))
        calm(world)
        for name, phone in (("Chitra", CHITRA), ("Dev", DEV)):
            assert_called_once(world, phone)
            told(world, name)
        assert world.bolna.count(ASHA) <= 1
        assert_called_once(world, BILAL)
        assert sorted(row["City"] for row in lines(world)
                      if row["Name"] == "Dev") == ["Agra"] or \
            edit is sort_and_back
        done = [row for row in lines(world) if row["Name"] == "Bilal"
                and row["Status"] == "completed"]
        assert len(done) == 1


def test_a_person_who_was_never_called_loses_the_stray_result(tmp_path):
    rows = [person("Asha", ASHA), person("Bilal", BILAL)]
    with sheet_of(tmp_path, rows, campaign={"calls_per_pass": 1}) as world:
        world.run()
        world.bolna.quiet()
        world.set("campaign interviews", window="00:00-00:01")
        before_the_write(world, swap(world, ASHA, BILAL))
        world.google.after(WRITE, lambda _: seen.append(
            line(world, "Bilal")["Summary"]))
        seen = []
        world.run(ok=False)
        assert seen == [f"Spoke with {ASHA}."]      # it did go astray
        world.age(900)
        world.run()
        assert line(world, "Bilal")["Status"] == ""
        assert line(world, "Bilal")["Latest Execution ID"] == ""
        told(world, "Asha")
        world.set("campaign interviews", window="00:00-24:00")
        calm(world)
        assert_called_once(world, ASHA, BILAL)
        told(world, "Bilal")


def test_a_person_who_had_results_gets_them_back(tmp_path):
    rows = [person("Asha", ASHA), person("Bilal", BILAL)]
    with sheet_of(tmp_path, rows, fates={
            ASHA: [about(ASHA, "busy", transcript=None, summary=None)
                   if False else Fate("busy"), about(ASHA)]}) as world:
        world.run()
        world.bolna.quiet()
        world.run()
        before = told(world, "Bilal")
        assert line(world, "Asha")["Status"] == "busy"
        world.age(900)
        before_the_write(world, swap(world, ASHA, BILAL))
        calm(world)
        assert told(world, "Bilal") == before
        told(world, "Asha")
        assert world.bolna.count(ASHA) == 2


def test_a_result_that_fell_below_the_last_row_is_taken_away(tmp_path):
    with sheet_of(tmp_path, FOUR[:3], "City") as world:
        world.run()
        world.bolna.quiet()
        world.google.before(WRITE, lambda _: world.google.sheet.delete_row(1))
        calm(world)
        told(world, "Bilal")
        told(world, "Chitra")
        assert [row for row in lines(world) if not row["Name"]
                and any(row.values())] == []


def test_people_who_share_a_number_do_not_get_each_others_result(tmp_path):
    rows = [person("Asha", ASHA), person("Amit", ASHA)]
    with sheet_of(tmp_path, rows) as world:
        world.run()
        world.bolna.quiet()
        world.google.before(WRITE, lambda _: world.google.sheet.move_row(2,
                                                                         1))
        calm(world)
        assert_called_once(world, ASHA)
        told(world, "Asha")
        assert line(world, "Amit")["Status"] == ""
        assert "only once" in line(world, "Amit")["Notes"]


def test_a_row_deleted_after_the_claim_is_not_called(tmp_path):
    with sheet_of(tmp_path, FOUR, "City") as world:
        before_rows_are_found(world, lambda _: world.google.sheet.delete_row(
            world.google.sheet.find(BILAL)[0][0]) if world.google.sheet.find(
                BILAL) else None)
        calm(world)
        assert world.bolna.count(BILAL) == 0
        assert_called_once(world, ASHA, CHITRA, DEV)
        assert world.query("SELECT * FROM anomaly") == []


def test_the_result_of_a_deleted_row_is_kept_and_reported(tmp_path):
    with sheet_of(tmp_path, FOUR[:2], "City") as world:
        world.run()
        world.bolna.quiet()
        world.google.sheet.delete_row(1)
        for _ in range(4):
            world.run(ok=False)
            world.age(4000)
        assert world.value("SELECT summary FROM execution JOIN attempt a"
                           " ON a.id = attempt WHERE a.phone = ?",
                           ASHA) == f"Spoke with {ASHA}."
        told(world, "Bilal")
        said = world.callsheet("status").stdout
        assert "row Asha: the row is not in the sheet any more" in said


def test_a_number_edited_after_the_claim_is_not_called_by_accident(tmp_path):
    with sheet_of(tmp_path, [person("Asha", ASHA)]) as world:
        world.bolna.fate(BILAL, about(BILAL))
        world.google.sheet.edit(1, "Phone Number", ASHA)
        done = []

        def correct(_request):
            if not done and world.value("SELECT EXISTS (SELECT 1 FROM attempt"
                                        " WHERE state = 'intent')"):
                done.append(1)
                world.google.sheet.edit(1, "Phone Number", BILAL)
        world.google.before(READ, correct, times=None)
        world.run(ok=False)
        assert done and world.bolna.placed == []
        calm(world)
        assert world.bolna.count(ASHA) == 0
        assert_called_once(world, BILAL)
        told(world, "Asha")
        assert world.query("SELECT * FROM anomaly") == []


def test_a_number_edited_during_the_call_makes_another_person(tmp_path):
    with sheet_of(tmp_path, [person("Asha", ASHA)],
                  fates={ASHA: [about(ASHA, stay="ringing")],
                         BILAL: [about(BILAL)]}) as world:
        world.run()
        world.bolna.quiet()
        world.google.sheet.edit(1, "Phone Number", BILAL)
        world.run(ok=False)
        world.bolna.release(world.bolna.placed[0].execution_id)
        calm(world)
        assert_called_once(world, ASHA, BILAL)
        told(world, "Asha")


def test_two_rows_with_one_number_are_one_call(tmp_path):
    rows = [person("Asha", ASHA), person("Amit", "099999 00001")]
    with sheet_of(tmp_path, rows) as world:
        calm(world)
        assert_called_once(world, ASHA)
        told(world, "Asha")
        other = line(world, "Amit")
        assert other["Status"] == "" and "only once" in other["Notes"]


@pytest.mark.parametrize("to", [1, 3], ids=["above", "below"])
def test_a_copied_row_is_no_second_call(tmp_path, to):
    with sheet_of(tmp_path, FOUR[:2], "City", fates={
            ASHA: [about(ASHA, stay="ringing")]}) as world:
        world.run()
        world.bolna.quiet()
        world.run(ok=False)
        world.google.sheet.copy_row(1, to)
        world.run(ok=False)
        world.bolna.release(world.bolna.placed[0].execution_id)
        calm(world)
        assert_called_once(world, ASHA, BILAL)
        one, two = sorted((row for row in lines(world)
                           if row["Name"] == "Asha"),
                          key=lambda row: row["Status"])
        assert one["Status"] == "" and "only once" in one["Notes"]
        assert two["Status"] == "completed"
        assert two["Summary"] == f"Spoke with {ASHA}."


def test_a_copy_with_a_new_name_and_number_is_a_new_person(tmp_path):
    with sheet_of(tmp_path, FOUR[:1], "City") as world:
        calm(world)
        sheet = world.google.sheet
        sheet.copy_row(1)
        sheet.edit(2, "Name", "Bilal")
        sheet.edit(2, "Phone Number", BILAL)
        world.bolna.fate(BILAL, about(BILAL))
        calm(world)
        assert_called_once(world, ASHA, BILAL)
        told(world, "Asha")
        told(world, "Bilal")


def test_a_key_that_is_edited_means_no_second_call(tmp_path):
    rows = [person("Asha", ASHA, "K1"), person("Bilal", BILAL, "K2")]
    with sheet_of(tmp_path, rows, "Key") as world:
        calm(world)
        before = told(world, "Asha")
        world.google.sheet.edit(1, "Key", "K9")
        calm(world)
        assert told(world, "Asha") == {**before, "Key": "K9"}
        assert_called_once(world, ASHA, BILAL)


def test_a_key_column_may_come_and_go(tmp_path):
    with sheet_of(tmp_path, FOUR[:2], "City") as world:
        calm(world)
        sheet = world.google.sheet
        sheet.insert_column(0, "Key")
        for row, key in ((1, "K1"), (2, "K2")):
            sheet.edit(row, "Key", key)
        sheet.sort("Name", reverse=True)
        calm(world)
        told(world, "Asha")
        told(world, "Bilal")
        sheet.delete_column("Key")
        calm(world)
        assert_called_once(world, ASHA, BILAL)
        told(world, "Asha")
        told(world, "Bilal")


def test_a_row_that_comes_back_is_not_called_again(tmp_path):
    with sheet_of(tmp_path, FOUR[:2], "City") as world:
        calm(world)
        world.google.sheet.delete_row(1)
        calm(world)
        world.google.sheet.insert_row(2, ["Asha", ASHA])
        calm(world)
        assert_called_once(world, ASHA, BILAL)
        told(world, "Asha")


def test_a_name_edited_during_the_call_stays_as_the_person_wrote_it(tmp_path):
    with sheet_of(tmp_path, [person("Asha", ASHA)]) as world:
        world.run()
        world.bolna.quiet()
        world.google.sheet.edit(1, "Name", "Asha Rao")
        calm(world)
        assert_called_once(world, ASHA)
        told(world, "Asha Rao")


def test_cells_of_ours_that_a_person_cleared_are_filled_again(tmp_path):
    with sheet_of(tmp_path, [person("Asha", ASHA)]) as world:
        calm(world)
        before = told(world, "Asha")
        for column in OURS:
            world.google.sheet.edit(1, column, "")
        calm(world)
        assert told(world, "Asha") == before
        assert_called_once(world, ASHA)


def test_notes_of_people_stay_until_there_is_something_to_say(tmp_path):
    typed = ["called by hand, wants Friday"]
    rows = [["Asha", ASHA, "completed", "", "", "", *typed, "", "", ""],
            ["Bilal", "12", "", "", "", "", *typed, "", "", ""],
            ["Chitra", CHITRA, "", "", "", "", *typed, "", "", "later"]]
    with sheet_of(tmp_path, rows[1:], "Mood",
                  campaign={"window": "00:00-00:01"}) as world:
        world.run()
        world.run()
        assert line(world, "Chitra")["Notes"] == typed[0]
        assert line(world, "Chitra")["Mood"] == "later"
        assert line(world, "Bilal")["Notes"] == \
            "The phone number is too short"
        changed = {(c.row, c.header) for c in world.google.changes("api")}
        assert changed == {(1, "Notes")}


@pytest.mark.parametrize("text", ["=1+2", "+1", "@SUM(A1)", "\t=1", "-2+3"])
def test_what_looks_like_a_formula_stays_text(tmp_path, text):
    with World(tmp_path, [person("Asha", ASHA)]) as world:
        world.bolna.fate(ASHA, Fate(transcript=text, summary=text,
                                    hangup_reason=text))
        world.run()
        world.settle()
        sheet = world.google.sheet
        for column in ("Transcript", "Summary"):
            assert sheet.at(1, sheet.column(column)) == text
        assert text.strip() in sheet.at(1, sheet.column("Notes"))
