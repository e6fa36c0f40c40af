"""What pytest finds for every file here: worlds that end with their test."""

import contextlib

import pytest


@pytest.fixture
def entered():
    """Enters worlds, which are checked and left when the test is over."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context
