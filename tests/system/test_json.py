"""What the verbs tell programs, and what bash completes."""

import json
import re
import subprocess

import pytest

from world import BUILD, ROOT, World, person

ASHA, BEN = "+919999900001", "+919999900002"
COMPLETION = ROOT / "dialer" / "callsheet.bash"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("json"),
               [person("Asha", ASHA), person("Ben", "12")],
               csv_file=True) as world:
        world.run()
        world.settle()
        yield world


def tell(world, *words, status=0):
    done = world.callsheet(*words, "--json")
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def test_status_tells_campaigns_problems_and_the_last_pass(world):
    told = tell(world, "status")
    (campaign,) = told["campaigns"]
    assert (campaign["campaign"], campaign["rows"], campaign["completed"]) \
        == ("interviews", 2, 1)
    assert told["problems"] == []
    assert told["dry_run"] is False
    assert told["last_pass"]["status"] == 0
    world.alter("UPDATE campaign SET problem = 'it is \"gone\"',"
                " problem_at = 1")
    told = tell(world, "status", status=75)
    assert told["problems"][0]["why"] == 'it is "gone"'
    world.alter("UPDATE campaign SET problem = NULL, problem_at = NULL")


def test_status_before_the_first_pass_is_json_too(tmp_path):
    with World(tmp_path, [person("Asha", ASHA)], csv_file=True,
               nginx=False, told=False) as fresh:
        told = tell(fresh, "status")
        assert (told["last_pass"], told["campaigns"]) == (None, [])


def test_why_tells_the_rule_the_facts_and_what_was_before(world):
    (told,) = tell(world, "why", ASHA)
    assert (told["name"], told["account"]) == ("Asha", "acme")
    assert told["now"]["rule"] == "over"
    assert told["now"]["facts"]["last"] == "completed"
    assert told["attempts"] == 1
    assert told["before"][-1]["verdict"] == "call"
    assert tell(world, "why", BEN, status=65) == []


def test_the_do_not_call_list_is_told(world):
    assert tell(world, "dnc", "list") == []
    world.callsheet("dnc", "add", BEN, "--note", 'said "no"')
    (told,) = tell(world, "dnc", "list")
    assert (told["phone"], told["account"], told["note"]) == (
        BEN, "(all)", 'said "no"')


# --- bash ---

def help_of(verb):
    return subprocess.run([str(BUILD / "callsheet"), verb, "--help"],
                          text=True, capture_output=True, timeout=30).stdout


def verbs():
    shown = subprocess.run([str(BUILD / "callsheet"), "--help"], text=True,
                           capture_output=True, timeout=30).stdout
    return re.findall(r"^  ([a-z][a-z-]+) +\S", shown, re.M)


def complete(*words):
    """What bash offers after these words, the last of them begun."""
    script = ('source "$1"; shift; COMP_WORDS=("$@");'
              ' COMP_CWORD=$(($# - 1)); _callsheet;'
              ' printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, "bash", COMPLETION,
                           "callsheet", *words], text=True,
                          capture_output=True, timeout=30)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_bash_completes_every_verb_and_no_other():
    offered = {word for word in complete("") if not word.startswith("-")}
    assert offered == set(verbs())
    assert complete("ex") == {"export"}
    assert complete("-c", "x.conf", "tes") == {"test-webhook"}


@pytest.mark.parametrize("verb", verbs())
def test_bash_completes_the_options_of_a_verb_and_no_other(verb):
    usage = help_of(verb).splitlines()[0]
    takes = set(re.findall(r"--[a-z-]+", usage))
    assert complete(verb, "--") - {"--help"} == takes
    assert complete(verb, "--he") == {"--help"}


def test_bash_completes_words_that_follow():
    assert complete("export", "--format", "") == {"json", "ndjson", "csv"}
    assert complete("agents", "webh") == {"webhook"}
    assert "scrub" in complete("dnc", "s")


def test_the_completion_is_installed_and_taken_away(tmp_path):
    for target in ("install", "uninstall"):
        subprocess.run(["make", "-s", f"B={BUILD}", f"DESTDIR={tmp_path}",
                        target], cwd=ROOT, check=True, capture_output=True,
                       timeout=240)
        there = list(tmp_path.rglob("completions/callsheet"))
        assert len(there) == (target == "install")
