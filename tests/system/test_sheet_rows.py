"""A result stands in its own person's row or in none, whatever people do to
the sheet while a pass runs; what is theirs is never written."""

import pytest

from sheet_people import (
    ASHA, BILAL, CHITRA, DEV, READ, WRITE, about, assert_called_once,
    calm, line, lines, sheet_of, told)
from world import HEADER, World, person
from sim.bolna import Fate

FOUR = [person("Asha", ASHA, "Pune"), person("Bilal", BILAL, "Delhi"),
        person("Chitra", CHITRA, "Kochi"), person("Dev", DEV, "Agra")]


def swap(world, one, two):
    """A person drags two people's rows into each other's place."""
    def hook(_request=None):
        sheet = world.google.sheet
        a, b = sorted((sheet.find(one)[0][0], sheet.find(two)[0][0]))
        sheet.move_row(b, a)
        sheet.move_row(a + 1, b)
    return hook


def before_rows_are_found(world, edit):
    """Do edit after the import, when the rows are about to be searched."""
    def hook(request):
        if world.value("SELECT EXISTS (SELECT 1 FROM delivery)") and \
                len(world.google.asked(READ)) % 3 == 0:
            edit(request)
    world.google.before(READ, hook, times=None)


def before_the_write(world, edit):
    """Do edit between the search for the rows and the write."""
    world.google.before(WRITE, edit, times=None)


def after_the_write(world, edit):
    world.google.after(WRITE, edit, times=None)


class Edits:
    """What a person does to the sheet, one thing at each occasion."""

    def __init__(self, *things):
        self.left = list(things)

    def __call__(self, _request):
        if self.left:
            self.left.pop(0)()


def sorting(sheet):
    """All rows the other way round; then only the names and numbers."""
    return Edits(lambda: sheet.sort("Name", reverse=True),
                 lambda: sheet.sort_range("Name", "Name", "Phone Number"))


def adding(sheet):
    """An empty row, and then a copy of somebody's row above it."""
    return Edits(lambda: sheet.insert_row(2),
                 lambda: sheet.copy_row(sheet.find(BILAL)[0][0], 1))


def removing(sheet):
    """The first row goes; then the last comes to the top."""
    return Edits(lambda: sheet.delete_row(sheet.find(ASHA)[0][0]),
                 lambda: sheet.move_row(sheet.find(DEV)[0][0], 1))


@pytest.mark.parametrize("edits", [sorting, adding, removing])
@pytest.mark.parametrize("moment", [before_rows_are_found, before_the_write,
                                    after_the_write])
def test_rows_may_move_at_any_moment_of_a_pass(tmp_path, moment, edits):
    with sheet_of(tmp_path, FOUR, "City") as world:
        edit = edits(world.google.sheet)
        moment(world, edit)
        calm(world)
        assert edit.left == []
        assert_called_once(world, BILAL, CHITRA, DEV)
        assert world.bolna.count(ASHA) == (
            0 if edits is removing and moment is not after_the_write else 1)
        for name in ("Chitra", "Dev"):
            told(world, name)
        assert [row["Status"] for row in lines(world)
                if row["Name"] == "Bilal"].count("completed") == 1


def test_a_person_who_was_never_called_loses_the_stray_result(tmp_path):
    rows = [person("Asha", ASHA), person("Bilal", BILAL)]
    with sheet_of(tmp_path, rows, campaign={"calls_per_pass": 1}) as world:
        world.run()
        world.bolna.quiet()
        world.set("campaign interviews", window="00:00-00:01")
        seen = []
        world.google.before(WRITE, swap(world, ASHA, BILAL))
        world.google.after(WRITE, lambda _: seen.append(
            line(world, "Bilal")["Summary"]))
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
            ASHA: [Fate("busy"), about(ASHA)]}) as world:
        world.run()
        world.bolna.quiet()
        world.run()
        before = told(world, "Bilal")
        assert line(world, "Asha")["Status"] == "busy"
        world.age(900)
        seen = []
        world.google.before(WRITE, swap(world, ASHA, BILAL))
        world.google.after(WRITE, lambda _: seen.append(
            line(world, "Bilal")["Status"]))
        calm(world)
        assert seen == ["initiating"]               # it did go astray
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


@pytest.mark.parametrize("column", ["Name", "Key"])
@pytest.mark.parametrize("text", ["2026-05-12", "10:30 PM"])
def test_a_row_is_its_own_whatever_google_makes_of_its_cells(tmp_path, text,
                                                             column):
    with World(tmp_path, [person("Asha", ASHA, "")], nginx=False, pace=0,
               header=[*HEADER, "Key"]) as world:
        world.google.sheet.type_in(1, column, text)
        world.run()
        world.bolna.quiet()
        world.callsheet("reconcile")
        world.run()
        (row,) = lines(world)
        assert row["Status"] == "completed"
        assert world.query("SELECT * FROM delivery") == []


def test_a_row_deleted_after_the_claim_is_not_called(tmp_path):
    with sheet_of(tmp_path, FOUR, "City") as world:
        sheet = world.google.sheet
        before_rows_are_found(world, Edits(
            lambda: sheet.delete_row(sheet.find(BILAL)[0][0])))
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
        edit = Edits(lambda: world.google.sheet.edit(1, "Phone Number",
                                                     BILAL))
        before_rows_are_found(world, edit)
        world.run(ok=False)
        assert edit.left == [] and world.bolna.placed == []
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


@pytest.mark.parametrize("written", [
    ASHA, "099999 00001", "0091 99999-00001", "(+91) 99999 00001\u00a0",
    "\uff10\uff19\uff19\uff19\uff19\uff19\uff10\uff10\uff10\uff10\uff11"])
def test_two_rows_with_one_number_are_one_call(tmp_path, written):
    rows = [person("Asha", ASHA), person("Amit", written)]
    with sheet_of(tmp_path, rows) as world:
        calm(world)
        assert_called_once(world, ASHA)
        told(world, "Asha")
        other = line(world, "Amit")
        assert other["Status"] == "" and "only once" in other["Notes"]


def test_one_number_under_two_keys_is_one_call(tmp_path):
    rows = [person("Asha", ASHA, "K1"), person("Asha", ASHA, "K2")]
    with sheet_of(tmp_path, rows, "Key") as world:
        world.run()
        world.bolna.quiet()
        world.google.sheet.sort("Key", reverse=True)
        calm(world)
        assert_called_once(world, ASHA)
        two, one = lines(world)
        assert (one["Key"], one["Status"]) == ("K1", "completed")
        assert two["Status"] == "" and "only once" in two["Notes"]


def test_a_number_that_was_called_is_not_called_under_another_name(tmp_path):
    with sheet_of(tmp_path, FOUR[:2], "City") as world:
        calm(world)
        world.google.sheet.delete_row(1)
        calm(world)
        world.google.sheet.insert_row(2, ["Amit", ASHA])
        calm(world)
        assert_called_once(world, ASHA, BILAL)
        assert line(world, "Amit")["Status"] == ""
        assert "was called for a row that is gone" in \
            line(world, "Amit")["Notes"]


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
        for column in HEADER[2:]:
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
