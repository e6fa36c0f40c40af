"""What a large database costs: nothing, as long as nothing is due."""

import statistics
import subprocess
import time

from bodies import ID, TOKEN
from figures import below, figure
from installation import Installation
from sim.bolna_bodies import TALK
from world import BUILD, ROOT

LARGE, SMALL = 1000000, 10000
PHONE = "+999"              # no country has this code
ROWS = 1000                 # in the sheet now; the others were there once
DUE, REPEAT = 480, 5       # as many as may begin within a minute

# Leads, each with one call that is over, as the programs leave them; all but
# the first ROWS are no longer in the sheet.
PEOPLE = """
WITH RECURSIVE n(i, digits) AS (SELECT 0, printf('%09d', 0)
  UNION ALL SELECT i + 1, printf('%09d', (i + 1) * 618033989 % 1000000000)
  FROM n WHERE i + 1 < :n)
"""
FINISHED = (
    PEOPLE + f"""
INSERT INTO lead (campaign, phone, name, country, timezone, timezone_from,
  present, cell_execution, cell_status, created_at)
SELECT 1, '{PHONE}' || digits, 'Lead ' || i, 'ZZ', 'UTC', 'campaign', i < :rows,
  '{ID}000' || digits, 'completed', unixepoch() - 7 * 86400 FROM n""",
    f"""
INSERT INTO attempt (lead, campaign, account, phone, token, state, execution,
  claimed_at, sent_at, ended_at, http_status)
SELECT id, 1, 1, phone, '{TOKEN}' || substr(cell_execution, -12), 'done',
  cell_execution, created_at, created_at, created_at + 60, 200 FROM lead""",
    """
INSERT INTO execution (id, attempt, account, agent_id, phone, stage, final,
  verified, talk_secs, line_secs, cost_cents, transcript, summary, hangup_by,
  hangup_reason, hangup_code, ringing_at, answered_at, disconnected_at,
  ended_at, head_rank, head_at, head_digest, first_at, last_at, confirms,
  asked_at)
SELECT a.execution, a.id, 1, c.agent_id, a.phone, 'call-disconnected',
  'completed', 1, 38.4, 38, 5.44, :talk, 'Will come.', 'Callee',
  'Call recipient hungup', '4000', sent_at + 5, sent_at + 9, sent_at + 47,
  ended_at, 108, ended_at * 1000, randomblob(32), sent_at, ended_at, 1,
  ended_at FROM attempt a JOIN campaign c ON c.id = a.campaign
ORDER BY a.execution""")
QUICK = ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF",
         "PRAGMA cache_size = -1000000")

NEWCOMERS = f"""
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n
  WHERE i + 1 < :n)
INSERT INTO lead (campaign, phone, name, country, timezone, next_at)
SELECT 1, '{PHONE}7' || printf('%09d', i), 'New ' || i, 'ZZ', 'UTC', 1 + i
FROM n
"""
UNCLAIM = (
    "UPDATE lead SET next_at = 1 + id WHERE id IN"
    " (SELECT lead FROM attempt WHERE state = 'intent')",
    "DELETE FROM delivery", "DELETE FROM ledger", "DELETE FROM decision",
    "DELETE FROM attempt WHERE state = 'intent'")


def filled(directory, people):
    """An installation with so many finished leads; its sheet was read."""
    site = Installation(directory)
    site.run_pass()                     # account and campaign
    with site.connect() as db:
        for pragma in QUICK:
            db.execute(pragma)
        with db:
            for statement in FINISHED:
                db.execute(statement, {"n": people, "rows": ROWS,
                                       "talk": TALK})
            db.execute("INSERT OR IGNORE INTO hours (campaign, country,"
                       " timezone) VALUES (1, 'ZZ', 'UTC')")
        db.execute("PRAGMA journal_mode = WAL")
        rows = db.execute("SELECT name, phone, cell_status, cell_execution"
                          " FROM lead WHERE present ORDER BY id").fetchall()
    site.write_sheet([[*row, "38.4", "", "", TALK, "Will come."]
                      for row in rows])
    site.run_pass()
    return site


def status_lines(site):
    """CPU milliseconds of asking what a status tab says."""
    query = (ROOT / "sql/query/status_lines.sql").read_text()
    costs = []
    with site.connect() as db:
        for _ in range(REPEAT):
            begin = time.process_time()
            db.execute(query, {"campaign": 1}).fetchall()
            costs.append(time.process_time() - begin)
    return statistics.median(costs) * 1000


def idle(site):
    """The figures of a pass that has nothing to do."""
    costs = [site.run_pass("-o", "campaign interviews.gap=5")
             for _ in range(REPEAT)]
    below("CPU of a pass with nothing due, 1,000,000 leads",
          statistics.median(cpu for cpu, _ in costs), "ms", 20)
    below("memory of that pass", max(size for _, size in costs), "MB", 16)
    below("CPU of the lines of a status tab", status_lines(site), "ms", 5)
    with site.connect() as db:
        assert db.execute("SELECT (SELECT count(*) FROM lead WHERE present),"
                          " (SELECT count(*) FROM delivery), (SELECT count(*)"
                          " FROM lead)").fetchone() == (ROWS, 0, LARGE)


def claim(site):
    """(CPU, wall clock) milliseconds of claiming all who are due."""
    site.tell()
    done = subprocess.run([BUILD / "tests/bench/claim", site.conf],
                          check=True, stdout=subprocess.PIPE, text=True)
    claimed, cpu, wall = map(int, done.stdout.split())
    assert claimed == DUE
    with site.connect() as db, db:
        for statement in UNCLAIM:
            db.execute(statement)
    return cpu / 1000, wall / 1000


def claims(large, small):
    """The figures of claiming, the two databases taking turns."""
    for site in large, small:
        with site.connect() as db, db:
            db.execute(NEWCOMERS, {"n": DUE})
    costs = {large: [], small: []}
    for _ in range(REPEAT + 1):
        for site in costs:
            costs[site].append(claim(site))
    cpu, wall = (
        {site: statistics.median(run[i] for run in runs[1:])
         for site, runs in costs.items()} for i in (0, 1))
    figure("CPU of claiming 480 leads, 10,000 stored", cpu[small], "ms")
    figure("CPU of claiming 480 leads, 1,000,000 stored", cpu[large], "ms")
    below("claiming with 1,000,000 stored", cpu[large] / cpu[small],
          "times the CPU with 10,000", 1.5)
    figure("the same by wall clock", wall[large] / wall[small], "times")


def run(directory):
    large = filled(directory / "large", LARGE)
    figure("database of 1,000,000 leads and executions",
           large.database.stat().st_size / 1e6, "MB on disk")
    idle(large)
    claims(large, filled(directory / "small", SMALL))
