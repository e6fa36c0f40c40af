"""make demo: the whole of callsheet on loopback, with made-up people.

Starts stand-ins for Bolna and Google, the real receiver behind a real nginx,
and runs the dialer on a sheet; shows what happens and the sheet it ends with.
With --keep it stays up and says how to look around.
"""

import argparse
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "system"))

from world import HEADER, SECRET, World, person      # noqa: E402
from sim.bolna import demo_fates                     # noqa: E402

NAMES = """Asha Rao, Ben Okafor, Chitra Iyer, Daniel Weiss, Esha Gill,
Farid Khan, Grace Lim, Hari Menon, Ines Costa, Jaya Nair, Karl Brandt,
Leela Das, Maya Singh, Nikhil Joshi, Oona Berg, Priya Shah, Qasim Ali,
Rhea Paul, Sanjay Bose, Tara Devi, Uma Reddy, Vikram Seth, Wendy Ho,
Xavier Lobo, Yusuf Bari, Zoya Mirza, Arun Pillai, Bela Toth, Carmen Ruiz,
Dev Anand""".replace("\n", " ").split(", ")

VIEWS = {
    "progress": "SELECT campaign, rows, waiting, held, live, calls,"
                " completed, cost, unwritten FROM progress",
    "call": "SELECT name, phone, placed, status, seconds, cost, hangup"
            " FROM call ORDER BY id LIMIT 12",
    "why": "SELECT name, phone, verdict, says, next FROM why"
           " WHERE rule <> 'over'",
    "anomaly": "SELECT what, which, why, since FROM anomaly",
}


def people():
    """Rows with mixed fates, and some that must not be called."""
    rows = [person(name, f"+9199999{n:05d}", "Tuesday", "")
            for n, name in enumerate(NAMES)]
    rows[3][1] = "99999 00003"              # written without +91
    rows[5][1] = "call me!"                 # no number
    rows[8][-1] = "pause"
    rows[9][-1] = "dnc"
    rows[11][1] = rows[10][1]               # the same number twice
    return rows


def show(text=""):
    print(text, flush=True)


def width(cells):
    return [min(34, max(len(c) for c in column)) for column in zip(*cells)]


def table(rows):
    """Rows of text in aligned columns."""
    cells = [[" ".join(str("" if c is None else c).split()) for c in row]
             for row in rows]
    sizes = width(cells)
    for row in cells:
        show("  " + "  ".join(c[:s].ljust(s) for c, s in zip(
            row, sizes)).rstrip())


def watch(world, dialer, seconds):
    """Print each row that gets a result, until nothing more is to come."""
    begin = time.monotonic()
    final = {"completed", "busy", "no-answer", "failed", "canceled",
             "stopped", "balance-low"}
    seen = {name: row["Latest Execution ID"] for name, row
            in world.sheet().items() if row["Status"] in final}
    while time.monotonic() - begin < seconds:
        for name, row in world.sheet().items():
            status, call = row["Status"], row["Latest Execution ID"]
            if status not in final or seen.get(name) == call:
                continue
            seen[name] = call
            show(f"  {time.monotonic() - begin:5.1f} s  {name:14}"
                 f" {status:10} {row['Duration'] and row['Duration'] + ' s':7}"
                 f" {row['Notes'] or row['Summary'][:48]}")
        idle = world.value(
            "SELECT NOT EXISTS (SELECT 1 FROM delivery)"
            " AND NOT EXISTS (SELECT 1 FROM execution"
            "  WHERE confirm_at < unixepoch() + 100)"
            " AND NOT EXISTS (SELECT 1 FROM due)"
            " AND EXISTS (SELECT 1 FROM attempt)")
        if (idle and not world.bolna.active) or dialer.poll() is not None:
            return
        time.sleep(0.2)


def linger(world, seconds):
    """One lingering pass, until nothing is left to do for now."""
    dialer = world.linger()
    watch(world, dialer, seconds)
    dialer.send_signal(signal.SIGTERM)
    messages = dialer.communicate()[1].strip().splitlines()
    show(f"\n{messages[-1] if messages else ''}")


def show_result(world):
    show("\nThe sheet now:\n")
    wanted = ["Name", "Phone Number", "Status", "Duration",
              "Last Attempt Time", "Notes", "Transcript"]
    table([wanted] + [[row[c] for c in wanted]
                      for row in world.sheet().values()])
    for name, sql in VIEWS.items():
        rows = world.query(sql)
        heads = [c[0] for c in describe(world, sql)]
        show(f"\nsqlite3 callsheet.db 'SELECT * FROM {name}'"
             f"{'' if rows else '  (empty: all is well)'}\n")
        if rows:
            table([heads] + rows)


def describe(world, sql):
    import contextlib
    import sqlite3
    with contextlib.closing(sqlite3.connect(world.database)) as db:
        return db.execute(sql).description


def keep(world):
    show(f"""
Everything is still up.  Look around:

  sqlite3 {world.database}          .tables, SELECT * FROM call;
  build/callsheet status -c {world.conf}
  build/callsheet run --once -v -c {world.conf}
  curl {world.google.url}/_sim/sheet.csv
  curl {world.nginx.url('/webhook/bolna/' + SECRET)}
  {world.nginx.url('/console/')}          user admin, password demo

Ctrl-C ends it.""")
    signal.sigwait([signal.SIGINT, signal.SIGTERM])


def demo(directory, stay):
    with World(directory, people(), header=HEADER + ["Day", "Control"],
               pace=0.2, fixed=False, users={"admin": "demo"}, campaign={
                   "calls_per_pass": 100, "max_live": 6}) as world:
        for key, fates in demo_fates().items():
            world.bolna.fate(key, *(fates if isinstance(fates, (list, tuple))
                                    else [fates]))
        show(f"nginx, the receiver and stand-ins for Bolna and Google are up;"
             f" {len(NAMES)} people on the sheet.\n\n"
             "callsheet run: results as they reach the sheet\n")
        linger(world, 45)
        show("\nA quarter of an hour later (the demo moves the clock):"
             " Bolna is asked about calls\nwhose webhooks were lost, and busy"
             " numbers are called again\n")
        world.age(16 * 60)
        linger(world, 30)
        show_result(world)
        attempts = world.value(
            "SELECT count(*) FROM attempt WHERE state <> 'released'")
        show(f"\nThe telephone side counted {len(world.bolna.placed)} calls;"
             f" the database knows {attempts} attempts, retries included.")
        if stay:
            keep(world)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    if not shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin"):
        sys.exit("nginx is missing: run make deps")
    if options.keep:
        signal.pthread_sigmask(signal.SIG_BLOCK,
                               [signal.SIGINT, signal.SIGTERM])
    with tempfile.TemporaryDirectory(prefix="callsheet-demo-") as directory:
        demo(directory, options.keep)


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        sys.exit(1)
