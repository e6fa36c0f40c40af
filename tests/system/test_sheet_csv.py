"""A CSV file as the sheet: the same promises, and a file that stays as its
owner's programs wrote it."""

import csv
import os
import random
import threading

import pytest

from sheet_people import (
    ASHA, BILAL, CHITRA, DEV, about, assert_called_once, calm)
from world import HEADER, World, person
from sim.bolna import Fate

FOUR = [person("Asha", ASHA, "Pune"), person("Bilal", BILAL, "Delhi"),
        person("Chitra", CHITRA, "Kochi"), person("Dev", DEV, "Agra")]
CLOSED = {"window": "00:00-00:01"}


def file_of(directory, rows=FOUR, **options):
    world = World(directory, rows, header=[*HEADER, "City"], csv_file=True,
                  **options)
    for row in rows:
        world.bolna.fate(row[1], about(row[1]))
    return world


def lines(world, delimiter=","):
    """The rows as any program reads them."""
    with open(world.csv_file, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file, delimiter=delimiter, strict=True))


def save(world, edit):
    """A person opens the file, edits its rows and saves them all."""
    with open(world.csv_file, newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    part = world.csv_file.with_suffix(".part")
    with open(part, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *(edit(rows) or rows)])
    part.replace(world.csv_file)


def assert_told(world, *names):
    """Their calls are over, and each has its own result."""
    found = {row["Name"]: row for row in lines(world)}
    for name in names:
        row = found[name]
        assert row["Status"] == "completed", row
        assert row["Summary"] == f"Spoke with {row['Phone Number']}.", row


def problem(world):
    return world.value("SELECT problem FROM campaign")


# --- rows ---

def test_rows_may_be_moved_and_saved_all_the_time(tmp_path):
    dice, ended = random.Random(7), threading.Event()

    def person_at_work(world):
        while not ended.wait(0.005):
            save(world, dice.shuffle)

    with file_of(tmp_path) as world:
        worker = threading.Thread(target=person_at_work, args=(world,))
        worker.start()
        try:
            for _ in range(6):
                world.run(ok=False)
                world.bolna.quiet()
                world.age(900)
        finally:
            ended.set()
            worker.join()
        calm(world)
        assert_called_once(world, ASHA, BILAL, CHITRA, DEV)
        assert_told(world, "Asha", "Bilal", "Chitra", "Dev")
        assert {(row["Name"], row["City"]) for row in lines(world)} == {
            (row[0], row[9]) for row in FOUR}


def test_rows_may_come_go_and_change_between_passes(tmp_path):
    with file_of(tmp_path) as world:
        world.run()
        world.bolna.quiet()

        def edit(rows):
            asha, bilal, chitra, dev = rows
            chitra[0] = "Chitra Rao"
            return [["", ""], dev, bilal, list(bilal), chitra]
        save(world, edit)
        calm(world)
        assert_called_once(world, ASHA, BILAL, CHITRA, DEV)
        assert_told(world, "Chitra Rao", "Dev")
        one, two = [row for row in lines(world) if row["Name"] == "Bilal"]
        assert {one["Status"], two["Status"]} == {"completed", ""}
        for _ in range(3):
            world.age(4000)
            world.run(ok=False)
        assert "row Asha: the row is not in the sheet any more" in \
            world.callsheet("status").stdout


def test_an_old_copy_that_is_saved_over_the_results_gets_them_again(tmp_path):
    with file_of(tmp_path) as world:
        old = world.csv_file.read_bytes()
        calm(world)
        world.csv_file.write_bytes(old)
        calm(world)
        assert_called_once(world, ASHA, BILAL, CHITRA, DEV)
        assert_told(world, "Asha", "Bilal", "Chitra", "Dev")


def test_a_number_is_read_with_the_country_that_is_set_now(tmp_path):
    with file_of(tmp_path, [person("Asha", "99999 00001")],
                 campaign={"country": 44, **CLOSED}) as world:
        world.run()
        assert "two ways" in lines(world)[0]["Notes"]
        world.run()
        world.set("campaign interviews", country=91)
        world.run()
        world.run()
        assert world.value("SELECT phone FROM lead WHERE present") == ASHA


def test_new_settings_are_applied_to_a_file_that_has_not_changed(tmp_path):
    with file_of(tmp_path, campaign=CLOSED) as world:
        world.run()
        world.set("campaign interviews", timezone="Asia/Kolkata")
        world.run()
        assert world.query("SELECT DISTINCT timezone FROM lead") == [
            ("Asia/Kolkata",)]


# --- the file ---

def test_the_file_stays_as_its_program_wrote_it(tmp_path):
    with file_of(tmp_path, FOUR[:2]) as world:
        text = (";".join(["City", *HEADER, "Note; mine"]) + "\r\n").replace(
            "Note; mine", '"Note; mine"')
        text += f'"Pu""ne";Asha;{ASHA};;;;;;;;\u20ac 5,00\r\n'
        text += f"Delhi;Bilal;{BILAL};;;;;;;;'x\r\n"
        world.csv_file.write_bytes(b"\xef\xbb\xbf" + text.encode())
        world.csv_file.chmod(0o640)
        world.bolna.fate(ASHA, Fate(transcript="one\ntwo; three\n",
                                    summary=f"Spoke with {ASHA}."))
        calm(world)
        raw = world.csv_file.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf" + text.split("\r\n")[0].encode()
                              + b'\r\n"Pu""ne";Asha;' + ASHA.encode() + b";")
        assert raw.count(b"\r\n") == 3 and raw.endswith(b"\r\n")
        asha, bilal = lines(world, ";")
        assert asha["Note; mine"] == "\u20ac 5,00"
        assert bilal["Note; mine"] == "'x"
        assert asha["Transcript"] == "one\ntwo; three\n"
        assert asha["Summary"] == f"Spoke with {ASHA}."
        assert bilal["Summary"] == f"Spoke with {BILAL}."
        assert world.csv_file.stat().st_mode & 0o777 == 0o640
        assert [f.name for f in tmp_path.iterdir()
                if f.name.startswith(".callsheet")] == []


@pytest.mark.parametrize("text", ["=1+2", "+1", "@SUM(A1)", "\t=1", "-2+3",
                                  " =1", "\u200b=1", "\uff1d1"])
def test_what_looks_like_a_formula_is_made_text(tmp_path, text):
    with file_of(tmp_path, FOUR[:1]) as world:
        world.bolna.fate(ASHA, Fate(transcript=text, summary=text))
        calm(world)
        row = lines(world)[0]
        assert row["Transcript"] == row["Summary"] == "'" + text


def test_whatever_is_said_is_read_back_as_it_was(tmp_path):
    text = ('he said "yes", twice;\n\n\u092f\u0939 \u0920\u0940\u0915'
            ' \U0001f600 \u202eright to left\u202c\t,;"')
    with file_of(tmp_path, FOUR[:1]) as world:
        world.bolna.fate(ASHA, Fate(transcript=text, summary='"'))
        calm(world)
        row = lines(world)[0]
        assert (row["Transcript"], row["Summary"]) == (text, '"')


def test_a_file_that_has_not_changed_is_not_read_again(tmp_path):
    with file_of(tmp_path, campaign=CLOSED) as world:
        world.run()
        world.alter("UPDATE lead SET name = 'mark' WHERE name = 'Asha'")
        world.run()
        assert world.value("SELECT name FROM lead WHERE phone = ?",
                           ASHA) == "mark"
        os.utime(world.csv_file)
        world.run()
        assert world.value("SELECT name FROM lead WHERE phone = ?",
                           ASHA) == "Asha"


# --- what is wrong with it ---

def remove(path):
    path.unlink()


def directory(path):
    path.unlink()
    path.mkdir()


def circle(path):
    path.unlink()
    path.symlink_to(path.name)


def content(change):
    return lambda path: path.write_bytes(change(path.read_bytes()))


FAULTS = {
    "missing": (remove, "cannot open it: No such file or directory"),
    "directory": (directory, "this is no file"),
    "unreadable": (circle, "cannot open it: Too many levels of symbolic"),
    "Latin-1": (content(lambda b: b.replace(b"Kochi", b"K\xf6chi")),
                'line 4 is not UTF-8; save the file as "CSV UTF-8"'),
    "UTF-16": (content(lambda b: b.decode().encode("utf-16")),
               "the file is UTF-16"),
    "NUL": (content(lambda b: b.replace(b"Delhi", b"Del\0i")),
            "line 3 holds a NUL byte"),
    "open quote": (content(lambda b: b.replace(b"Dev", b'"Dev')),
                   "the quote in line 5 is never closed"),
    "no header": (content(lambda b: b.replace(b"Notes", b"Remarks")),
                  'the header "Notes" is missing'),
    "twice": (content(lambda b: b.replace(b"City", b" notes ")),
              'the header "Notes" is there twice, in columns G and J'),
    "empty": (content(lambda b: b""), "are missing in the first row"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_file_that_cannot_be_used_is_said_in_words(tmp_path, name):
    spoil, words = FAULTS[name]
    with file_of(tmp_path) as world:
        good = world.csv_file.read_bytes()
        spoil(world.csv_file)
        assert world.run(ok=False).returncode == 75
        assert words in problem(world)
        assert f"{world.csv_file}: " in world.callsheet("status").stdout
        assert words in world.callsheet("status").stdout
        assert world.bolna.placed == []
        if world.csv_file.is_dir():
            world.csv_file.rmdir()
        world.csv_file.unlink(missing_ok=True)
        world.csv_file.write_bytes(good)
        calm(world)
        assert problem(world) is None
        assert_called_once(world, ASHA, BILAL, CHITRA, DEV)


def test_results_wait_while_the_file_is_away(tmp_path):
    with file_of(tmp_path) as world:
        world.run()
        world.bolna.quiet()
        away = world.csv_file.with_suffix(".away")
        world.csv_file.rename(away)
        assert world.run(ok=False).returncode == 75
        away.rename(world.csv_file)
        calm(world)
        assert_called_once(world, ASHA, BILAL, CHITRA, DEV)
        assert_told(world, "Asha", "Bilal", "Chitra", "Dev")


def test_an_older_copy_that_is_saved_over_a_result_is_put_right(tmp_path):
    with file_of(tmp_path) as world:
        world.run()
        older = (tmp_path / "leads.csv").read_bytes()
        calm(world)
        assert_told(world, "Asha", "Bilal", "Chitra", "Dev")
        (tmp_path / "leads.csv").write_bytes(older)
        calm(world)
        assert_told(world, "Asha", "Bilal", "Chitra", "Dev")
        assert_called_once(world, ASHA, BILAL, CHITRA, DEV)
