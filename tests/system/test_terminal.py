"""What strangers wrote drives nobody's terminal."""

import json
import unicodedata

import pytest

from world import World, person

ASHA = "+919999900001"
HOSTILE = "\x1b]0;x\x07\x1b[2J\u009b31m\x7f\r\b"
SIGNS = "\u00a9\u00e9" * 3001       # c2 a9 begins as a control character does


@pytest.fixture
def world(tmp_path):
    """A row and a trouble whose words are meant for a terminal."""
    with World(tmp_path / "w", [person("Asha", ASHA)], csv_file=True,
               nginx=False) as world:
        world.run()
        world.bolna.quiet()
        world.alter("UPDATE lead SET name = ?", f"Asha{HOSTILE}{SIGNS}")
        world.alter("UPDATE campaign SET problem = ?, problem_at = 1",
                    f"no header{HOSTILE}")
        yield world


def controls(text):
    return {c for c in text if unicodedata.category(c) == "Cc"} - {"\n", "\t"}


@pytest.mark.parametrize("words", [
    ["status"], ["status", "--json"], ["why", ASHA], ["why", ASHA, "--json"]],
    ids=" ".join)
def test_no_verb_prints_a_control_character(world, words):
    done = world.callsheet(*words)
    assert "\ufffd" in done.stdout or "\\u001b" in done.stdout
    assert controls(done.stdout + done.stderr) == set()
    if "--json" in words:
        json.loads(done.stdout)
    elif words[0] == "why":
        assert SIGNS in done.stdout


def test_an_export_is_as_it_was_written(world):
    row, = world.callsheet("export").stdout.splitlines()
    assert json.loads(row)["name"] == f"Asha{HOSTILE}{SIGNS}"
