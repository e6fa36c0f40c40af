"""What the console's pages cost with a million calls stored: the time of an
answer on the receiver's socket, before nginx and the browser."""

import contextlib
import os
import socket
import statistics
import subprocess
import time

import million
from fcgi_client import Hook
from figures import below, figure
from world import BUILD, until

REPEAT = 15
SPREAD = (                  # over the last ninety days, the newest just now
    "UPDATE attempt SET claimed_at = unixepoch() - (1000000 - id) * 7,"
    " sent_at = unixepoch() - (1000000 - id) * 7",
    "UPDATE attempt SET state = 'accepted' WHERE id > 999990",
    "DELETE FROM tally",
    "INSERT INTO tally SELECT campaign, slot, final, count(*), sum(answered),"
    " total(talk_secs), total(cost_cents) FROM confirmed"
    " GROUP BY campaign, slot, final")
PAGES = {
    "now": "/api/now?offset=330",
    "calls": "/api/calls",
    "calls of one campaign": "/api/calls?campaign=interviews",
    "calls, older": "/api/calls?before=500000",
    "a number": "/api/calls?q=%2B99900000",
    "a number's beginning": "/api/calls?q=%2B99",
    "a name that is nowhere": "/api/calls?q=nobody",
    "a status that is nowhere": "/api/calls?status=busy",
    "one call": "/api/call/500000",
    "campaigns": "/api/campaigns",
    "why": "/api/why?phone=%2B999{digits}",
    "charts of thirty days": "/api/charts?days=30&offset=330",
    "charts of a year": "/api/charts?days=366&offset=330",
    "problems": "/api/problems",
}


@contextlib.contextmanager
def receiver(site):
    """The receiver on a socket of its own."""
    path = site.dir / "hook.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(64)
        process = subprocess.Popen(
            [BUILD / "callsheet-webhook", "-c", site.conf, "-o",
             "webhook.allow=127.0.0.2"], stdin=listener)
        try:
            yield Hook(path)
        finally:
            process.terminate()
            process.wait(20)


def memory(hook):
    """Megabytes resident of the receiver."""
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            with open(f"/proc/{name}/cmdline", encoding="utf-8") as file:
                if str(hook.path.parent / "callsheet.conf") not in file.read():
                    continue
            with open(f"/proc/{name}/status", encoding="utf-8") as file:
                text = file.read()
            return int(text.split("VmRSS:")[1].split()[0]) / 1024
    return 0


def milliseconds(hook, user, address):
    path, _, query = address.partition("?")
    begin = time.perf_counter()
    answer = hook.ask("GET", path, QUERY_STRING=query, REMOTE_USER=user)
    took = (time.perf_counter() - begin) * 1000
    assert answer.status == 200, (address, answer)
    return took


def run(directory):
    site = million.filled(directory / "large", million.LARGE)
    with site.connect() as db:
        for pragma in million.QUICK:
            db.execute(pragma)
        with db:
            for statement in SPREAD:
                db.execute(statement)
        db.execute("PRAGMA journal_mode = WAL")
        digits = db.execute("SELECT substr(phone, 5) FROM lead"
                            " WHERE id = 77").fetchone()[0]
    with receiver(site) as hook:
        until(lambda: hook.ask("GET", "/healthz").status == 200)
        figure("memory of the receiver before", memory(hook), "MB")
        for name, address in PAGES.items():
            for user in ("acme", "admin"):
                times = [milliseconds(hook, user, address.format(
                    digits=digits)) for _ in range(REPEAT)]
                below(f"page {name}, {user}, 1,000,000 calls",
                      statistics.median(times), "ms", 50)
                figure("  the slowest of them", max(times), "ms")
        figure("memory of the receiver after", memory(hook), "MB")
