"""Who must not be called is not: whoever says so, and whenever."""

import pytest

from world import HEADER, people, person
from sim.bolna import Fate, Fault

ASHA, BEN, CHITRA = "+919999900001", "+919999900002", "+919999900003"
CONTROL = HEADER + ["Control"]
PEOPLE = [person("Asha", ASHA, ""), person("Ben", BEN, "")]
CAMPAIGN = "campaign interviews"
WORLD = {"rows": PEOPLE, "header": CONTROL}


def counts(world, *phones):
    return [world.bolna.count(phone) for phone in phones or (ASHA, BEN)]


def dnc(world, *words, status=0):
    done = world.callsheet("dnc", *words)
    assert done.returncode == status, (done.stdout, done.stderr)
    return done.stdout


def known(world):
    """All rows are imported and nobody is called yet."""
    world.set("callsheet", dry_run="yes")
    world.run()
    world.set("callsheet", dry_run="no")


@pytest.mark.parametrize("options", [(), ("--account", "acme")],
                         ids=["all accounts", "its account"])
def test_a_number_on_the_list_is_not_called_and_its_row_says_why(
        world_of, options):
    world = world_of()
    known(world)
    assert "closed" in dnc(world, "add", ASHA, *options)
    world.run()
    assert counts(world) == [0, 1]
    assert "do-not-call list" in world.sheet()["Asha"]["Notes"]


def test_a_number_without_its_country_is_refused_with_the_way_out(world_of):
    world = world_of()

    def refused(*words):
        done = world.callsheet(*words)
        assert done.returncode == 65, words
        return done.stdout + done.stderr

    for words in (["dnc", "add", "99999 00001"], ["why", "9999900001"],
                  ["erase", "9999900001"], ["evidence", "9999900001", "x"]):
        said = refused(*words)
        assert "as in --country 91" in said and "text" not in said
        assert "--country takes a calling code, such as 91" in refused(
            *words, "--country", "IN")


def test_the_list_counts_for_rows_that_come_later(world_of):
    world = world_of(PEOPLE[1:])
    dnc(world, "add", "+91 99999-00001")
    world.write_csv(PEOPLE)
    world.run()
    assert counts(world) == [0, 1]
    assert "do-not-call list" in world.sheet()["Asha"]["Notes"]


def test_another_accounts_list_is_none_of_ours(world_of):
    world = world_of()
    world.sections["account other"] = {"bolna_key": "@bolna.key"}
    world.write_conf(world.sections)
    known(world)
    dnc(world, "add", ASHA, "--account", "other")
    world.run()
    assert counts(world) == [1, 1]


def test_a_number_taken_off_the_list_is_called_and_the_past_is_kept(
        world_of):
    world = world_of()
    known(world)
    dnc(world, "add", ASHA, "--note", "by letter")
    dnc(world, "remove", ASHA)
    world.run()
    assert counts(world) == [1, 1]
    assert world.query("SELECT note, removed_at > 0 FROM suppression") == [
        ("by letter", 1)]
    assert "was not on the list" in dnc(world, "remove", ASHA)


def test_the_sheet_puts_numbers_on_the_list_but_takes_none_off(world_of):
    world = world_of([person("Asha", ASHA, "dnc"), PEOPLE[1]])
    world.run()
    world.write_csv(PEOPLE)
    world.run()
    assert counts(world) == [0, 1]
    assert "Control said dnc" in world.sheet()["Asha"]["Notes"]
    dnc(world, "remove", ASHA, "--account", "acme")
    world.run()
    assert counts(world) == [1, 1]


def test_a_list_is_taken_from_a_file(world_of):
    world = world_of()
    (world.dir / "list.csv").write_text(
        f"{ASHA},Asha,bought\nnobody\n\n{CHITRA}\n{ASHA}\n")
    said = dnc(world, "import", str(world.dir / "list.csv"), status=65)
    assert "2 numbers closed, 1 were closed before, 1 are none" in said
    world.run()
    assert counts(world, ASHA, BEN, CHITRA) == [0, 1, 0]
    listed = dnc(world, "list").splitlines()
    assert [line.split("\t")[0] for line in listed] == [ASHA, CHITRA]
    assert listed[0].split("\t")[3] == "file"


@pytest.mark.parametrize("words", [
    ("add",), ("close", ASHA), (), ("list", ASHA), ("add", ASHA, BEN)])
def test_other_words_are_refused(world_of, words):
    world = world_of()
    assert world.callsheet("dnc", *words).returncode == 64


def test_what_is_no_number_is_said(world_of):
    world = world_of()
    assert "12" in dnc(world, "add", "12", status=65)
    dnc(world, "add", ASHA, "--account", "nobody", status=65)
    assert world.query("SELECT * FROM suppression") == []


# --- heard in a call ---

def said(world, extraction):
    """Asha is called, and this is what the agent made of her words."""
    world.bolna.fate(ASHA, Fate(agent_extraction=None,
                                extracted_data=extraction), Fate())
    world.run()
    world.finish()


def retry_now(world):
    """A person asks for another call."""
    row = world.sheet()["Asha"]
    world.write_csv([[*(row[name] for name in HEADER), "retry now"]])
    world.run(ok=False)


@pytest.mark.parametrize("extraction", [
    {"do_not_call": True}, {"Opt Out": "yes"},
    {"Consent": {"Unsubscribe": {"subjective": "Yes", "confidence": 0.9}}},
    {"outcome": {"dnc": {"value": True}}}],
    ids=["true", "words", "nested", "nested value"])
def test_who_asks_not_to_be_called_again_is_not(world_of, extraction):
    world = world_of([person("Asha", ASHA, "")])
    said(world, extraction)
    retry_now(world)
    assert counts(world, ASHA) == [1]
    assert "Asked in a call not to be called" in world.sheet()["Asha"]["Notes"]
    assert world.query("SELECT source FROM suppression") == [("call",)]


@pytest.mark.parametrize("extraction", [
    {"do_not_call": False}, {"do_not_call": "no"}, {"do_not_call": None},
    {"call_again": True}, {"interest": {"dnc_asked": True}}])
def test_who_does_not_ask_is_called_again(world_of, extraction):
    world = world_of([person("Asha", ASHA, "")])
    said(world, extraction)
    retry_now(world)
    assert counts(world, ASHA) == [2]


def test_an_opt_out_that_a_person_has_taken_back_is_not_heard_anew(world_of):
    world = world_of([person("Asha", ASHA, "")])
    said(world, {"dnc": True})
    dnc(world, "remove", ASHA, "--account", "acme")
    world.callsheet("replay")
    world.alter("UPDATE execution SET confirm_at = 1")
    world.run()
    retry_now(world)
    assert counts(world, ASHA) == [2]


# --- calls that are queued ---

def oversold(world):
    """Bolna places one call at once, and has said that it places many."""
    known(world)
    world.bolna.concurrency = 1


def test_a_queued_call_to_a_number_that_is_closed_is_taken_back(world_of):
    world = world_of()
    oversold(world)
    world.bolna.fate(ASHA, Fate(stay="in-progress"))
    world.bolna.fate(BEN, Fate())
    world.run()
    waits = next(c for c in world.bolna.placed if c.phone == BEN)
    dnc(world, "add", BEN)
    world.run(ok=False)
    assert world.bolna.find(waits.execution_id).status == "stopped"
    world.bolna.release(world.bolna.placed[0].execution_id)
    world.finish()
    assert world.sheet()["Asha"]["Status"] == "completed"
    assert world.sheet()["Ben"]["Status"] in ("stopped", "canceled")


# --- pause, resume, stop ---

@pytest.mark.parametrize("words", [(), ("interviews",)],
                         ids=["all", "by name"])
def test_a_campaign_that_is_paused_calls_nobody_until_it_goes_on(
        world_of, words):
    world = world_of()
    known(world)
    assert world.callsheet("pause", *words).returncode == 0
    world.run()
    assert counts(world) == [0, 0]
    assert world.query("SELECT DISTINCT verdict, rule FROM why") == [
        ("put off", "paused")]
    assert world.callsheet("resume", *words).returncode == 0
    world.run()
    assert counts(world) == [1, 1]


def test_a_pause_during_a_pass_stops_it_before_the_next_call(world_of):
    world = world_of(people(6, ""))
    world.bolna.fault("POST /call", Fault(processed=True, after=0.5))
    dialer = world.linger("--once")
    assert world.bolna.wait(lambda: world.bolna.posts)
    assert world.callsheet("pause").returncode == 0
    dialer.communicate()
    assert len(world.bolna.posts) == 1


def test_stop_takes_back_what_is_queued_and_leaves_who_is_talking(world_of):
    world = world_of()
    oversold(world)
    world.bolna.fate(ASHA, Fate(stay="in-progress"))
    world.run()
    assert world.callsheet("stop").returncode == 0
    world.run(ok=False)
    asha, ben = (world.bolna.find(next(
        c for c in world.bolna.placed if c.phone == phone).execution_id)
        for phone in (ASHA, BEN))
    assert (asha.status, ben.status) == ("in-progress", "stopped")
    world.bolna.release(asha.id)
    world.finish()
    assert counts(world) == [1, 1]


def test_a_campaign_that_is_not_there_cannot_be_paused(world_of):
    world = world_of()
    done = world.callsheet("pause", "nothing")
    assert done.returncode == 65
    assert "there is no campaign nothing" in done.stderr
