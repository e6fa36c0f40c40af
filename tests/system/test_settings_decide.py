"""Each setting changes at least one decision: a knob that turns nothing is
worse than none."""

import re

import pytest

from world import ROOT, World, people
from sim.bolna import Fate

ASHA, NORA = "+919999900001", "+12125550101"
CAMPAIGN, ACCOUNT = "campaign interviews", "account acme"
PEOPLE = people(6)


@pytest.fixture
def world(tmp_path):
    with World(tmp_path, PEOPLE, csv_file=True, nginx=False, pace=0,
               settings={"dry_run": "yes"}) as world:
        world.run(ok=False)
        world.set("callsheet", dry_run="no")
        yield world


def placed(world):
    """How many calls a pass places."""
    before = len(world.bolna.posts)
    world.run(ok=False)
    return len(world.bolna.posts) - before


def stay(world):
    for row in PEOPLE:
        world.bolna.fate(row[1], Fate(stay="in-progress"))


def this_hour(world):
    """Calling hours that are open in UTC, and not in Tokyo."""
    hour = world.value("SELECT CAST(strftime('%H', 'now') AS INTEGER)")
    return f"{max(0, hour - 1):02}:00-{min(24, hour + 2):02}:00"


def called(world, *ages):
    """Everybody was called so many seconds ago, and is due again."""
    for n, age in enumerate(ages):
        world.alter(
            "INSERT INTO attempt (lead, campaign, account, phone, token,"
            " state, execution, claimed_at, sent_at) SELECT id, 1, 1, phone,"
            " phone || ?, 'done', phone || ?, unixepoch() - ?,"
            " unixepoch() - ? FROM lead", n, n, age, age)
        world.alter("INSERT INTO execution (id, attempt, account, final,"
                    " verified) SELECT execution, id, 1, 'busy', 1"
                    " FROM attempt WHERE execution LIKE '+%' || ?", n)


# (section, key): (what is so, one value and the calls of a pass with it,
#                  another value and the calls with that)
DECIDES = {
    ("callsheet", "dry_run"): (None, "yes", 0, "no", 6),
    ("callsheet", "min_free"): (None, "1000000", 0, "0", 6),
    (ACCOUNT, "max_live"): (stay, "2", 2, "0", 4),
    (ACCOUNT, "rate"): (None, "4", 4, "480", 2),
    (ACCOUNT, "number_gap"): (lambda w: called(w, 600), "11", 0, "9", 6),
    (ACCOUNT, "number_day"): (lambda w: called(w, 80000), "1", 0, "2", 6),
    (ACCOUNT, "number_week"): (lambda w: called(w, 90000), "1", 0, "2", 6),
    (ACCOUNT, "number_month"): (lambda w: called(w, 700000), "1", 0, "2", 6),
    (ACCOUNT, "number_life"): (lambda w: called(w, 9e7), "1", 0, "2", 6),
    (ACCOUNT, "cap_day"): (stay, "4", 2, "8", 2),
    (ACCOUNT, "cap_total"): (stay, "4", 2, "8", 2),
    (ACCOUNT, "wallet_floor"): (None, "99", 0, "50", 6),
    # the first call keeps all of it aside
    (ACCOUNT, "credit_price"): (
        lambda w: (stay(w), w.callsheet(
            "credits", "add", "25", "--note", "paid")), "10", 1, "1", 0),
    (ACCOUNT, "credit_pulse"): (
        lambda w: (stay(w), w.set(ACCOUNT, credit_price="1"), w.callsheet(
            "credits", "add", "50", "--note", "paid")), "3600", 1, "60", 0),
    (CAMPAIGN, "timezone"): (
        lambda w: w.set("country IN", window=this_hour(w)),
        "Asia/Tokyo", 0, "UTC", 6),
    (CAMPAIGN, "window"): (None, "00:00-00:01", 0, "00:00-24:00", 6),
    (CAMPAIGN, "weekdays"): (
        lambda w: w.set("country IN", window="00:00-24:00"),
        None, 0, "all", 6),
    (CAMPAIGN, "holidays"): (None, "@today", 0, "@never", 6),
    (CAMPAIGN, "last_minutes"): (
        lambda w: w.alter("CREATE TRIGGER soon AFTER UPDATE ON hours BEGIN"
                          " UPDATE hours SET closes_at = unixepoch() + 90;"
                          " END") and None or w.alter(
                              "UPDATE hours SET opens_at = 0"),
        "2", 0, "1", 6),
    (CAMPAIGN, "purpose"): (None, "promotional", 0, "service", 6),
    (CAMPAIGN, "ai_disclosure"): (None, "no", 0, "yes", 6),
    (CAMPAIGN, "enforce_series"): (
        lambda w: setattr(w.bolna, "numbers", ("+911409999001",)) or
        w.set(CAMPAIGN, from_number="+911409999001"), "yes", 0, "no", 6),
    (CAMPAIGN, "max_minutes"): (
        lambda w: w.set(CAMPAIGN, cap_pass="6"), "15", 2, "5", 4),
    (CAMPAIGN, "minute_cost"): (
        lambda w: w.set(CAMPAIGN, cap_pass="6"), "0.3", 2, "0.15", 4),
    (CAMPAIGN, "cap_pass"): (None, "4", 2, "8", 4),
    (CAMPAIGN, "cap_day"): (stay, "4", 2, "8", 2),
    (CAMPAIGN, "cap_total"): (stay, "4", 2, "8", 2),
    (CAMPAIGN, "calls_per_pass"): (None, "2", 2, "3", 3),
    (CAMPAIGN, "gap"): (None, "60", 1, "0", 5),
    (CAMPAIGN, "max_live"): (stay, "2", 2, "5", 3),
    (CAMPAIGN, "max_attempts"): (lambda w: called(w, 9e5), "1", 0, "2", 6),
    ("country IN", "window"): (None, "00:00-00:01", 0, "00:00-24:00", 6),
    ("country IN", "weekdays"): (None, None, 0, "all", 6),
}
# What decides something else, and where that is shown.
ELSEWHERE = {
    "country": "test_dial_rules.py: numbers without a country code",
    "from_number": "test_rules_limits.py: caller numbers take turns",
    "redial_unsettled": "test_settle.py",
    "agent_id": "who calls", "sheet": "who is called",
    "account": "by whose key", "bolna_key": "likewise",
    "google_key": "likewise",
    "credit_alerts": "test_credits.py: when people are told"}


def other_day(world):
    """A weekday that it is nowhere today."""
    return world.value("SELECT CASE strftime('%w', 'now', '+3 days') WHEN '0'"
                       " THEN 'sun' WHEN '1' THEN 'mon' WHEN '2' THEN 'tue'"
                       " WHEN '3' THEN 'wed' WHEN '4' THEN 'thu' WHEN '5'"
                       " THEN 'fri' ELSE 'sat' END")


@pytest.mark.parametrize("section, key", DECIDES,
                         ids=[f"{s} {k}" for s, k in DECIDES])
def test_a_setting_changes_who_is_called(world, section, key):
    given, one, calls, another, more = DECIDES[section, key]
    day = world.value("SELECT date('now')")
    (world.dir / "today").write_text(
        "".join(f"{world.value('SELECT date(?, ?)', day, shift)}\n"
                for shift in ("-1 day", "0 days", "+1 day")))
    (world.dir / "never").write_text("1999-12-31\n")
    if given:
        given(world)
    world.set(section, **{key: one or other_day(world)})
    assert placed(world) == calls
    world.alter("DELETE FROM breaker")
    world.alter("UPDATE ledger SET at = at - 5")    # in an earlier pass
    world.set(section, **{key: another})
    assert placed(world) == more


def test_every_setting_is_known_to_change_a_decision(world):
    keys = set(re.findall(
        r"\{ (?:ACCOUNT|CAMPAIGN|COUNTRY), \"(\w+)\"",
        (ROOT / "lib" / "conf_keys.c").read_text()))
    decides = {key for _, key in DECIDES}
    others = {key for key in keys if re.match(
        r"slack|openai|analysis|(call|history)_prompt", key)}
    assert keys - decides - others == set(ELSEWHERE)
