"""One webhook to a receiver that is hit at a point: as a plain CGI program
and as a FastCGI server.  Whatever happens, what was answered 200 is in the
journal, and what was not can be sent again."""

import contextlib
import hashlib
import json
import select
import signal
import sqlite3
import subprocess

from fcgi_client import BOLNA, Answer
from points import dry_run, points_of, read_trace, watched
from scene import Scene
from world import BUILD, GATE, SECRET, World, hook_of, person, until
from sim.bolna import Fate

STATE = (       # all that a webhook can change, but for times
    "SELECT execution, source, hex(digest) FROM event ORDER BY id",
    "SELECT id, attempt, stage, final, verified, transcript, hex(head_digest)"
    " FROM execution ORDER BY id",
    "SELECT id, state, execution FROM attempt ORDER BY id",
    "SELECT lead, rev, wipe, tries FROM delivery ORDER BY id",
    "SELECT count(*) FROM quarantine")


class Receiver(Scene):
    """A world with a call under way, put back before each point."""

    def __init__(self, directory):
        super().__init__(World(directory, [person("Asha", "+919999900001")],
                               csv_file=True, nginx=False, pace=0))
        self.uri = f"/webhook/bolna/{SECRET}"

    def _prepare(self):
        """Ringing was heard and acknowledged; the end is to come."""
        world, hook = self.world, hook_of(self.world)
        world.bolna.fate("*", Fate(transcript="user: yes\n"))
        world.run()
        world.bolna.quiet()
        end = world.bolna.execution(world.bolna.placed[0].execution_id)
        self.body = json.dumps(end).encode()
        assert hook.post({**end, "status": "ringing"}).status == 200
        assert world.stop_receiver() == 0
        self.keep = {path.name: path.read_bytes()
                     for path in world.dir.glob("callsheet.db*")}
        self.files = {path.name for path in world.dir.iterdir()}
        self.reset()
        self.deliver(None)
        self.want = self.state()

    def reset(self):
        """As it was before the webhook."""
        for path in self.world.dir.glob("callsheet.db*"):
            path.unlink()
        for name, data in self.keep.items():
            (self.world.dir / name).write_bytes(data)

    def state(self):
        """What the database holds now."""
        with contextlib.closing(sqlite3.connect(
                self.world.database, timeout=20)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            return [db.execute(sql).fetchall() for sql in STATE]

    def command(self):
        return [str(BUILD / "callsheet-webhook"), "-v", "-c",
                str(self.world.conf)]

    def suffer(self, point):
        """Be hit; true when it was."""
        self.reset()
        hit = self.deliver(point)
        struck = point.struck(self.trace, hit)
        self.trace.unlink()
        assert self.state() == self.want, "not as if nothing had happened"
        left = {path.name for path in self.world.dir.iterdir()} \
            - self.files - {"callsheet.db-wal", "callsheet.db-shm"}
        assert not left, f"left behind: {left}"
        return struck

    def check_answer(self, said, log):
        """200 says stored, 503 says send it again."""
        assert said.status in (200, 503), log
        digest = hashlib.sha256(self.body).digest()
        assert said.status != 200 or self.world.query(
            "SELECT id FROM event WHERE digest = ?", digest), \
            f"answered 200 and not stored: {log}"


class Cgi(Receiver):
    """A program for each request."""

    name = "cgi"

    def environment(self):
        return {"REQUEST_METHOD": "POST", "REQUEST_URI": self.uri,
                "CONTENT_LENGTH": str(len(self.body)), "REMOTE_ADDR": BOLNA,
                "CALLSHEET_GATE": GATE}

    def points(self):
        self.reset()
        calls, done = dry_run(self.command(), self.trace, input=self.body,
                              env=self.environment())
        assert self.answer(done).status == 200
        return points_of(calls)

    @staticmethod
    def answer(done):
        """What it said, None when nothing."""
        return Answer.read(done.stdout) if done.stdout else None

    def request(self, point):
        """Its process, ended."""
        command = self.command()
        return subprocess.run(
            point.around(self.trace, command) if point else command,
            input=self.body, env=self.environment(), capture_output=True,
            timeout=60)

    def deliver(self, point):
        hit = self.request(point)
        said, errors = self.answer(hit), hit.stderr.decode()
        if said is None:
            assert hit.returncode != 0, f"a good end, no word: {errors}"
        else:
            self.check_answer(said, errors)
        if said is None or said.status != 200:
            assert self.answer(self.request(None)).status == 200
        return hit


class CgiCheckpoint(Cgi):
    """As Cgi, with a log so long that the commit empties it."""

    name = "cgi-checkpoint"

    def _prepare(self):
        super()._prepare()
        self.reset()
        with contextlib.closing(sqlite3.connect(
                self.world.database, isolation_level=None)) as db:
            db.execute("PRAGMA wal_autocheckpoint = 0")
            for _ in range(1000):
                db.execute("UPDATE run SET pid = pid + 1")
            # as a crash would leave them
            self.keep = {name: (self.world.dir / name).read_bytes()
                         for name in ("callsheet.db", "callsheet.db-wal")}
        assert len(self.keep["callsheet.db-wal"]) > 4_000_000


class FastCgi(Receiver):
    """A server: start, one request, a second try if need be, end."""

    name = "fastcgi"

    def command(self):
        return [*super().command(), "-t", "1"]

    def start(self, command):
        """A receiver on the socket that is always there."""
        with open(self.world.dir / "receiver.log", "wb") as log:
            process = subprocess.Popen(command, stdin=self.world.listener,
                                       stderr=log)
        self.processes.append(process)
        return process

    @contextlib.contextmanager
    def receivers(self):
        """None outlives its point."""
        self.processes = []
        try:
            yield
        finally:
            for process in self.processes:
                if process.poll() is None:
                    process.kill()
                    process.wait()

    def points(self):
        self.reset()
        with self.receivers():
            self.start(watched(self.trace, self.command(), "-D"))
            assert self.ask().status == 200
            assert self.end() == 0
        # the tracer may be a little later
        return points_of(read_trace(until(self.whole_trace)))

    def whole_trace(self):
        text = self.trace.read_text(errors="replace")
        return "exit_group" in text and text

    def ask(self):
        """The answer, None when none came.  The socket outlives the server:
        a new one answers what the old one did not accept."""
        hook = hook_of(self.world)
        with hook.open("POST", self.uri, self.body) as request:
            while not select.select([request.sock], [], [], 0.01)[0]:
                if self.processes[-1].poll() is not None:
                    self.start(self.command())
            try:
                return request.answer()
            except ConnectionError:
                return None

    def ask_again(self):
        """What was not taken is taken; strace counts each thread's calls, so
        that every one of them may be hit once."""
        for _ in range(20):
            said = self.ask()
            if said and said.status == 200:
                return
        raise AssertionError(f"it does not recover: {self.log()}")

    def end(self):
        """SIGTERM; how it ended.  Nobody else has the database open then."""
        self.world.close_eye()
        process = self.processes[-1]
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        return process.wait(30)

    def deliver(self, point):
        command = self.command()
        with self.receivers():
            hit = self.start(point.around(self.trace, command, "-D")
                             if point else command)
            said = self.ask()
            if said is not None:
                self.check_answer(said, self.log())
            if said is None or said.status != 200:
                self.ask_again()
            last, status = self.processes[-1], self.end()
            assert status == 0 or last is hit, \
                f"without a fault it ended with {status}: {self.log()}"
        return hit

    def log(self):
        return (self.world.dir / "receiver.log").read_text(errors="replace")


SCENES = (Cgi, CgiCheckpoint, FastCgi)
