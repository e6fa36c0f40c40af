"""What was answered 200 is on disk; what was not is asked for again."""

import concurrent.futures
import contextlib
import fcntl
import http.client
import itertools
import os
import pathlib
import resource
import shutil
import signal
import sqlite3
import struct
import subprocess
import threading

import pytest

from fcgi_client import BOLNA, Request
from world import BUILD, SECRET, World, hook_of, person, until

LEADS = [person("Asha", "+919999900001")]
SHORT_OF_SPACE = 8 << 20
numbers = itertools.count(1)


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "w", LEADS, csv_file=True, nginx=False) as it:
        ready(it)
        yield it


def ready(world):
    """Wait until a receiver answers."""
    assert hook_of(world).ask("GET", "/healthz").status in (200, 503)


def event(size=0):
    """A webhook that was never sent before."""
    return {"id": f"durable-{next(numbers)}", "status": "ringing",
            "transcript": "x" * size}


def journal(world):
    """The ids of all events, one for each."""
    return [name for name, in world.query("SELECT execution FROM event")]


class Burst:
    """Threads that send webhooks without a pause until they are stopped."""

    def __init__(self, world, threads=12):
        self.hook, self.stop = hook_of(world), threading.Event()
        self.acked, self.refused, self.lost = [], [], []
        self.threads = [threading.Thread(target=self._send)
                        for _ in range(threads)]

    def _send(self):
        while not self.stop.is_set():
            body = event(200)
            try:
                status = self.hook.post(body).status
            except OSError:
                self.lost.append(body)      # no answer
            else:
                (self.acked if status == 200 else self.refused).append(body)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self.stop.set()
        for thread in self.threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self.threads)

    def more(self, count):
        """Wait until so many more were acknowledged."""
        goal = len(self.acked) + count
        until(lambda: len(self.acked) >= goal, what="more answers")


# --- death and restart ---

def test_what_was_acknowledged_survives_kill_9(world):
    with Burst(world) as burst:
        for _ in range(4):
            burst.more(100)
            assert world.stop_receiver(signal.SIGKILL) == -signal.SIGKILL
            world.start_receiver()
        burst.more(100)
    kept = set(journal(world))
    assert {body["id"] for body in burst.acked} <= kept
    assert not burst.refused
    # and what was not acknowledged can be sent again, to one event each
    for answer in burst.hook.post_all(burst.acked[-50:] + burst.lost):
        assert answer.status == 200
    after = journal(world)
    assert {body["id"] for body in burst.lost} <= set(after)
    assert len(after) == len(set(after))
    assert world.value("PRAGMA integrity_check") == "ok"


def test_a_restart_under_load_loses_no_request(world):
    with Burst(world) as burst:
        for _ in range(6):
            burst.more(50)
            assert world.stop_receiver(signal.SIGTERM) == 0
            world.start_receiver()
        burst.more(50)
    assert not burst.lost and not burst.refused
    assert sorted(journal(world)) == sorted(b["id"] for b in burst.acked)


def second_receiver(world):
    with open(world.dir / "second.log", "ab") as log:
        return subprocess.Popen(
            [BUILD / "callsheet-webhook", "-v", "-c", world.conf],
            stdin=world.listener, stderr=log)


def test_a_new_receiver_may_take_over_before_the_old_one_ends(world):
    with Burst(world) as burst:
        for _ in range(6):
            old, world.receiver = world.receiver, second_receiver(world)
            burst.more(50)
            old.send_signal(signal.SIGTERM)
            assert old.wait(20) == 0
            burst.more(50)
    assert not burst.lost and not burst.refused
    assert sorted(journal(world)) == sorted(b["id"] for b in burst.acked)


def test_a_request_that_never_becomes_whole_does_not_hinder_the_end(world):
    hook = hook_of(world)
    with Request(hook.path) as half, Request(hook.path) as mute, \
            Request(hook.path) as headless:
        half.begin(hook.params("POST", hook.uri, 100))
        half.body(b'{"id":', end=False)
        headless.sock.sendall(b"\x01\x01\x00\x01")
        mute.sock.sendall(b"")
        until(lambda: half.unread() == 0 and headless.unread() == 0)
        whole = hook.post(event())
        assert world.stop_receiver() == 0
        assert whole.status == 200
        assert half.answer().status == 400
    world.start_receiver()
    assert hook.post(event()).status == 200


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_receiver_ends_at_once_and_with_success(world, sig):
    assert world.stop_receiver(sig) == 0
    assert "finishing what is in flight" in world.log()


# --- the lock ---

@contextlib.contextmanager
def locked(world, flock=True):
    """Somebody writes and takes a long time over it."""
    with open(f"{world.database}.lock", "a") as lock, \
            contextlib.closing(sqlite3.connect(
                world.database, timeout=20, isolation_level=None)) as db:
        if flock:
            fcntl.flock(lock, fcntl.LOCK_EX)
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


def told_to_wait(answer):
    return answer.status == 503 and int(answer.headers["retry-after"]) > 0 \
        and "send it again" in answer.json["reason"]


def test_a_webhook_that_cannot_be_stored_takes_no_other_with_it(world):
    world.alter("CREATE TRIGGER spoil BEFORE INSERT ON event"
                " WHEN new.body LIKE '%spoilt%' BEGIN"
                " SELECT RAISE(ROLLBACK, 'spoilt'); END")
    names = ["first", "before", "spoilt", "after", "last"]
    hook, body = hook_of(world), '{{"id":"{}","status":"ringing"}}'.format
    with contextlib.ExitStack() as stack:
        with locked(world):         # they gather while the first one waits
            requests = []
            for name in names:
                request = stack.enter_context(hook.open(
                    "POST", hook.uri, body(name).encode()))
                until(lambda: not request.unread(), what="its being read")
                requests.append(request)
        answers = [request.answer().status for request in requests]
    assert answers == [200, 200, 503, 200, 200]
    assert sorted(journal(world)) == ["after", "before", "first", "last"]
    world.alter("DROP TRIGGER spoil")
    assert hook.post(body("spoilt").encode()).status == 200


@pytest.mark.parametrize("flock, body, after", [
    (True, {"id": "late", "status": "ringing"}, 200),
    (False, b"not JSON", 400)],
    ids=["another program of ours", "a sqlite3 shell"])
def test_a_long_lock_is_an_answer_to_send_it_again(
        world, flock, body, after):
    hook = hook_of(world)
    with locked(world, flock):
        assert told_to_wait(hook.post(body))
    assert 'result="failed"} 1' in hook.ask("GET", "/metrics").body
    assert hook.post(body).status == after
    assert journal(world) == (["late"] if after == 200 else [])
    assert world.value("SELECT count(*) FROM quarantine") == (after == 400)


def test_a_short_lock_is_waited_for(world):
    hook, body = hook_of(world), event()
    refusal = {"REMOTE_ADDR": "127.0.0.5"}
    with locked(world):
        waiting = hook.open("POST", hook.uri, b'{"id":"patient"}')
        until(lambda: waiting.unread() == 0)
        # who is refused needs no disk and is answered at once
        assert hook.post(body, **refusal).status == 403
        assert hook.post(body, "/webhook").status == 404
    assert waiting.answer().status == 200
    until(lambda: world.value("SELECT count FROM refused"
                              " WHERE address = '127.0.0.5'") == 1)
    assert journal(world) == ["patient"]


# --- group commit ---

def commits(world):
    """Transactions in the write-ahead log: frames that end one."""
    log = pathlib.Path(f"{world.database}-wal").read_bytes()
    page, = struct.unpack(">I", log[8:12])
    salt, count = log[16:24], 0
    for at in range(32, len(log), page + 24):
        size, = struct.unpack(">I", log[at + 4:at + 8])
        if log[at + 8:at + 16] != salt:
            break
        count += size > 0
    return count


def test_what_waits_together_is_committed_together(world):
    hook = hook_of(world)
    assert hook.post(event()).status == 200
    before = commits(world)
    bodies = [b'{"id":"together-%d","status":"ringing"}' % n
              for n in range(30)]
    with locked(world):
        waiting = [hook.open("POST", hook.uri, body) for body in bodies]
        until(lambda: not any(request.unread() for request in waiting))
    assert {request.answer().status for request in waiting} == {200}
    for request in waiting:
        request.sock.close()
    assert len(journal(world)) == 31
    # one had been taken before the others came
    assert 1 <= commits(world) - before <= 10


def test_one_after_the_other_each_has_its_own_transaction(world):
    hook = hook_of(world)
    assert hook.post(event()).status == 200
    before = commits(world)
    for _ in range(10):
        assert hook.post(event()).status == 200
    assert commits(world) - before == 10


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("strace"),
                    reason="only root may look into the receiver")
def test_each_answer_waits_for_the_disk(world, tmp_path):
    trace = subprocess.Popen(
        ["strace", "-f", "-o", tmp_path / "trace", "-e", "trace=fdatasync",
         "-p", str(world.receiver.pid)], stderr=subprocess.PIPE, text=True)
    try:
        assert "attached" in trace.stderr.readline()
        for _ in range(10):
            assert hook_of(world).post(event()).status == 200
    finally:
        trace.send_signal(signal.SIGINT)
        trace.communicate(timeout=20)
    syncs = [line for line in (tmp_path / "trace").read_text().splitlines()
             if "fdatasync(" in line and line.endswith("= 0")]
    assert len(syncs) >= 10


def test_two_receivers_share_one_socket(world):
    second, hook = second_receiver(world), hook_of(world)
    try:
        until(lambda: "threads" in (world.dir / "second.log").read_text())
        bodies = [b'{"id":"shared-%d"}' % n for n in range(64)]
        with locked(world):     # more than one of them has threads for
            waiting = [hook.open("POST", hook.uri, body) for body in bodies]
            until(lambda: not any(request.unread() for request in waiting))
        for request in waiting:
            assert request.answer().status == 200
            request.sock.close()
    finally:
        second.terminate()
        assert second.wait(20) == 0
    ours, theirs = (text.count(" stored ") for text in (
        world.log(), (world.dir / "second.log").read_text()))
    assert ours > 0 and theirs > 0 and ours + theirs == 64
    assert len(set(journal(world))) == 64


# --- the disk ---

def test_a_file_that_may_not_grow_is_an_answer_to_send_it_again(world):
    hook, bodies = hook_of(world), [event(100_000) for _ in range(10)]
    assert hook.post(event()).status == 200
    pid, was = world.receiver.pid, resource.getrlimit(resource.RLIMIT_FSIZE)
    size = os.path.getsize(f"{world.database}-wal")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size + 20_000, was[1]))
    assert all(told_to_wait(answer) for answer in hook.post_all(bodies))
    assert told_to_wait(hook.post(b"x" * 100_000))
    assert len(journal(world)) == 1
    resource.prlimit(pid, resource.RLIMIT_FSIZE, was)
    assert {answer.status for answer in hook.post_all(bodies)} == {200}
    assert len(journal(world)) == 11
    assert world.value("SELECT count(*) FROM quarantine") == 0


@pytest.fixture
def small_disk(tmp_path):
    """A world whose database lies on a disk of 40 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", disk],
            capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        it = World(tmp_path / "w", LEADS, csv_file=True, nginx=False)
        it.database = disk / "callsheet.db"
        with it:
            ready(it)
            yield it
    finally:
        subprocess.run(["umount", disk], check=True)


def fill(disk, leave):
    """Use the disk up but for so many bytes."""
    free = os.statvfs(disk)
    with open(disk / "filler", "wb") as file:
        os.posix_fallocate(file.fileno(), 0,
                           free.f_bavail * free.f_frsize - leave)


def test_a_full_disk_is_an_answer_to_send_it_again(small_disk):
    world, hook = small_disk, hook_of(small_disk)
    bodies = [event(100_000) for _ in range(10)]
    assert hook.post(event()).status == 200
    fill(world.database.parent, 100_000)
    answers = hook.post_all(bodies)
    assert all(told_to_wait(answer) for answer in answers)
    assert len(journal(world)) == 1
    (world.database.parent / "filler").unlink()
    assert {answer.status for answer in hook.post_all(bodies)} == {200}
    assert len(journal(world)) == 11


def test_on_a_disk_that_fills_under_load_nothing_acknowledged_is_lost(
        small_disk):
    world = small_disk
    fill(world.database.parent, 3 << 20)
    with Burst(world) as burst:
        until(lambda: len(burst.refused) > 50)
        (world.database.parent / "filler").unlink()
        burst.more(50)
    assert not burst.lost
    assert set(journal(world)) == {body["id"] for body in burst.acked}
    hook_of(world).post_all(burst.refused)
    assert len(journal(world)) == len(burst.acked) + len(burst.refused)


def test_health_is_bad_before_the_disk_is_full(small_disk):
    world, hook = small_disk, hook_of(small_disk)
    assert hook.ask("GET", "/healthz").status == 200
    fill(world.database.parent, SHORT_OF_SPACE)
    answer = hook.ask("GET", "/healthz")
    assert (answer.status, answer.json["ok"]) == (503, False)
    assert hook.post(event()).status == 200, "there is still room"


# --- all of it, through the web server ---

def test_bolna_sees_no_difference_when_the_receiver_is_restarted(tmp_path):
    uri, done = f"/webhook/bolna/{SECRET}", threading.Event()

    def send(number):
        answers = []
        for turn in itertools.count():
            peer = http.client.HTTPConnection(
                "127.0.0.1", world.nginx.port, timeout=30,
                source_address=(BOLNA, 0))
            peer.request("POST", uri, '{"id":"web-%d-%d"}' % (number, turn))
            answers.append(peer.getresponse().status)
            peer.close()
            if done.is_set():
                return answers

    with World(tmp_path / "w", LEADS, csv_file=True) as world, \
            concurrent.futures.ThreadPoolExecutor(3) as pool, \
            contextlib.ExitStack() as stack:
        stack.callback(done.set)
        ready(world)
        sent = [pool.submit(send, number) for number in range(3)]
        for _ in range(3):
            goal = len(journal(world)) + 20
            until(lambda: len(journal(world)) >= goal)
            assert world.stop_receiver() == 0
            world.start_receiver()
        done.set()
        answers = [status for one in sent for status in one.result()]
        # beyond 200 a second the web server says "later"; that is no loss
        assert set(answers) <= {200, 429}
        assert len(journal(world)) == answers.count(200)
