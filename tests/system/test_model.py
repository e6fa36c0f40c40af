"""Whatever people, Bolna, strangers, machines and time do in whatever order:
nobody is called twice by accident, and no result is lost.

The examples are the same each time; tests/model/long.py plays others."""

import pytest

import world                                        # noqa: F401: the path
from model.machine import play


@pytest.mark.parametrize("sheet", ["google", "csv"])
def test_the_promises_hold_whatever_happens(tmp_path, sheet):
    play(tmp_path, sheet, examples=12, steps=40)
