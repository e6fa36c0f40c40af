"""The verbs as a new user meets them."""

import fcntl
import os
import subprocess

from world import BUILD, World, person


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


def test_the_settings_of_init_become_a_campaign(tmp_path):
    conf = tmp_path / "callsheet.conf"
    callsheet("init", "-c", conf)
    text = conf.read_text()
    head, campaign = text.split("; [campaign")
    lines = ("[campaign" + campaign).replace("; or a CSV file: ", "; ")
    lines = lines.replace("; sheet = https", ";; sheet = https")
    conf.write_text(head + "\n".join(
        line.removeprefix("; ") for line in lines.splitlines()))
    (tmp_path / "main.bolna").write_text("bn-example\n")
    (tmp_path / "main.bolna").chmod(0o600)
    (tmp_path / "leads.csv").write_text(
        "Name,Phone Number,Status,Latest Execution ID,Duration,"
        "Last Attempt Time,Notes,Transcript,Summary\n"
        "Asha,+919999900001,,,,,,,\n")
    done = callsheet("run", "--once", "-v", "-c", conf,
                     "-o", "campaign interviews.window=00:00-24:00")
    assert done.returncode == 0, done.stderr
    assert "would call +91******0001 (dry_run is on)" in done.stderr


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
    assert callsheet("--help").returncode == 0
