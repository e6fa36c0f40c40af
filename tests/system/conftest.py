"""What pytest finds for every file here: worlds that end with their test."""

import contextlib

import pytest

from world import World, people


@pytest.fixture
def entered():
    """Enters worlds, which are checked and left when the test is over."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context


@pytest.fixture
def world_of(tmp_path, entered, request):
    """Makes a world: one person in a CSV file, no webhooks, calls that are
    over at once; unless WORLD in the test's file or the test says otherwise.
    """
    usual = {"rows": people(1), "csv_file": True, "nginx": False, "pace": 0,
             **getattr(request.module, "WORLD", {})}

    def make(rows=None, kind=World, **options):
        if rows is not None:
            options["rows"] = rows
        return entered(kind(tmp_path / "w", **{**usual, **options}))

    return make
