#!/usr/bin/python3
"""A stand-in for the Bolna voice API, for tests and the demo.

It takes calls, lets each live the life its `Fate` says, sends webhooks about
it, and keeps evidence of all it saw: what counts in the end is how often a
number was called.  Requests fail as `Fault` says.  In a test:

    with Bolna(webhook="http://127.0.0.1:8080/webhook/bolna", pace=0) as sim:
        sim.fate("+12025550101", Fate("busy"), Fate())
        sim.fault("POST /call", named("drop-after"))
        ...
        assert sim.wait(lambda: sim.count("+12025550101") == 2)

As a program it does the same behind --listen, driven through /_sim/.
"""

import argparse
import sys
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

if not __package__:                                 # run as a program
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __package__ = "sim"

from . import bolna_api, stand_in                   # noqa: E402
from .bolna_bodies import (                         # noqa: E402
    Fate, Shape, demo_fates, execution, read_fates)
from .bolna_webhooks import (                       # noqa: E402
    Clock, Couriers, Job, Pending, encode, post)
from .faults import Fault, FaultQueue, named, refusal  # noqa: E402

__all__ = ["Bolna", "Fate", "Fault", "demo_fates", "named", "refusal"]

AGENT = "5c730000-0000-4000-8000-000000000001"
NUMBER = "+12025550100"
WAITING = ("scheduled", "queued", "rescheduled")


@dataclass
class Call:
    """An execution."""

    id: str
    agent_id: str
    phone: str
    from_number: str
    request: dict
    fate: Fate
    shape: Shape
    path: tuple
    created: float
    updated: float
    step: int = 0
    scheduled: float | None = None
    initiated: float | None = None
    error_message: str | None = None
    resting: bool = False       # stays in its status until released
    stopped: bool = False
    held: list = field(default_factory=list)    # webhooks kept back
    saved: list = field(default_factory=list)   # webhooks to be reordered

    @property
    def status(self):
        """Where it is."""
        return self.path[self.step]

    @property
    def user_data(self):
        """What came with the request."""
        return self.request.get("user_data")

    @property
    def ended(self):
        """Is there nothing to come?"""
        return self.step + 1 >= len(self.path)


@dataclass
class Placed:
    """Evidence of a call placed."""

    phone: str
    user_data: dict | None
    execution_id: str
    time: float
    body: dict
    connection: int     # which TCP connection it came by
    nth: int            # which request on that connection


@dataclass
class Post:
    """Evidence of a POST /call received, whatever became of it."""

    phone: str | None
    time: float
    raw: bytes
    connection: int
    nth: int
    fault: bool = False
    execution_id: str | None = None     # None: nothing was placed
    status: int | None = None           # None: no status was sent


class Bolna(stand_in.StandIn):
    """The stand-in.  Attributes may be changed while it runs.

    `pace` scales the lives of calls (0: at once); other times are wall clock.
    """

    server, handler = bolna_api.Server, bolna_api.Handler

    def __init__(self, key="bn-sim", agents=(AGENT,), webhook=None, pace=1.0,
                 *, source=None, fates=None, vary=True, seed=1,
                 concurrency=10, wallet=9930.01, numbers=(NUMBER,),
                 queued_webhooks=False, retries=3, retry_gap=0.1,
                 webhook_timeout=10.0, listing_lag=0.0, get_lag=0.0,
                 listing_recipient=True, shows_webhook="top",
                 stop_status="stopped", listen=("127.0.0.1", 0)):
        super().__init__(listen)
        self.key, self.webhook, self.source = key, webhook, source
        self.pace, self.vary, self.seed = pace, vary, seed
        self.concurrency, self.wallet = concurrency, wallet
        self.numbers = tuple(numbers)
        self.queued_webhooks = queued_webhooks
        self.retries, self.retry_gap = retries, retry_gap
        self.webhook_timeout = webhook_timeout
        self.listing_lag, self.get_lag = listing_lag, get_lag
        self.listing_recipient = listing_recipient
        self.shows_webhook, self.stop_status = shows_webhook, stop_status
        self.agents = {}
        self._employ(agents)
        self.others = {}        # other accounts: key, their agents
        self.asked = []         # (key, method, path) of requests answered
        self.placed, self.posts, self.deliveries = [], [], []
        self.listings = []      # (agent id, from, to, page) asked for
        self.lost = []          # (execution, status) of webhooks lost
        self.calls = {}         # id: Call, oldest first
        self.active = set()     # ids of the calls that hold a line
        self.lock = threading.RLock()
        self._waiting = deque()     # calls waiting for a line
        self._fates, self._used = {}, {}
        self._faults = FaultQueue()
        self._changed = threading.Condition()
        self._version = 0
        self.pending = Pending(self._notify)
        self.clock = Clock(self.pending)
        self.couriers = Couriers(self)
        for phone, fate in (fates or {}).items():
            self.fate(phone, *(fate if isinstance(fate, list) else [fate]))

    # Running

    def start(self):
        super().start()
        self.clock.start()
        self.couriers.start()
        return self

    def stop(self):
        if self._thread and not self.stopping.is_set():
            super().stop()
            self.clock.stop()
            self.couriers.stop()

    # Scripting

    def fate(self, phone, *fates):
        """Set what becomes of calls to a number, one call after the other.

        The last fate repeats.  A key without + is the end of a number; "*"
        is every number.  The longest that fits is taken.
        """
        for fate in fates:
            fate.route()        # a fate that cannot be is an error here
        with self.lock:
            self._fates[phone] = list(fates)
            self._used = {key: n for key, n in self._used.items()
                          if key[0] != phone}

    def account(self, key, *agents):
        """Another account, with agents of its own."""
        self.others[key] = list(agents)
        self._employ(agents)

    def _employ(self, agents):
        for n, agent in enumerate(agents, len(self.agents) + 1):
            self.agents[agent] = {
                "id": agent, "agent_name": f"Example agent {n}",
                "agent_type": "other", "agent_status": "processed",
                "tasks": []}

    def fault(self, key, *faults):
        """Queue faults for a route, such as "POST /call", or a number."""
        self._faults.add(key, *faults)

    def clear_faults(self, key=None):
        """Forget faults that have not happened."""
        self._faults.clear(key)

    def release(self, execution_id):
        """Let go what a fate held: webhooks, or the life of the call."""
        with self.lock:
            call = self.calls.get(execution_id)
            if call is None:
                return False
            jobs, call.held = call.held, []
            for job in jobs:
                self.couriers.put(job)
            if call.resting:
                call.resting = False
                self._schedule(call)
        return True

    def send(self, body, url=None, source=None, headers=None):
        """Send any webhook at all: bytes, or JSON; (status, text)."""
        return post(url or self.webhook, encode(body), source or self.source,
                    self.webhook_timeout, headers)

    # Evidence

    def count(self, phone):
        """How often a number was called."""
        with self.lock:
            return sum(placed.phone == phone for placed in self.placed)

    def find(self, execution_id):
        """The call of an id, or None."""
        with self.lock:
            return self.calls.get(execution_id)

    def execution(self, execution_id):
        """The execution as GET would show it."""
        with self.lock:
            return execution(self.calls[execution_id])

    def wait(self, predicate, timeout=10.0):
        """Wait until the predicate holds; its value, false when it is late.

        It is evaluated without the lock, and again from time to time even if
        nothing happened here, so that it may look at other things too.
        """
        deadline = time.monotonic() + timeout
        while True:
            seen = self._version
            value = predicate()
            left = deadline - time.monotonic()
            if value or left <= 0:
                return value
            with self._changed:
                self._changed.wait_for(lambda: self._version != seen,
                                       min(left, 0.05))

    def quiet(self, timeout=10.0):
        """Wait until nothing moves: lives lived or resting, webhooks out."""
        return self.wait(lambda: self.pending.count == 0, timeout)

    def _notify(self):
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def delivered(self, delivery):
        """Note a webhook sent."""
        with self.lock:
            self.deliveries.append(delivery)
        self._notify()

    def befall(self, request):
        """Note a POST /call; the fault this request meets, if any."""
        if request.path.startswith("/_sim/"):
            return None
        keys = [request.route or "", "*"]
        if request.route == "POST /call":
            phone = request.phone()
            request.post = Post(
                phone if isinstance(phone, str) else None, time.time(),
                request.raw, request.connection, request.nth)
            keys.insert(0, request.post.phone)
        fault = self._faults.take(keys, reused=request.nth > 1)
        if request.post is not None:
            request.post.fault = fault is not None
            with self.lock:
                self.posts.append(request.post)
            self._notify()
        return fault

    def answered(self, noted, status):
        """Note what a POST /call was answered."""
        noted.status = status
        self._notify()

    # The life of a call

    def place(self, body, scheduled, request):
        """Make an execution of an accepted request."""
        with self.lock:
            call = self._new_call(body, scheduled)
            self.calls[call.id] = call
            self.placed.append(Placed(
                call.phone, call.user_data, call.id, call.created, body,
                request.connection, request.nth))
            request.post.execution_id = call.id
            self._entered(call)
        self._notify()
        return call

    def _new_call(self, body, scheduled):
        now = time.time()
        phone = body["recipient_phone_number"]
        fate = self._fate_of(phone)
        path = fate.route()
        if scheduled is not None:
            path = ("scheduled", *path)
        shape = Shape.drawn(f"{self.seed}:{len(self.calls)}") \
            if self.vary else Shape()
        return Call(str(uuid.uuid4()), body["agent_id"], phone,
                    body.get("from_phone_number", self.numbers[0]), body,
                    fate, shape, path, now, now, scheduled=scheduled)

    def _fate_of(self, phone):
        fits = [key for key in self._fates if key == phone
                or (key[0] != "+" and phone.endswith(key))]
        key = max(fits, key=len) if fits else "*"
        fates = self._fates.get(key) or [Fate()]
        used = self._used.get((key, phone), 0)
        self._used[key, phone] = used + 1
        return fates[min(used, len(fates) - 1)]

    def _entered(self, call):
        """A call is in a status: say so, and see to the next."""
        if call.status == "completed":
            self.wallet -= call.fate.price()
        self._announce(call)
        if call.ended or call.status == "call-disconnected":
            self._free_line(call)
        if call.status == call.fate.stay:
            call.resting = True
        else:
            self._schedule(call)

    def _schedule(self, call):
        if call.ended:
            return
        coming = call.path[call.step + 1]
        seconds = call.fate.delay(coming)
        if call.status == "scheduled" and call.scheduled:
            seconds = max(0.0, call.scheduled - time.time())
        self.clock.after(seconds * self.pace, lambda: self._advance(call))

    def _advance(self, call):
        """Enter the next status; dialling needs a line and money."""
        with self.lock:
            if call.stopped:
                return
            if call.path[call.step + 1] == "initiated" \
                    and not self._dial(call):
                return
            call.step += 1
            call.updated = time.time()
            self._entered(call)
        self._notify()

    def _dial(self, call):
        """Take a line, or wait for one; no money, no call."""
        if call.id not in self.active:
            if len(self.active) >= self.concurrency:
                self._waiting.append(call)
                return False
            self.active.add(call.id)
        if self.wallet <= 0:
            call.path = (*call.path[:call.step + 1], "balance-low")
        else:
            call.initiated = time.time()
        return True

    def _free_line(self, call):
        """The line goes at once to who has waited longest."""
        self.active.discard(call.id)
        if self._waiting and len(self.active) < self.concurrency:
            waiting = self._waiting.popleft()
            self.active.add(waiting.id)
            self.clock.after(0, lambda: self._advance(waiting))

    def halt(self, call):
        """Stop a call that is not dialled yet; False when it is too late."""
        with self.lock:
            if call.status not in WAITING:
                return False
            call.stopped, call.resting = True, False
            call.path = (*call.path[:call.step + 1], self.stop_status)
            call.step += 1
            call.updated = time.time()
            if call in self._waiting:
                self._waiting.remove(call)
            self._entered(call)
        self._notify()
        return True

    # Webhooks

    def _announce(self, call):
        """Send what is to be sent about the status a call is in."""
        url = self.agents[call.agent_id].get("webhook_url", self.webhook)
        fate, status = call.fate, call.status
        jobs = []
        if url and self._is_sent(call):
            if fate.applies("lose", status):
                self.lost.append((call.id, status))
            else:
                jobs = self._copies(call, url)
        if fate.reorder:
            call.saved += jobs
            if not call.ended:
                return
            jobs = reordered(call.saved, fate.reorder)
        for job in jobs:
            self._dispatch(call, job)

    def _is_sent(self, call):
        if call.fate.webhooks is not None:
            return call.status in call.fate.webhooks
        return self.queued_webhooks or call.status not in (
            "queued", "scheduled")

    def _copies(self, call, url):
        """The webhook and its duplicates."""
        body = execution(call)
        poor = dict(body, summary=None, extracted_data=None,
                    agent_extraction=None) if call.fate.grow else body
        more = int(call.fate.amount("duplicate", call.status))
        return [Job(call.id, call.status, url,
                    encode(copy, call.shape.ascii_only))
                for copy in [poor] * more + [body]]

    def _dispatch(self, call, job):
        late = call.fate.amount("late", job.status)
        if call.fate.applies("hold", job.status):
            call.held.append(job)
        elif late > 0:
            self.clock.after(late, lambda: self.couriers.put(job))
        else:
            self.couriers.put(job)


def reordered(jobs, order):
    """Last first, or in the order of the statuses given."""
    if order is True:
        return jobs[::-1]
    rank = {status: n for n, status in enumerate(order)}
    return sorted(jobs, key=lambda job: rank.get(job.status, len(rank)))


def arguments(argv):
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    stand_in.add_options(parser)
    parser.add_argument("--key", default="bn-sim")
    parser.add_argument("--agent", action="append")
    parser.add_argument("--webhook", help="http://… or unix:/path:/uri")
    parser.add_argument("--source", help="address webhooks come from")
    parser.add_argument("--pace", type=float, default=1.0)
    parser.add_argument("--fates", help="JSON file")
    parser.add_argument("--demo", action="store_true",
                        help="fates by the last digit of the number")
    parser.add_argument("--plain", action="store_true",
                        help="bodies of one shape only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--concurrency", type=int, default=10)
    parser.add_argument("--wallet", type=float, default=9930.01)
    return parser.parse_args(argv)


def main(argv=None):
    """Run until SIGTERM or SIGINT."""
    args = arguments(argv)
    fates = demo_fates() if args.demo else {}
    if args.fates:
        fates.update(read_fates(args.fates))
    stand_in.serve(Bolna(
        args.key, tuple(args.agent or (AGENT,)), args.webhook, args.pace,
        source=args.source, fates=fates, vary=not args.plain, seed=args.seed,
        concurrency=args.concurrency, wallet=args.wallet, listen=args.listen),
        args.port_file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
