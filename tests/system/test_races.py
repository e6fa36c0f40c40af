"""The receiver's threads under load, watched by ThreadSanitizer: build it with
make B=build/tsan CFLAGS='-O1 -g -fsanitize=thread' LDFLAGS=-fsanitize=thread.
"""

import itertools
import os
import threading

import pytest

from world import BUILD, World, hook_of, person, until

CONNECTIONS = 32

pytestmark = pytest.mark.skipif(
    b"__tsan_init" not in (BUILD / "callsheet-webhook").read_bytes(),
    reason="this receiver is not built with ThreadSanitizer")


class Load:
    """Many connections side by side, each with requests of all kinds, until
    the receiver is gone."""

    def __init__(self, world):
        self.hook = hook_of(world)
        self.world, self.stop = world, threading.Event()
        self.answers, self.wrong, self.stored = [], [], set()
        self.threads = [threading.Thread(target=self.send, args=(number,))
                        for number in range(CONNECTIONS)]

    def requests(self, number):
        """What comes in, with the answers that may be given to it."""
        post, ask = self.hook.post, self.hook.ask
        for turn in itertools.count():
            name = f"race-{number}-{turn}"
            call = {"id": name, "status": "ringing"}
            yield {200}, name, lambda: post(call)
            yield {200}, name, lambda: post(call)           # known
            yield {200}, name, lambda: post(
                {"id": f"all-{turn % 7}", "status": "completed",
                 "transcript": "x" * (turn % 7 * 9000)})    # big ones too
            yield {400}, name, lambda: post(b'{"id": ')
            yield {403}, name, lambda: post(
                call, REMOTE_ADDR=f"127.0.1.{number}")
            yield {404}, name, lambda: post(call, "/webhook/bolna/guess-it")
            yield {401}, name, lambda: post(call, CALLSHEET_GATE="no")
            yield {200, 503}, name, lambda: ask("GET", "/healthz")
            yield {200}, name, lambda: ask("GET", "/metrics")
            yield {200, 503}, name, lambda: ask(
                "GET", "/api/now", REMOTE_USER="admin")
            yield {200, 503}, name, lambda: ask(
                "GET", "/api/calls", REMOTE_USER="admin")

    def send(self, number):
        for allowed, name, request in self.requests(number):
            if self.stop.is_set():
                return
            try:
                status = request().status
            except OSError:
                self.wrong.append(f"{name}: no answer")
                return
            self.answers.append(status)
            if status not in allowed:
                self.wrong.append(f"{name}: {status}, not {allowed}")

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self.stop.set()
        for thread in self.threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self.threads)


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "w", [person("Asha", "+919999900001")],
               csv_file=True, nginx=False) as it:
        it.stop_receiver()
        yield it


def watched(world):
    """Start a receiver that writes down every race."""
    world.start_receiver(env={"TSAN_OPTIONS": f"log_path={world.dir}/race "
                              "exitcode=66 second_deadlock_stack=1"})


def no_race(world):
    reports = [path.read_text() for path in world.dir.glob("race.*")]
    assert not reports, reports[0]


def change_the_list(world, number):
    """The address list changes by a line, as by an editor."""
    new = world.dir / "addresses.new"
    new.write_text(f"127.0.0.2\n127.0.2.{number}\n")
    os.replace(new, world.dir / "addresses")


def test_a_loaded_receiver_has_no_race(world):
    watched(world)
    with Load(world) as load:
        until(lambda: load.answers)
        for number in (1, 2):
            change_the_list(world, number)
            until(lambda: world.log().count("read anew") >= number,
                  what="a reload of the address list")
        goal = len(load.answers) + 900
        until(lambda: len(load.answers) >= goal or load.wrong, timeout=60,
              what="900 answers")
        load.stop.set()
        assert world.stop_receiver() == 0
    assert not [what for what in load.wrong if "no answer" not in what]
    no_race(world)
    assert set(load.answers) >= {200, 400, 401, 403, 404}
    assert world.value("SELECT sum(count) FROM refused") \
        == sum(load.answers.count(n) for n in (401, 403, 404))
    world.start_receiver()


def test_the_end_in_the_midst_of_requests_has_no_race(world):
    for _ in range(2):
        watched(world)
        with Load(world) as load:
            until(lambda: len(load.answers) >= 100)
            assert world.stop_receiver() == 0
            # what comes now waits in the socket for the next receiver
            watched(world)
        assert not load.wrong
        assert world.stop_receiver() == 0
    no_race(world)
    world.start_receiver()
