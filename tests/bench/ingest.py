"""How fast webhooks are taken: stacks behind the same nginx.

"not storing" reads the body and answers; "no-writer" is the receiver itself,
which also admits, parses and hashes, and stores nothing.
Where the disk of the machine acknowledges a sync at once, nothing shows what a
commit costs elsewhere: the two that store are measured once more with syncs
that take 5 ms longer (slowsync.c).
"""

import contextlib
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
from dataclasses import dataclass

import bodies
from figures import at_least, below, figure
from nginx_host import NginxHost
from world import BUILD, GATE, SECRET, until

HERE = pathlib.Path(__file__).resolve().parent
CONNECTIONS = 32
ROUNDS, WARM, MEASURE = 3, 1, 8         # seconds
CALLS = 100000                          # that the database knows
FLASK_WORKERS = 2


@dataclass
class Result:
    """One run of wrk."""

    requests: int
    seconds: float
    failures: int
    latency: list       # ms at percentiles 1-99 and 99.9

    @property
    def rate(self):
        return self.requests / self.seconds


def listener(path):
    """A listening socket, as systemd or spawn-fcgi hand it over."""
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(str(path))
    os.chmod(path, 0o666)
    sock.listen(512)
    return sock


class Stack:
    """nginx with something behind it; "with" starts and stops it."""

    name, path, nginx_extra = "", f"/webhook/bolna/{SECRET}", ""

    def __init__(self, directory, slow=False):
        self.env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        if slow:
            self.name += " with slow syncs"
            self.env["LD_PRELOAD"] = str(BUILD / "tests/bench/slowsync.so")
        self.dir = directory / self.name.replace(" ", "-")
        self.dir.mkdir()
        self.socket = self.dir / "hook.sock"
        self.process = None

    def __enter__(self):
        self.nginx = NginxHost(
            self.dir / "nginx", self.socket, addresses=["127.0.0.1"],
            gate=GATE, rate=1000000, burst=100000, workers=os.cpu_count(),
            server_extra=self.nginx_extra).start()
        try:
            self.start()
        except BaseException:
            self.nginx.stop()
            raise
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
        self.nginx.stop()

    def start(self):
        raise NotImplementedError

    def memory(self):
        """Megabytes resident, at the highest."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) / 1024


class Callsheet(Stack):
    name, program = "callsheet", BUILD / "callsheet-webhook"

    def start(self):
        self.conf = self.dir / "callsheet.conf"
        for name, text in {"secret": SECRET, "gate": GATE,
                           "addresses": "127.0.0.1"}.items():
            (self.dir / name).write_text(text + "\n")
            (self.dir / name).chmod(0o600)
        self.conf.write_text(
            f"[callsheet]\ndatabase = {self.dir}/callsheet.db\n"
            "[webhook]\nallow = @addresses\nsecret = @secret\n"
            "gate = @gate\n")
        subprocess.run([BUILD / "callsheet", "init", "-c", self.conf],
                       check=True, stdout=subprocess.DEVNULL)
        bodies.seed(self.dir / "callsheet.db", CALLS)
        with listener(self.socket) as sock:
            self.process = subprocess.Popen(
                [self.program, "-c", self.conf], stdin=sock,
                env=self.env)


class NoWriter(Callsheet):
    name, program = "no-writer", BUILD / "tests/bench/nowriter"


class NoStore(Stack):
    name = "not storing"

    def start(self):
        with listener(self.socket) as sock:
            self.process = subprocess.Popen(
                [BUILD / "tests/bench/nostore"], stdin=sock)


class Flask(Stack):
    name, path = "Flask", "/flask"

    @property
    def nginx_extra(self):
        return (f"location = /flask {{ client_body_buffer_size 1m;"
                f" access_log {self.dir}/nginx/callsheet.log callsheet;"
                f" proxy_pass http://unix:{self.socket}; }}")

    def start(self):
        self.env["BENCH_DATABASE"] = str(self.dir / "flask.db")
        subprocess.run(         # so that the workers need not race for it
            [sys.executable, "-c",
             "import flask_receiver; flask_receiver.connect()"],
            cwd=HERE, env=self.env, check=True)
        self.log = open(self.dir / "gunicorn.log", "wb")
        self.process = subprocess.Popen(
            ["/usr/bin/gunicorn", "--workers", str(FLASK_WORKERS),
             "--bind", f"unix:{self.socket}", "--umask", "0",
             "flask_receiver:app"],
            cwd=HERE, stdout=self.log, stderr=self.log, env=self.env)
        until(lambda: self.socket.exists(), what="gunicorn")

    def memory(self):
        """Megabytes of master and workers; what they share counts once."""
        master = self.process.pid
        pids = [master, *pathlib.Path(
            f"/proc/{master}/task/{master}/children").read_text().split()]
        return sum(int(re.search(r"Pss:\s*(\d+)", pathlib.Path(
            f"/proc/{pid}/smaps_rollup").read_text())[1])
            for pid in pids) / 1024


def load(stack, templates, seconds, first):
    """One run of wrk, with bodies that were not sent before."""
    done = subprocess.run(
        ["wrk", "--threads", "1", "--connections", str(CONNECTIONS),
         "--duration", f"{seconds}s", "--timeout", "20s",
         "--script", HERE / "load.lua", stack.nginx.url(stack.path), "--",
         templates, str(first)], check=True, text=True,
        stdout=subprocess.PIPE)
    numbers = [float(n) for n in re.search(
        r"^result (.*)", done.stdout, re.M)[1].split()]
    return Result(int(numbers[0]), numbers[1] / 1e6, int(numbers[2]),
                  [n / 1000 for n in numbers[3:]])


def alternate(stacks, templates, rounds):
    """{name: results}: the stacks take turns, so that all have the same
    weather."""
    results = {stack.name: [] for stack in stacks}
    first = dict.fromkeys(results, 0)
    for _ in range(rounds):
        for stack in stacks:
            for seconds in (WARM, MEASURE):
                run = load(stack, templates, seconds, first[stack.name])
                assert run.failures == 0, f"{stack.name}: {run.failures} fail"
                first[stack.name] += run.requests // len(bodies.LIFE) + 400
            results[stack.name].append(run)
    return results


def middle(runs):
    """The run with the median rate."""
    return sorted(runs, key=lambda run: run.rate)[len(runs) // 2]


def ratio(results, one, other):
    """The median of the ratios of neighbouring runs."""
    return statistics.median(a.rate / b.rate for a, b in zip(
        results[one], results[other]))


def tell(stack, runs):
    """The figures of one stack."""
    run = middle(runs)
    figure(f"webhooks, {stack.name}", run.rate, "a second")
    figure(f"latency p50, {stack.name}", run.latency[49], "ms")
    figure(f"latency p99, {stack.name}", run.latency[98], "ms")
    if type(stack) is Callsheet:
        below(f"memory, {stack.name}", stack.memory(), "MB", 16)
    else:
        figure(f"memory, {stack.name}", stack.memory(), "MB")


def measure(directory, templates, kinds, rounds, slow):
    """Start the stacks, load them, tell what each did."""
    with contextlib.ExitStack() as stack:
        stacks = [stack.enter_context(kind(directory, slow))
                  for kind in kinds]
        results = alternate(stacks, templates, rounds)
        for each in stacks:
            tell(each, results[each.name])
    return {name.split()[0]: runs for name, runs in results.items()}


def draw(directory, quick, slow):
    """bench.png, by gnuplot."""
    fast = [middle(quick[name]) for name in ("not", "callsheet", "Flask")]
    late = [middle(slow[name]) for name in ("callsheet", "Flask")]
    (directory / "rates").write_text(
        '"the disk as it is" ' + " ".join(f"{run.rate:.0f}" for run in fast)
        + '\n"a disk that takes 5 ms a sync" 0 '
        + " ".join(f"{run.rate:.0f}" for run in late) + "\n")
    (directory / "latency").write_text("".join(
        f"{percent} " + " ".join(
            f"{run.latency[percent - 1]:.3f}" for run in fast + late) + "\n"
        for percent in range(1, 100)))
    subprocess.run(["gnuplot", "-e", f"picture='{HERE}/bench.png'",
                    HERE / "bench.gnuplot"], cwd=directory, check=True)


def run(directory):
    templates = directory / "bodies"
    templates.write_text("".join(f"{body}\n" for body in bodies.bodies()))
    quick = measure(directory, templates,
                    (Callsheet, NoWriter, NoStore, Flask), ROUNDS, False)
    at_least("durable ingest to the same stack not storing",
             ratio(quick, "callsheet", "not"), "times", 0.45)
    figure("durable ingest to the same receiver without its writer",
           ratio(quick, "callsheet", "no-writer"), "times")
    at_least("durable ingest to Flask + gunicorn + SQLite",
             ratio(quick, "callsheet", "Flask"), "times", 10)
    slow = measure(directory, templates, (Callsheet, Flask), 1, True)
    at_least("the same where a sync takes 5 ms",
             ratio(slow, "callsheet", "Flask"), "times", 10)
    draw(directory, quick, slow)
