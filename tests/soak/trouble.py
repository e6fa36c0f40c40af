"""What befalls the two programs during the soak, each in a thread of its own:
the receiver's deaths, the dialer's turns, and gossip about real calls."""

import json
import random
import threading
import traceback

from sim.bolna import Fault, named, refusal
from house import KILL, TERM

# What Bolna may do to POST /call without it being a refusal of the number.
# Those that take a while are there for the dialer to be killed meanwhile.
FAULTS = (Fault(processed=True, after=2), Fault(before=1, processed=True),
          Fault(before=1, processed=True),
          named("drop-after"), named("drop-before"), named("reset-headers"),
          named("html-502"), named("empty-500"), named("short-body"),
          named("not-json"), refusal(503))
LIE = "Lie number"
ENDED = (0, -TERM)          # the latter before it has begun to serve
PASSED = (0, 75, -TERM)


class Trouble:
    """A thread that repeats act() until it is told to rest.

    kills: whether kill -9 is among what happens just now.
    """

    name = ""

    def __init__(self, house, seed):
        self.house, self.dice = house, random.Random(f"{self.name} {seed}")
        self.kills, self.broken = True, []
        self.killed = self.ended = 0
        self.rest = threading.Event()
        self.thread = None

    def start(self):
        self.rest.clear()
        self.thread = threading.Thread(target=self._run, name=self.name,
                                       daemon=True)
        self.thread.start()

    def stop(self):
        self.rest.set()
        if self.thread is not None:
            self.thread.join()
            self.thread = None

    def _run(self):
        try:
            while not self.rest.is_set():
                self.act()
        except Exception:
            self.broken.append(f"{self.name}: {traceback.format_exc()}")

    def wait(self, shortest, longest):
        """No condition to wait for: the moment itself is what is varied."""
        self.rest.wait(self.dice.uniform(shortest, longest))

    def choose(self, one_in):
        return self.dice.randrange(one_in) == 0

    def end_with(self):
        """Which signal comes next."""
        kill = self.kills and not self.choose(3)
        self.killed += kill
        self.ended += not kill
        return KILL if kill else TERM

    def act(self):
        raise NotImplementedError


class Receiver(Trouble):
    """The receiver dies or is restarted every few seconds."""

    name = "receiver"

    def act(self):
        self.wait(0.5, 4)
        if self.rest.is_set():
            return
        if self.house.receiver.poll() is not None:
            self.broken.append("the receiver ended by itself, status "
                               f"{self.house.receiver.returncode}")
        sig = self.end_with()
        status = self.house.stop_receiver(sig)
        if status not in (ENDED if sig == TERM else (-KILL,)):
            self.broken.append(f"the receiver ended with status {status}")
        self.house.start_receiver()


class Dialer(Trouble):
    """Passes by turns, single and lingering; some end well."""

    name = "dialer"

    def __init__(self, house, seed):
        super().__init__(house, seed)
        self.passes = 0

    def act(self):
        self.house.bolna.fault("POST /call", self.dice.choice(FAULTS))
        self.passes += 1
        if self.kills and self.choose(3):
            self.doomed()
        elif self.choose(2):
            self.single()
        else:
            self.lingering()
        for name, row in self.house.sheet().items():
            if LIE in row["Transcript"] + row["Summary"]:
                self.broken.append(f"{name}: the sheet believes a lie")
        self.house.hurry()
        self.house.dashboard()

    def doomed(self):
        """Killed while Bolna is about to place a call.  In the next pass
        nobody else is due: whoever is called then, is called again."""
        bolna = self.house.bolna
        seen = len(bolna.posts)
        bolna.clear_faults()
        bolna.fault("POST /call", Fault(before=4, processed=True))
        dialer = self.house.start_dialer()
        bolna.wait(lambda: any(post.status is None and post.fault
                               for post in bolna.posts[seen:]), 10)
        self.killed += 1
        self.over(self.house.end_dialer(dialer, KILL), (-KILL, *PASSED))
        self.house.alter("UPDATE lead SET next_at = unixepoch() + 3600"
                         " WHERE next_at IS NOT NULL")
        self.over(self.house.run(ok=False).returncode, PASSED)

    def single(self):
        """Killed in the midst, or left to its end."""
        dialer = self.house.start_dialer("--once")
        if self.kills and self.choose(2):
            self.wait(0.01, 0.6)
            self.killed += 1
            self.over(self.house.end_dialer(dialer, KILL), (-KILL, *PASSED))
            return
        self.over(dialer.wait(120), PASSED)
        self.house.dialers.remove(dialer)

    def lingering(self):
        dialer = self.house.start_dialer()
        self.wait(0.5, 6)
        sig = self.end_with()
        self.over(self.house.end_dialer(dialer, sig), (-KILL, *PASSED)
                  if sig == KILL else PASSED)

    def over(self, status, allowed):
        if status not in allowed:
            self.broken.append(f"the dialer ended with status {status}")


class Gossip(Trouble):
    """Webhooks about real calls, again, late, or lying: none of it may change
    what Bolna itself says when it is asked."""

    name = "gossip"

    def __init__(self, house, seed):
        super().__init__(house, seed)
        self.sent, self.acked = [], []
        self.told = 0

    def act(self):
        self.wait(0.02, 0.3)
        deliveries = self.house.bolna.deliveries
        if not deliveries:
            return
        body = self.dice.choice(deliveries[-200:]).body
        if self.choose(3):
            body = self.lie(json.loads(body))
        self.sent.append(body)
        try:
            status, _ = self.house.bolna.send(body)
        except OSError:
            return
        if status == 200:
            self.acked.append(body)
        elif status not in (502, 503, 504):
            self.broken.append(f"gossip was answered {status}")

    def lie(self, body):
        """A changed body about a call, by somebody who knows the secret."""
        self.told += 1
        body["status"] = self.dice.choice(("completed", "busy", "failed",
                                           "ringing", "odd"))
        body["transcript"] = body["summary"] = f"{LIE} {self.told}."
        body["conversation_duration"] = 9999
        return json.dumps(body).encode()
