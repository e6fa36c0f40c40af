"""A complaint about calls to one number is answered with a folder that is
whole, true and the same each time."""

import csv
import datetime
import hashlib
import os
import stat
import subprocess
import zoneinfo

import pytest

from world import HEADER, World, person
from sim.bolna import AGENT, Fate

ASHA, BEN, CHITRA = "+919999900001", "+919999900002", "+919999900003"
NOBODY = "+919999900009"
COLUMNS = [*HEADER, "Timezone", "City"]
SECOND = "reminders"
ZONE = "Asia/Kolkata"
A_DAY = 25 * 3600


def rows(city="=HYPERLINK(\"x\")"):
    return [person("Asha", ASHA, ZONE, city),
            person("Ben Blackcurrant", BEN, "UTC", "Pune")]


def add_campaign(world):
    """A second campaign in which Asha is, too."""
    keys = dict(world.sections["campaign interviews"])
    keys["sheet"] = f"file:{SECOND}.csv"
    world.sections[f"campaign {SECOND}"] = keys
    world.write_conf(world.sections)
    with open(world.dir / f"{SECOND}.csv", "w", encoding="utf-8") as f:
        csv.writer(f).writerows([COLUMNS, rows()[0]])


def until_called(world, times):
    """Passes, a day apart, until Asha was called so often."""
    for _ in range(20):
        world.run(ok=False)
        world.settle()
        if world.bolna.count(ASHA) == times:
            return
        world.age(A_DAY)
    raise AssertionError("Asha is not called often enough")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Five calls to Asha in two campaigns, and Ben is called meanwhile."""
    with World(tmp_path_factory.mktemp("w"), rows(), header=COLUMNS,
               csv_file=True, pace=0, settings={"min_free": 0}) as world:
        world.bolna.fate(
            ASHA, Fate("busy"), Fate("no-answer"), Fate("busy"),
            Fate(transcript="user: =1+1\n", summary="-yes"),
            Fate(transcript="user: bye\n"))
        world.bolna.fate(BEN, Fate(transcript="user: blackcurrant\n"))
        world.callsheet("dnc", "add", ASHA, "--note", "by letter")
        world.callsheet("dnc", "remove", ASHA)
        world.run()
        world.settle()
        until_called(world, 3)
        add_campaign(world)
        until_called(world, 5)
        world.bolna.send({"id": "stray", "status": "completed",
                          "agent_id": AGENT, "user_number": ASHA},
                         source="127.0.0.2")
        lay_decisions(world)
        lay_analyses(world)
        yield world


def lay_analyses(world):
    """What a model would have made of Asha's and Ben's calls."""
    for phone, name in ((ASHA, "=Asha"), (BEN, "Blackcurrant")):
        attempt = world.value("SELECT max(id) FROM attempt WHERE phone = ?",
                              phone)
        for kind, call in (("individual", attempt), ("complete", 0)):
            world.alter(
                "INSERT INTO analysis (account, phone, kind, call, attempt,"
                " state, result, score, model, input_tokens, output_tokens,"
                " millis, at, done_at) VALUES (1, ?, ?, ?, ?, 'done', ?, 72,"
                " 'm', 1, 2, 3, 1790000000, 1790000001)", phone, kind, call,
                attempt, f'{{"name": "{name}"}}')
        world.alter("INSERT INTO contact (account, phone, email, name,"
                    " phone_from) VALUES (1, ?, ?, ?, ?)", phone,
                    f"{name[1:]}@example.com", name, attempt)
    # heard in a call to Asha: without a number, and with somebody else's
    asha = world.value("SELECT max(id) FROM attempt WHERE phone = ?", ASHA)
    world.alter("INSERT INTO contact (account, email, email_from)"
                " VALUES (1, 'sister@example.com', ?)", asha)
    world.alter("INSERT INTO contact (account, phone, name, name_from)"
                " VALUES (1, ?, 'lackcurrant', ?)", CHITRA, asha)


def lay_decisions(world):
    """What the dialer decided, as it would write it down."""
    world.alter("DELETE FROM decision")
    for text in ("b = 1\n", "a = 1\n", "c = 1\n"):
        world.alter("INSERT INTO settings (hash, text) VALUES (?, ?)",
                    hashlib.sha256(text.encode()).hexdigest(), text)
    rule = world.value("SELECT name FROM rule LIMIT 1") or "hours"
    ours, theirs, *_ = [hash for (hash,) in world.query(
        "SELECT hash FROM settings WHERE text IN ('a = 1\n', 'b = 1\n')"
        " ORDER BY text")]
    asha, ben = (world.value("SELECT min(id) FROM lead WHERE phone = ?", p)
                 for p in (ASHA, BEN))
    add = ("INSERT INTO decision (campaign, lead, verdict, rule, facts,"
           " next_at, settings, at) VALUES (1, ?, ?, ?, ?, ?, ?,"
           " unixepoch() + ?)")
    world.alter(add, asha, "put off", rule, '{"hour": 3}', 1790000000, ours,
                0)
    world.alter(add, None, "block", rule, '{"whole": 1}', None, ours, 1)
    world.alter(add, ben, "block", rule, '{"ben": 1}', None, theirs, 2)
    world.alter(add, None, "block", rule, '{"before": 1}', None, theirs,
                -99999999)


def pack(world, directory, *words, status=0):
    done = world.callsheet("evidence", *(words or (ASHA,)), str(directory))
    assert done.returncode == status, (done.stdout, done.stderr)
    return directory


def table(directory, name):
    """A table as README.txt says that a program reads it."""
    with open(directory / name, newline="", encoding="utf-8") as f:
        return [{key: cell.removeprefix("'") for key, cell in row.items()}
                for row in csv.DictReader(f)]


@pytest.fixture(scope="module")
def asha(world, tmp_path_factory):
    """The folder about Asha."""
    return pack(world, tmp_path_factory.mktemp("p") / "asha")


def files(directory):
    return {str(path.relative_to(directory)): path.read_bytes()
            for path in sorted(directory.rglob("*")) if path.is_file()}


def test_all_calls_of_both_campaigns_are_in_it(asha):
    calls = table(asha, "attempts.csv")
    ours = [call for call in calls if call["attempt"]]
    assert [call["status"] for call in ours] == [
        "busy", "no-answer", "busy", "completed", "completed"]
    assert {call["campaign"] for call in ours} == {"interviews", SECOND}
    assert {call["phone"] for call in calls} == {ASHA}
    assert all(call["confirmed"] == "1" for call in ours)
    assert [call["state"] for call in calls if not call["attempt"]] == [
        "not ours"]


def test_times_are_those_of_the_person_with_the_distance_from_utc(asha):
    for call in table(asha, "attempts.csv")[:5]:
        assert call["zone"] == ZONE
        for name in ("decided", "sent", "over", "ended"):
            utc = datetime.datetime.fromisoformat(call[f"{name}_utc"])
            local = datetime.datetime.fromisoformat(call[f"{name}_local"])
            assert utc == local, name
            assert local.utcoffset() == zoneinfo.ZoneInfo(
                ZONE).utcoffset(utc.replace(tzinfo=None))
            assert utc.utcoffset() == datetime.timedelta()


def test_each_decision_says_its_rule_facts_and_settings(asha):
    decisions = table(asha, "decisions.csv")
    assert [(d["for"], d["verdict"], d["facts"]) for d in decisions] == [
        ("lead", "put off", '{"hour": 3}'),
        ("campaign", "block", '{"whole": 1}')]
    assert decisions[0]["next_utc"] == "2026-09-21T14:13:20Z"
    assert decisions[0]["next_local"] == "2026-09-21T19:43:20+05:30"
    text = (asha / "settings" / f"{decisions[0]['settings']}.conf")
    assert text.read_text() == "a = 1\n"
    assert len(list((asha / "settings").iterdir())) == 1


def test_what_was_said_is_there_word_for_word(asha, world):
    said = [(asha / call["transcript"]).read_text()
            for call in table(asha, "attempts.csv") if call["transcript"]]
    assert said == ["user: =1+1\n", "user: bye\n"]
    events = table(asha, "events.csv")
    assert len(events) == world.value(
        "SELECT count(*) FROM event WHERE execution = 'stray' OR execution IN"
        " (SELECT execution FROM attempt WHERE phone = ?)", ASHA)
    assert [int(e["event"]) for e in events] == sorted(
        int(e["event"]) for e in events)
    for event in events:
        body = (asha / event["body"]).read_bytes()
        assert hashlib.sha256(body).hexdigest() == event["sha256"]
        assert body.decode() == world.value(
            "SELECT body FROM event WHERE id = ?", int(event["event"]))


def test_a_removed_entry_of_the_list_is_in_it(asha):
    entry, = table(asha, "suppression.csv")
    assert (entry["note"], entry["account"]) == ("by letter", "(all)")
    assert entry["added_local"].endswith("+05:30") and entry["removed_utc"]


def test_what_the_calls_led_to_is_in_it(asha, world):
    outcomes = table(asha, "outcomes.csv")
    assert [(o["lead"], o["attempt"], o["says"], o["rule"], o["words"])
            for o in outcomes] == [
        tuple("" if cell is None else str(cell) for cell in row)
        for row in world.query(
            "SELECT o.lead, o.attempt, outcome, rule, span FROM outcome o JOIN"
            " lead l ON l.id = o.lead WHERE l.phone = ? ORDER BY o.id", ASHA)]
    assert len(outcomes) >= 2
    assert all(o["decided_local"].endswith("+05:30") for o in outcomes)


def test_what_a_model_made_of_the_calls_is_in_it(asha):
    analyses = table(asha, "analyses.csv")
    assert [(a["kind"], a["result"], a["score"]) for a in analyses] == [
        (kind, '{"name": "=Asha"}', "72.0")
        for kind in ("individual", "complete")]
    assert analyses[0]["asked_local"] == "2026-09-21T19:43:20+05:30"


def test_whom_the_number_is_known_as_is_in_it(asha):
    assert [(c["phone"], c["email"], c["name"])
            for c in table(asha, "contacts.csv")] == [
        (ASHA, "Asha@example.com", "=Asha"), ("", "sister@example.com", "")]
    assert ",'=Asha," in (asha / "contacts.csv").read_text()


def test_recordings_are_named(asha):
    named = table(asha, "recordings.csv")
    assert len(named) == 2
    assert all(r["recording"].endswith("/" + r["execution"]) for r in named)
    assert "kept by Bolna" in (asha / "README.txt").read_text()


def test_nobody_else_is_in_it(asha):
    for name, data in files(asha).items():
        for word in (BEN[3:], "lackcurrant", '"ben"', '"before"',
                     "b = 1"):
            assert word.encode() not in data, (name, word)


def test_its_sums_are_right_and_no_file_is_without_one(asha):
    done = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"],
                          cwd=asha, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {line.split(":")[0] for line in done.stdout.splitlines()} == set(
        files(asha)) - {"SHA256SUMS"}


def test_the_same_data_are_the_same_bytes(asha, world, tmp_path):
    world.callsheet("status", env={"TZ": "America/New_York"})
    done = world.callsheet("evidence", "99999 00001", str(tmp_path / "again"),
                           "--country", "91", env={"TZ": "Asia/Tokyo"})
    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "again") == files(asha)


def test_no_cell_is_calculated_by_a_spreadsheet(asha):
    for path in asha.glob("*.csv"):
        with open(path, newline="", encoding="utf-8") as f:
            for row in csv.reader(f):
                assert not any(cell and cell[0] in "=+-@\t\r"
                               for cell in row), (path.name, row)
    assert '"city": "=HYPERLINK' in table(asha, "leads.csv")[0][
        "other_columns"].replace('":"', '": "')
    assert table(asha, "attempts.csv")[3]["summary"] == "-yes"


def test_it_is_for_its_owner_only(asha):
    for path in [asha, *asha.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_an_empty_directory_is_filled_and_another_left_alone(
        world, tmp_path):
    (tmp_path / "empty").mkdir()
    pack(world, tmp_path / "empty")
    before = files(tmp_path / "empty")
    pack(world, tmp_path / "empty", status=73)
    assert files(tmp_path / "empty") == before
    (tmp_path / "file").write_text("mine")
    pack(world, tmp_path / "file", status=73)
    assert (tmp_path / "file").read_text() == "mine"


def test_about_a_number_that_nobody_knows_there_is_no_folder(world, tmp_path):
    directory = tmp_path / "none"
    for words in ((NOBODY,), (NOBODY, "--account", "acme")):
        done = world.callsheet("evidence", *words, str(directory))
        assert (done.returncode, done.stdout) == (65, "")
        assert "nothing is known of this number" in done.stderr
        assert not directory.exists()


def test_about_a_number_that_was_never_called_it_says_so(world, tmp_path):
    world.callsheet("dnc", "add", CHITRA)
    directory = pack(world, tmp_path / "none", CHITRA)
    assert "0 attempts" in (directory / "README.txt").read_text()
    assert table(directory, "attempts.csv") == []
    assert len((directory / "attempts.csv").read_text().splitlines()) == 1


def test_of_one_account_it_holds_nothing_of_another(world, tmp_path):
    world.alter("INSERT OR IGNORE INTO account (name) VALUES ('other')")
    other = pack(world, tmp_path / "other", ASHA, "--account", "other")
    assert table(other, "attempts.csv") == table(other, "leads.csv") == []
    acme = pack(world, tmp_path / "acme", ASHA, "--account", "acme")
    assert len(table(acme, "attempts.csv")) == 6
    pack(world, tmp_path / "none", ASHA, "--account", "nobody", status=65)


def test_what_the_dialer_has_decided_is_in_it(tmp_path):
    with World(tmp_path, rows(), header=COLUMNS, csv_file=True, pace=0,
               nginx=False) as world:
        world.callsheet("dnc", "add", ASHA)
        world.run(ok=False)
        closed = pack(world, tmp_path / "asha")
        decision = table(closed, "decisions.csv")[-1]
        assert (decision["rule"], decision["verdict"]) == ("dnc", "block")
        assert "do-not-call list" in decision["says"]
        called = pack(world, tmp_path / "ben", BEN)
        decision = table(called, "decisions.csv")[-1]
        assert decision["verdict"] == "call" and decision["for"] == "lead"
        text = (called / "settings" / f"{decision['settings']}.conf")
        assert hashlib.sha256(text.read_bytes()).hexdigest() == \
            decision["settings"]
        assert "[campaign interviews]" in text.read_text()


@pytest.mark.parametrize("words, status", [
    ((), 64), ((ASHA,), 64), ((ASHA, "d", "e"), 64), (("12", "d"), 65)])
def test_other_words_are_refused(world, words, status):
    assert world.callsheet("evidence", *words).returncode == status


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_made_is_said(world, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    pack(world, tmp_path / "closed" / "x", status=73)
