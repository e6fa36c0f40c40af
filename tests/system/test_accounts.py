"""Several accounts in one file and one database: nobody reaches another's
data, by no verb and no key."""

import json

import pytest

from console import Socket
from world import ANY_OFTEN, SECRET, World, person, until
from sim.bolna import AGENT, Fate

ASHA, BEN = "+919999900001", "+919999900002"
SHARED = "+919999900003"            # in both accounts' sheets
OTHER_AGENT = "5c730000-0000-4000-8000-00000000000b"
URL = "https://calls.example.com/webhook/bolna"


@pytest.fixture
def world(tmp_path):
    """acme calls Asha, other calls Ben, and both the third person."""
    with World(tmp_path, [person("Asha", ASHA), person("Acme's", SHARED)],
               csv_file=True) as world:
        add_account(world)
        for phone in (ASHA, BEN, SHARED):
            world.bolna.fate(phone, Fate("completed"))
        yield world


def add_account(world):
    world.bolna.account("bn-other", OTHER_AGENT)
    world.secret_file("other.key", "bn-other")
    rows = [world.header, person("Ben", BEN), person("Other's", SHARED)]
    (world.dir / "other.csv").write_text(
        "".join(",".join(row) + "\n" for row in rows))
    world.sections["account other"] = {"bolna_key": "@other.key",
                                       **ANY_OFTEN}
    world.sections["campaign talks"] = {
        **world.sections["campaign interviews"], "account": "other",
        "agent_id": OTHER_AGENT, "sheet": "file:other.csv"}
    world.set("webhook", url=URL)
    world.tell("other")


def verb(world, *words, status=0):
    done = world.callsheet(*words)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def called(world):
    world.run()
    world.settle()
    return world


def test_each_account_is_called_with_its_own_key(world):
    called(world)
    keys = {key for key, _, path in world.bolna.asked if path == "/call"}
    assert keys == {world.bolna.key, "bn-other"}
    assert world.bolna.count(ASHA) == world.bolna.count(BEN) == 1
    # one number in two accounts: two people's business, one call each
    assert world.bolna.count(SHARED) == 2
    assert world.query("SELECT what, why FROM anomaly") == []
    for path in {path for _, _, path in world.bolna.asked}:
        assert not ({AGENT, OTHER_AGENT} & set(path.split("/"))) or {
            key for key, _, p in world.bolna.asked if p == path} == {
            "bn-other" if OTHER_AGENT in path else world.bolna.key}


def test_an_export_of_one_account_holds_nothing_of_the_other(world):
    called(world)
    mine = [json.loads(line) for line in verb(
        world, "export", "--account", "acme").splitlines()]
    assert {call["account"] for call in mine} == {"acme"}
    assert {call["name"] for call in mine} == {"Asha", "Acme's"}
    said = verb(world, "export", "--account", "acme", "--campaign", "talks",
                status=65)
    assert "there is no campaign talks of account acme" in said
    assert BEN not in said
    everything = verb(world, "export").splitlines()
    assert len(everything) == 4


def test_why_of_one_account_knows_nothing_of_the_other(world):
    called(world)
    said = verb(world, "why", SHARED, "--account", "acme")
    assert "Acme's" in said and "Other's" not in said and "talks" not in said
    said = verb(world, "why", BEN, "--account", "acme", status=65)
    assert "stands in no row" in said and "talks" not in said
    (told,) = json.loads(verb(world, "why", SHARED, "--account", "other",
                              "--json"))
    assert (told["account"], told["campaign"]) == ("other", "talks")
    assert "interviews" not in json.dumps(told)


def test_a_number_closed_for_one_account_is_open_for_the_other(world):
    world.callsheet("run", "--dry-run")
    verb(world, "dnc", "add", SHARED, "--account", "acme")
    called(world)
    assert [c.user_data["name"] for c in world.bolna.placed
            if c.phone == SHARED] == ["Other's"]
    assert SHARED in verb(world, "dnc", "list", "--account", "acme")
    assert verb(world, "dnc", "list", "--account", "other") == ""
    assert json.loads(verb(world, "dnc", "list", "--account", "other",
                           "--json")) == []
    # and the other cannot open it
    verb(world, "dnc", "remove", SHARED, "--account", "other")
    assert SHARED in verb(world, "dnc", "list", "--account", "acme")


def test_agents_of_one_account_are_asked_about_with_its_key_alone(world):
    listed = json.loads(verb(world, "agents", "list", "--account", "other",
                             "--json"))
    assert [agent["agent"] for agent in listed] == [OTHER_AGENT]
    assert {key for key, _, _ in world.bolna.asked} == {"bn-other"}
    verb(world, "agents", "webhook", "set", "--account", "other")
    assert world.bolna.agents[OTHER_AGENT]["webhook_url"] == (
        f"{URL}/{SECRET}")
    assert "webhook_url" not in world.bolna.agents[AGENT]
    assert {key for key, _, _ in world.bolna.asked} == {"bn-other"}


def test_an_agent_of_another_account_can_neither_be_called_with_nor_set(
        world):
    world.set("campaign talks", agent_id=AGENT)     # acme's, with other's key
    said = verb(world, "agents", "webhook", "set", "--account", "other",
                status=65)
    assert "Bolna knows no such agent in this account" in said
    assert "webhook_url" not in world.bolna.agents[AGENT]
    assert world.run(ok=False).returncode == 75
    assert world.bolna.count(BEN) == 0


def test_a_call_by_hand_reaches_only_rows_of_its_own_campaign(world):
    said = verb(world, "call", BEN, "--campaign", "interviews", status=65)
    assert "stands in no row" in said
    verb(world, "call", SHARED, "--campaign", "talks")
    (placed,) = world.bolna.placed
    assert placed.user_data["name"] == "Other's"
    assert {key for key, method, _ in world.bolna.asked
            if method == "POST"} == {"bn-other"}


def test_evidence_and_erasure_stop_at_the_account(world):
    called(world)
    folder = world.dir / "evidence"
    verb(world, "evidence", SHARED, str(folder), "--account", "acme")
    text = "".join(path.read_text(errors="replace")
                   for path in folder.rglob("*") if path.is_file())
    assert "Acme's" in text and "[campaign " in text
    assert "[account other]" not in text
    assert "Other's" not in text and OTHER_AGENT not in text
    verb(world, "erase", SHARED, "--account", "acme")
    assert world.query("SELECT name FROM lead WHERE phone = ?", SHARED) == [
        ("Other's",)]


@pytest.mark.parametrize("words", [
    ["export", "--account"], ["why", ASHA, "--account"],
    ["dnc", "list", "--account"], ["dnc", "add", ASHA, "--account"],
    ["agents", "list", "--account"],
    ["evidence", ASHA, "folder", "--account"],
    ["erase", ASHA, "--account"]])
def test_an_account_that_there_is_not_is_never_taken_for_all(world, words):
    called(world)
    before = world.query("SELECT count(*) FROM lead")
    for name in ("nobody", "acm", "", "acme' OR '1'='1", "%"):
        done = world.callsheet(*words, name)
        assert done.returncode in (64, 65), (name, done.stdout)
        assert ASHA not in done.stdout and "Ben" not in done.stdout
    assert world.query("SELECT count(*) FROM lead") == before
    assert world.value("SELECT count(*) FROM suppression") == 0


def test_a_trouble_of_one_account_does_not_stop_the_other(world):
    world.secret_file("other.key", "bn-revoked")
    assert world.run(ok=False).returncode == 75
    assert world.bolna.count(ASHA) == 1
    assert world.bolna.count(BEN) == 0
    assert until(lambda: world.query(
        "SELECT acc.name FROM breaker b JOIN account acc"
        " ON acc.id = b.account")) == [("other",)]


def test_a_campaigns_name_passes_to_another_account_without_its_people(
        world):
    called(world)
    new = world.dir / "new.csv"
    new.write_text(",".join(world.header) + f"\nNew,{BEN},,,,,,,\n")
    world.sections["campaign talks"].update(
        account="acme", agent_id=AGENT, sheet="file:new.csv")
    world.write_conf(world.sections)
    called(world)
    assert world.query(
        "SELECT o.name, l.name FROM attempt a JOIN account o ON o.id ="
        " a.account JOIN lead l ON l.id = a.lead WHERE a.phone = ?"
        " ORDER BY a.id", BEN) == [("other", "Ben"), ("acme", "New")]
    said = verb(world, "why", BEN, "--account", "acme")
    assert "New" in said and "Ben" not in said
    (was,) = {call["campaign"] for call in map(json.loads, verb(
        world, "export", "--account", "other").splitlines())}
    assert was.startswith("talks of other")
    mine = [json.loads(line)["name"] for line in verb(
        world, "export", "--account", "acme").splitlines()]
    assert sorted(mine) == ["Acme's", "Asha", "New"]


def test_a_new_account_is_no_other_that_had_a_campaign_of_this_name(world):
    called(world)
    del world.sections["account other"]
    world.bolna.account("bn-third", "third-agent")
    world.secret_file("third.key", "bn-third")
    world.sections["account third"] = {"bolna_key": "@third.key", **ANY_OFTEN}
    new = world.dir / "new.csv"
    new.write_text(",".join(world.header) + f"\nNew,{BEN},,,,,,,\n")
    world.sections["campaign talks"].update(
        account="third", agent_id="third-agent", sheet="file:new.csv")
    world.write_conf(world.sections)
    world.run(ok=False)
    assert world.query("SELECT name, active FROM account ORDER BY id") == [
        ("acme", 1), ("other", 0), ("third", 1)]
    assert "Ben" not in verb(world, "export", "--account", "third")


def test_nor_because_its_sheet_is_a_file_of_the_same_name(world):
    called(world)
    verb(world, "dnc", "add", SHARED, "--account", "other")
    del world.sections["account other"]
    world.bolna.account("bn-third", "third-agent")
    world.secret_file("third.key", "bn-third")
    world.sections["account third"] = {"bolna_key": "@third.key", **ANY_OFTEN}
    (world.dir / "other.csv").write_text(
        ",".join(world.header) + "\nNew,+919999900009,,,,,,,\n"
        f"Other's,{SHARED},,,,,,,\n")
    world.sections["campaign talks"].update(account="third",
                                            agent_id="third-agent")
    world.write_conf(world.sections)
    called(world)
    mine = [json.loads(line)["name"] for line in verb(
        world, "export", "--account", "third").splitlines()]
    assert mine == ["New"]
    assert world.bolna.count(SHARED) == 2       # before it was closed


def test_an_account_with_another_name_stays_the_same(world):
    called(world)
    world.sections["account third"] = world.sections.pop("account other")
    world.sections["campaign talks"]["account"] = "third"
    for change in {"sheet": "file:leads2.csv"}, {"sheet": "file:other.csv"}:
        (world.dir / "leads2.csv").write_text(
            (world.dir / "other.csv").read_text())
        world.sections["campaign talks"].update(change)
        world.write_conf(world.sections)
        world.run(ok=False)
        assert world.query("SELECT name FROM account ORDER BY id") == [
            ("acme",), ("third",)]
    assert world.bolna.count(BEN) == 1


def test_a_campaign_that_moves_with_its_sheet_keeps_its_people(world):
    called(world)
    world.sections["campaign talks"].update(account="acme", agent_id=AGENT)
    world.write_conf(world.sections)
    called(world)
    assert world.bolna.count(BEN) == 1
    assert world.value("SELECT count(*) FROM lead WHERE phone = ?", BEN) == 1


def move_talks(world):
    """Its campaign goes over to acme, whose agent calls from now on."""
    world.sections["campaign talks"].update(account="acme", agent_id=AGENT)
    world.write_conf(world.sections)


def names(page):
    return {call["name"] for call in page["calls"]}


def test_who_takes_a_campaign_over_sees_no_call_made_before(world):
    world.bolna.fate(BEN, Fate(stay="in-progress"))
    world.run()
    move_talks(world)
    world.run(ok=False)
    assert "Ben" in names(Socket(world, "other").page("now"))
    assert "Ben" not in names(Socket(world, "acme").page("now"))


def test_who_gave_a_campaign_away_sees_no_call_made_since(world):
    called(world)
    move_talks(world)
    world.run()
    world.age(700)
    world.alter("UPDATE lead SET next_at = 1, held = NULL, granted = 9"
                " WHERE name = 'Ben'")
    called(world)
    assert world.bolna.count(BEN) == 2
    (old,), (new,) = world.query("SELECT a.id FROM attempt a JOIN lead l"
                                 " ON l.id = a.lead WHERE l.name = 'Ben'")
    for user, mine in ("other", old), ("acme", new):
        page = Socket(world, user).page(f"call/{mine}")
        assert [call["id"] for call in page["calls"]] == [mine]
    page = Socket(world, "admin").page(f"call/{old}")
    assert [call["id"] for call in page["calls"]] == [new, old]


@pytest.mark.parametrize("said", [
    {"extracted_data": {"do_not_call": True}},
    {"transcript": "assistant: Hello.\nuser: Never call me again.\n"}],
    ids=["extraction", "words"])
def test_an_opt_out_heard_late_counts_where_the_campaign_is_by_now(world,
                                                                   said):
    world.bolna.fate(BEN, Fate("completed", **said))
    world.run()
    world.bolna.quiet()
    move_talks(world)
    world.settle()
    for account in "acme", "other":
        assert BEN in verb(world, "dnc", "list", "--account", account)
    assert world.query("SELECT held FROM lead WHERE name = 'Ben'") == [
        ("dnc",)]


def test_the_end_of_a_call_is_told_to_the_account_that_made_it(tmp_path):
    with World(tmp_path, [person("Asha", ASHA)], csv_file=True,
               slack=True) as world:
        add_account(world)
        theirs = world.slack.hook("other")
        world.secret_file("other.slack", theirs.url)
        world.set("account other", slack_url="@other.slack")
        world.bolna.fate(BEN, Fate(transcript="user: this is Ben\n"))
        world.run()
        world.bolna.quiet()
        move_talks(world)
        world.settle()
        said = [json.dumps(m) for m in world.hook.messages]
        assert not any("this is Ben" in text for text in said)
        assert any("this is Ben" in json.dumps(m) for m in theirs.messages)
