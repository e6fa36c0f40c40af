"""The verbs as a new user meets them."""

import contextlib
import fcntl
import os
import re
import shutil
import sqlite3
import subprocess

import pytest

from world import BUILD, World, person


ASHA = "+919999900001"


def callsheet(*args, env=None):
    return subprocess.run([str(BUILD / "callsheet"), *map(str, args)],
                          text=True, capture_output=True, timeout=30,
                          env={**os.environ, **(env or {})})


def test_init_makes_what_is_missing_and_changes_nothing_else(tmp_path):
    conf = tmp_path / "new" / "callsheet.conf"
    first = callsheet("init", "-c", conf)
    assert first.returncode == 0, first.stderr
    assert "dry_run = no" in first.stdout
    for name in ("callsheet.conf", "bolna-addresses", "webhook-secret",
                 "webhook-gate", "callsheet.db"):
        assert (conf.parent / name).exists()
    before = {p.name: p.read_bytes() for p in conf.parent.iterdir()
              if not p.name.startswith("callsheet.db")}
    second = callsheet("init", "-c", conf)
    assert second.returncode == 0
    assert "nothing was missing" in second.stdout
    for name, content in before.items():
        assert (conf.parent / name).read_bytes() == content


def test_what_init_makes_only_its_owner_can_read(tmp_path):
    conf = tmp_path / "callsheet.conf"
    callsheet("init", "-c", conf)
    for path in tmp_path.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_new_installation_calls_nobody(tmp_path):
    conf = tmp_path / "callsheet.conf"
    callsheet("init", "-c", conf)
    assert "dry_run = yes" in callsheet("config", "-c", conf).stdout


def test_settings_without_a_campaign_say_that_there_is_nobody_to_call(
        tmp_path):
    conf = tmp_path / "callsheet.conf"
    callsheet("init", "-c", conf)
    (tmp_path / "main.bolna").write_text("bn-example\n")
    (tmp_path / "main.bolna").chmod(0o600)
    done = callsheet("run", "--once", "-v", "-c", conf)
    assert done.returncode == 0
    assert f"{conf}: has no [campaign ...]" in done.stderr
    assert "have no campaign" in callsheet("status", "-c", conf).stdout


def test_the_settings_of_init_become_a_campaign(tmp_path):
    conf = tmp_path / "callsheet.conf"
    callsheet("init", "-c", conf)
    text = conf.read_text()
    head, campaign = text.split("; [campaign")
    lines = ("[campaign" + campaign).replace("; or a CSV file: ", "; ")
    lines = lines.replace("; sheet = https", ";; sheet = https")
    lines = re.sub(r"^; (.*):$", r";; \1:", lines, flags=re.MULTILINE)
    conf.write_text(head + "\n".join(
        line.removeprefix("; ") for line in lines.splitlines()))
    (tmp_path / "main.bolna").write_text("bn-example\n")
    (tmp_path / "main.bolna").chmod(0o600)
    (tmp_path / "leads.csv").write_text(
        "Name,Phone Number,Status,Latest Execution ID,Duration,"
        "Last Attempt Time,Notes,Transcript,Summary\n"
        "Asha,+919999900001,,,,,,,\nBen,+442079460001,,,,,,,\n")
    with conf.open("a") as settings:
        settings.write("\n[country IN]\nwindow = 00:00-24:00\n")
    done = callsheet("run", "--once", "-v", "-c", conf, "-o",
                     "campaign interviews.window=00:00-24:00",
                     "-o", "campaign interviews.last_minutes=0")
    assert done.returncode == 0, done.stderr
    assert "would call +91******0001 (dry_run is on)" in done.stderr
    assert re.search(r"would not call \+44\*+0001: no calling hours are known",
                     done.stderr)
    done = callsheet("run", "--once", "-v", "-c", conf, "-o",
                     "campaign interviews.cap_day=0")
    assert ("would call nobody: the money set aside is used up"
            in done.stderr)


def test_config_shows_the_settings_and_no_secret(tmp_path):
    with World(tmp_path, [person("Asha", "+919999900001")],
               nginx=False) as world:
        shown = world.callsheet("config").stdout
        assert "bolna_key = @bolna.key" in shown
        assert world.bolna.key not in shown
        assert "calls_per_pass = 50" in shown
        changed = world.callsheet("config", "-o", "callsheet.linger=7").stdout
        assert "linger = 7" in changed


def test_settings_are_found_by_environment(tmp_path):
    conf = tmp_path / "callsheet.conf"
    callsheet("init", env={"CALLSHEET_CONF": str(conf)})
    assert conf.exists()
    assert callsheet("config", env={"CALLSHEET_CONF": str(conf)}
                     ).returncode == 0


def test_a_second_pass_beside_the_first_does_nothing(tmp_path):
    with World(tmp_path, [person("Asha", "+919999900001")],
               nginx=False) as world:
        with open(f"{world.database}.run", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = world.run()
            assert "another pass is running" in done.stderr
        assert not world.bolna.posts


def test_silence_is_success(tmp_path):
    with World(tmp_path, [person("Asha", "+919999900001")],
               nginx=False) as world:
        done = world.callsheet("run", "--once")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_status_says_what_is_wrong_and_how_it_ends(tmp_path):
    with World(tmp_path, [person("Asha", "+919999900001")], nginx=False,
               csv_file=True) as world:
        world.run()
        assert world.callsheet("status").returncode == 0
        world.csv_file.unlink()
        assert world.run(ok=False).returncode == 75
        done = world.callsheet("status")
        assert done.returncode == 75
        assert "leads.csv" in done.stdout


def test_a_missing_key_file_stops_the_pass_with_its_name(tmp_path):
    with World(tmp_path, [person("Asha", "+919999900001")],
               nginx=False) as world:
        (tmp_path / "bolna.key").unlink()
        done = world.run(ok=False)
        assert done.returncode == 78
        assert "bolna.key" in done.stderr
        assert not world.bolna.posts


def test_a_renamed_campaign_keeps_its_people(tmp_path):
    with World(tmp_path, [person("Asha", "+919999900001")], nginx=False,
               csv_file=True) as world:
        world.run()
        world.bolna.quiet(10)
        world.age(1000)         # without webhooks, silence leads to a question
        world.settle()
        world.sections["campaign talks"] = world.sections.pop(
            "campaign interviews")
        world.write_conf(world.sections)
        rows = world.rows       # even when the sheet has forgotten the call
        world.write_csv(rows)
        world.run()
        assert world.bolna.count("+919999900001") == 1
        assert world.value("SELECT count(*) FROM campaign") == 1


def test_two_campaigns_on_one_sheet_are_refused(tmp_path):
    with World(tmp_path, [person("Asha", "+919999900001")], nginx=False,
               csv_file=True) as world:
        world.sections["campaign again"] = dict(
            world.sections["campaign interviews"])
        world.write_conf(world.sections)
        done = world.run(ok=False)
        assert done.returncode == 78
        assert "its sheet is that of campaign" in done.stderr


def test_unknown_words_are_refused_with_the_usage():
    for words in (["dial"], ["init", "--twice"], [], ["run", "-c"]):
        done = callsheet(*words)
        assert done.returncode == 64
        assert "usage: callsheet" in done.stderr
    assert "no verb 'dial'" in callsheet("dial").stderr
    assert "which verb?" in callsheet().stderr
    assert callsheet("--help").returncode == 0


VERBS = re.findall(r"^  ([a-z][a-z-]+) +\S", callsheet("--help").stdout, re.M)
# What each must be told before it begins.
TOLD = {"why": [ASHA], "dnc": ["add", ASHA], "outcome": [ASHA, "confirmed"],
        "call": [ASHA, "--campaign", "interviews"],
        "evidence": [ASHA, "/none/here"], "erase": [ASHA],
        "backup": ["/none/here/copy.db"], "agents": ["list"],
        "test-webhook": ["https://calls.example.com/webhook/bolna"]}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The settings of a new installation."""
    conf = tmp_path_factory.mktemp("new") / "callsheet.conf"
    done = callsheet("init", "-c", conf)
    assert done.returncode == 0, done.stderr
    return conf


def test_every_verb_that_help_names_explains_itself():
    shown = callsheet("--help").stdout
    for verb in VERBS:
        assert f"\n  {verb} " in shown
        done = callsheet(verb, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"usage: callsheet {verb} ")
        assert f"\n{verb}: " in done.stdout
    assert "[--since TIME]" in callsheet("replay", "-h").stdout


@pytest.mark.parametrize("verb", VERBS)
def test_what_a_verb_does_not_understand_is_named_and_not_done(
        installed, verb):
    done = callsheet(verb, "-c", installed, *TOLD.get(verb, []), "--soon")
    assert (done.returncode, done.stdout) == (64, "")
    assert f"callsheet {verb}: '--soon' is not understood" in done.stderr
    assert f"usage: callsheet {verb}" in done.stderr


@pytest.mark.parametrize("verb", sorted(TOLD))
def test_a_verb_that_is_told_nothing_says_what_it_takes(installed, verb):
    if verb == "test-webhook":
        return                  # it has the address in the settings
    done = callsheet(verb, "-c", installed)
    assert (done.returncode, done.stdout) == (64, "")
    assert f"callsheet {verb}: something is missing" in done.stderr
    assert f"usage: callsheet {verb}" in done.stderr


@pytest.mark.parametrize("words, odd", [
    (["dnc", "close", ASHA], "close"), (["dnc", "list", ASHA], ASHA),
    (["agents", "webhook", "get"], "get"), (["agents", "show"], "show"),
    (["agents", "list", "all"], "all"), (["credits", "give", "5"], "give"),
    (["agents", "webhook", "check", "https://a.example"],
     "https://a.example")])
def test_a_word_that_is_none_is_named(installed, words, odd):
    done = callsheet(*words, "-c", installed)
    assert (done.returncode, done.stdout) == (64, "")
    assert f"callsheet {words[0]}: '{odd}' is not understood" in done.stderr


@pytest.mark.parametrize("words", [
    ["why", "12"], ["dnc", "add", "12"], ["outcome", "12", "confirmed"],
    ["evidence", "12", "files"], ["erase", "12"]], ids=" ".join)
def test_a_number_that_is_none_is_named(installed, words):
    done = callsheet(*words, "-c", installed)
    assert done.returncode == 65
    assert "12" in done.stdout + done.stderr or words[0] == "outcome"


@pytest.mark.parametrize("verb", [v for v in VERBS if v != "init"])
def test_without_settings_each_verb_says_how_they_are_made(tmp_path, verb):
    done = callsheet(verb, "-c", tmp_path / "none", *TOLD.get(verb, []))
    assert done.returncode == 78
    assert 'run "callsheet init" to make one' in done.stderr


# call looks for the campaign in the settings first
ALL_BUT = [v for v in VERBS
           if v not in ("init", "agents", "config", "call")]


@pytest.mark.parametrize("verb", ALL_BUT)
def test_without_a_database_each_verb_says_how_it_is_made(
        installed, tmp_path, verb):
    done = callsheet(verb, "-c", installed, "-o",
                     f"callsheet.database={tmp_path / 'none.db'}",
                     *TOLD.get(verb, []))
    assert done.returncode == 78
    assert 'run "callsheet init" first' in done.stderr


@pytest.mark.parametrize("version, cure", [
    (1, 'run "callsheet init" to bring it up to date'),
    (99, "install the newer callsheet again")])
def test_with_a_database_of_another_version_each_verb_says_what_to_do(
        installed, tmp_path, version, cure):
    other = tmp_path / "other.db"
    shutil.copy(installed.parent / "callsheet.db", other)
    with contextlib.closing(sqlite3.connect(other)) as db, db:
        db.execute(f"PRAGMA user_version = {version}")
    for verb in ALL_BUT:
        done = callsheet(verb, "-c", installed, "-o",
                         f"callsheet.database={other}", *TOLD.get(verb, []))
        assert done.returncode == 78, verb
        assert cure in done.stderr, verb


def test_somebody_else_is_told_to_be_the_owner(installed):
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    for verb in ("run", "status", "export", "doctor"):
        done = subprocess.run(
            [*nobody, BUILD / "callsheet", verb, "-c", installed], text=True,
            capture_output=True, timeout=30, cwd="/")
        if done.returncode in (126, 127):
            pytest.skip("the program is not everybody's to run")
        assert done.returncode == 78, verb
        assert "Permission denied" in done.stderr, verb
        assert "run this as root, not as nobody" in done.stderr, verb
    done = subprocess.run(
        [*nobody, BUILD / "callsheet", "init", "-c", "/etc/none/here/x"],
        text=True, capture_output=True, timeout=30, cwd="/")
    assert done.returncode == 73
    assert "Permission denied" in done.stderr
    assert "or name another place with -c" in done.stderr
    assert done.stderr.count("callsheet: ") == 1


def test_a_backup_that_cannot_be_made_there_says_so(installed):
    done = callsheet("backup", "-c", installed, "/none/here/copy.db")
    assert done.returncode == 73
    assert ("/none/here/copy.db: cannot be made there: No such file or"
            " directory") in done.stderr


def test_a_key_that_is_missing_is_named_with_what_to_do(installed):
    done = callsheet("run", "--once", "-c", installed)
    assert done.returncode == 78
    assert "main.bolna: the settings name it: make it, with" in done.stderr


def test_settings_may_be_made_where_one_stands(tmp_path):
    done = subprocess.run(
        [BUILD / "callsheet", "init", "-c", "sub/callsheet.conf"], text=True,
        capture_output=True, timeout=30, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "sub" / "callsheet.db").exists()
    assert not (tmp_path / "sub" / "sub").exists()
    # the line for crontab is good from anywhere
    assert f"callsheet run -c {tmp_path}/sub/callsheet.conf" in done.stdout


@pytest.mark.parametrize("words, said", [
    (["reconcile", "--days", "0"], "a whole number from 1 to 90, not '0'"),
    (["reconcile", "--days=91"], "a whole number from 1 to 90, not '91'"),
    (["reconcile", "--placed", "7a"], "a whole number from 1, not '7a'"),
    (["reconcile", "--not-placed", ""], "a whole number from 1, not ''"),
    (["reconcile", "--days"], "--days wants a value"),
    (["reconcile", "--placed=1", "--not-placed=1"], "usage: "),
    (["replay", "--since"], "--since wants a value"),
    (["export", "--since", "2026-03-04", "--until", "2026-03-04"],
     "--since must be before --until"),
    (["replay", "--sincere=1"], "'--sincere=1' is not understood"),
    (["backup"], "usage: callsheet backup FILE"),
    (["backup", "one.db", "two.db"], "'two.db' is not understood")])
def test_a_value_that_cannot_be_meant_is_refused_with_what_can(
        installed, words, said):
    done = callsheet(*words, "-c", installed)
    assert (done.returncode, done.stdout) == (64, "")
    assert said in done.stderr


@pytest.mark.parametrize("words", [
    ["-x"], ["-vx"], ["-"], ["-o"], ["-o", "a.b=c"] * 65, ["word"] * 65],
    ids=["-x", "-vx", "-", "-o", "65 times -o", "65 words"])
def test_options_that_there_are_not_are_refused_with_the_usage(words):
    done = callsheet("config", *words)
    assert (done.returncode, done.stdout) == (64, "")
    assert "usage: callsheet verb" in done.stderr
    assert re.match(r"callsheet: \S.*(understood|wants|up to|too many)",
                    done.stderr)


def test_a_value_may_stand_close_to_its_letter(installed):
    done = callsheet(f"-c{installed}", "config", "-ocallsheet.linger=7")
    assert done.returncode == 0, done.stderr
    assert "linger = 7\n" in done.stdout


def test_for_cron_messages_can_go_to_syslog(installed):
    for words in (["-s"], ["-vs"]):
        done = callsheet("config", *words, "-c", installed.parent / "none")
        assert (done.returncode, done.stdout, done.stderr) == (78, "", "")


def test_the_doctor_says_that_there_is_no_database(installed, tmp_path):
    done = callsheet("doctor", "-c", installed, "-o",
                     f"callsheet.database={tmp_path / 'none.db'}")
    assert done.returncode == 78
    assert f"FAIL  database         {tmp_path / 'none.db'}" in done.stdout
    assert 'run "callsheet init" first' in done.stderr


def test_a_lock_that_is_a_link_is_not_followed(installed):
    target = installed.parent / "precious"
    (installed.parent / "callsheet.db.run").unlink(missing_ok=True)
    (installed.parent / "callsheet.db.run").symlink_to(target)
    done = callsheet("run", "--once", "-c", installed)
    assert done.returncode == 73
    assert "callsheet.db.run: " in done.stderr
    assert not target.exists()
