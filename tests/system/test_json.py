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


MANUAL = (ROOT / "dialer" / "callsheet.1").read_text(encoding="utf-8")


def promised(verb):
    """The members that the manual names."""
    part = MANUAL.split("The members of its object")[1].split(".El")[0]
    entry, = [words for names, words in re.findall(
        r"^\.It (.*)\n((?:[^.].*\n)+)", part, re.M)
        if verb in names.split(", ")]
    return set(re.findall(r"[a-z_]+", entry))


def tell(world, *words, status=0):
    done = world.callsheet(*words, "--json")
    assert done.returncode == status, done.stderr
    told = json.loads(done.stdout)
    for one in told if isinstance(told, list) else [told]:
        assert set(one) <= promised(words[0])
    return told


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


def test_status_of_one_account_tells_of_no_other(tmp_path):
    with World(tmp_path, [person("Asha", ASHA)], csv_file=True,
               nginx=False) as world:
        (tmp_path / "others.csv").write_text(
            world.csv_file.read_text(encoding="utf-8").replace(
                ASHA, BEN), encoding="utf-8")
        world.sections["account other"] = dict(world.sections["account acme"])
        world.sections["campaign talks"] = {
            **world.sections["campaign interviews"], "account": "other",
            "sheet": "file:others.csv"}
        world.write_conf(world.sections)
        world.tell("other")
        world.run()
        # the one concerns the host, and so everybody
        world.alter("UPDATE run SET started_at = started_at - 3600")
        world.alter("UPDATE campaign SET problem = 'it is gone',"
                    " problem_at = 1 WHERE name = 'talks'")
        mine = tell(world, "status", "--account", "acme", status=75)
        theirs = tell(world, "status", "--account=other", status=75)
        both = tell(world, "status", status=75)
        shown = world.callsheet("status", "--account", "acme").stdout
    assert [one["campaign"] for one in mine["campaigns"]] == ["interviews"]
    assert [one["campaign"] for one in theirs["campaigns"]] == ["talks"]
    assert len(both["campaigns"]) == 2
    assert [one["why"] for one in theirs["problems"]
            if one["what"] == "campaign"] == ["it is gone"]
    assert not [one for one in mine["problems"] if one["which"] == "talks"]
    everybodys = [one for one in both["problems"] if one["which"] is None]
    assert everybodys and all(one in mine["problems"] for one in everybodys)
    assert "interviews" in shown and "talks" not in shown


def test_an_account_that_is_none_is_named(world):
    done = world.callsheet("status", "--account", "acne")
    assert (done.returncode, done.stdout) == (65, "")
    assert "there is no account acne" in done.stderr


# --- what was done ---

@pytest.fixture
def ended(tmp_path):
    """Asha's call is over, and nothing is pending."""
    with World(tmp_path, [person("Asha", ASHA)], csv_file=True,
               nginx=False) as world:
        world.run()
        world.bolna.quiet(10)
        world.callsheet("reconcile")
        world.run()
        yield world


def test_each_verb_tells_what_it_did(ended):
    execution = ended.bolna.placed[0].execution_id
    assert {one["result"] for one in tell(ended, "doctor", "--database")} == {
        "ok"}
    assert tell(ended, "agents", "list")[0]["campaigns"] == ["interviews"]
    told = tell(ended, "reconcile")
    assert (told["listed"], told["whole"], told["problems"]) == (1, True, 0)
    told = tell(ended, "replay")
    assert (told["looked"], told["changed"], told["executions"]) == (1, 0, [])
    assert tell(ended, "outcome", ASHA, "callback", "--at",
                "tomorrow at 5 pm")["outcome"] == "callback"
    assert tell(ended, "pause")["campaigns"] == [
        {"campaign": "interviews", "state": "paused"}]
    assert tell(ended, "resume")["campaigns"][0]["state"] == "goes on"
    copy = ended.dir / "copy.db"
    told = tell(ended, "backup", str(copy))
    assert told == {"file": str(copy), "bytes": copy.stat().st_size}
    told = tell(ended, "evidence", ASHA, str(ended.dir / "files"))
    assert (told["attempts"], told["rows"]) == (1, 1)
    told = tell(ended, "prune", "--dry-run")
    assert told["dry_run"] is True
    assert {one["class"]: one["older"] for one in told["classes"]}[
        "transcripts"] == 0
    told = tell(ended, "erase", ASHA)
    assert (told["rows"], told["calls"], told["left"]) == (1, 1, 0)
    assert told["calls_at_bolna"] == [{"execution": execution}]
    assert told["rows_by_hand"][0]["campaign"] == "interviews"


def test_replay_tells_what_it_changed(ended):
    ended.alter("UPDATE execution SET talk_secs = 1")
    told = tell(ended, "replay", "--dry-run")
    assert (told["changed"], told["dry_run"]) == (1, True)
    assert told["executions"][0]["execution"] == (
        ended.bolna.placed[0].execution_id)


def test_who_is_live_is_not_erased_and_a_program_hears_why(ended):
    ended.alter("UPDATE attempt SET state = 'unknown'")
    told = tell(ended, "erase", ASHA, status=75)
    assert told == {"not_over": [{"attempt": 1, "state": "unknown"}]}


def test_the_do_not_call_list_tells_what_changed(ended):
    assert tell(ended, "dnc", "add", BEN) == {
        "changed": 1, "unchanged": 0, "none": []}
    assert tell(ended, "dnc", "add", BEN)["unchanged"] == 1
    told = tell(ended, "dnc", "add", "12", status=65)
    assert told["none"][0]["given"] == "12"
    numbers = ended.dir / "numbers"
    numbers.write_text(f"{BEN}\n{ASHA}\n7\n")
    told = tell(ended, "dnc", "import", str(numbers), status=65)
    assert (told["changed"], told["unchanged"], len(told["none"])) == (1, 1, 1)


def test_a_call_tells_what_came_of_it(ended):
    told = tell(ended, "call", ASHA, "--campaign", "interviews")
    assert told == {"phone": ASHA, "campaign": "interviews", "called": True,
                    "execution": ended.bolna.placed[-1].execution_id}
    told = tell(ended, "call", BEN, "--campaign", "interviews", status=65)
    assert (told["called"], told["why"]) == (False, "stands in no row")
    ended.callsheet("dnc", "add", ASHA)
    told = tell(ended, "call", ASHA, "--campaign", "interviews", status=65)
    assert (told["called"], told["decision"]["verdict"],
            told["decision"]["rule"]) == (False, "block", "dnc")


def test_the_test_of_the_webhook_tells_its_result(ended):
    ended.set("webhook", development="yes")
    told = tell(ended, "test-webhook", "http://127.0.0.1:9/webhook/bolna",
                status=69)
    assert told["result"] == "FAIL"
    assert told["address"] == "http://127.0.0.1:9/webhook/bolna"
    assert "no answer" in told["says"]


@pytest.mark.parametrize("words", [
    ["status"], ["dnc", "list"], ["outcome", ASHA, "confirmed"], ["config"],
    ["pause"], ["replay"], ["credits"], ["doctor", "--database"],
    ["status", "--json"]], ids=" ".join)
def test_an_answer_that_could_not_be_written_is_no_success(world, words):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(world.command(*words), stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 74
    assert "standard output could not be written" in done.stderr


# --- the manual, and bash ---

def help_of(verb):
    return subprocess.run([str(BUILD / "callsheet"), verb, "--help"],
                          text=True, capture_output=True, timeout=30).stdout


def verbs():
    shown = subprocess.run([str(BUILD / "callsheet"), "--help"], text=True,
                           capture_output=True, timeout=30).stdout
    return re.findall(r"^  ([a-z][a-z-]+) +\S", shown, re.M)


def test_the_manual_knows_every_verb_and_its_options():
    entries = re.split(r"^\.It (?=Xo|Cm)", MANUAL.split("The verbs are:")[1]
                       .split("The members of its")[0], flags=re.M)
    for verb in verbs():
        mine = "".join(one for one in entries
                       if re.match(rf"(Xo\s+\.)?Cm {verb}\b", one))
        assert mine, verb
        for option in re.findall(r"--([a-z-]+)", help_of(verb)
                                 .splitlines()[0]):
            if option == "json":
                continue            # said once, of all
            assert f"Fl -{option}" in mine, (verb, option)


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
        subprocess.run(["make", "-s", f"B={BUILD}", "-o", BUILD / "flags",
                        f"DESTDIR={tmp_path}", target], cwd=ROOT, check=True,
                       capture_output=True, timeout=240)
        there = list(tmp_path.rglob("completions/callsheet"))
        assert len(there) == (target == "install")
