"""Wherever a receiver dies or its disk fails, what it answered 200 to is in
the journal once, what it did not can be sent again, and then all is as if
nothing had happened.  Some hundred points of the sweep; all of them are in
tests/sweep/whole.py."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "sweep"))

import points       # noqa: E402
import receiver     # noqa: E402
import sweep        # noqa: E402

pytestmark = pytest.mark.skipif(
    not points.allowed(), reason="no program may be traced here")
HIT = 50            # points of each scene


@pytest.mark.parametrize("scene", receiver.SCENES, ids=lambda it: it.name)
def test_a_receiver_hit_at_any_moment_loses_no_webhook(tmp_path, scene):
    swept = sweep.Sweep(scene, count=HIT).run(tmp_path)
    assert not swept.violations, swept.report()
    assert swept.known > 1.4 * HIT, "where are the others?"
    assert swept.struck >= HIT - 2, swept.missed
    assert {"KILL", "EIO", "ENOSPC"} <= set(swept.done)
