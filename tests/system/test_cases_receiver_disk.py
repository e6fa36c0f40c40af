"""A disk that is full or broken: 503 and when to come again, reading goes on,
and once the fault is over so does everything, without a restart."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess

import pytest

from fcgi_client import BOLNA
from world import SECRET, World, hook_of, person

PHONE = "+919999900001"
URI = f"/webhook/bolna/{SECRET}"


def journal(world):
    return world.query("SELECT execution FROM event ORDER BY id")


@pytest.fixture
def small_disk(tmp_path):
    """A world whose database lies on a disk of 24 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or not shutil.which("mount") or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk],
            capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        it = World(tmp_path / "w", [person("Asha", PHONE)], csv_file=True)
        it.database = disk / "callsheet.db"
        with it:
            yield it
    finally:
        subprocess.run(["umount", disk], check=True)


def via_nginx(world, method, path, body=None, source=BOLNA):
    peer = http.client.HTTPConnection("127.0.0.1", world.nginx.port,
                                      timeout=30, source_address=(source, 0))
    try:
        peer.request(method, path, body)
        answer = peer.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        peer.close()


def test_on_a_full_disk_bolna_is_told_when_to_come_again(small_disk):
    """And whoever reads can still do so; a restart is not needed."""
    world, body = small_disk, json.dumps({"id": "later", "x": "x" * 50_000})
    assert via_nginx(world, "POST", URI, '{"id":"before"}')[0] == 200
    filler = world.database.parent / "filler"
    free = os.statvfs(filler.parent)
    with open(filler, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize)
    for text in (body, "not JSON" * 10_000):
        status, headers, answer = via_nginx(world, "POST", URI, text)
        assert status == 503 and int(headers["Retry-After"]) > 0
        assert json.loads(answer)["ok"] is False
    assert via_nginx(world, "GET", "/healthz", source="127.0.0.1")[0] == 503
    assert 'result="failed"} 2' in hook_of(world).ask("GET", "/metrics").body
    assert journal(world) == [("before",)]
    assert world.callsheet("status").returncode in (0, 75)
    pid = world.receiver.pid
    filler.unlink()
    assert via_nginx(world, "POST", URI, body)[0] == 200
    assert journal(world) == [("before",), ("later",)]
    assert world.receiver.pid == pid and world.receiver.poll() is None


@contextlib.contextmanager
def broken(world, trace, call, error):
    """Every such system call of the receiver fails."""
    tracer = subprocess.Popen(
        ["strace", "-f", "-o", trace, "-e", f"trace={call}", "-e",
         f"inject={call}:error={error}", "-p", str(world.receiver.pid)],
        stderr=subprocess.PIPE, text=True)
    try:
        if "attached" not in tracer.stderr.readline():
            pytest.skip("no program may be traced here")
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.communicate(timeout=20)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("strace"),
                    reason="only root may look into the receiver")
@pytest.mark.parametrize("call, error", [
    ("fdatasync", "EIO"), ("fdatasync", "ENOSPC"), ("pwrite64", "EIO"),
    ("pwrite64", "ENOSPC"), ("flock", "ENOLCK")])
def test_a_disk_that_fails_for_a_while_costs_no_webhook(
        tmp_path, call, error):
    with World(tmp_path / "w", [person("Asha", PHONE)], csv_file=True,
               nginx=False) as world:
        hook = hook_of(world)
        assert hook.post({"id": "before"}).status == 200
        with broken(world, tmp_path / "trace", call, error):
            answers = hook.post_all([{"id": f"n-{n}"} for n in range(8)])
            answers.append(hook.post(b"not JSON"))
            assert hook.ask("GET", "/healthz").status == 503
        assert {answer.status for answer in answers} == {503}
        assert all(int(a.headers["retry-after"]) > 0 for a in answers)
        assert journal(world) == [("before",)]
        answers = hook.post_all([{"id": f"n-{n}"} for n in range(8)])
        assert {answer.status for answer in answers} == {200}
        assert len(journal(world)) == 9
