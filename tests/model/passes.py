"""The programs: passes that live, die, are doubled or have a wrong clock, a
receiver that is killed, and time that goes by."""

import concurrent.futures
import signal

from hypothesis import strategies as st

from .people import any_edit, numbers
from .steps import step

CRASHES = {"pwrite64": 60, "fdatasync": 12, "sendto": 12, "recvfrom": 12,
           "flock": 20, "connect": 8, "fsync": 4, "rename": 2}
GOOGLE = {
    "token": ["drop-before", "drop-after", 429, 500, "truncate"],
    "values:batchGetByDataFilter": [
        "drop-before", "reset-after", 429, 500, 503, 403, "truncate",
        "stall-before"],
    "values:batchUpdateByDataFilter": [
        "drop-before", "drop-after", "reset-before", "reset-after", 429, 500,
        502, 503, "truncate", "stall-before", "stall-after"]}
POINTS = st.tuples(
    st.sampled_from(["post", "placed", "post", "placed", "ask", "read",
                     "after read", "write", "after write"]),
    st.sampled_from([1, 1, 2, 3]))
LATER = st.sampled_from([0, 60, 700, 4000])
HAPPENINGS = st.sampled_from([
    "it is killed", "it is killed", "it is told to end", "calls go on",
    "another dialer makes a pass", "the receiver is killed"])


class Passes:
    """The rules of the programs."""

    def pass_(self, **how):
        """One pass; nobody is called whom no row asked for."""
        before = self.sheet.rows()
        self.wanted = set()
        self.look_who_is_wanted(before)
        self.passing, self.fresh = True, set()
        try:
            code = self.stage.dial(**how)
        finally:
            self.passing = False
        self.tick += 1
        for phone in self.fresh:        # it may be seen by the next pass
            self.retries[phone].append(self.tick)
        return code

    def happening(self, what):
        if what == "it is killed":
            return self.dialer_dies
        if what == "it is told to end":
            return lambda: self.stage.dialer.send_signal(signal.SIGTERM)
        if what == "calls go on":
            return self.bolna.go_on
        if what == "another dialer makes a pass":
            return self.stage.rival
        assert what == "the receiver is killed"
        return self.stage.restart_receiver

    def dialer_dies(self):
        self.stage.dialer.kill()
        self.stage.dialer.wait()

    @step()
    def a_pass(self):
        self.whole_pass()

    @step(seconds=st.sampled_from([60, 700, 2000, 4000]),
          times=st.integers(1, 3))
    def passes_go_by(self, seconds, times):
        for _ in range(times):
            self.stage.age(seconds)
            self.whole_pass()

    def disturbed_pass(self, when, happens, after):
        self.stage.age(after)
        self.somebody_new()
        self.pass_(when=when, happens=happens)

    @step(when=POINTS, what=HAPPENINGS, after=LATER)
    def something_happens_in_a_pass(self, when, what, after):
        self.disturbed_pass(when, self.happening(what), after)

    @step(when=POINTS, edit=any_edit, after=LATER)
    def somebody_edits_during_a_pass(self, when, edit, after):
        self.disturbed_pass(when, lambda: self.edit(edit), after)

    @step(call=st.sampled_from(sorted(CRASHES)), nth=st.integers(1, 60),
          after=LATER)
    def a_pass_is_killed(self, call, nth, after):
        self.stage.age(after)
        self.somebody_new()
        self.pass_(crash=(call, 1 + nth % CRASHES[call]))

    @step(clock=st.sampled_from(["+2h", "-2h", "+3d", "-3d"]))
    def a_pass_with_a_wrong_clock(self, clock):
        known = len(self.bolna.posts)
        self.pass_(clock=clock)
        self.misdated |= {post.raw for post in self.bolna.posts[known:]}

    @step(method=st.sampled_from(sorted(GOOGLE)), nth=numbers,
          times=st.integers(1, 2), good=st.integers(0, 2))
    def googles_api_fails(self, method, nth, times, good):
        """After some good answers; without Google there is none to fail."""
        if self.stage.google:
            kinds = GOOGLE[method]
            self.stage.google.fail(method, "ok", good)
            self.stage.google.fail(method, kinds[nth % len(kinds)], times,
                                   seconds=30)
            self.muddled = True

    @step(seconds=st.sampled_from([30, 600, 1800, 7200, 86400]))
    def time_passes(self, seconds):
        self.stage.age(seconds)

    @step(sig=st.sampled_from([signal.SIGKILL, signal.SIGTERM]))
    def the_receiver_is_restarted(self, sig):
        self.stage.restart_receiver(sig)

    @step(order=st.lists(numbers, min_size=4, max_size=12))
    def the_receiver_is_killed_among_webhooks(self, order):
        """What it has answered by then must stand in the journal."""
        sent = [delivery.body for delivery in self.bolna.deliveries]
        bodies = [sent[nth * 5 % len(sent)][:-1] + b', "nth": %d}' % at
                  for at, nth in enumerate(order) if sent]
        if not bodies:
            return
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            jobs = [pool.submit(self.stage.post, body) for body in bodies]
            concurrent.futures.wait(
                jobs, return_when=concurrent.futures.FIRST_COMPLETED)
            self.stage.restart_receiver()
            self.acknowledged += [body for body, job in zip(bodies, jobs)
                                  if job.result() == 200]
