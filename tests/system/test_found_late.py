"""A call that was thought not placed is found just as its person is to be
called anew."""

import pytest

from fcgi_client import Hook
from world import GATE, SECRET, World, person
from sim.bolna import Fate, Fault

ASHA = "+919999900001"


@pytest.fixture
def world(tmp_path):
    """Bolna says that it is asked too often, and places Asha's call all the
    same; she has been claimed anew, and nothing has been sent yet."""
    with World(tmp_path, [person("Asha", ASHA)], csv_file=True, nginx=False,
               pace=0) as world:
        world.bolna.fate(ASHA, Fate(stay="in-progress"), Fate("completed"))
        world.bolna.fault("POST /call", Fault(status=429, processed=True))
        world.run(ok=False)
        assert states(world) == ["released"]
        world.alter("INSERT INTO attempt (lead, campaign, account, phone,"
                    " agent_id, token, state) SELECT lead, campaign, account,"
                    " phone, agent_id, 'anew', 'intent' FROM attempt")
        world.alter("UPDATE lead SET next_at = NULL")
        world.alter("DELETE FROM breaker")
        yield world


def states(world):
    return [row[0] for row in world.query(
        "SELECT state FROM attempt ORDER BY id")]


def webhook(world):
    call = world.bolna.execution(world.bolna.placed[0].execution_id)
    hook = Hook(world.dir / "hook.sock", GATE, SECRET)
    assert hook.post(call).status == 200


def test_who_is_on_the_line_is_not_called_beside_it(world):
    webhook(world)
    assert states(world) == ["accepted", "released"]
    for _ in range(2):
        world.run(ok=False)
    assert world.bolna.count(ASHA) == 1
    assert world.sheet()["Asha"]["Status"] == "answered"


def test_what_has_been_sent_is_not_called_back(world):
    world.alter("UPDATE attempt SET state = 'sending', sent_at = unixepoch()"
                " WHERE token = 'anew'")
    webhook(world)
    assert states(world) == ["done", "sending"]


def test_the_end_of_the_call_decides_what_follows(world):
    webhook(world)
    world.bolna.release(world.bolna.placed[0].execution_id)
    world.bolna.quiet()
    world.callsheet("reconcile")
    world.age(7200)
    world.run(ok=False)
    assert states(world) == ["done", "released"]
    assert world.bolna.count(ASHA) == 1
    assert world.sheet()["Asha"]["Status"] == "completed"
