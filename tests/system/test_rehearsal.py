"""callsheet run --dry-run: what it says of everybody, and when it cannot."""

import fcntl
import json
from contextlib import contextmanager

import pytest

from world import World, person

ASHA, BRITON = "+919999900001", "+442079460001"


@pytest.fixture
def world(tmp_path):
    with World(tmp_path, [person("Asha", ASHA), person("Ben", BRITON)],
               csv_file=True, nginx=False) as world:
        world.set("campaign interviews", minute_cost="0.10", max_minutes=5,
                  max_attempts=3)
        yield world


@contextmanager
def pass_at_work(world):
    """Holds what a pass holds; with cron, that is nearly always."""
    with open(world.dir / "callsheet.db.run", "w", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def told(world, status=0):
    done = world.callsheet("run", "--dry-run", "--json")
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def test_who_is_blocked_costs_nothing_in_any_sum(world):
    shown = world.callsheet("run", "--dry-run").stdout
    assert "interviews: 1 people, from 0.10 to 1.50; 0.00 spent\n" in shown
    assert shown.endswith("2 people, 1 of them could be called now; to reach"
                          " all who may be: from 0.10 to 1.50\n")


def test_a_program_is_told_the_same(world):
    said = told(world)
    assert set(said) == {"timezone", "leads", "campaigns"}
    ben, asha = sorted(said["leads"], key=lambda lead: lead["phone"])
    assert (ben["verdict"], ben["rule"], ben["highest"]) == (
        "block", "country", 0)
    assert (asha["name"], asha["phone"], asha["verdict"], asha["lowest"],
            asha["highest"]) == ("Asha", ASHA, "call", 0.1, 1.5)
    assert said["campaigns"] == [{
        "campaign": "interviews", "people": 1, "due": 1, "lowest": 0.1,
        "highest": 1.5, "spent": 0, "allowed": None, "problem": None}]
    assert not world.bolna.posts


def test_only_a_rehearsal_is_told_as_json(world):
    done = world.callsheet("run", "--once", "--json")
    assert done.returncode == 64
    assert "--json goes with --dry-run" in done.stderr
    assert not world.bolna.posts


def test_a_sheet_that_cannot_be_read_is_said_each_time(world):
    world.csv_file.write_bytes("Name,Phone Number\n".encode("utf-16"))
    for _ in range(2):
        done = world.callsheet("run", "--dry-run")
        assert done.returncode == 75
        assert "interviews: the sheet cannot be used: " in done.stdout
        assert 'save it as "CSV UTF-8"' in done.stdout
    (campaign,) = told(world, status=75)["campaigns"]
    assert "UTF-16" in campaign["problem"]


def test_beside_a_pass_that_is_at_work_it_says_what_that_one_knows(world):
    before = told(world)
    world.write_csv([person("Asha", ASHA)])
    with pass_at_work(world):
        assert told(world) == before
    assert len(told(world)["leads"]) == 1


def test_what_is_wrong_with_a_row_is_said_as_notes_say_it(world):
    world.write_csv([person("Asha", "12")])
    assert ("the phone number cannot be read: The phone number is too short\n"
            in world.callsheet("run", "--dry-run").stdout)
    (lead,) = told(world)["leads"]
    assert lead["facts"] == {"note": "The phone number is too short"}


def test_without_a_campaign_there_is_nobody(world):
    del world.sections["campaign interviews"]
    world.write_conf(world.sections)
    shown = world.callsheet("run", "--dry-run").stdout
    assert "the settings have no campaign: nobody is called" in shown
    assert told(world)["campaigns"] == []
