"""callsheet export: what it tells, to whom, and in how much memory."""

import csv
import io
import json
import os
import subprocess

import pytest

from world import World, person
from sim.bolna import Fate

ASHA, BEN = "+919999900001", "+919999900002"
MANY = 30000
EVIL = "=HYPERLINK(\"http://evil.example\",\"gift\")"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two people called: one talked of formulas, one was busy."""
    with World(tmp_path_factory.mktemp("export"),
               [person("@Asha", ASHA), person("Ben", BEN)], csv_file=True,
               ) as world:
        world.bolna.fate(ASHA, Fate(
            status="completed", duration=73.4, summary=EVIL,
            transcript="assistant: hello\nuser: \"yes\", नमस्ते\n"))
        world.bolna.fate(BEN, Fate("busy"))
        world.run()
        world.settle()
        yield world


def lines(world, *words):
    done = world.callsheet("export", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_call_is_told_with_what_came_of_it(world):
    asha, ben = lines(world)
    assert (asha["name"], asha["phone"], asha["campaign"]) == (
        "@Asha", ASHA, "interviews")
    assert (asha["status"], asha["state"], asha["confirmed"]) == (
        "completed", "done", True)
    assert asha["seconds"] == 73.4
    assert asha["transcript"] == (
        "assistant: hello\nuser: \"yes\", नमस्ते\n")
    assert asha["execution"] in {c.execution_id for c in world.bolna.placed}
    assert asha["placed"].endswith("Z")
    assert (ben["status"], ben["summary"]) == ("busy", None)


def test_the_three_formats_tell_the_same(world):
    want = lines(world)
    array = json.loads(world.callsheet("export", "--format", "json").stdout)
    assert array == want
    text = subprocess.run(
        world.command("export", "--format=csv"), capture_output=True,
        check=True, timeout=60).stdout.decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["execution"] for row in rows] == [
        call["execution"] for call in want]
    assert list(rows[0]) == list(want[0])
    assert rows[0]["transcript"] == want[0]["transcript"]
    assert text.endswith("\r\n")


def test_in_csv_nothing_becomes_a_formula_and_numbers_stay_numbers(world):
    text = world.callsheet("export", "--format", "csv").stdout
    row = next(csv.DictReader(io.StringIO(text, newline="")))
    assert row["summary"] == "'" + EVIL
    assert row["name"] == "'@Asha"
    assert row["phone"] == ASHA
    assert row["seconds"] == "73.4"


def test_an_export_can_be_of_one_campaign_and_of_a_time(world):
    assert len(lines(world, "--campaign", "interviews")) == 2
    assert len(lines(world, "--since", "2026-01-01")) == 2
    assert lines(world, "--until=1500000000") == []
    placed = world.value("SELECT min(sent_at) FROM attempt")
    assert len(lines(world, "--since", str(placed))) == 2
    assert lines(world, "--until", str(placed)) == []
    world.alter("UPDATE attempt SET sent_at = sent_at - 1000 WHERE phone = ?",
                BEN)
    (call,) = lines(world, "--since", str(placed))
    assert call["phone"] == ASHA
    world.alter("UPDATE attempt SET sent_at = sent_at + 1000 WHERE phone = ?",
                BEN)


@pytest.mark.parametrize("words, status, said", [
    (["--campaign", "talks"], 65, "there is no campaign talks"),
    (["--account", "other"], 65, "there is no account other"),
    (["--account", "other", "--campaign", "interviews"], 65,
     "there is no campaign interviews of account other"),
    (["--format", "xml"], 64, "json, ndjson or csv, not 'xml'"),
    (["--since", "soon"], 64, "--since takes 2026-03-04")])
def test_what_cannot_be_exported_is_refused_with_the_reason(
        world, words, status, said):
    done = world.callsheet("export", *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr


def test_an_empty_array_is_json_too(world):
    done = world.callsheet("export", "--format", "json", "--until=1")
    assert json.loads(done.stdout) == []


def test_what_bolna_has_not_confirmed_is_not_told(tmp_path):
    with World(tmp_path, [person("Asha", ASHA)], csv_file=True) as world:
        world.bolna.fate(ASHA, Fate("completed"))
        world.run()
        world.bolna.quiet(10)
        world.alter("UPDATE execution SET verified = 0, final = 'completed',"
                    " transcript = 'invented', cost_cents = 99")
        (call,) = lines(world)
        assert call["confirmed"] is False
        assert call["status"] != "completed"
        assert (call["transcript"], call["cost"]) == (None, None)


def test_what_was_never_sent_is_no_call(tmp_path):
    with World(tmp_path, [person("Asha", ASHA)], csv_file=True) as world:
        world.run()
        world.settle()
        world.alter("UPDATE attempt SET state = 'released'")
        assert lines(world) == []


def test_a_reader_that_goes_away_or_a_full_disk_is_no_success(world):
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    with open("/dev/full", "w") as full:
        done = subprocess.run(world.command("export"), stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 74
    assert "standard output" in done.stderr


def test_a_large_export_needs_no_more_memory_than_a_small_one(tmp_path):
    with World(tmp_path, [person("Asha", ASHA)], csv_file=True,
               nginx=False) as world:
        world.run()
        world.stop_receiver()
        small = peak(world)
        many(world)
        large = peak(world)
        assert large[0] == MANY + small[0]
        assert large[1] < small[1] + 8 * 1024, (small, large)


def many(world):
    """Calls that are over, each with a transcript of a kilobyte."""
    world.alter(f"""WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
        SELECT i + 1 FROM n WHERE i < {MANY})
        INSERT INTO attempt (lead, campaign, account, phone, token, state,
          execution, sent_at)
        SELECT l.id, l.campaign, 1, l.phone, 't' || i, 'done', 'x' || i,
          unixepoch() FROM n, lead l WHERE l.id = 1""")
    world.alter("""INSERT INTO execution (id, attempt, final, verified,
          transcript)
        SELECT execution, id, 'completed', 1, hex(zeroblob(512))
        FROM attempt WHERE token LIKE 't%' AND execution LIKE 'x%'""")


def peak(world):
    """(lines, kilobytes of memory) of an export."""
    with subprocess.Popen(
            ["/usr/bin/python3", "-c",
             "import resource, subprocess, sys\n"
             "subprocess.run(sys.argv[1:], check=True)\n"
             "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,"
             " file=sys.stderr)",
             *world.command("export")], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE) as reader:
        rows = sum(1 for _ in reader.stdout)
        return rows, int(reader.stderr.read())
