"""What falls into another person's row, because rows were moved at the moment
of writing, is taken away again and believed by nobody; also what shows no call
by which it would be known."""

import pytest

from sheet_people import ASHA, BILAL, CHITRA, READ, WRITE, line, lines
from test_sheet_rows import Edits, swap
from world import HEADER, World, person
from sim.bolna import refusal

OUTCOME = [*HEADER, "Outcome"]
THREE = [person("Asha", ASHA, ""), person("Bilal", BILAL, ""),
         person("Chitra", CHITRA, "")]


def world_of(directory, rows=THREE, **options):
    return World(directory, rows, **{"header": OUTCOME, "nginx": False,
                                     "pace": 0, **options})


def astray(world, edit, name="Bilal", column="Outcome"):
    """Edit before the next write; what then stood in somebody's row."""
    seen = []
    world.google.before(WRITE, edit)
    world.google.after(WRITE, lambda _: seen.append(
        [row[column] for row in lines(world) if row["Name"] == name]))
    return seen


@pytest.mark.parametrize("theirs", ["", "confirmed", "who knows"])
def test_a_word_about_one_person_is_no_word_about_another(tmp_path, theirs):
    rows = [THREE[0], person("Bilal", BILAL, theirs)]
    with world_of(tmp_path, rows, settings={"dry_run": "yes"}) as world:
        world.run()
        before = line(world, "Bilal")
        world.callsheet("outcome", ASHA, "opt_out")
        seen = astray(world, swap(world, ASHA, BILAL))
        for _ in range(3):
            world.run()
            world.age(900)
        assert seen == [["opt_out"]]                    # it did go astray
        assert line(world, "Bilal") == before
        assert line(world, "Asha")["Outcome"] == "opt_out"
        assert "do-not-call" in line(world, "Asha")["Notes"]
        assert world.query("SELECT l.name, o.outcome FROM outcome o JOIN lead"
                           " l ON l.id = o.lead WHERE l.name = 'Bilal'") == [
            ("Bilal", word) for word in [theirs] if word == "confirmed"]
        assert world.query("SELECT phone FROM suppression") == [(ASHA,)]


def test_nor_when_rows_are_moved_again_as_it_is_taken_away(tmp_path):
    with world_of(tmp_path, settings={"dry_run": "yes"}) as world:
        world.run()
        world.callsheet("outcome", ASHA, "declined")
        edits = Edits(swap(world, ASHA, BILAL), swap(world, BILAL, CHITRA))
        world.google.before(WRITE, edits, times=None)
        for _ in range(3):
            world.run()
            world.age(900)
        assert edits.left == []
        assert [(row["Name"], row["Outcome"]) for row in lines(world)
                if row["Outcome"]] == [("Asha", "declined")]
        assert world.query("SELECT lead FROM outcome") == [(1,)]


def test_the_refusal_of_one_call_is_no_end_of_another(tmp_path):
    with world_of(tmp_path, THREE[:2],
                  campaign={"calls_per_pass": 1}) as world:
        world.bolna.fault("POST /call", refusal(400))
        seen = []

        def when_refused(request):
            if world.value("SELECT state FROM attempt") == "rejected":
                swap(world, ASHA, BILAL)(request)
                world.google.after(WRITE, lambda _: seen.append(
                    line(world, "Bilal")["Status"]))
        world.google.before(WRITE, when_refused, times=2)
        world.run(ok=False)
        assert seen == ["failed"]                       # it did go astray
        assert line(world, "Bilal")["Status"] == ""
        world.age(900)
        world.run()
        assert world.bolna.count(BILAL) == 1
        assert line(world, "Asha")["Status"] == "failed"


def test_notes_of_one_who_is_not_called_do_not_stay_with_another(tmp_path):
    rows = [person("Asha", "12"), person("Bilal", BILAL)]
    with world_of(tmp_path, rows, header=HEADER,
                  settings={"dry_run": "yes"}) as world:
        seen = astray(world, swap(world, "12", BILAL), column="Notes")
        for _ in range(3):
            world.run(ok=False)
            world.age(900)
        ((stray,),) = seen
        assert stray != "" and line(world, "Bilal")["Notes"] == ""
        assert line(world, "Asha")["Notes"] == stray


def test_what_fell_below_the_last_row_is_nobodys_word_later(tmp_path):
    with world_of(tmp_path, settings={"dry_run": "yes"}) as world:
        world.run()
        world.callsheet("outcome", CHITRA, "declined")
        world.google.before(WRITE, lambda _: world.google.sheet.delete_row(1))
        for _ in range(3):
            world.run()
            world.age(900)
        assert [(row["Name"], row["Outcome"], row["Notes"])
                for row in lines(world) if any(row.values())] == [
            ("Bilal", "", ""), ("Chitra", "declined", "")]


def test_what_cannot_be_taken_away_is_said(tmp_path):
    with world_of(tmp_path, settings={"dry_run": "yes"}) as world:
        world.run()
        world.callsheet("outcome", ASHA, "declined")
        world.google.before(WRITE, swap(world, ASHA, BILAL))
        world.google.after(WRITE, lambda _: world.google.fail(
            READ, 403, times=9))
        done = world.run(ok=False)
        assert done.returncode == 75
        assert "1 may show the Notes or Outcome of another" in done.stderr
