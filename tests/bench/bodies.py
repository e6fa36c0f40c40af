"""Webhook bodies of one size, and a database that knows the calls."""

import contextlib
import json
import sqlite3
import time

from sim.bolna import AGENT, Call
from sim.bolna_bodies import Fate, Shape, execution

SIZE = 2500
MARK = "@CALL@"             # twelve digits stand here
LIFE = ("initiated", "ringing", "in-progress", "call-disconnected",
        "completed")
ID = "5ca11000-0000-4000-8000-"
PHONE = "+999"              # no country has this code
TOKEN = "be0c" * 5


def body(call, step):
    """One line of JSON of exactly SIZE bytes, once the marks are filled."""
    call.step = call.path.index(LIFE[step])
    call.updated += 10
    record = execution(call)
    for bulky in ("usage_breakdown", "cost_breakdown"):
        del record[bulky]
    record["latency_data"] = {"padding": ""}
    lack = SIZE - size(record)
    assert lack >= 0, f"{LIFE[step]} is {-lack} bytes too large"
    turns = "0.12345,1.5," * SIZE
    record["latency_data"]["padding"] = turns[:lack]
    assert size(record) == SIZE
    return compact(record)


def compact(record):
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False)


def size(record):
    return len(compact(record).replace(MARK, "0" * 12).encode())


def bodies():
    """The bodies of one call's life, as templates."""
    fate, now = Fate(), time.time()
    call = Call(ID + MARK, AGENT, PHONE + MARK, "+12025550100",
                {"user_data": {"callsheet_attempt": TOKEN + MARK}},
                fate, Shape(), fate.route(), now, now, initiated=now)
    return [body(call, step) for step in range(len(LIFE))]


# The digits of call i; in an order as random as that of UUIDs.
CALLS = """
WITH RECURSIVE n(i, digits) AS (SELECT 0, printf('%012d', 0)
  UNION ALL SELECT i + 1, printf('%012d', (i + 1) * 618033989 % 1000000000)
  FROM n WHERE i + 1 < :calls)
"""
SEED = (
    """INSERT INTO account (id, name) VALUES (1, 'acme')""",
    f"""INSERT INTO campaign (id, account, name, agent_id, sheet, timezone,
      calls_per_pass, gap_secs, max_live, max_attempts)
      VALUES (1, 1, 'interviews', '{AGENT}', 'file:leads.csv', 'UTC', 50, 0,
      50, 4)""",
    CALLS + f"""INSERT INTO lead (id, campaign, phone, name, timezone)
      SELECT i + 1, 1, '{PHONE}' || digits, 'Lead ' || i, 'UTC'
      FROM n""",
    CALLS + f"""INSERT INTO attempt (id, lead, campaign, account, phone,
      token, state, execution, sent_at)
      SELECT i + 1, i + 1, 1, 1, '{PHONE}' || digits,
      '{TOKEN}' || digits, 'accepted',
      '{ID}' || digits, unixepoch() FROM n""")


def seed(database, calls):
    """Leads that are being called: what the webhooks are about."""
    with contextlib.closing(sqlite3.connect(database)) as db:
        with db:
            for statement in SEED:
                db.execute(statement, {"calls": calls})
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
