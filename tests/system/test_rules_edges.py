"""Each condition of the rules by itself: one fact is moved from one side of
its edge to the other, and the reason changes.

The facts are changed in a copy of the database; no pass is needed to ask the
views.
"""

import contextlib
import sqlite3

import pytest

from world import HEADER, World, person

ASHA, BEN = "+919999900001", "+919999900002"
ROWS = [person("Asha", ASHA, "web form", "2026-01-03"), person("Ben", BEN)]
LEAD = "(SELECT id FROM lead WHERE name = 'Asha' AND campaign = 1)"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two people in one campaign, and Asha in another; nothing speaks against
    calling either."""
    directory = tmp_path_factory.mktemp("edges") / "w"
    with World(directory, ROWS, csv_file=True, nginx=False,
               header=[*HEADER, "Consent", "Consent Date"]) as world:
        world.sections["campaign reminders"] = dict(
            world.sections["campaign interviews"], sheet="file:more.csv")
        world.set("callsheet", dry_run="yes")
        first, world.csv_file = world.csv_file, world.dir / "more.csv"
        world.write_csv(ROWS[:1])
        world.csv_file = first
        world.run(ok=False)
        world.alter("UPDATE campaign SET dry_run = 0")
        world.alter("INSERT INTO account (name) VALUES ('other')")
        world.alter("INSERT INTO campaign (account, name, agent_id, sheet,"
                    " timezone, calls_per_pass, gap_secs, max_live,"
                    " max_attempts, purpose, disclosed, call_cost)"
                    " SELECT 2, 'theirs', agent_id, 'file:x', 'UTC', 1, 0, 1,"
                    " 1, 'service', 1, 10 FROM campaign WHERE id = 1")
        yield world


def ask(world, changes, sql, *args):
    with contextlib.closing(sqlite3.connect(":memory:")) as db, \
            contextlib.closing(sqlite3.connect(world.database)) as source:
        source.backup(db)
        for change in changes:
            db.execute(change)
        return db.execute(sql, args).fetchall()


def reason(world, *changes, name="Asha", campaign="interviews"):
    rows = ask(world, changes, "SELECT rule FROM why WHERE name = ? AND"
               " campaign = ?", name, campaign)
    assert len(rows) == 1, "one reason a row"
    return rows[0][0]


def attempt(state="done", age=90000, lead=LEAD, campaign=1, account=1,
            token="t", phone=ASHA):
    return ("INSERT INTO attempt (lead, campaign, account, phone, token,"
            " state, execution, claimed_at, sent_at, ended_at) SELECT"
            f" {lead}, {campaign}, {account}, '{phone}', '{token}',"
            f" '{state}', 'e{token}', unixepoch() - {age},"
            f" unixepoch() - {age}, unixepoch() - {age}")


def ended(final, token="t"):
    return ("INSERT INTO execution (id, attempt, account, final, verified)"
            f" SELECT 'e{token}', id, account, '{final}', 1 FROM attempt"
            f" WHERE token = '{token}'")


def budget(name, secs, calls):
    return f"INSERT INTO budget VALUES (1, '{name}', {secs}, {calls})"


def scrub(days, account=1, country="IN"):
    return ("INSERT INTO scrub (account, country, reference, scrubbed_on,"
            f" numbers) VALUES ({account}, '{country}', 'R',"
            f" date('now', '{days} days'), 1)")


PROMOTION = ("UPDATE campaign SET purpose = 'promotional'",)
CONSENT = (*PROMOTION, "DELETE FROM registry")
SCRUB = (*PROMOTION, "UPDATE registry SET days = 3 WHERE country = 'IN'")
BENS = "(SELECT id FROM lead WHERE name = 'Ben')"


def lead(sets):
    return f"UPDATE lead SET {sets} WHERE name = 'Asha'"


EDGES = {
    "nothing": ([], "turn"),
    "gone": ([lead("present = 0")], "gone"),
    # another row of the campaign
    "called in another row": ([attempt(lead=BENS)], "other_row"),
    "released in another row": ([attempt("released", lead=BENS)], "turn"),
    "called in another campaign": (
        [attempt(campaign=2, lead="(SELECT id FROM lead WHERE campaign = 2)")],
        "turn"),
    # hours: of the campaign, the country and the zone
    "hours of the country": (
        ["DELETE FROM hours WHERE campaign = 1",
         "INSERT INTO hours SELECT 1, 'US', timezone, opens_at,"
         " closes_at, again_at, problem FROM hours WHERE campaign = 2"],
        "timezone"),
    "hours of the campaign": (
        ["UPDATE hours SET opens_at = NULL, problem = 'never'"
         " WHERE campaign = 1"], "never"),
    "hours of another campaign": (
        ["UPDATE hours SET opens_at = NULL, problem = 'never'"
         " WHERE campaign = 2"], "turn"),
    # consent
    "consent": ([*CONSENT], "turn"),
    "consent without a source": ([*CONSENT, lead("consent = ''")], "consent"),
    "consent of today": (
        [*CONSENT, lead("consent_on = date('now')")], "turn"),
    "consent of the day after tomorrow": (
        [*CONSENT, lead("consent_on = date('now', '+2 days')")], "consent"),
    "service without consent": ([lead("consent = ''")], "turn"),
    # the register
    "scrubbed": ([*SCRUB, scrub("-3")], "turn"),
    "scrubbed too long ago": ([*SCRUB, scrub("-4")], "registry"),
    "scrubbed in the future": ([*SCRUB, scrub("+2")], "registry"),
    "scrubbed by another account": ([*SCRUB, scrub("-3", 2)], "registry"),
    "scrubbed for another country": ([*SCRUB, scrub("-3", 1, "US")],
                                     "registry"),
    # attempts
    "released calls count for nothing": (
        ["UPDATE campaign SET max_attempts = 1", attempt("released")],
        "turn"),
    "rejected calls are attempts": (
        ["UPDATE campaign SET max_attempts = 1", attempt("rejected")],
        "max_attempts"),
    **{f"{state} is live": ([attempt(state)], "live")
       for state in ("intent", "sending", "accepted", "unknown")},
    "live for another account": (
        [attempt("accepted", account=2, campaign=3, lead=BENS)], "turn"),
    # budgets
    "a day": ([budget("day", 86400, 1), attempt(age=86390)], "day"),
    "a day and more": ([budget("day", 86400, 1), attempt(age=86410)], "turn"),
    "another number": (
        [budget("day", 86400, 1), attempt(age=9, phone=BEN, lead=BENS)],
        "turn"),
    "another account": (
        [budget("day", 86400, 1),
         attempt(age=9, account=2, campaign=3, lead=BENS)], "turn"),
    "another campaign of the account": (
        [budget("day", 86400, 1), attempt(
            age=9, campaign=2, lead="(SELECT id FROM lead WHERE"
            " campaign = 2)")], "day"),
    "refused": ([budget("day", 86400, 1), attempt("rejected", 9)], "turn"),
    "not sent": ([budget("day", 86400, 1), attempt("released", 9)], "turn"),
    "an empty wallet": (
        [budget("day", 86400, 1), attempt(age=9), ended("balance-low")],
        "turn"),
    # the campaign and the account as a whole
    "removed": (["UPDATE campaign SET active = 0 WHERE id = 1"], "removed"),
    "sheet": (["UPDATE campaign SET problem = 'gone' WHERE id = 1"], "sheet"),
    "stopped by the verb": (["UPDATE campaign SET paused = 2"], "paused"),
    "two calls in doubt": (
        [attempt("unknown", token=str(n), phone=f"+{n}", lead=BENS)
         for n in range(2)], "turn"),
    "three calls in doubt": (
        [attempt("unknown", token=str(n), phone=f"+{n}", lead=BENS)
         for n in range(3)], "stopped"),
    # money: one call costs 20000
    "wallet of which Bolna says nothing": (
        ["UPDATE account SET wallet_floor = 0, wallet = NULL"], "wallet"),
    "wallet with a call in another campaign": (
        ["UPDATE account SET wallet_floor = 0, wallet = 39999",
         attempt("accepted", phone=BEN, lead=BENS, campaign=2)], "wallet"),
    "wallet with room for both": (
        ["UPDATE account SET wallet_floor = 0, wallet = 40000",
         attempt("accepted", phone=BEN, lead=BENS, campaign=2)], "turn"),
    **{f"cap {scope} {name} {age} of {campaign}": (
        [f"INSERT INTO cap VALUES (1, {scope}, '{name}', 39999)",
         attempt("accepted", age, phone=BEN, lead=BENS, campaign=campaign,
                 account=1 if campaign < 3 else 2)], rule)
       for scope, name, age, campaign, rule in [
           (1, "day", 86390, 1, "cap"), (1, "day", 86410, 1, "turn"),
           (1, "day", 9, 2, "turn"), (1, "total", 9e7, 1, "cap"),
           (1, "total", 9, 2, "turn"), (2, "total", 9e7, 1, "turn"),
           (0, "day", 86390, 2, "cap"), (0, "day", 86410, 2, "turn"),
           (0, "day", 9, 3, "turn"),
           (0, "total", 9e7, 2, "cap"), (0, "total", 9e7, 3, "turn")]},
}


@pytest.mark.parametrize("case", EDGES)
def test_each_condition_of_a_rule_has_two_sides(world, case):
    changes, rule = EDGES[case]
    assert reason(world, *changes) == rule


def test_a_person_is_asked_again_when_the_hours_open_next(world):
    for open_at, next_at in (("- 9", "again_at"), ("+ 9", "opens_at")):
        rows = ask(world, [
            f"UPDATE hours SET opens_at = unixepoch() {open_at},"
            " closes_at = unixepoch() - 5, again_at = unixepoch() + 77777"],
            "SELECT f.next_at = h." + next_at + " FROM finding f"
            " JOIN lead l ON l.id = f.lead JOIN hours h"
            " ON h.campaign = l.campaign WHERE f.rule = 'hours'"
            " AND l.campaign = 1 AND h.country = l.country")
        assert rows and all(same for same, in rows)


def test_who_was_called_for_life_is_not_asked_again(world):
    rows = ask(world, [budget("life", 9 * 10**9, 1), attempt()],
               "SELECT next_at FROM finding WHERE rule = 'life'")
    assert {next_at for next_at, in rows} == {None}
