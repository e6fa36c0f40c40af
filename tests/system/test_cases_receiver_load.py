"""Peers that are many, slow, silent or mad, and a database that somebody else
holds: the receiver lives, and acknowledges what it has stored and only that."""

import contextlib
import http.client
import itertools
import json
import os
import pathlib
import signal
import socket
import sqlite3
import struct
import subprocess

import pytest

from fcgi_client import (BEGIN, BOLNA, PARAMS, RESPONDER, STDIN, Request,
                         record, stream)
from nginx_host import NginxHost
from world import GATE, SECRET, World, hook_of, person, until

LEADS = [person("Asha", "+919999900001")]
URI = f"/webhook/bolna/{SECRET}"
MB = 1 << 20
THREADS = 1 + 32 + 16 + 1   # main, for webhooks, for the console, the writer
numbers = itertools.count(1)


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "w", LEADS, csv_file=True, nginx=False) as it:
        assert hook_of(it).ask("GET", "/healthz").status == 200
        yield it


def event(size=0):
    """A webhook that was never sent before."""
    return {"id": f"load-{next(numbers)}", "status": "ringing",
            "transcript": "x" * size}


def journal(world):
    return [name for name, in world.query("SELECT execution FROM event"
                                          " ORDER BY id")]


def threads(world):
    return len(os.listdir(f"/proc/{world.receiver.pid}/task"))


def connections(world):
    """Open ones beside the listening socket; only root may look."""
    if os.geteuid() != 0:
        return 0
    place, found = f"/proc/{world.receiver.pid}/fd", 0
    for name in os.listdir(place):
        with contextlib.suppress(FileNotFoundError):
            found += os.readlink(f"{place}/{name}").startswith("socket:")
    return found - 1


def memory(world):
    """Kilobytes in use now."""
    status = pathlib.Path(f"/proc/{world.receiver.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def answer_of(request):
    """Its answer; the receiver waits a while for us to hang up."""
    with request:
        return request.answer()


def told_to_wait(answer):
    return answer.status == 503 and int(answer.headers["retry-after"]) > 0 \
        and "send it again" in answer.json["reason"]


# --- who holds the database ---

@contextlib.contextmanager
def shell(world, *lines):
    """A sqlite3 shell in which somebody has typed these lines."""
    typing = subprocess.Popen(
        ["stdbuf", "-oL", "sqlite3", "-batch", world.database], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        typing.stdin.write("".join(f"{line}\n" for line in lines)
                           + "SELECT 'ready';\n")
        typing.stdin.flush()
        assert "ready\n" in iter(typing.stdout.readline, "")
        yield typing
    finally:
        typing.stdin.close()
        typing.wait(20)
        typing.stdout.close()


def test_a_transaction_left_open_in_the_shell_costs_no_webhook(world):
    hook, bodies = hook_of(world), [event() for _ in range(30)]
    waiting = []
    with shell(world, "BEGIN IMMEDIATE;"):
        for body in bodies:
            waiting.append(hook.open("POST", hook.uri,
                                     json.dumps(body).encode()))
        answers = [answer_of(request) for request in waiting]
        assert all(told_to_wait(answer) for answer in answers)
        assert journal(world) == []
    assert {answer.status for answer in hook.post_all(bodies)} == {200}
    assert sorted(journal(world)) == sorted(body["id"] for body in bodies)
    until(lambda: (threads(world), connections(world)) == (THREADS, 0))


def log_size(world):
    return os.path.getsize(f"{world.database}-wal")


def test_a_query_left_open_in_the_shell_hinders_no_commit(world):
    """The log cannot be taken up meanwhile; afterwards it shrinks again."""
    hook, limit = hook_of(world), 16 * MB
    assert hook.post(event()).status == 200
    with shell(world, "BEGIN;", "SELECT count(*) FROM event;") as typing:
        while log_size(world) < 2 * limit:
            answers = hook.post_all([event(500_000) for _ in range(8)], 4)
            assert {answer.status for answer in answers} == {200}
        kept = len(journal(world))
        typing.stdin.write("SELECT 'sees ' || count(*) FROM event;\n")
        typing.stdin.flush()
        assert typing.stdout.readline() == "sees 1\n"

    def shrunk():
        assert hook.post(event()).status == 200
        return log_size(world) <= limit
    until(shrunk)
    assert len(journal(world)) > kept


# --- the same again, and too much ---

def test_one_body_that_waits_a_hundred_times_is_stored_once(world):
    """Also where all are in the queue together."""
    hook, body = hook_of(world), json.dumps(event()).encode()
    with contextlib.closing(sqlite3.connect(
            world.database, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        waiting = [hook.open("POST", hook.uri, body) for _ in range(100)]
        db.execute("ROLLBACK")
    answers = [answer_of(request) for request in waiting]
    assert {answer.status for answer in answers} == {200}
    results = [answer.json["result"] for answer in answers]
    assert sorted(results) == ["already known"] * 99 + ["stored"]
    assert len(journal(world)) == 1


def via(nginx, body):
    """One webhook of Bolna's through the web server."""
    peer = http.client.HTTPConnection("127.0.0.1", nginx.port, timeout=30,
                                      source_address=(BOLNA, 0))
    with contextlib.closing(peer):
        peer.request("POST", URI, json.dumps(body))
        return peer.getresponse().status


def test_a_flood_is_told_so_and_what_got_through_is_stored(world, tmp_path):
    hook_of(world).post(event())
    before = memory(world), len(journal(world))
    with NginxHost(tmp_path / "nginx", world.dir / "hook.sock", [BOLNA], GATE,
                   rate=1, burst=49) as nginx:
        bodies = [event() for _ in range(150)]      # three times as many
        answers = [via(nginx, body) for body in bodies]
    assert set(answers) == {200, 429}
    through = [body["id"] for body, status in zip(bodies, answers)
               if status == 200]
    assert journal(world)[before[1]:] == through
    # a thread that was never used before takes up its stack
    assert memory(world) - before[0] < 8 * 1024


# --- slow and silent peers ---

SLOW = 500


def test_five_hundred_slow_peers_do_not_keep_bolna_waiting(world, tmp_path):
    """They come from Bolna's own address; the web server has the patience."""
    with NginxHost(tmp_path / "nginx", world.dir / "hook.sock", [BOLNA],
                   GATE, rate=10_000, burst=10_000) as nginx, \
            contextlib.ExitStack() as stack:
        slow = []
        for number in range(SLOW):
            peer = stack.enter_context(socket.create_connection(
                ("127.0.0.1", nginx.port), 20, source_address=(BOLNA, 0)))
            head = (f"POST {URI} HTTP/1.1\r\nHost: a\r\n"
                    "Content-Length: 1000\r\n\r\n{").encode()
            # half of them have not even finished the head
            peer.sendall(head if number % 2 else head[:60])
            slow.append(peer)
        bodies = [event() for _ in range(20)]
        assert {via(nginx, body) for body in bodies} == {200}
        assert journal(world) == [body["id"] for body in bodies]
        # the receiver has heard of nobody else
        assert world.log().count(" from ") == 1 + len(bodies)
        for peer in slow:       # and they are all still there, or timed out
            peer.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                assert peer.recv(9) in (b"", b"HTTP/1.1 ")


def test_peers_that_never_finish_take_the_threads_only_for_a_while(world):
    """Behind the web server's back, on the socket itself."""
    hook = hook_of(world)
    with contextlib.ExitStack() as stack:
        for number in range(50):
            peer = stack.enter_context(Request(hook.path))
            if number % 3 == 1:
                peer.sock.sendall(b"\x01\x01\x00\x01")
            elif number % 3 == 2:
                peer.begin(hook.params("POST", URI, 100))
                peer.body(b'{"id":', end=False)
        answer = hook.ask("POST", URI, b'{"id":"patient"}')
        assert answer.status == 200
    assert journal(world) == ["patient"]


# --- what is no request ---

def begin(role=RESPONDER):
    return record(BEGIN, struct.pack(">HB5x", role, 0))


def sizes(name, value):
    """The beginning of a parameter that is as large as it says."""
    return record(PARAMS, struct.pack(">II", name | 1 << 31,
                                      value | 1 << 31) + b"NAME")


MAD = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "HTTP": b"POST /webhook HTTP/1.1\r\nHost: a\r\n\r\n",
    "zeros": bytes(70_000), "ones": b"\xff" * 70_000,
    "dice": bytes((n * n * 31 + n) % 251 for n in range(70_000)),
    "a version to come": b"\x02" + begin()[1:],
    "a name of 2 GB": begin() + sizes((1 << 31) - 1, 4),
    "a value of 2 GB": begin() + sizes(4, (1 << 31) - 1),
    "both of 2 GB": begin() + sizes((1 << 31) - 1, (1 << 31) - 1),
    "a value of 1 GB": begin() + sizes(4, 1 << 30),
    "a parameter cut short": begin() + record(PARAMS, b"\x80") + record(
        PARAMS),
    "an abort": begin() + record(2),
    "an abort in the body": begin() + record(PARAMS) + stream(
        STDIN, b"x" * 9) + record(2),
    "another role": begin(9) + record(PARAMS), "a body first": record(
        STDIN, b"{}") + begin() + record(PARAMS),
    "two at once": begin() + begin().replace(b"\x01\x01\x00\x01",
                                             b"\x01\x01\x00\x02"),
    "a question": record(9), "an unknown record": record(99, b"x")}


def restarted(world):
    """When memory runs out, libfcgi ends the program by an assertion; whoever
    holds the socket starts it again."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        assert world.receiver.wait(0.05) == -signal.SIGABRT
        world.receiver_log.close()
        world.receiver = None
        world.start_receiver()


def test_what_is_no_request_costs_nothing_that_was_acknowledged(world):
    hook, acked = hook_of(world), []
    for name, data in MAD.items():
        beside, after = event(), event()
        with Request(hook.path) as peer:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                peer.sock.sendall(data)
            with contextlib.suppress(ConnectionError):
                assert hook.post(beside).status == 200
                acked.append(beside["id"])
        restarted(world)
        assert hook.post(after).status == 200, name
        acked.append(after["id"])
    assert journal(world) == acked
