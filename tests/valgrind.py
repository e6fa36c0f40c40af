"""make valgrind: memcheck over both programs, once through what they do.

Takes minutes.  Whatever valgrind finds, leaks included, is an end with status
99 or a line in its log, and an end of this."""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "system"))

import world                                         # noqa: E402
from fcgi_client import BOLNA, Hook                  # noqa: E402
from sim.bolna import Fate                           # noqa: E402

ASHA = world.person("Asha", "+919999900001")


def wrap(directory):
    """Programs that run under valgrind, where the harness looks for them."""
    for name in ("callsheet", "callsheet-webhook"):
        path = directory / name
        path.write_text(
            "#!/bin/sh\nexec valgrind -q --error-exitcode=99"
            " --leak-check=full --show-leak-kinds=definite,indirect,possible"
            " --errors-for-leak-kinds=definite,indirect,possible"
            f" --log-file={directory}/log.%p {world.BUILD / name} \"$@\"\n")
        path.chmod(0o755)
    world.BUILD = directory


def as_cgi(it, body):
    done = subprocess.run(
        [world.BUILD / "callsheet-webhook", "-c", it.conf], input=body,
        capture_output=True, check=True, env={
            **os.environ, "REQUEST_METHOD": "POST", "REMOTE_ADDR": BOLNA,
            "CALLSHEET_GATE": world.GATE, "CONTENT_LENGTH": str(len(body)),
            "REQUEST_URI": f"/webhook/bolna/{world.SECRET}"})
    assert b"Status: 200" in done.stdout, done


def webhooks(it):
    hook = Hook(it.dir / "hook.sock", world.GATE, world.SECRET)
    whole = {"id": "one", "status": "completed", "transcript": "hello",
             "extracted_data": {"a": [1, 2.5, "x"]}, "total_cost": 12}
    assert hook.post(whole).status == 200
    assert hook.post(whole).status == 200
    late = {**whole, "status": "ringing", "updated_at": 1772660400}
    assert hook.post(late).status == 200
    assert hook.post(b'{"id": ').status == 400
    assert hook.post(whole, REMOTE_ADDR="127.0.0.9").status == 403
    assert hook.ask("GET", "/metrics").status == 200
    as_cgi(it, b'{"id": "two", "status": "queued"}')


def life(directory, csv_file):
    """A person is called, says something, and it comes home."""
    with world.World(directory, [ASHA], csv_file=csv_file,
                     nginx=False) as it:
        it.bolna.fate(ASHA[1], Fate(status="completed", transcript="yes"))
        webhooks(it)
        it.run()
        it.bolna.quiet(60)
        it.alter("UPDATE execution SET confirm_at = 1"
                 " WHERE confirm_at IS NOT NULL")
        it.settle(timeout=300)
        assert it.status("Asha") == "completed"
        # 75: the refused requests are worth a word
        assert it.callsheet("status").returncode == 75
        assert it.callsheet("config").returncode == 0
        assert it.stop_receiver() == 0
        # wrong settings are a way through the programs too
        it.set("webhook", colour="blue")
        assert it.callsheet("run").returncode == 78


def main():
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        wrap(scratch)
        for csv_file in (True, False):
            life(scratch / f"world-{csv_file}", csv_file)
        logs = list(scratch.glob("log.*"))
        found = [text for text in map(pathlib.Path.read_text, logs) if text]
    assert len(logs) > 10, "valgrind has not run"
    for text in found:
        print(text)
    print(f"valgrind: {len(logs)} runs, {len(found)} with findings")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
