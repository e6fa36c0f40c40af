"""What the database does not take in the midst of a pass is never made up for
by another call."""

import pytest

from world import World, person

ASHA, BEN = "+919999900001", "+919999900002"


@pytest.fixture
def world(tmp_path):
    with World(tmp_path, [person("Asha", ASHA), person("Ben", BEN)],
               csv_file=True, nginx=False, pace=0) as world:
        yield world


def refuses(world, what, when="1"):
    """From here on the database does not take this: a disk that is full."""
    world.alter(f"CREATE TRIGGER full BEFORE {what} WHEN {when} BEGIN"
                " SELECT RAISE(ROLLBACK, 'no room'); END")


def takes_all(world):
    world.alter("DROP TRIGGER full")


def put_off(world):
    done = world.run(ok=False)
    assert done.returncode == 75
    assert "no room" in done.stderr


@pytest.mark.parametrize("what", [
    "INSERT ON run", "INSERT ON attempt", "UPDATE OF next_at ON lead"],
    ids=["the pass", "the attempt", "the lead's turn"])
def test_a_claim_that_cannot_be_stored_calls_nobody(world, what):
    world.run("-o", "callsheet.dry_run=yes")
    refuses(world, what)
    put_off(world)
    assert not world.bolna.posts
    assert not world.query("SELECT 1 FROM attempt")
    takes_all(world)
    world.run()
    assert [world.bolna.count(phone) for phone in (ASHA, BEN)] == [1, 1]


def test_an_answer_that_cannot_be_stored_leaves_a_doubt_and_no_second_call(
        world):
    refuses(world, "UPDATE ON attempt", "new.state = 'accepted'")
    put_off(world)
    called = [world.bolna.count(phone) for phone in (ASHA, BEN)]
    assert sorted(set(called)) in ([1], [0, 1])
    takes_all(world)
    for _ in range(4):
        world.age(400)
        world.run(ok=False)
        world.bolna.quiet()
    assert [world.bolna.count(phone) for phone in (ASHA, BEN)] == [1, 1]
    assert {world.status(name) for name in ("Asha", "Ben")} == {"completed"}
