"""A whole small world: callsheet's two programs, real nginx, and stand-ins for
Bolna and Google, in one directory and on loopback only."""

import contextlib
import csv
import fcntl
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE))

from fcgi_client import Hook                         # noqa: E402
from nginx_host import NginxHost                     # noqa: E402
from sim.bolna import AGENT, Bolna                   # noqa: E402
from sim.google import BOOK_ID, Google               # noqa: E402
from sim.slack import Slack                          # noqa: E402

HEADER = ["Name", "Phone Number", "Status", "Latest Execution ID", "Duration",
          "Last Attempt Time", "Notes", "Transcript", "Summary"]
SECRET = "sesame-0123456789abcdef"
GATE = "gate-fedcba9876543210"
# Most tests are about other things than how often a number may be called.
ANY_OFTEN = {f"number_{name}": 0
             for name in ("gap", "day", "week", "month", "life")}
TIMES = {           # what moves when facts are moved instead of the clock
    "lead": ["next_at", "put_off"],
    "ledger": ["at"],
    "decision": ["at", "next_at"],
    "attempt": ["claimed_at", "sent_at", "ended_at", "look_at",
                "first_look"],
    "execution": ["confirm_at", "asked_at", "first_at", "last_at"],
    "event": ["received_at"],
    "delivery": ["due_at", "created_at"],
    "post": ["due_at", "sent_at", "done_at", "created_at"],
    "lane": ["until", "since"],
    "breaker": ["opened_at", "until"],
    "status_tab": ["written_at", "due_at"]}
BUILD = pathlib.Path(os.environ.get("CALLSHEET_BUILD", ROOT / "build"))
BLANK = {}          # a new database, by build


def person(name, phone, *more):
    """A row of the sheet for somebody who was never called."""
    return [name, phone, "", "", "", "", "", "", "", *more]


def people(count, *more):
    """As many rows: Person 1 has the number that ends in 00001, and so on."""
    return [person(f"Person {nth}", f"+9199999{nth:05}", *more)
            for nth in range(1, count + 1)]


def until(predicate, timeout=20, what="the condition"):
    """Wait until predicate() is true and return its value."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        value = predicate()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come true in {timeout} s")


def hook_of(world, secret=SECRET, gate=GATE):
    """The receiver of a world as the web server sees it."""
    return Hook(world.dir / "hook.sock", gate, secret)


class World:
    """rows: the sheet, header included unless header is given."""

    def __init__(self, directory, rows, *, header=HEADER, csv_file=False,
                 pace=0.01, nginx=True, settings=(), campaign=(), fixed=True,
                 told=True, users=None, slack=False):
        self.dir = pathlib.Path(directory)
        self.header = list(header)
        self.rows = [list(row) for row in rows]
        self.csv_file = self.dir / "leads.csv" if csv_file else None
        self.settings, self.campaign = dict(settings), dict(campaign)
        self.told = told
        self.bolna = Bolna(agents=(AGENT,), pace=pace, source="127.0.0.2",
                           vary=not fixed)
        self.google = None
        self.slack = Slack() if slack else None
        self.hook = None            # the account's, in Slack
        self.use_nginx, self.users = nginx, users
        self.nginx = self.receiver = self.listener = None
        self.conf = self.dir / "callsheet.conf"
        self.database = self.dir / "callsheet.db"
        self.dialers = []
        self.eye = None             # the connection that looks, and its file
        self.pen = None             # the transaction that alters, if any
        self.looking = threading.RLock()

    # --- building up and tearing down ---

    def __enter__(self):
        self.dir.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            stack.callback(self._stop)
            self.bolna.start()
            if self.csv_file:
                self.write_csv(self.rows)
            else:
                self.google = self.make_google()
                self.google.start()
            if self.slack:
                self.hook = self.slack.start().hook("acme")
            self._write_files()
            self._init()
            self.start_receiver()
            if self.use_nginx:
                self.nginx = NginxHost(
                    self.dir / "nginx", str(self.dir / "hook.sock"),
                    addresses=["127.0.0.2", "127.0.0.1"], gate=GATE,
                    users=self.users, console=bool(self.users)).start()
                self.bolna.webhook = self.nginx.url(
                    f"/webhook/bolna/{SECRET}")
            stack.pop_all()
        return self

    def __exit__(self, *error):
        try:
            if error[0] is None:
                self.check()
        finally:
            self._stop()

    def _stop(self):
        self.close_eye()
        for dialer in self.dialers:
            if dialer.poll() is None:
                dialer.terminate()
                dialer.send_signal(signal.SIGCONT)  # a test may stop one
                dialer.wait(30)
        self.bolna.stop()
        if self.nginx:
            self.nginx.stop()
        self.stop_receiver()
        if self.listener:
            self.listener.close()
        if self.google:
            self.google.stop()
        if self.slack:
            self.slack.stop()

    def make_google(self):
        return Google(rows=[self.header, *self.rows])

    def secret_file(self, name, text):
        path = self.dir / name
        path.write_text(text + "\n")
        path.chmod(0o600)

    def _write_files(self):
        self.secret_file("secret", SECRET)
        self.secret_file("gate", GATE)
        self.secret_file("bolna.key", self.bolna.key)
        (self.dir / "addresses").write_text("127.0.0.2\n")
        sections = {
            "callsheet": {"database": self.database, "dry_run": "no",
                          "linger": 55, "bolna_api": self.bolna.url},
            "webhook": {"allow": "@addresses", "secret": "@secret",
                        "gate": "@gate"},
            "account acme": {"bolna_key": "@bolna.key", **ANY_OFTEN},
            "country IN": {"window": "00:00-24:00"},
            "country US": {"window": "00:00-24:00"},
            "campaign interviews": {
                "account": "acme", "agent_id": AGENT, "country": 91,
                "timezone": "UTC", "purpose": "service",
                "ai_disclosure": "yes", "last_minutes": 0, "gap": 0,
                "calls_per_pass": 50, "max_live": 50}}
        if self.google:
            self.google.key.write(str(self.dir / "google.json"))
            sections["callsheet"]["google_api"] = self.google.url
            sections["callsheet"]["google_token_url"] = self.google.token_url
            sections["account acme"]["google_key"] = "@google.json"
            sections["campaign interviews"]["sheet"] = (
                f"https://docs.google.com/spreadsheets/d/{BOOK_ID}"
                "/edit#gid=0")
        else:
            sections["campaign interviews"]["sheet"] = "file:leads.csv"
        if self.slack:
            self.secret_file("slack.url", self.hook.url)
            sections["account acme"]["slack_url"] = "@slack.url"
        sections["callsheet"].update(self.settings)
        sections["campaign interviews"].update(self.campaign)
        self.write_conf(sections)

    def write_conf(self, sections):
        """Write callsheet.conf from {section: {key: value}}."""
        self.sections = sections
        new = self.conf.with_suffix(".new")     # a receiver may be starting
        new.write_text("".join(
            f"[{name}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())
            for name, keys in sections.items()))
        new.replace(self.conf)

    def set(self, section, **keys):
        """Change settings."""
        self.sections[section].update(keys)
        self.write_conf(self.sections)

    def _init(self):
        """A database as "callsheet init" makes it; once, since all are alike
        and it tries every statement of the program."""
        if BUILD not in BLANK:
            done = self.callsheet("init")
            assert done.returncode == 0, done.stderr
            BLANK[BUILD] = self.database.read_bytes()
        self.database.touch(0o600)
        self.database.write_bytes(BLANK[BUILD])
        if self.told:
            self.tell()

    def tell(self, account="acme", concurrency=60, ahead=0):
        """Bolna was asked about the account a moment ago, by that clock."""
        self.alter("INSERT INTO account (name, concurrency, wallet, asked_at)"
                   " VALUES (?1, ?2, 1000000, unixepoch() + ?3) ON CONFLICT DO"
                   " UPDATE SET concurrency = ?2, wallet = 1000000,"
                   " asked_at = unixepoch() + ?3",
                   account, concurrency, ahead)

    # --- the programs ---

    def command(self, verb, *args):
        return [str(BUILD / "callsheet"), verb, "-c", str(self.conf), *args]

    def callsheet(self, verb, *args, timeout=90, env=None):
        """Run one verb to its end."""
        self.close_eye()
        return subprocess.run(self.command(verb, *args), text=True,
                              capture_output=True, timeout=timeout,
                              env={**os.environ, **(env or {})})

    def run(self, *args, ok=True):
        """One pass without lingering."""
        done = self.callsheet("run", "--once", "-v", *args)
        if ok:
            assert done.returncode == 0, done.stderr
        return done

    def call(self):
        """Everybody who is due is called, and all that comes of it is done;
        what the last pass said."""
        self.run(ok=False)
        return self.finish()

    def finish(self):
        """The calls come to their end, Bolna confirms it, and a pass does
        what follows."""
        self.bolna.quiet()
        self.callsheet("reconcile")
        return self.run(ok=False)

    def linger(self, *args):
        """A lingering pass in the background."""
        self.close_eye()
        dialer = subprocess.Popen(self.command("run", "-v", *args),
                                  stderr=subprocess.PIPE, text=True)
        self.dialers.append(dialer)
        return dialer

    def start_receiver(self, *args, env=None):
        path = self.dir / "hook.sock"
        if self.listener is None:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(path))
            os.chmod(path, 0o666)
            self.listener.listen(512)
        self.receiver_log = open(self.dir / "receiver.log", "ab")
        self.receiver = subprocess.Popen(
            [str(BUILD / "callsheet-webhook"), "-v", "-c", str(self.conf),
             *args], stdin=self.listener, stderr=self.receiver_log,
            env={**os.environ, **(env or {})})

    def stop_receiver(self, sig=signal.SIGTERM):
        if self.receiver is None:
            return None
        self.close_eye()
        if self.receiver.poll() is None:
            self.receiver.send_signal(sig)
        try:
            status = self.receiver.wait(20)
        except subprocess.TimeoutExpired:
            self.receiver.kill()
            status = self.receiver.wait()
        self.receiver_log.close()
        self.receiver = None
        return status

    # --- looking ---

    def query(self, sql, *args):
        """Rows of a query, read-only.  The connection stays for the next one,
        since who waits asks often; a program that is run finds it closed."""
        here = os.stat(self.database)
        with self.looking:
            if self.eye is None or self.eye[:2] != (here.st_dev, here.st_ino):
                self.close_eye()
                self.eye = here.st_dev, here.st_ino, sqlite3.connect(
                    f"file:{self.database}?mode=ro", uri=True, timeout=20,
                    check_same_thread=False)
            return self.eye[2].execute(sql, args).fetchall()

    def close_eye(self):
        with self.looking:
            if self.eye:
                self.eye[2].close()
            self.eye = None

    def value(self, sql, *args):
        rows = self.query(sql, *args)
        return rows[0][0] if rows else None

    @contextlib.contextmanager
    def _writing(self):
        """A transaction under the programs' lock."""
        with open(f"{self.database}.lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with contextlib.closing(sqlite3.connect(
                    self.database, timeout=20)) as db, db:
                yield db

    @contextlib.contextmanager
    def at_once(self):
        """What is altered inside is altered by one transaction."""
        with self._writing() as self.pen:
            try:
                yield
            finally:
                self.pen = None

    def alter(self, sql, *args):
        """Move the facts instead of the clock."""
        if self.pen is not None:
            return self.pen.execute(sql, args).rowcount
        with self._writing() as db:
            return db.execute(sql, args).rowcount

    def age(self, seconds):
        """Everything in the database happened that much earlier."""
        with self._writing() as db:
            for table, columns in TIMES.items():
                db.execute(f"UPDATE {table} SET " + ", ".join(
                    f"{c} = {c} - {int(seconds)}" for c in columns))

    def sheet(self):
        """The sheet as {name: {header: cell}}."""
        if self.csv_file:
            with open(self.csv_file, newline="", encoding="utf-8-sig") as f:
                grid = list(csv.reader(f))
        else:
            grid = [[str(c) if c is not None else "" for c in row]
                    for row in self.google.sheet.rows()]
        head = grid[0]
        return {row[head.index("Name")]: dict(zip(
            head, row + [""] * (len(head) - len(row)))) for row in grid[1:]}

    def write_csv(self, rows, header=None):
        with open(self.csv_file, "w", newline="", encoding="utf-8") as f:
            csv.writer(f).writerows([header or self.header, *rows])

    def put_back(self, path, rows=None):
        """The database as it was; the sheet too where rows are given."""
        self.stop_receiver()
        for suffix in ("-wal", "-shm"):
            pathlib.Path(f"{self.database}{suffix}").unlink(missing_ok=True)
        shutil.copy(path, self.database)
        if rows is not None:
            self.write_csv(rows)
        self.start_receiver()

    def status(self, name):
        return self.sheet()[name]["Status"]

    def log(self):
        return (self.dir / "receiver.log").read_text(errors="replace")

    def check(self):
        """What must hold after whatever happened."""
        assert self.value("PRAGMA integrity_check") == "ok"
        if self.receiver is not None:
            assert self.receiver.poll() is None, "the receiver died"
        tokens = [call.user_data.get("callsheet_attempt")
                  for call in self.bolna.placed]
        assert len(tokens) == len(set(tokens)), "one attempt, two calls"
        known = {row[0] for row in self.query("SELECT token FROM attempt")}
        assert set(tokens) <= known, "a call that the database forgot"

    def settle(self, timeout=30):
        """Single passes until every placed call is over and written."""
        def over():
            self.bolna.quiet(timeout)
            self.run(ok=False)
            return not self.value(
                "SELECT EXISTS (SELECT 1 FROM attempt WHERE state IN"
                " ('intent', 'sending', 'accepted', 'unknown'))"
                " OR EXISTS (SELECT 1 FROM delivery)")
        until(over, timeout, "all calls over and written")
