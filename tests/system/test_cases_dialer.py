"""The faults between us and Bolna that are left when each answer has been
looked at by itself: several dialers, a network that lies, long silences."""

import contextlib
import os
import socket
import ssl
import subprocess
import threading

import pytest

from world import World, people, until
from sim.bolna import Fate, Fault, named, refusal

ASHA, BEN = "+919999900001", "+919999900002"
POST, LIST = "POST /call", "GET /v2/agent/{id}/executions"
CAMPAIGN = "campaign interviews"
SPEED = 30      # how much faster a fast clock runs


def states(world):
    return [row[0] for row in world.query(
        "SELECT state FROM attempt ORDER BY id")]


# --- two at once --------------------------------------------------------

def another(world):
    """A dialer that the lock of the others does not keep out."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(f"{world.database}.run")
    return world.linger()


def calls_overlap(world):
    """Did anybody's telephone ring while they were on the line?"""
    lives = {}
    for call in world.bolna.calls.values():
        lives.setdefault(call.phone, []).append((call.created, call.updated))
    return [phone for phone, spans in lives.items()
            for one, two in zip(spans, spans[1:]) if two[0] < one[1]]


def test_three_dialers_without_a_lock_keep_to_each_persons_rounds(world_of):
    """Everybody is busy twice; the third call is the last."""
    world = world_of(people(12), nginx=True, pace=0.02,
                     campaign={"calls_per_pass": 200, "max_live": 200})
    world.bolna.concurrency = 50
    world.bolna.fate("*", Fate("busy"), Fate("busy"), Fate())
    world.alter("UPDATE retry_rule SET after_secs = 0")
    world.set("callsheet", dry_run="yes")
    world.run()                     # reads the sheet
    world.set("callsheet", dry_run="no")
    world.alter("INSERT INTO breaker (account, name, until, reason) SELECT"
                " account, 'test', unixepoch() + 900, '' FROM campaign")
    dialers = []
    for count in (1, 2, 3):
        dialers.append(another(world))
        until(lambda: world.value("SELECT count(*) FROM run") == count + 1)
    world.alter("DELETE FROM breaker")
    until(lambda: world.value("SELECT count(*) FROM execution"
                              " WHERE final = 'completed'") == 12, 40)
    assert [dialer.poll() for dialer in dialers] == [None] * 3
    for dialer in dialers:
        dialer.terminate()
        dialer.communicate(timeout=30)
    world.settle()
    assert {world.bolna.count(row[1]) for row in world.rows} == {3}
    assert calls_overlap(world) == []
    assert {row["Status"] for row in world.sheet().values()} == {"completed"}


# --- the network lies ---------------------------------------------------

class Listener:
    """Accepts connections and hands each to `serve`, in one thread."""

    def __init__(self, serve):
        self.serve, self.seen, self.got = serve, 0, b""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.seen += 1
            with contextlib.suppress(OSError), connection:
                connection.settimeout(10)
                self.got += self.serve(connection) or b""

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(15)


def hang_up(connection):
    """End in the middle of the handshake."""
    connection.recv(100)


def hang_up_at_once(_connection):
    """Do not even wait for the client."""


def no_more_than_a_hello(connection):
    """The first bytes of a server's answer, and then nothing."""
    connection.recv(4096)
    connection.sendall(b"\x16\x03\x03\x00\x40\x02\x00")


def with_certificate(directory, name, days="30"):
    """A whole handshake, with a certificate that nobody vouches for."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         days, "-subj", f"/CN={name}", "-addext", f"subjectAltName={name}",
         "-keyout", directory / "tls.key", "-out", directory / "tls.pem"],
        check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "tls.pem", directory / "tls.key")

    def serve(connection):
        with context.wrap_socket(connection, server_side=True) as tls:
            return tls.recv(65536)
    return serve


def servers(directory):
    return {"hangs up at once": lambda: hang_up_at_once,
            "hangs up in the handshake": lambda: hang_up,
            "breaks off its answer": lambda: no_more_than_a_hello,
            "is not vouched for": lambda: with_certificate(
                directory, "IP:127.0.0.1"),
            "has another name": lambda: with_certificate(
                directory, "DNS:elsewhere.invalid")}


@pytest.mark.parametrize("name", servers(None))
def test_to_a_server_that_is_not_proved_to_be_bolnas_nothing_is_sent(
        world_of, tmp_path, name):
    world = world_of(campaign={"max_attempts": 1})
    with Listener(servers(tmp_path)[name]()) as server:
        world.set("callsheet", bolna_api=f"https://127.0.0.1:{server.port}")
        done = world.run(ok=False)
        assert server.seen == 1 and server.got == b""
    assert done.returncode == 75
    assert "could not be reached" in done.stderr
    assert states(world) == ["released"]
    assert world.status("Person 1") == ""
    world.set("callsheet", bolna_api=world.bolna.url)
    world.age(61)
    world.run()
    assert world.bolna.count(ASHA) == len(world.bolna.posts) == 1


def test_nobodys_proxy_stands_between_us_and_the_others(world_of, tmp_path):
    with Listener(lambda connection: connection.recv(4096)) as proxy, \
            World(tmp_path / "google", people(1), nginx=False,
                  pace=0) as world:
        address = f"http://127.0.0.1:{proxy.port}"
        environment = {name: address for way in ("http", "https", "all")
                       for name in (f"{way}_proxy", f"{way}_PROXY".upper())}
        done = world.callsheet("run", "--once",
                               env={**environment, "no_proxy": ""})
        assert done.returncode == 0, done.stderr
        assert world.bolna.count(ASHA) == 1
        assert world.google.asked("write")
        assert proxy.seen == 0


def test_a_server_that_closes_after_each_answer_gets_each_call_once(
        world_of):
    """As those do whose kept connections are dead when they are used."""
    world = world_of(people(20))
    world.bolna.fault("*", named("close-after", times=0))
    for _ in range(3):
        world.run()
        world.bolna.quiet()
        world.alter("UPDATE execution SET confirm_at = 1")
    assert len(world.bolna.posts) == len(world.bolna.placed) == 20
    assert {post.nth for post in world.bolna.posts} == {1}
    assert len({post.connection for post in world.bolna.posts}) == 20


# --- silence ------------------------------------------------------------

def test_a_webhook_settles_a_call_whose_answer_never_comes(world_of):
    world = world_of(nginx=True)
    world.bolna.fate(ASHA, Fate(stay="ringing"))
    world.bolna.fault(POST, Fault(processed=True, after=6))
    dialer = subprocess.Popen(
        ["faketime", "-f", f"+0 x{SPEED}", *world.command("run", "--once")],
        stderr=subprocess.DEVNULL)
    world.dialers.append(dialer)
    until(lambda: states(world) == ["accepted"], what="the webhook's effect")
    assert dialer.poll() is None, "the answer is still to come"
    dialer.wait(60)
    assert states(world) == ["accepted"]
    assert world.query("SELECT held, next_at FROM lead") == [(None, None)]
    world.bolna.release(world.bolna.placed[0].execution_id)
    world.bolna.quiet()
    world.alter("DELETE FROM breaker")
    world.age(900)
    world.settle()
    assert world.status("Person 1") == "completed"
    assert len(world.bolna.posts) == 1


# --- the listing --------------------------------------------------------

def test_a_listing_whose_second_page_is_missing_says_nothing(world_of):
    world = world_of(people(56),
                     campaign={"calls_per_pass": 60, "max_live": 60})
    world.bolna.fault(ASHA, named("drop-after"))
    world.run(ok=False)
    assert states(world)[0] == "unknown" and len(world.bolna.placed) == 56
    for fault in (refusal(500), named("not-json"), named("short-body")):
        world.age(60)
        world.bolna.fault(LIST, Fault(), fault)
        world.run(ok=False)
        assert world.query("SELECT state, looks FROM attempt WHERE id = 1"
                           ) == [("unknown", 0)]
    world.age(60)
    world.run()
    assert states(world)[0] in ("accepted", "done")
    assert len(world.bolna.posts) == 56


def test_a_call_that_nothing_can_settle_is_never_repeated(world_of):
    """Days of listings that are late, faulty, and name nobody."""
    world = world_of(campaign={"max_attempts": 9})
    world.bolna.listing_recipient = False
    world.bolna.fault(POST, named("drop-after"))
    world.run(ok=False)
    for fault in 4 * (refusal(500), named("no-recipient-data"), Fault(),
                      named("incomplete-page")):
        world.bolna.fault(LIST, fault)
        world.age(4 * 3600)
        world.run(ok=False)
    assert states(world) == ["unknown"]
    assert world.status("Person 1") == "needs_review"
    assert len(world.bolna.posts) == 1


# --- the wallet ---------------------------------------------------------

def test_a_wallet_that_runs_out_stops_the_calls_until_it_is_filled(world_of):
    world = world_of(people(6), nginx=True, campaign={"calls_per_pass": 2})
    world.run()
    world.bolna.quiet()
    world.bolna.wallet = 0
    world.run()
    world.bolna.quiet()
    said = world.callsheet("run", "--once").stderr
    assert said.count("wallet is too low; add credit") == 1
    world.age(1800)
    assert "wallet" not in world.run(ok=False).stderr, "it is said once"
    assert len(world.bolna.posts) == 4
    assert "wallet" in world.callsheet("status").stdout
    world.bolna.wallet = 5000
    world.age(1801)
    world.alter("UPDATE execution SET confirm_at = 1")  # news of old calls
    world.run()
    world.settle()
    world.age(1800)         # the two whom Bolna did not call are due
    world.run()
    world.settle()
    statuses = sorted(row["Status"] for row in world.sheet().values())
    assert statuses == ["completed"] * 6
    assert len(world.bolna.posts) == len(world.bolna.placed) == 8


# --- closed while calls are placed --------------------------------------

def test_a_number_that_is_closed_while_calls_are_placed_is_not_called(
        world_of):
    world = world_of(people(2))
    world.bolna.fault(POST, Fault(processed=True, after=0.5))
    dialer = world.linger("--once")
    assert world.bolna.wait(lambda: world.bolna.posts)
    world.alter("INSERT INTO suppression (account, phone, source)"
                " SELECT account, ?, 'test' FROM campaign", BEN)
    dialer.communicate(timeout=30)
    world.age(61)
    world.run()
    assert [world.bolna.count(ASHA), world.bolna.count(BEN)] == [1, 0]
    assert states(world) == ["accepted", "released"]


# --- the stop file ------------------------------------------------------

def test_a_stop_file_made_while_calls_are_placed_lets_no_further_one_go(
        world_of):
    world = world_of(people(6))
    stop = world.dir / "callsheet.db.stop"
    world.bolna.fault(POST, Fault(processed=True, after=0.5))
    dialer = world.linger("--once")
    assert world.bolna.wait(lambda: world.bolna.posts)
    stop.touch()
    dialer.communicate()
    assert len(world.bolna.posts) == 1
    assert world.run(ok=False).returncode == 75
    assert len(world.bolna.posts) == 1
    assert "stop file" in world.callsheet("status").stdout
    stop.unlink()
    world.alter("UPDATE lead SET next_at = 1 WHERE next_at IS NOT NULL")
    world.run()
    assert len(world.bolna.posts) == 6
    assert {world.bolna.count(row[1]) for row in world.rows} == {1}
