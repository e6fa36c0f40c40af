"""The world of tests/system, made for hours: nothing that grows with every
request but the database, and as fast as the machine."""

import os
import pathlib
import re
import signal
import subprocess
import urllib.request

from nginx_host import NginxHost
from sim.bolna import demo_fates
from world import BUILD, GATE, SECRET, World, person, until

MAX_LOG = 32 << 20
# The facts that wait for a time: it has come.
HURRY = (
    "UPDATE lead SET next_at = 1 WHERE next_at > unixepoch()",
    "UPDATE attempt SET look_at = 1 WHERE state = 'unknown'",
    "UPDATE execution SET confirm_at = 1 WHERE confirm_at > 1"
    " AND attempt IS NOT NULL",
    "UPDATE delivery SET due_at = 1",
    "UPDATE breaker SET until = 1")


# What a person changes by hand does not find its way to the sheet by itself.
REWRITE = ("INSERT INTO delivery (kind, campaign, lead, due_at)"
           " SELECT 'sheet', campaign, id, 1 FROM lead WHERE id = ?"
           " ON CONFLICT (kind, lead) DO UPDATE SET rev = rev + 1")


class House(World):
    """people: how many rows the sheet has."""

    def __init__(self, directory, people, **options):
        super().__init__(
            directory, [person(f"Person {n}", f"+91999990{n:04}")
                        for n in range(1, people + 1)],
            nginx=False, fixed=False, pace=0.05,
            campaign={"calls_per_pass": 12, "max_live": 30}, **options)
        self.bolna.concurrency, self.bolna.wallet = 50, 1e9
        for ending, fates in demo_fates().items():
            self.bolna.fate(ending, *(fates if isinstance(fates, list)
                                      else [fates]))

    def __enter__(self):
        super().__enter__()
        try:
            self.nginx = NginxHost(
                self.dir / "nginx", self.dir / "hook.sock",
                addresses=["127.0.0.2", "127.0.0.1"], gate=GATE,
                rate=1000000, burst=100000, workers=os.cpu_count()).start()
        except BaseException:
            self._stop()
            raise
        self.bolna.webhook = self.nginx.url(self.path)
        return self

    path = f"/webhook/bolna/{SECRET}"

    def start_receiver(self, *_args):
        """As World does, but without a line for each request."""
        if self.listener is None:
            super().start_receiver()
            self.stop_receiver()
        self.receiver_log = open(self.dir / "receiver.log", "ab")
        self.receiver = subprocess.Popen(
            [BUILD / "callsheet-webhook", "-c", self.conf],
            stdin=self.listener, stderr=self.receiver_log)

    def check(self):
        """promises.py does, and tells all that it finds."""

    def healthy(self):
        """Wait until a webhook could be stored."""
        def ask():
            try:
                with urllib.request.urlopen(
                        self.nginx.url("/healthz"), timeout=20) as answer:
                    return answer.status == 200
            except OSError:
                return False
        until(ask, 60, "a receiver that answers")

    def trim_logs(self):
        """What logrotate would do."""
        for path in (self.dir / "receiver.log",
                     pathlib.Path(self.nginx.access_log),
                     pathlib.Path(self.nginx.error_log)):
            if path.exists() and path.stat().st_size > MAX_LOG:
                os.truncate(path, 0)

    # --- the receiver as the kernel sees it ---

    def resident(self):
        """Kilobytes of the receiver's memory."""
        status = pathlib.Path(f"/proc/{self.receiver.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s*(\d+) kB", status)[1])

    def descriptors(self):
        """Its open files; None where only root may know."""
        try:
            return len(os.listdir(f"/proc/{self.receiver.pid}/fd"))
        except PermissionError:
            return None

    def size(self, suffix=""):
        try:
            return os.path.getsize(f"{self.database}{suffix}")
        except FileNotFoundError:
            return 0

    # --- the people around it ---

    def hurry(self):
        """Nobody waits an hour for the next attempt."""
        for statement in HURRY:
            self.alter(statement)

    def hurry_end(self):
        """What was begun is brought to its end; nobody is called anew."""
        self.alter("UPDATE lead SET next_at = unixepoch() + 86400"
                   " WHERE next_at IS NOT NULL")
        for statement in HURRY[1:]:
            self.alter(statement)

    def dashboard(self):
        """A person sees in Bolna's dashboard that a call in doubt was not
        placed.  What was placed, the dialer has to find by itself."""
        placed = {call.user_data["callsheet_attempt"]
                  for call in list(self.bolna.placed)}
        for attempt, lead, token in self.query(
                "SELECT id, lead, token FROM attempt WHERE state = 'unknown'"
                " AND looks > 0 AND sent_at < unixepoch() - 10"):
            if token not in placed:
                self.alter("UPDATE attempt SET state = 'released',"
                           " ended_at = unixepoch() WHERE id = ?", attempt)
                self.alter("UPDATE lead SET held = NULL, next_at = 1"
                           " WHERE id = ?", lead)
                self.alter(REWRITE, lead)

    def unsettled(self):
        """Attempts that are not over, and rows that are not written."""
        return self.query(
            "SELECT state, phone FROM attempt WHERE state IN ('intent',"
            " 'sending', 'accepted', 'unknown') UNION ALL"
            " SELECT 'unwritten', phone FROM delivery JOIN lead"
            " ON lead.id = delivery.lead")

    def end_dialer(self, dialer, sig):
        """The exit status of a dialer told to end."""
        if dialer.poll() is None:
            dialer.send_signal(sig)
        dialer.wait(60)
        self.dialers.remove(dialer)
        return dialer.returncode

    def start_dialer(self, *args):
        with open(self.dir / "dialer.log", "ab") as log:
            dialer = subprocess.Popen(self.command("run", *args), stderr=log)
        self.dialers.append(dialer)
        return dialer


KILL, TERM = signal.SIGKILL, signal.SIGTERM
