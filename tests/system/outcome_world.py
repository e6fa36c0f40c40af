"""Finished calls, laid into the database as Bolna has confirmed them."""

import contextlib
import datetime
import json
import zoneinfo

from world import World, person

ZONE = "Asia/Kolkata"


def monday_noon(zone=ZONE):
    """A Monday to come, at noon there: calls end then, so that what people
    ask for is never over, whenever the test runs."""
    there = zoneinfo.ZoneInfo(zone)
    today = datetime.datetime.now(there)
    day = today.date() + datetime.timedelta(days=8 - today.isoweekday())
    return datetime.datetime.combine(day, datetime.time(12), there)


@contextlib.contextmanager
def calls(tmp_path, found, *, zone=ZONE, ended=None):
    """A world in which each of found, a dict of columns of execution, is a
    call of a lead of its own, and a pass has looked at them."""
    with World(tmp_path, [person("Nobody", "+919999999999")],
               csv_file=True, nginx=False,
               settings={"dry_run": "yes"}) as world:
        world.run()
        add_calls(world, found, zone, ended)
        decide(world)
        yield world


def decide(world):
    """A pass; many opt-outs at once are an alarm, which is right."""
    done = world.run(ok=False)
    assert done.returncode in (0, 75), done.stderr
    assert "database:" not in done.stderr


def add_calls(world, found, *more):
    with world.at_once():
        for n, columns in enumerate(found, 1):
            add_call(world, n, columns, *more)


def add_call(world, n, columns, zone=ZONE, ended=None):
    lead, phone = 1000 + n, f"+9199999{n:05}"
    world.alter(
        "INSERT INTO lead (id, campaign, phone, name, timezone, present)"
        " SELECT ?, id, ?, ?, ?, 0 FROM campaign", lead, phone, f"P{n}", zone)
    world.alter(
        "INSERT INTO attempt (id, lead, campaign, account, phone, token,"
        " state, execution, ended_at) SELECT ?, ?, id, account, ?, ?, 'done',"
        " ?, unixepoch() FROM campaign", lead, lead, phone, f"t{n}", f"e{n}")
    row = {"id": f"e{n}", "attempt": lead, "verified": 1,
           "final": "completed", "ended_at": ended, **columns}
    if isinstance(row.get("extraction"), (dict, list)):
        row["extraction"] = json.dumps(row["extraction"])
    world.alter(f"INSERT INTO execution ({', '.join(row)}) VALUES"
                f" ({', '.join('?' * len(row))})", *row.values())
    world.alter("INSERT INTO outcome_due VALUES (?)", lead)


def outcome(world, n=1):
    """What was decided about the n-th call."""
    names = ("outcome", "rule", "confidence", "span", "slot_at", "note")
    rows = world.query(f"SELECT {', '.join(names)} FROM outcome"
                       " WHERE attempt = ? AND source = 'rule'", 1000 + n)
    return dict(zip(names, rows[0])) if rows else None


def next_at(world, n=1):
    return world.value("SELECT next_at FROM lead WHERE id = ?", 1000 + n)
