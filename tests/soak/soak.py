"""make soak: many minutes of traffic at the highest rate, and of deaths.

    soak.py --build DIR [--minutes N] [--seed N] [--sheet csv|google]
        [--gigabytes N] [--keep]

A third of the time both programs are killed every few seconds, a third they
are only restarted, a third the receiver is left alone.  Then what was
acknowledged is held against the journal, what was called against the
attempts, and the sheet against what Bolna knows.  The crash sweep and the
long model test follow.

The journal would grow by 2.5 KB a request, more than 10 GB in half an hour.
So there are as many different bodies as fill --gigabytes, spread over the
time in gusts that come with the full rate, and what is sent between is a
repetition: it goes all the way to the database and must be known there.
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
sys.path[:0] = [str(HERE), str(TESTS / "system"), str(TESTS)]
MORE = {"sweep/whole.py": (), "model/long.py": ("--minutes",)}
CONNECTIONS = 32
FASTEST = 6000              # bodies a second: more than this host takes
STORED = 4500               # bytes of database a body, indexes and all
GUST = 4                    # seconds
PEOPLE = 150                # a minute, more than can be called
MAX_WAL = 64 << 20
GROWTH = 1.10               # of resident memory, in a third of the time
SLACK = 1024                # kilobytes that say nothing


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sheet", choices=("csv", "google"), default="csv")
    parser.add_argument("--gigabytes", type=float, default=4)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    os.environ["CALLSHEET_BUILD"] = str(pathlib.Path(options.build).resolve())
    return options


OPTIONS = arguments()       # before world.py looks for the build

import promises                                     # noqa: E402
import webhooks                                     # noqa: E402
from house import TERM, House                       # noqa: E402
from ledger import PHASES, Ledger                   # noqa: E402
from trouble import Dialer, Gossip, Receiver        # noqa: E402
from world import BUILD, until                      # noqa: E402


def figure(name, value, unit):
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    print(f"figure: soak {name} = {text} {unit}", flush=True)


class Pulse(threading.Thread):
    """Once in a while: lets the load have new bodies, looks at sizes."""

    def __init__(self, soak):
        super().__init__(name="pulse", daemon=True)
        self.soak, self.end = soak, threading.Event()
        self.began = time.monotonic()
        self.wal = 0
        self.watching = False       # the receiver lives on: look at it too
        self.resident, self.descriptors = [], []

    def run(self):
        gust = 0
        while not self.end.wait(0.25):
            elapsed = time.monotonic() - self.began
            if int(elapsed / GUST) != gust:
                gust = int(elapsed / GUST)
                self.release(elapsed + GUST)
            self.look()

    def release(self, elapsed):
        share = min(1, elapsed / self.soak.seconds)
        ledger = self.soak.ledger
        ledger.set("limit", int(ledger.bodies * share))

    def look(self):
        house = self.soak.house
        self.wal = max(self.wal, house.size("-wal"))
        house.trim_logs()
        if self.watching:
            self.resident.append(house.resident())
            self.descriptors.append(house.descriptors())


class Soak:
    """One soak, in a directory of its own."""

    def __init__(self, directory, options):
        self.dir = directory
        self.seconds = options.minutes * 60
        self.options, self.broken = options, []
        room = options.gigabytes * 1e9
        free = shutil.disk_usage(directory).free
        if free < 2 * room:
            sys.exit(f"soak: {directory} has room for {free / 1e9:.1f} GB,"
                     f" but {2 * room / 1e9:.1f} are wanted: see --gigabytes")
        self.ledger = Ledger(directory / "ledger", int(min(
            room / STORED, self.seconds * FASTEST)))
        self.good = webhooks.write(directory / "bodies")
        self.house = House(directory / "house", min(
            9999, int(PEOPLE * max(1, options.minutes))),
            csv_file=options.sheet == "csv")
        self.receiver, self.dialer, self.gossip = self.troubles = [
            kind(self.house, options.seed)
            for kind in (Receiver, Dialer, Gossip)]
        self.pulse = Pulse(self)

    # --- the course of it ---

    def run(self):
        """All of it; the list of promises broken."""
        with self.house:
            self.house.healthy()
            try:
                with self.load():
                    self.pulse.release(GUST)
                    self.pulse.start()
                    self.phases()
            finally:
                self.rest()
            self.settle()
            self.check()
            self.fresh_receiver()
        return self.broken

    @contextlib.contextmanager
    def load(self):
        """The closed loop, from beginning to end."""
        load = subprocess.Popen([
            BUILD / "tests/soak/load", str(self.house.nginx.port),
            self.house.path, self.dir / "bodies", self.ledger.path,
            str(self.ledger.bodies), str(CONNECTIONS),
            str(self.options.seed)])
        try:
            yield
            if load.poll() is not None:
                self.broken.append("the load ended early")
        finally:
            self.ledger.set("stop", 1)
            try:
                load.wait(60)
            except subprocess.TimeoutExpired:
                load.kill()
                load.wait()

    def rest(self):
        """No more trouble."""
        for trouble in self.troubles:
            trouble.stop()
            self.broken += trouble.broken
            trouble.broken = []
        self.pulse.end.set()
        if self.pulse.is_alive():
            self.pulse.join()

    def enter(self, phase):
        """From here on, requests count for this phase."""
        self.house.healthy()
        self.ledger.set("phase", PHASES.index(phase))
        self.entered = time.monotonic()

    def stay(self):
        time.sleep(max(0, self.entered + self.seconds / 3 - time.monotonic()))

    def phases(self):
        self.enter("kills")
        for trouble in self.troubles:
            trouble.start()
        self.stay()
        for trouble in (self.receiver, self.dialer):
            trouble.stop()
            trouble.kills = False
        self.deliveries = len(self.house.bolna.deliveries)
        self.enter("restarts")
        self.receiver.start()
        self.dialer.start()
        self.stay()
        self.receiver.stop()
        self.enter("steady")
        self.pulse.watching = True
        self.stay()
        self.pulse.watching = False

    def settle(self):
        """Everything comes to its end by itself, but for calls that were
        never placed: those a person has to release."""
        self.house.bolna.clear_faults()
        deadline = time.monotonic() + 60 + self.seconds / 3
        while time.monotonic() < deadline:
            self.house.hurry_end()
            self.house.bolna.quiet(60)
            self.house.run(ok=False)
            self.house.dashboard()
            if not self.house.unsettled():
                return
        self.broken.append("it does not settle: "
                           + promises.few(self.house.unsettled()))

    # --- the verdict ---

    def check(self):
        self.journal = promises.Journal(self.house)
        self.calls = promises.Calls(self.house)
        delivered = self.house.bolna.deliveries
        for found in (
                self.journal.holds(self.ledger, self.good),
                self.journal.holds_all(
                    [d.body for d in delivered if d.http == 200],
                    [d.body for d in delivered], "webhooks of Bolna's"),
                self.journal.holds_all(self.gossip.acked, self.gossip.sent,
                                       "rumours"),
                self.journal.holds_no_more(),
                self.calls.once(), self.calls.one_at_a_time(),
                promises.sheet(self.house), promises.database(self.house),
                self.answers(), self.sizes()):
            self.broken += found

    def answers(self):
        """What the load saw."""
        total = self.ledger.total
        if total("forgotten"):
            yield f"{total('forgotten')} bodies were acknowledged twice as new"
        if total("wrong"):
            yield f"{total('wrong')} answers were wrong"
        for phase in ("restarts", "steady"):
            missed = self.ledger.counts(phase)["missed"]
            if missed:
                yield f"{missed} requests were lost in the phase {phase}"
        late = [d for d in self.house.bolna.deliveries[self.deliveries:]
                if d.http != 200 and d.attempt == 1]
        if late:
            yield (f"{len(late)} of Bolna's webhooks were lost: "
                   f"{late[0].http} {late[0].error} {late[0].answer}")
        for phase in PHASES[1:]:
            if not self.ledger.counts(phase)["stored"]:
                yield f"nothing was stored in the phase {phase}"

    def memory(self):
        """Medians of the second and the last sixth: the first is spent on
        becoming warm."""
        seen = self.pulse.resident
        part = max(1, len(seen) // 6)
        return (statistics.median(seen[part:2 * part] or [0]),
                statistics.median(seen[-part:] or [0]))

    def sizes(self):
        begin, end = self.memory()
        if end > begin * GROWTH + SLACK:
            yield f"the receiver's memory grew from {begin} to {end} KB"
        if self.pulse.wal > MAX_WAL:
            yield f"the write-ahead log grew to {self.pulse.wal >> 20} MB"

    def fresh_receiver(self):
        """One that has served long has no more files open than a new one
        gets, once all its threads have begun."""
        old = self.house.descriptors()
        if self.house.stop_receiver(TERM) != 0:
            self.broken.append("the receiver did not end well")
        self.house.start_receiver()
        self.house.healthy()
        self.files = old
        if old is None:
            print("soak: only root may count the receiver's open files")
            return
        try:
            until(lambda: self.house.descriptors() >= old, 10)
        except AssertionError:
            self.broken.append(
                f"after much traffic the receiver has {old} files open, a"
                f" new one {self.house.descriptors()}")

    def tell(self):
        total, counts = self.ledger.total, self.ledger.counts
        steady = sum(counts("steady").values())
        begin, end = self.memory()
        for name, value, unit in (
                ("minutes", float(self.options.minutes), "minutes"),
                ("requests", total(), "requests"),
                ("acked", total("stored", "known", "forgotten"), "requests"),
                ("distinct bodies", self.ledger.get("next"), "bodies"),
                ("journal", self.journal.rows, "webhooks"),
                ("rate", total() / self.seconds, "requests/s"),
                ("rate undisturbed", 3 * steady / self.seconds, "requests/s"),
                ("kills of the receiver", self.receiver.killed, "kills"),
                ("kills of the dialer", self.dialer.killed, "kills"),
                ("restarts of the receiver", self.receiver.ended, "restarts"),
                ("restarts of the dialer", self.dialer.ended, "restarts"),
                ("passes", self.dialer.passes, "passes"),
                ("unanswered under kills", counts("kills")["missed"],
                 "requests"),
                ("stored but unanswered", self.journal.unanswered, "bodies"),
                ("lost", self.journal.lost + total("forgotten"), "webhooks"),
                ("lost in restarts", counts("restarts")["missed"],
                 "requests"),
                ("answers of Bolna's spoilt", sum(
                    post.fault for post in self.house.bolna.posts), "calls"),
                ("calls placed", len(self.calls.placed), "calls"),
                ("doubled", self.calls.doubled, "calls"),
                ("lies told", self.gossip.told, "webhooks"),
                ("rss begin", begin / 1024, "MB"),
                ("rss end", end / 1024, "MB"),
                ("files open", self.files, "files"),
                ("largest WAL", self.pulse.wal / 1e6, "MB"),
                ("database", self.house.size() / 1e6, "MB")):
            figure(name, value, unit)


@contextlib.contextmanager
def scratch(keep):
    """A directory on disk that nginx's workers can enter."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="callsheet-soak-",
                                              dir="/var/tmp"))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        if keep:
            print(f"soak: kept {directory}")
        else:
            shutil.rmtree(directory)


def soak(options):
    """True when no promise was broken."""
    with scratch(options.keep) as directory:
        it = Soak(directory, options)
        broken = it.run()
        it.tell()
    for line in broken[:40]:
        print(f"soak: BROKEN: {line}", flush=True)
    if len(broken) > 40:
        print(f"soak: and {len(broken) - 40} more")
    return not broken


def more(options):
    """The other long tests, where they are."""
    signal.alarm(0)
    well = True
    for name, wants in MORE.items():
        if not (TESTS / name).exists():
            print(f"soak: there is no tests/{name}", flush=True)
            continue
        args = [arg for want in wants
                for arg in (want, f"{options.minutes:g}")]
        well &= subprocess.run([
            sys.executable, "-B", TESTS / name, "--build", BUILD, *args
        ]).returncode == 0
    return well


def too_late(*_signal):
    """A lock that is never given back must not keep us for ever."""
    raise TimeoutError("the soak does not come to its end")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(int(2 * 60 * OPTIONS.minutes) + 180)
    begin = time.monotonic()
    well = soak(OPTIONS) & more(OPTIONS)
    print(f"soak: {'all promises kept' if well else 'FAILED'}, "
          f"{time.monotonic() - begin:.0f} s")
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
