"""An installation of yesterday meets the programs of today."""

import concurrent.futures
import contextlib
import http.client
import shutil
import sqlite3
import subprocess
import threading

import pytest

import world as house
from fcgi_client import BOLNA
from world import BUILD, HERE, ROOT, SECRET, World, person, until
from sim.bolna import AGENT, Fate

ASHA, BEN = "+919999900001", "+919999900002"


@pytest.fixture(scope="module")
def newer(tmp_path_factory):
    """The programs of tomorrow: one upgrade more."""
    directory = tmp_path_factory.mktemp("newer")
    shutil.copytree(BUILD, directory / "build", copy_function=shutil.copy2,
                    ignore=shutil.ignore_patterns("tests", "*san", "*.gcda"))
    steps = sorted((ROOT / "sql" / "upgrade").glob("*.sql"))
    step = directory / f"{len(steps) + 2}.sql"
    step.write_text("-- tomorrow's column\n"
                    "ALTER TABLE lead ADD COLUMN colour TEXT;\n")
    steps = " ".join(map(str, [*steps, step]))
    subprocess.run(["make", "-s", "-j2", f"B={directory / 'build'}",
                    "-o", directory / "build" / "flags",
                    f"UPGRADES={steps}", "CFLAGS=-O0",
                    "LDFLAGS=--coverage", "all"],
                   cwd=ROOT, check=True, capture_output=True, timeout=240)
    return directory / "build"


def init(build, conf):
    return subprocess.run([build / "callsheet", "init", "-c", conf],
                          text=True, capture_output=True, timeout=60)


def columns(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        return [row[1] for row in db.execute("PRAGMA table_info(lead)")]


def test_the_database_is_upgraded_once_and_keeps_its_rows(tmp_path, newer):
    with World(tmp_path, [person("Asha", "+919999900001")], nginx=False,
               csv_file=True, settings={"dry_run": "yes"}) as world:
        world.run()
        world.stop_receiver()
        refused = subprocess.run(
            [newer / "callsheet", "status", "-c", world.conf],
            text=True, capture_output=True, timeout=60)
        assert refused.returncode == 78
        assert 'run "callsheet init"' in refused.stderr
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda _: init(newer, world.conf), range(4)))
        assert [d.returncode for d in done] == [0] * 4, done
        assert columns(world.database).count("colour") == 1
        assert world.value("SELECT name FROM lead") == "Asha"
        older = init(BUILD, world.conf)
        assert older.returncode == 78
        assert "install the newer callsheet again" in older.stderr


def shape(path):
    """{table: its columns} and the names of indexes and views."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        names = db.execute("SELECT type, name FROM sqlite_schema WHERE name"
                           " NOT LIKE 'sqlite_%' ORDER BY 1, 2").fetchall()
        return names, {name: sorted(row[1:4] for row in db.execute(
            f"PRAGMA table_info({name})"))
            for kind, name in names if kind == "table"}


def make_version_1(path):
    """An installation of version 1 with a call under way and one in doubt."""
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript((HERE / "schema-1.sql").read_text())
        db.executescript("""
            PRAGMA application_id = 0x63736874;
            PRAGMA user_version = 1;
            INSERT INTO account (name) VALUES ('acme');""")
        db.execute(
            "INSERT INTO campaign (account, name, agent_id, sheet, timezone,"
            " calls_per_pass, gap_secs, max_live, max_attempts) VALUES"
            " (1, 'interviews', ?, 'file:leads.csv', 'UTC', 1, 0, 1, 4)",
            (AGENT,))
        db.execute("INSERT INTO lead (campaign, phone, name, timezone,"
                   " next_at) VALUES (1, ?, 'Asha', 'UTC', NULL)", (ASHA,))
        db.execute("INSERT INTO attempt (lead, campaign, account, phone,"
                   " token, state, sent_at) VALUES (1, 1, 1, ?, 'old-token',"
                   " 'sending', unixepoch() - 60)", (ASHA,))
        db.commit()


def test_version_1_is_brought_up_to_date_with_a_call_in_doubt(tmp_path):
    with World(tmp_path, [person("Asha", ASHA), person("Ben", BEN)],
               nginx=False, csv_file=True, pace=0) as world:
        world.run()                     # called by the installation of old
        fresh = shape(world.database)
        world.stop_receiver()
        world.bolna.placed[0].user_data["callsheet_attempt"] = "old-token"
        make_version_1(world.database)
        world.write_csv([person("Asha", ASHA)])
        assert init(BUILD, world.conf).returncode == 0
        assert shape(world.database) == fresh
        world.start_receiver()
        world.run(ok=False)
        world.bolna.quiet()
        world.callsheet("reconcile")
        world.run(ok=False)
        assert world.bolna.count(ASHA) == 1
        assert world.status("Asha") == "completed"
        world.check = lambda: None      # Ben's call is not in the old one


class Webhooks:
    """News of one invented call after the other, until it is enough."""

    def __init__(self, world):
        self.world, self.enough = world, threading.Event()
        self.answers = []
        self.thread = threading.Thread(target=self.send)
        self.thread.start()

    def send(self):
        while not self.enough.is_set():
            peer = http.client.HTTPConnection(
                "127.0.0.1", self.world.nginx.port, timeout=30,
                source_address=(BOLNA, 0))
            peer.request("POST", f"/webhook/bolna/{SECRET}",
                         '{"id":"news-%d"}' % len(self.answers))
            self.answers.append(peer.getresponse().status)
            peer.close()

    def more(self):
        """Wait until some more were answered."""
        goal = len(self.answers) + 20
        until(lambda: len(self.answers) >= goal or not self.thread.is_alive(),
              what="answers")

    def end(self):
        self.enough.set()
        self.thread.join(60)


def test_an_upgrade_under_way_loses_no_webhook_and_calls_nobody_twice(
        tmp_path, newer, monkeypatch):
    people = [person("Asha", ASHA), person("Ben", BEN),
              person("Chitra", "+919999900003")]
    with World(tmp_path, people, csv_file=True,
               campaign={"calls_per_pass": 1, "max_live": 1}) as world, \
            contextlib.ExitStack() as stack:
        world.bolna.fate(ASHA, Fate(stay="queued"))
        world.run()
        call, = world.bolna.placed          # queued; Ben and Chitra wait
        webhooks = Webhooks(world)
        stack.callback(webhooks.end)
        webhooks.more()
        assert init(newer, world.conf).returncode == 0
        webhooks.more()                     # by the receiver of old
        world.stop_receiver()
        monkeypatch.setattr(house, "BUILD", newer)
        world.start_receiver()
        webhooks.more()
        webhooks.end()
        assert set(webhooks.answers) <= {200, 429, 503}
        assert webhooks.answers.count(200) == world.value(
            "SELECT count(*) FROM event WHERE execution LIKE 'news-%'") > 0
        world.bolna.release(call.execution_id)
        until(lambda: world.settle() or world.value(
            "SELECT count(*) FROM attempt WHERE state = 'done'") == 3,
              what="all called")
        for name, phone, *_ in people:
            assert world.bolna.count(phone) == 1
            assert world.status(name) == "completed"
        refused = init(BUILD, world.conf)
        assert "install the newer callsheet again" in refused.stderr


def test_new_spellings_arrive_and_an_operators_own_stay(tmp_path):
    with World(tmp_path, [person("Asha", ASHA)], nginx=False,
               csv_file=True) as world:
        world.stop_receiver()
        make_version_1(world.database)
        with contextlib.closing(sqlite3.connect(world.database)) as db:
            db.execute("INSERT INTO disposition VALUES"
                       " ('timeout', 'busy', 'engaged', 8, 1, 0, 0)")
            db.commit()
        assert init(BUILD, world.conf).returncode == 0
        words = {word: (means, shown) for word, means, shown in world.query(
            "SELECT status, means, shown FROM disposition")}
        assert words["unreachable"] == ("failed", "failed")
        assert words["timeout"] == ("busy", "engaged")
