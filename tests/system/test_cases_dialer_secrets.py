"""No key, no secret and no whole telephone number is seen by anybody who can
look at this machine's processes, logs and core files."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess

import pytest

from world import BUILD, GATE, SECRET, World, person, until
from sim.bolna import AGENT, Fate, Fault, named, refusal

ASHA, BEN, CHITRA = "+919999900001", "+919999900002", "+919999900003"
NAMES = ["Asha Marker", "Ben Marker", "Chitra Marker"]
WORDS = "the caller said marker-pomegranate"
POST, GET = "POST /call", "GET /executions/{id}"
LIST = "GET /v2/agent/{id}/executions"
OTHER = 65534


def rows():
    return [person(name, phone) for name, phone in zip(
        NAMES, (ASHA, BEN, CHITRA))]


# --- files that hold secrets --------------------------------------------

def readable(path):
    path.chmod(0o644)


def linked(path):
    path.rename(path.with_suffix(".real"))
    path.symlink_to(path.with_suffix(".real"))


def of_another(path):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(path, OTHER, OTHER)


@pytest.mark.parametrize("spoil, words", [
    (readable, "chmod 600 it"), (linked, "must not be a symbolic link"),
    (of_another, "belongs to nobody")])
@pytest.mark.parametrize("name", ["bolna.key", "google.json"])
def test_a_key_that_others_could_have_touched_is_not_used(
        tmp_path, name, spoil, words):
    with World(tmp_path, rows(), nginx=False) as world:
        spoil(tmp_path / name)
        done = world.run(ok=False)
        assert done.returncode == 78
        assert name in done.stderr and words in done.stderr
        assert world.bolna.posts == world.google.requests == []


@pytest.mark.parametrize("spoil, words", [
    (readable, "chmod 600 it"), (linked, "must not be a symbolic link"),
    (of_another, "belongs to nobody")])
@pytest.mark.parametrize("name", ["secret", "gate"])
def test_a_receiver_does_not_start_with_a_secret_that_others_know(
        tmp_path, name, spoil, words):
    with World(tmp_path, rows(), nginx=False) as world:
        world.stop_receiver()
        spoil(tmp_path / name)
        done = subprocess.run(
            [BUILD / "callsheet-webhook", "-c", world.conf], text=True,
            stdin=world.listener, capture_output=True, timeout=30)
        assert done.returncode == 78
        assert name in done.stderr and words in done.stderr


# --- what others can see ------------------------------------------------

def secrets_of(world):
    """All that must not be seen, by what it is."""
    key = (world.dir / "google.json").read_text()
    found = {"Bolna's key": world.bolna.key, "the path secret": SECRET,
             "the gate": GATE, "words of a call": "marker-pomegranate",
             "a name": "Marker",
             "Google's key": re.search(r"KEY-----\\n(\w{20})", key)[1]}
    for nth, token in enumerate(world.google.tokens.issued):
        found[f"access token {nth}"] = token
    for phone in (ASHA, BEN, CHITRA):
        found[f"the number {phone}"] = phone.lstrip("+")
        found[f"the number {phone} without country"] = phone[3:]
    return found


def assert_hidden(world, places):
    for what, secret in secrets_of(world).items():
        for place, text in places.items():
            if (what, place) == ("the path secret", "nginx/error.log"):
                continue    # nginx names what it refused; only root reads it
            assert secret not in text, f"{place} shows {what}"


def read(path):
    with contextlib.suppress(OSError):
        return pathlib.Path(path).read_text(errors="replace")
    return ""


def seen_of_processes(world, dialer):
    """What ps and /proc tell about our two programs."""
    return {f"{name} of {who}": read(f"/proc/{pid}/{name}")
            for name in ("cmdline", "environ", "comm", "status")
            for who, pid in (("the dialer", dialer.pid),
                             ("the receiver", world.receiver.pid))}


def logs_of(world):
    logs = {str(path.relative_to(world.dir)): read(path)
            for path in (world.dir / "nginx").glob("*.log")}
    logs["the receiver's log"] = world.log()
    return logs


def loop(world):
    """Everybody is called, with the faults that people talk about; what the
    dialer said, and what was to be seen of it while it worked."""
    for phone in (ASHA, BEN, CHITRA):
        world.bolna.fate(phone, Fate(
            transcript=f"user: {WORDS}", summary=WORDS, hangup_reason=WORDS,
            error_message=WORDS, duplicate=1))
    world.bolna.fault(ASHA, Fault(before=0.5, processed=True))
    world.bolna.fault(BEN, named("drop-after"))
    world.bolna.fault(CHITRA, refusal(422, body={
        "message": f"Number {CHITRA} ({CHITRA[3:]}) of Chitra is no line"}))
    world.bolna.fault(GET, refusal(500, body={
        "detail": f"no record of +91 99999-00001 or {BEN[1:]}"}))
    world.bolna.fault(LIST, named("not-json"))
    dialer = subprocess.Popen(world.command("run", "--once", "-vv"),
                              stderr=subprocess.PIPE, text=True)
    world.dialers.append(dialer)
    assert world.bolna.wait(lambda: world.bolna.posts)
    seen = seen_of_processes(world, dialer)
    said = dialer.communicate(timeout=60)[1]
    for _ in range(4):
        world.bolna.quiet()
        world.age(900)
        said += world.callsheet("run", "--once", "-vv").stderr
    return said, seen


def strangers(world):
    """Requests that are refused, each in its own way, with our secrets and
    a person's data in them."""
    body = {"id": "stranger", "status": "completed", "agent_id": AGENT,
            "transcript": WORDS, "user_number": ASHA}
    for source in ("127.0.0.2", "127.0.0.9"):
        for text in (body, WORDS.encode(), ("{" + WORDS + ASHA).encode(),
                     {"transcript": WORDS}, b"x" * (2 << 20)):
            with contextlib.suppress(OSError):
                world.bolna.send(text, source=source)
            with contextlib.suppress(OSError):
                world.bolna.send(text, source=source, url=world.nginx.url(
                    "/webhook/bolna/wrong"))


def test_a_whole_working_day_shows_no_secret_and_no_number(tmp_path):
    with World(tmp_path, rows()) as world:
        world.stop_receiver()
        world.start_receiver("-v")
        said, seen = loop(world)
        strangers(world)
        assert len(world.bolna.placed) == 2
        assert "called +91******0001" in said and "no line" in said
        assert seen["cmdline of the dialer"] and "callsheet-webhook" in \
            seen["cmdline of the receiver"]
        if os.geteuid() == 0:
            assert "PATH=" in seen["environ of the dialer"]
        logs = logs_of(world)
        for name in ("nginx/callsheet.log", "nginx/error.log",
                     "the receiver's log"):
            assert logs[name], name
        assert_hidden(world, {"the dialer's log": said, **seen, **logs})


def test_what_an_operator_asks_for_shows_no_secret(tmp_path):
    with World(tmp_path, rows()) as world:
        loop(world)
        secrets = {what: secret for what, secret in secrets_of(world).items()
                   if "key" in what or "secret" in what or "gate" in what
                   or "token" in what}
        for verb in ("config", "status"):
            done = world.callsheet(verb)
            for what, secret in secrets.items():
                assert secret not in done.stdout + done.stderr, (verb, what)


# --- core files ---------------------------------------------------------

def dies(directory, *command, end):
    """Start a program where core files are allowed; did it leave one when it
    was made to crash?"""
    process = subprocess.Popen(
        ["sh", "-c", 'ulimit -c unlimited && exec "$@"', "sh",
         *map(str, command)], cwd=directory)
    end(process)
    process.send_signal(signal.SIGSEGV)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = -os.WTERMSIG(status)
    assert process.returncode == -signal.SIGSEGV
    return os.WCOREDUMP(status)


def test_a_dialer_that_crashes_leaves_no_core_file(tmp_path):
    def at_once(process):
        until(lambda: "sleep" in read(f"/proc/{process.pid}/comm"))

    if not dies(tmp_path, "sleep", "60", end=at_once):
        pytest.skip("this system lets no process dump its core")
    with World(tmp_path / "w", rows()[:1], nginx=False) as world:
        world.bolna.fault(POST, Fault(before=5, processed=True))
        assert not dies(world.dir, *world.command("run"), end=lambda _:
                        world.bolna.wait(lambda: world.bolna.posts))
        assert list(world.dir.glob("core*")) == []
