"""What the tests of callsheet doctor share: a sound installation, and what the
doctor finds in it once something is broken."""

import copy
import json

import pytest

from world import SECRET, World, person
from sim.bolna import AGENT

ASHA = "+919999900001"


@pytest.fixture
def world(tmp_path):
    with World(tmp_path, [person("Asha", ASHA)], csv_file=True,
               slack=True) as world:
        yield healthy(world)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with World(tmp_path_factory.mktemp("plain"), [person("Asha", ASHA)],
               csv_file=True, nginx=False) as world:
        world.run()
        yield world


@pytest.fixture
def plain(shared):
    """One whose settings alone are changed, and put back."""
    before = copy.deepcopy(shared.sections)
    yield shared
    shared.write_conf(before)


def healthy(world):
    """All of it, so that one thing can be broken."""
    url = world.nginx.url("/webhook/bolna")
    world.set("webhook", url=url, socket=world.dir / "hook.sock")
    world.run()
    world.settle()
    return world


def doctor(world, *words, ok=False):
    """{check: [(result, words), ...]}"""
    done = world.callsheet("doctor", "--json", *words)
    found = {}
    for one in json.loads(done.stdout):
        found.setdefault(one["check"], []).append(
            (one["result"], one["says"]))
    failed = [one for ones in found.values() for one in ones
              if one[0] == "FAIL"]
    assert done.returncode == (78 if failed else 0), done.stderr
    assert not (ok and failed), failed
    assert SECRET not in done.stdout + done.stderr
    return found


def failing(world, *words):
    """{check: what it says} of those that fail."""
    return {check: ones[0][1] if len(ones) == 1 else next(
                says for result, says in ones if result == "FAIL")
            for check, ones in doctor(world, *words).items()
            if any(result == "FAIL" for result, _ in ones)}


def only(world, check, *words):
    """What the one check that fails says."""
    found = failing(world, *words)
    assert list(found) == [check], found
    return found[check]


def online(world):
    """A healthy one sends its webhooks where Bolna could deliver them."""
    world.bolna.agents[AGENT]["webhook_url"] = None
    world.bolna.shows_webhook = None
    return "--online"
