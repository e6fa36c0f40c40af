"""The stage of the model test: one small world whose time stands still while
a dialer runs, except for what is to happen at a certain moment of its pass.

The stand-ins report each such moment from outside their locks: the dialer
waits for an answer just then, so that whatever happens, happens between the
same two of its steps each time the same example is played.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import threading

from sim.bolna import AGENT, Bolna
from sim.bolna_webhooks import Clock
from sim.google import Google
from world import HEADER, SECRET, TIMES, World, until

PACE = 60       # how fast a hurried dialer's clock goes
TABLES = ("contact", "analysis", "tokens",
          "wish", "post", "lane", "outcome_due", "outcome_cell", "outcome",
          "ledger", "credit", "metered", "decision", "delivery", "event", "execution", "attempt",
          "lead", "suppression", "breaker", "quarantine", "refused", "quota",
          "run", "hours", "watch", "alarm", "erased", "status_tab", "tally")
FAKETIME = next((path for path in (
    f"/usr/lib/{os.uname().machine}-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/faketime/libfaketime.so.1") if os.path.exists(path)), None)
HEADINGS = [*HEADER, "Control", "City"]


class StillClock(Clock):
    """Keeps what is due until time goes on."""

    def __init__(self, pending):
        super().__init__(pending)
        self.still = False
        self._kept = []

    def after(self, seconds, action):
        if self.still:
            self._kept.append((seconds, action))
        else:
            super().after(seconds, action)

    def go_on(self):
        self.still, kept, self._kept = False, self._kept, []
        for seconds, action in kept:
            super().after(seconds, action)

    def forget(self):
        self.still, self._kept = False, []


class Telephone(Bolna):
    """The stand-in for Bolna, with an eye on who is called."""

    def __init__(self, stage, **options):
        super().__init__(agents=(AGENT,), pace=0, source="127.0.0.2",
                         retry_gap=0.02, **options)
        self.stage = stage
        self.clock = StillClock(self.pending)
        self.end_stalls = threading.Event()

    def sleep(self, seconds):
        """A stall lasts until the dialer has given up."""
        if seconds > 0:
            self.end_stalls.wait(120)
        return not self.stopping.is_set()

    def befall(self, request):
        fault = super().befall(request)
        self.stage.moment("post" if request.route == "POST /call" else "ask")
        return fault

    def place(self, body, scheduled, request):
        with self.lock:
            self.stage.calling(body["recipient_phone_number"])
            call = super().place(body, scheduled, request)
        self.stage.moment("placed")
        return call

    def go_on(self):
        """Calls live and webhooks arrive, until nothing moves any more."""
        self.clock.go_on()
        assert self.quiet(60), "the telephone never rests"
        self.clock.still = True

    def everybody_hung_up(self):
        """Wait until no request is under way."""
        self.end_stalls.set()
        until(lambda: not self._server.live, 60, "no request under way")
        self.end_stalls.clear()

    def live(self, phone):
        """The calls to a number that are not over."""
        return [call for call in self.calls.values()
                if call.phone == phone and not call.ended]

    def reset(self):
        """As if nothing had ever happened."""
        with self.lock:
            for told in (self.placed, self.posts, self.deliveries, self.lost,
                         self._waiting, self.calls, self.active, self._fates,
                         self._used):
                told.clear()
            self.clear_faults()
            self.clock.forget()
            self.wallet, self.listing_lag, self.get_lag = 9930.01, 0, 0
            self.clock.still = True


class Paper(Google):
    """The stand-in for Google."""

    def __init__(self, stage, rows):
        super().__init__(rows=rows)
        self.stage, self.quota = stage, None

    def answer(self, request, raw, fault):
        self.stage.moment(request.kind)
        reply = super().answer(request, raw, fault)
        self.stage.moment("after " + request.kind)
        return reply

    def reset(self, rows):
        with self.guard:
            for told in (self.history, self.requests, self.log, self._faults):
                told.clear()
            self.sheet.data = [list(row) for row in rows]

    @property
    def faulty(self):
        """Is a fault to come?"""
        return any(self._faults.values())


class Stage(World):
    """World: rows and facts can be put back to nothing, and played again."""

    def __init__(self, directory, csv_file=False):
        super().__init__(directory, [], header=HEADINGS, csv_file=csv_file,
                         campaign={"max_attempts": 3})
        self.bolna = Telephone(self)
        self.cast = None            # who plays: told of calls
        self.dialer = self.db = None
        self._armed = None

    def __enter__(self):
        super().__enter__()
        self.db = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True,
                                  timeout=20, isolation_level=None,
                                  check_same_thread=False)
        return self

    def __exit__(self, *error):
        self.db.close()
        self.db = None
        self._stop()

    def make_google(self):
        return Paper(self, [self.header])

    def query(self, sql, *args):
        return self.db.execute(sql, args).fetchall()

    def reset(self):
        """An empty sheet, an empty database, nobody ever called."""
        self.bolna.quiet()
        self.bolna.reset()
        self._armed = None
        if self.google:
            self.google.reset([self.header])
        else:
            self.write_csv([])
        self.script([f"DELETE FROM {table}" for table in TABLES] + [
            "UPDATE campaign SET stamp = '', imported_at = NULL,"
            " problem = NULL, problem_at = NULL"])

    def script(self, statements):
        """Several changes of facts at once."""
        with self.locked(), contextlib.closing(sqlite3.connect(
                self.database, timeout=20)) as db, db:
            for statement in statements:
                db.execute(statement)

    @contextlib.contextmanager
    def locked(self):
        """Under the programs' lock."""
        import fcntl
        with open(f"{self.database}.lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def age(self, seconds):
        """All happened that much earlier, at Bolna too."""
        self.script(["DELETE FROM quota"] + [
            f"UPDATE {table} SET " + ", ".join(
                f"{column} = {column} - {seconds}" for column in columns)
            for table, columns in TIMES.items()])
        with self.bolna.lock:
            for call in self.bolna.calls.values():
                call.created -= seconds

    # --- moments ---

    def calling(self, phone):
        """Bolna is about to dial a number."""
        if self.cast:
            self.cast.calling(phone)

    def moment(self, where):
        """A dialer waits for an answer: is this when something happens?"""
        armed = self._armed
        if armed is None or armed[0] != where:
            return
        armed[1] -= 1
        if armed[1] == 0:
            self._armed = None
            try:
                armed[2]()
            except Exception as error:  # else a stand-in's thread hides it
                self.cast.promise(repr(error))

    # --- passes ---

    def dial(self, when=None, happens=None, clock=None, crash=None):
        """One pass; `happens` is done at the moment `when`, (where, nth).
        The calls stand still meanwhile, and go on afterwards."""
        if when and happens:
            self._armed = [*when, happens]
        self.dialer = self._start(clock, crash)
        try:
            said = self.dialer.communicate(timeout=120)[1]
        finally:
            self._armed = None
            if self.dialer.poll() is None:
                self.dialer.kill()
                self.dialer.wait()
            self._sweep()
        self.bolna.everybody_hung_up()
        self.bolna.go_on()
        code = self.dialer.returncode
        assert code in (0, 75, -signal.SIGKILL, -signal.SIGTERM), said
        return code

    def _start(self, clock, crash):
        command, fake = self.command("run", "--once", "-v"), {}
        hurry = self.bolna_stalls() or self.google and self.google.faulty
        if FAKETIME and (clock or hurry):
            fake = {"LD_PRELOAD": FAKETIME, "FAKETIME": (
                clock or "+0") + f" x{PACE}" * bool(hurry)}
        env = {**os.environ, **fake}
        if crash and can_trace():
            call, nth = crash
            env = None
            command = [
                "strace", "-D", "-o", "/dev/null", "-e", f"trace={call}",
                "-e", f"inject={call}:signal=KILL:when={nth}",
                *(f"-E{name}={value}" for name, value in fake.items()),
                *command]
        return subprocess.Popen(command, env=env, text=True,
                                stdin=subprocess.DEVNULL,
                                stderr=subprocess.PIPE)

    def _sweep(self):
        """What libfaketime leaves behind in a process that is killed."""
        for name in ("faketime_shm_", "sem.faketime_sem_"):
            pathlib.Path(f"/dev/shm/{name}{self.dialer.pid}").unlink(
                missing_ok=True)

    def bolna_stalls(self):
        """Will Bolna let a request wait?"""
        return any(entry[0].before or entry[0].after
                   for queue in self.bolna._faults._queues.values()
                   for entry in queue)

    def rival(self):
        """A whole pass of a second dialer that no lock keeps out."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{self.database}.run")
        done = subprocess.run(self.command("run", "--once"),
                              capture_output=True, text=True, timeout=120)
        assert done.returncode in (0, 75), done.stderr

    def restart_receiver(self, sig=signal.SIGKILL):
        self.stop_receiver(sig)
        self.start_receiver()

    def post(self, body, source="127.0.0.2", secret=SECRET):
        """Any webhook, by way of nginx: the status of its answer."""
        url = self.nginx.url("/webhook/bolna" + (
            f"/{secret}" if secret else ""))
        return self.bolna.send(body, url, source)[0]


_traced = None


def can_trace():
    """May we trace a child of ours here?"""
    global _traced
    if _traced is None:
        _traced = shutil.which("strace") is not None and subprocess.run(
            ["strace", "-D", "-o", "/dev/null", "true"],
            capture_output=True).returncode == 0
    return _traced
