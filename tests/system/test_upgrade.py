"""An installation of yesterday meets the programs of today."""

import concurrent.futures
import contextlib
import sqlite3
import subprocess

import pytest

from world import BUILD, ROOT, World, person


@pytest.fixture(scope="module")
def newer(tmp_path_factory):
    """The programs of tomorrow: one upgrade more."""
    directory = tmp_path_factory.mktemp("newer")
    step = directory / "2.sql"
    step.write_text("-- tomorrow's column\n"
                    "ALTER TABLE lead ADD COLUMN colour TEXT;\n")
    subprocess.run(["make", "-s", "-j2", f"B={directory / 'build'}",
                    f"UPGRADES={step}", "CFLAGS=-O0", "all"],
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
