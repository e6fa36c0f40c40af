"""A directory with settings and a database, without any stand-in."""

import contextlib
import csv
import sqlite3
import subprocess

from sim.bolna import AGENT
from world import BUILD, HEADER

NOWHERE = "ZZ"                          # the country of +999
NOBODY = "http://127.0.0.1:9"           # nothing listens there


class Installation:
    """The campaign "interviews" on leads.csv; everything may be called."""

    def __init__(self, directory, rows=(), **settings):
        self.dir = directory
        self.dir.mkdir()
        self.conf = self.dir / "callsheet.conf"
        self.database = self.dir / "callsheet.db"
        (self.dir / "bolna.key").write_text("bn-bench\n")
        (self.dir / "bolna.key").chmod(0o600)
        self.write_sheet(rows)
        callsheet = {"database": self.database, "bolna_api": NOBODY,
                     "dry_run": "no", **settings}
        self.conf.write_text("".join(
            ["[callsheet]\n", *(f"{k} = {v}\n" for k, v in callsheet.items()),
             "[account acme]\nbolna_key = @bolna.key\nrate = 480\n"
             "[campaign interviews]\naccount = acme\n"
             f"agent_id = {AGENT}\nsheet = file:leads.csv\n"
             "timezone = UTC\ncountry = 999\ngap = 0\npurpose = service\n"
             "ai_disclosure = yes\nlast_minutes = 0\nminute_cost = 0\n"
             "calls_per_pass = 1000\nmax_live = 1000\n"
             f"[country {NOWHERE}]\nwindow = 00:00-24:00\n"]))
        subprocess.run([BUILD / "callsheet", "init", "-c", self.conf],
                       check=True, stdout=subprocess.DEVNULL)
        with self.connect() as db, db:
            db.execute("INSERT INTO place VALUES ('999', ?, 'UTC')",
                       (NOWHERE,))

    def tell(self):
        """Bolna was asked about the account a moment ago."""
        with self.connect() as db, db:
            db.execute("UPDATE account SET asked_at = unixepoch()")

    def write_sheet(self, rows):
        with open(self.dir / "leads.csv", "w", newline="",
                  encoding="utf-8") as file:
            csv.writer(file).writerows([HEADER, *rows])

    def connect(self):
        return contextlib.closing(sqlite3.connect(self.database))

    def run_pass(self, *options):
        """CPU milliseconds and megabytes of one pass."""
        return cost(BUILD / "callsheet", "run", "--once", "-c", self.conf,
                    *options)


def cost(*command):
    """CPU milliseconds and megabytes resident of a command that succeeds."""
    done = subprocess.run([BUILD / "tests/bench/cost", *command], check=True,
                          stdout=subprocess.PIPE, text=True)
    status, micros, kilobytes = map(int, done.stdout.split())
    assert status == 0, f"{command}: exit status {status}"
    return micros / 1000, kilobytes / 1024
