"""Wherever a dialer dies, its disk fails or a connection breaks, nobody is
called twice, no call is forgotten, each result stands in its own row, and
what was put off is said.  Some points of the sweep; all of them are in
tests/sweep/whole.py."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "sweep"))

import dialer       # noqa: E402
import points       # noqa: E402
import sweep        # noqa: E402
from world import World, person     # noqa: E402

pytestmark = pytest.mark.skipif(
    not points.allowed(), reason="no program may be traced here")
HIT = 50            # points of each scene


@pytest.mark.parametrize("scene", dialer.SCENES, ids=lambda it: it.name)
def test_a_dialer_hit_at_any_moment_calls_everybody_once(tmp_path, scene):
    swept = sweep.Sweep(scene, count=HIT).run(tmp_path)
    assert not swept.violations, swept.report()
    assert swept.known > 5 * HIT, "where are the others?"
    assert swept.struck >= HIT - 5, swept.missed
    assert {"KILL", "EIO", "ENOSPC"} <= set(swept.done)


def test_what_a_dead_pass_left_beside_the_file_is_removed(tmp_path):
    with World(tmp_path, [person("Asha", "no number")], csv_file=True,
               nginx=False) as world:
        world.run()
        left = tmp_path / ".callsheet.leads.csv"
        left.write_text("half of a she")
        world.run()     # which has nothing to write
        assert not left.exists()
