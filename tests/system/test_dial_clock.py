"""A clock that was wrong for a while makes no result late."""

import pytest

from world import World, person
from sim.bolna import Fate, named

ASHA = "+919999900001"


@pytest.fixture
def world(tmp_path):
    with World(tmp_path, [person("Asha", ASHA)], csv_file=True, nginx=False,
               pace=0) as it:
        yield it


def run_ahead(world):
    """A pass whose clock is three days ahead."""
    world.callsheet("run", "--once", env={
        "FAKETIME": "+3d", "LD_PRELOAD": "libfaketime.so.1",
        "LD_LIBRARY_PATH": "/usr/lib/x86_64-linux-gnu/faketime"
                           ":/usr/lib/aarch64-linux-gnu/faketime"})


def an_hour_later(world):
    world.bolna.quiet()
    world.age(3600)
    world.run(ok=False)
    world.run(ok=False)


def test_a_call_placed_by_a_clock_ahead_is_told_when_the_clock_is_right(world):
    world.bolna.fate(ASHA, Fate(stay="in-progress"))
    world.tell(ahead=3 * 86400 - 5)
    run_ahead(world)
    assert world.value("SELECT sent_at > unixepoch() + 86400 FROM attempt")
    world.bolna.release(world.bolna.placed[0].execution_id)
    an_hour_later(world)
    assert world.status("Asha") == "completed"


def test_a_call_asked_about_by_a_clock_ahead_is_told_when_it_is_right(world):
    world.bolna.fate(ASHA, Fate(stay="in-progress"))
    world.run()
    run_ahead(world)
    assert world.value("SELECT asked_at > unixepoch() + 86400 FROM execution")
    world.bolna.release(world.bolna.placed[0].execution_id)
    an_hour_later(world)
    assert world.status("Asha") == "completed"


def test_a_call_in_doubt_looked_for_by_a_clock_ahead_is_found_when_it_is_right(
        world):
    world.bolna.listing_lag = 3600
    world.bolna.fault("POST /call", named("drop-after"))
    world.run(ok=False)
    run_ahead(world)
    assert world.value("SELECT look_at > unixepoch() + 86400 FROM attempt")
    world.bolna.listing_lag = 0
    world.run(ok=False)
    world.bolna.quiet()
    world.run(ok=False)
    assert world.status("Asha") == "completed"
    assert world.bolna.count(ASHA) == 1


def test_a_write_put_off_by_a_clock_ahead_is_made_when_it_is_right(world):
    world.run()
    world.bolna.quiet()
    sheet = world.csv_file.read_text()
    world.csv_file.write_text("this is no sheet")
    run_ahead(world)        # is told of the end, and cannot write it
    world.csv_file.write_text(sheet)
    assert world.value("SELECT due_at > unixepoch() + 86400 FROM delivery")
    world.run(ok=False)
    assert world.status("Asha") == "completed"
