"""Why somebody is called or not: each rule on both sides of its edge.

A case makes one rule apply to a person whom nothing else speaks against; then
it changes one fact, and the person is called.
"""

import re

import pytest

from rules_world import (ACCOUNT, ASHA, BEN, CAMPAIGN, COLUMNS, PEOPLE,
                         another_campaign, called_before, finish, row,
                         world_of)
from world import ROOT

__all__ = ["world_of"]


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
