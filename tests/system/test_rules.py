"""Why somebody is called or not: each rule on both sides of its edge.

A case makes one rule apply to a person whom nothing else speaks against; then
it changes one fact, and the person is called.
"""

import re

import pytest

from world import HEADER, ROOT, person
from sim.bolna import Fate, refusal

ASHA, BEN = "+919999900001", "+919999900002"
CAMPAIGN, ACCOUNT = "campaign interviews", "account acme"
COLUMNS = [*HEADER, "Timezone", "Consent", "Consent Date", "Control"]


def row(name="Asha", phone=ASHA, zone="", consent="", on="", control=""):
    return person(name, phone, zone, consent, on, control)


@pytest.fixture
def world_of(world_of):
    """Makes a world in which everybody is known and nobody was called."""
    def make(rows=None, **options):
        world = world_of(rows or [row()], header=COLUMNS, **options)
        world.set("callsheet", dry_run="yes")
        world.run(ok=False)
        world.set("callsheet", dry_run="no")
        return world

    return make


def finish(world):
    """What is over at Bolna's becomes known here."""
    world.bolna.quiet()
    world.alter("UPDATE execution SET confirm_at = 1"
                " WHERE confirm_at IS NOT NULL")
    world.run(ok=False)


def called_before(world, ages, name="Asha", final="no-answer"):
    """The person was called so many seconds ago, and is due again."""
    for n, age in enumerate(ages):
        world.alter(
            "INSERT INTO attempt (lead, campaign, account, phone, token,"
            " state, execution, claimed_at, sent_at) SELECT l.id, c.id,"
            " c.account, l.phone, ?, 'done', ?, unixepoch() - ?,"
            " unixepoch() - ? FROM lead l JOIN campaign c ON"
            " c.id = l.campaign WHERE l.name = ?", f"t{n}{name}",
            f"e{n}{name}", age, age, name)
        world.alter(
            "INSERT INTO execution (id, attempt, account, final, verified)"
            " SELECT execution, id, account, ?, 1 FROM attempt"
            " WHERE execution = ?", final, f"e{n}{name}")


def sheet_of(world, **cells):
    world.write_csv([row(**cells)])


# rule: (make it apply, change one fact)
CASES = {
    "phone": (lambda w: sheet_of(w, phone="+91 99999 0000"),
              lambda w: sheet_of(w, phone="+91 99999 00001")),
    "control": (lambda w: sheet_of(w, control="maybe"), sheet_of),
    "pause": (lambda w: sheet_of(w, control="pause"),
              lambda w: sheet_of(w, control="resume")),
    "dnc": (lambda w: w.callsheet("dnc", "add", ASHA),
            lambda w: w.callsheet("dnc", "remove", ASHA)),
    "timezone": (lambda w: sheet_of(w, zone="Asia/Kolkatta"),
                 lambda w: sheet_of(w, zone="Asia/Kolkata")),
    "over": (lambda w: w.alter("UPDATE lead SET next_at = NULL"),
             lambda w: sheet_of(w, control="retry now")),
    "max_attempts": (
        lambda w: (w.set(CAMPAIGN, max_attempts=1), called_before(w, [90])),
        lambda w: w.set(CAMPAIGN, max_attempts=2)),
    "life": (
        lambda w: (w.set(ACCOUNT, number_life=2),
                   called_before(w, [9e7, 8e7])),
        lambda w: w.set(ACCOUNT, number_life=3)),
    "redialled": (
        lambda w: (called_before(w, [90]),
                   w.alter("UPDATE execution SET retry_count = 1")),
        lambda w: (w.alter("UPDATE execution SET retry_count = 0"),
                   w.age(86400))),
    "country": (lambda w: sheet_of(w, phone="+442079460001"),
                lambda w: (w.sections.update(
                    {"country GB": {"window": "00:00-24:00"}}),
                    w.write_conf(w.sections))),
    "never": (lambda w: w.set("country IN", window="00:00-01:00") or
              w.set(CAMPAIGN, window="01:00-24:00"),
              lambda w: w.set("country IN", window="00:00-24:00") or
              w.set(CAMPAIGN, window="00:00-24:00")),
    "consent": (
        lambda w: (w.alter("DELETE FROM registry"),
                   w.set(CAMPAIGN, purpose="promotional"),
                   sheet_of(w, consent="web form", on="soon")),
        lambda w: sheet_of(w, consent="web form", on="2026-01-03")),
    "registry": (
        lambda w: (w.set(CAMPAIGN, purpose="promotional"),
                   sheet_of(w, consent="web form", on="2026-01-03"),
                   w.alter("INSERT INTO scrub (account, country, reference,"
                           " scrubbed_on, numbers) VALUES (1, 'IN', 'R-1',"
                           " date('now', '-2 day'), 900)")),
        lambda w: w.callsheet("dnc", "scrub", "--account", "acme",
                              "--country", "IN", "--reference", "R-2")),
    "live": (
        lambda w: (called_before(w, [90]),
                   w.alter("UPDATE attempt SET state = 'unknown',"
                           " look_at = 9e9")),
        lambda w: (w.alter("UPDATE attempt SET state = 'done'"),
                   w.age(60))),
    "wait": (lambda w: w.alter("UPDATE lead SET next_at = unixepoch() + 600"),
             lambda w: w.age(600)),
    "paused": (lambda w: w.callsheet("pause"),
               lambda w: w.callsheet("resume")),
    "stopped": (lambda w: w.database.with_suffix(".db.stop").touch(),
                lambda w: w.database.with_suffix(".db.stop").unlink()),
    "purpose": (lambda w: (w.sections[CAMPAIGN].pop("purpose"),
                           w.write_conf(w.sections)),
                lambda w: w.set(CAMPAIGN, purpose="service")),
    "disclosure": (lambda w: w.set(CAMPAIGN, ai_disclosure="no"),
                   lambda w: w.set(CAMPAIGN, ai_disclosure="yes")),
    "series": (
        lambda w: w.set(CAMPAIGN, enforce_series="yes",
                        from_number="+911409999001"),
        lambda w: w.set(CAMPAIGN, from_number="+911609999001")),
    "cap": (lambda w: w.set(CAMPAIGN, cap_day="1.9999"),
            lambda w: w.set(CAMPAIGN, cap_day="2")),
    "credits": (
        lambda w: w.set(ACCOUNT, credit_price="1.5"),
        lambda w: w.callsheet("credits", "add", "0.01", "--note", "paid")),
    "wallet": (
        lambda w: (w.alter("UPDATE account SET wallet = 30000"),
                   w.set(ACCOUNT, wallet_floor="1.0001")),
        lambda w: w.set(ACCOUNT, wallet_floor="1")),
    "gap": (lambda w: (w.set(ACCOUNT, number_gap=30),
                       called_before(w, [1790])),
            lambda w: w.age(10)),
    "day": (lambda w: (w.set(ACCOUNT, number_day=2),
                       called_before(w, [86390, 7200])),
            lambda w: w.age(10)),
    "week": (lambda w: (w.set(ACCOUNT, number_week=2),
                        called_before(w, [7 * 86400 - 10, 90000])),
             lambda w: w.age(10)),
    "month": (lambda w: (w.set(ACCOUNT, number_month=2),
                         called_before(w, [30 * 86400 - 10, 8 * 86400])),
              lambda w: w.age(10)),
    "dry_run": (lambda w: w.set("callsheet", dry_run="yes"),
                lambda w: w.set("callsheet", dry_run="no")),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_that_applies_is_named_and_one_fact_changes_the_verdict(
        world_of, rule):
    apply, change = CASES[rule]
    world = world_of()
    world.bolna.numbers = ("+911409999001", "+911609999001")
    apply(world)
    world.run(ok=False)
    assert world.bolna.posts == []
    assert [r for r, in world.query(
        "SELECT rule FROM why WHERE rule <> 'gone'")] == [rule]
    says = world.value("SELECT says FROM rule WHERE name = ?", rule)
    said = world.callsheet("why", world.value(
        "SELECT phone FROM lead ORDER BY id DESC LIMIT 1")).stdout
    assert says in said or rule == "phone", said
    change(world)
    world.run(ok=False)
    assert len(world.bolna.posts) == 1
    assert world.value("SELECT verdict FROM decision WHERE lead IS NOT NULL"
                       " ORDER BY id DESC") == "call"


def test_every_rule_that_a_pass_can_meet_has_a_case(world_of):
    """The others are asked for elsewhere, or cannot be met by one person."""
    world = world_of()
    rules = {name for name, in world.query("SELECT name FROM rule")}
    elsewhere = {
        "gone", "removed", "sheet", "duplicate", "variables", "status",
        "rejected", "review",           # of the row: test_dial_rules.py
        "foreign",                      # test_two_installations.py
        "other_row", "hours", "turn"}   # below
    assert rules - elsewhere == set(CASES)


def test_the_manual_lists_the_rules_in_the_order_in_which_they_are_asked(
        world_of):
    world = world_of()
    page = (ROOT / "lib" / "callsheet.7").read_text()
    listed = re.findall(r"^\.It Em (\w+) , No (.+)\n(.+)$", page,
                        re.MULTILINE)
    assert listed == world.query(
        "SELECT name, verdict, says FROM rule ORDER BY rank")


# --- decisions ----------------------------------------------------------

def decisions(world, name="Asha"):
    return world.query(
        "SELECT d.verdict, d.rule FROM decision d JOIN lead l ON l.id ="
        " d.lead WHERE l.name = ? ORDER BY d.id", name)


def test_a_decision_is_written_when_it_changes_and_only_then(world_of):
    world = world_of()
    world.set(ACCOUNT, number_gap=30)
    called_before(world, [60])
    for _ in range(3):
        world.run()
    assert decisions(world) == [("put off", "gap")]
    assert world.value("SELECT count(*) FROM lead WHERE due_at <= unixepoch()"
                       ) == 0, "nobody is looked at before that"
    world.age(1800)
    world.run()
    assert decisions(world) == [("put off", "gap"), ("call", "turn")]


def test_a_number_that_stays_on_the_line_is_one_decision(world_of):
    world = world_of()
    CASES["live"][0](world)
    for _ in range(3):
        world.run(ok=False)
        world.age(61)
    assert decisions(world) == [("put off", "live")]


def test_a_decision_names_the_facts_and_the_settings_in_force(world_of):
    world = world_of()
    world.set(ACCOUNT, number_day=1)
    called_before(world, [3600])
    world.run()
    facts, next_at, text = world.query(
        "SELECT facts, next_at, text FROM decision d JOIN settings s"
        " ON s.hash = d.settings WHERE rule = 'day'")[0]
    assert facts == '{"calls":1,"allowed":1,"within":86400}'
    assert "number_day = 1\n" in text and "calling_hours [\"IN\"" in text
    assert next_at == world.value("SELECT sent_at + 86400 FROM attempt")


def test_the_reason_and_the_next_time_stand_in_the_sheet(world_of):
    header = [*COLUMNS, "Next Attempt"]
    world = world_of()
    world.header = header
    world.write_csv([[*row(), ""]])
    world.set(ACCOUNT, number_day=1)
    called_before(world, [3600])
    world.run()
    world.age(10)
    world.run()
    asha = world.sheet()["Asha"]
    assert "Put off: the number was called often enough for a day" in \
        asha["Notes"]
    assert asha["Next Attempt"] == world.value(
        "SELECT datetime(put_off, 'unixepoch') FROM lead")


def test_what_stops_a_campaign_is_one_decision_for_all_its_leads(world_of):
    world = world_of([row(f"P{n}", f"+9199999{n:05d}") for n in range(1, 30)])
    world.callsheet("pause")
    world.run()
    world.run()
    assert world.query("SELECT lead, verdict, rule FROM decision") == [
        (None, "put off", "paused")]
    assert world.value("SELECT count(*) FROM why WHERE rule = 'paused'") == 29


def test_everybody_has_exactly_one_reason(world_of):
    rows = [row("Asha"), row("Ben", BEN, control="pause"),
            row("Chitra", "call me"), row("Daniel", "+442079460001"),
            row("Esha", "+919999900005", zone="Mars/Olympus")]
    world = world_of(rows)
    world.callsheet("dnc", "add", ASHA)
    world.run(ok=False)
    assert dict(world.query("SELECT name, rule FROM why")) == {
        "Asha": "dnc", "Ben": "pause", "Chitra": "phone",
        "Daniel": "country", "Esha": "timezone"}
    assert world.value("SELECT count(*) FROM why") == 5
    assert world.bolna.posts == []


def test_changed_settings_are_a_reason_to_judge_everybody_anew(world_of):
    world = world_of()
    world.set(ACCOUNT, number_week=1)
    called_before(world, [90000])
    world.run()
    assert world.bolna.posts == []
    world.set(ACCOUNT, number_week=2)
    world.run()
    assert len(world.bolna.posts) == 1


# --- the budget of a number ----------------------------------------------

def another_campaign(world, rows):
    world.sections["campaign reminders"] = dict(
        world.sections[CAMPAIGN], sheet="file:reminders.csv")
    world.write_conf(world.sections)
    first, world.csv_file = world.csv_file, world.dir / "reminders.csv"
    world.write_csv(rows)
    world.csv_file = first


def test_all_campaigns_and_callbacks_share_the_budget_of_a_number(world_of):
    world = world_of()
    world.set(ACCOUNT, number_day=2)
    another_campaign(world, [row()])
    world.run()
    finish(world)
    world.age(120)
    world.run(ok=False)
    finish(world)
    assert world.bolna.count(ASHA) == 2, "one for each campaign"
    world.write_csv([row(control="retry now")])
    world.run(ok=False)
    assert world.bolna.count(ASHA) == 2
    assert world.query("SELECT rule, next_at > unixepoch() + 80000"
                       " FROM decision ORDER BY id DESC LIMIT 1") == [
        ("day", 1)]
    world.age(86400)
    world.run(ok=False)
    assert world.bolna.count(ASHA) == 3


def test_who_was_called_for_another_row_of_the_campaign_is_not_called_again(
        world_of):
    world = world_of([row()])
    world.run()
    finish(world)
    world.alter("INSERT INTO lead (campaign, phone, key, name, timezone,"
                " country, next_at) SELECT campaign, phone, 'b', 'Asha B',"
                " timezone, country, 1 FROM lead")
    world.run(ok=False)
    assert world.bolna.count(ASHA) == 1


# --- money -----------------------------------------------------------------

PEOPLE = [row(f"P{n}", f"+9199999{n:05d}") for n in range(1, 11)]


@pytest.mark.parametrize("section, key", [
    (CAMPAIGN, "cap_total"), (CAMPAIGN, "cap_day"), (CAMPAIGN, "cap_pass"),
    (ACCOUNT, "cap_total"), (ACCOUNT, "cap_day")])
def test_a_cap_of_three_calls_places_exactly_three(world_of, section, key):
    world = world_of(PEOPLE)
    for phone in PEOPLE:
        world.bolna.fate(phone[1], Fate(stay="in-progress"))
    world.set(CAMPAIGN, minute_cost="0.25", max_minutes=2)
    world.set(section, **{key: "1.74"})
    dialers = [world.linger("--once") for _ in range(4)]
    for dialer in dialers:
        dialer.communicate(timeout=60)
    assert len(world.bolna.posts) == 3
    if key != "cap_pass":
        world.run(ok=False)
        assert len(world.bolna.posts) == 3


def test_what_a_call_did_cost_takes_the_place_of_what_it_could_have(world_of):
    world = world_of(PEOPLE)
    world.set(CAMPAIGN, minute_cost="10", cap_total="100", calls_per_pass=1)
    world.run(ok=False)
    assert world.value("SELECT spent FROM campaign") == 1000000
    world.set(CAMPAIGN, calls_per_pass=0)
    finish(world)
    cost = world.value("SELECT cost_cents FROM execution")
    assert world.value("SELECT spent FROM campaign") == round(100 * cost)
    assert world.value("SELECT sum(amount) FROM ledger") == round(100 * cost)


def test_entries_of_the_ledger_cannot_be_edited(world_of):
    world = world_of()
    world.run()
    with pytest.raises(Exception, match="not edited"):
        world.alter("UPDATE ledger SET amount = 0")


def test_a_call_that_was_not_placed_costs_nothing(world_of):
    world = world_of()
    world.bolna.fault("POST /call", refusal(429))
    world.run(ok=False)
    assert world.value("SELECT state FROM attempt") == "released"
    assert world.value("SELECT spent FROM campaign") == 0


# --- the rehearsal ---------------------------------------------------------

def rehearsed(world):
    """{phone: (verdict, reason)} of a dry run, and its last line."""
    done = world.callsheet("run", "--dry-run")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    found = {}
    for line in lines[1:lines.index("")]:
        phone = line[17:34].strip()
        found[phone] = (line[56:64].strip(), line[83:].strip())
    return found, lines[-1]


def test_a_rehearsal_says_what_a_pass_then_does(world_of):
    rows = [row("Asha"), row("Ben", BEN, control="pause"),
            row("Chitra", "+919999900003"), row("Daniel", "+442079460001"),
            row("Esha", "+919999900005", zone="Mars/Olympus")]
    world = world_of(rows, told=False)
    world.set(ACCOUNT, number_day=1)
    called_before(world, [3600], "Chitra")
    world.set("callsheet", dry_run="yes")
    dry, total = rehearsed(world)
    assert not world.bolna.posts
    assert not world.value("SELECT asked_at FROM account"), "no network"
    world.set("callsheet", dry_run="no")
    live, again = rehearsed(world)
    assert dry == live and total == again
    world.run(ok=False)
    assert {call.phone for call in world.bolna.placed} == {
        phone for phone, (verdict, _) in dry.items() if verdict == "call"}
    for phone, (verdict, reason) in dry.items():
        now = world.query(
            "SELECT r.verdict, r.says FROM decision d JOIN rule r ON"
            " r.name = d.rule JOIN lead l ON l.id = d.lead WHERE l.phone = ?"
            " ORDER BY d.id DESC LIMIT 1", phone)
        assert now and now[0][0] == verdict, (phone, now)
        assert reason.startswith(now[0][1]), (phone, now)


def test_a_rehearsal_forecasts_what_a_campaign_can_cost(world_of):
    world = world_of(PEOPLE)
    world.set(CAMPAIGN, minute_cost="0.10", max_minutes=5, max_attempts=3)
    _, total = rehearsed(world)
    assert total == ("10 people, 10 of them could be called now; to reach all"
                     " who may be: from 1.00 to 15.00")
    world.set(CAMPAIGN, cap_total="6")
    assert ("interviews: 10 people, from 1.00 to 15.00; 0.00 spent, 6.00 more"
            " are allowed\n") in world.callsheet("run", "--dry-run").stdout


# --- breakers ----------------------------------------------------------------

def ended(world, finals):
    """So ended the last calls of somebody else."""
    world.alter("INSERT INTO lead (id, campaign, phone, name, timezone,"
                " present) VALUES (999, 1, '+919999999999', 'Old', 'UTC', 0)")
    for n, final in enumerate(finals):
        world.alter("INSERT INTO attempt (id, lead, campaign, account, phone,"
                    " token, state, execution, claimed_at, sent_at) VALUES"
                    " (?, 999, 1, 1, '+919999999999', ?, 'done', ?,"
                    " unixepoch() - 900, unixepoch() - 900)",
                    5000 + n, f"old{n}", f"old{n}")
        world.alter("INSERT INTO execution (id, attempt, account, final,"
                    " verified) VALUES (?, ?, 1, ?, 1)", f"old{n}", 5000 + n,
                    final)


def test_half_of_ten_calls_that_fail_stop_dialling(world_of):
    world = world_of(PEOPLE)
    ended(world, ["failed"] * 4 + ["completed"] * 6)
    world.set(CAMPAIGN, calls_per_pass=1)
    world.run(ok=False)
    assert len(world.bolna.posts) == 1, "four are no reason"
    finish(world)
    before = len(world.bolna.posts)
    world.alter("UPDATE execution SET final = 'failed' WHERE id LIKE 'old%'")
    done = world.run(ok=False)
    assert "calls failed" in done.stderr
    assert len(world.bolna.posts) == before


def test_after_a_breaker_one_call_shows_whether_all_is_well(world_of):
    world = world_of(PEOPLE)
    ended(world, ["failed"] * 10)
    world.run(ok=False)
    assert world.bolna.posts == []
    world.alter("UPDATE breaker SET until = unixepoch() - 1")
    world.alter("UPDATE attempt SET sent_at = sent_at - 100000")
    world.run(ok=False)
    assert len(world.bolna.posts) == 1, "one call, then its end is awaited"
    finish(world)
    assert len(world.bolna.posts) == 10


def test_five_opt_outs_of_fifty_talks_stop_dialling_until_a_person_looked(
        world_of):
    world = world_of(PEOPLE)
    ended(world, ["completed"] * 50)
    for n in range(5):
        world.alter("INSERT INTO suppression (account, phone, source) VALUES"
                    " (1, ?, 'call')", f"+91888880000{n}")
    done = world.run(ok=False)
    assert "5 people of 50 asked not to be called again" in done.stderr
    assert world.bolna.posts == []
    assert world.callsheet("resume").returncode == 0
    world.run()
    assert len(world.bolna.posts) == 10


def test_four_opt_outs_or_fewer_than_a_tenth_stop_nobody(world_of):
    world = world_of(PEOPLE)
    ended(world, ["completed"] * 51)
    for n in range(5):
        world.alter("INSERT INTO suppression (account, phone, source) VALUES"
                    " (1, ?, 'call')", f"+91888880000{n}")
    world.run(ok=False)
    assert len(world.bolna.posts) == 10


# --- how many at once ----------------------------------------------------------

def test_no_more_calls_are_under_way_than_bolna_places_at_once(world_of):
    world = world_of(PEOPLE, told=False)
    world.bolna.concurrency = 3
    for phone in PEOPLE:
        world.bolna.fate(phone[1], Fate(stay="in-progress"))
    world.run()
    world.run()
    assert len(world.bolna.posts) == 3


def test_an_account_has_a_limit_over_all_its_campaigns(world_of):
    world = world_of(PEOPLE)
    another_campaign(world, [row(f"Q{n}", f"+9199998{n:05d}")
                             for n in range(10)])
    world.set(ACCOUNT, max_live=4)
    world.bolna.concurrency = 50
    for phone in PEOPLE:
        world.bolna.fate(phone[1], Fate(stay="in-progress"))
    for n in range(10):
        world.bolna.fate(f"+9199998{n:05d}", Fate(stay="in-progress"))
    world.run()
    assert len(world.bolna.posts) == 4


def test_no_more_calls_begin_in_a_minute_than_rate_says(world_of):
    world = world_of(PEOPLE)
    world.set(ACCOUNT, rate=3)
    world.run()
    world.run()
    assert len(world.bolna.posts) == 3
    world.age(60)
    world.run()
    assert len(world.bolna.posts) == 6


def test_the_caller_numbers_of_a_campaign_take_turns(world_of):
    world = world_of(PEOPLE)
    world.bolna.numbers = ("+911609999001", "+911609999002", "+911609999003")
    world.set(CAMPAIGN, from_number=", ".join(world.bolna.numbers),
              calls_per_pass=2)
    for _ in range(3):
        world.run()
    used = [number for number, in world.query(
        "SELECT from_number FROM attempt ORDER BY id")]
    assert used == list(world.bolna.numbers) * 2


def test_who_has_a_higher_priority_is_called_first(world_of):
    world = world_of()
    world.header = [*COLUMNS, "Priority"]
    world.write_csv([[*PEOPLE[0], ""], [*PEOPLE[1], "5"], [*PEOPLE[2], "-1"],
                     [*PEOPLE[3], "20"]])
    world.set(CAMPAIGN, calls_per_pass=1)
    for _ in range(4):
        world.run()
    assert [call.phone[-1] for call in world.bolna.placed] == [
        "4", "2", "1", "3"]
