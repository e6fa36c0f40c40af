"""Whatever people, Bolna, strangers and time do in whatever order: nobody is
called twice by accident, and no result is lost."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

import world                                        # noqa: F401: the path
from model.machine import play_on
from model.stage import Stage


@pytest.mark.parametrize("sheet", ["google", "csv"])
def test_the_promises_hold_whatever_happens(tmp_path, sheet):
    with Stage(tmp_path, csv_file=sheet == "csv") as stage:
        run_state_machine_as_test(play_on(stage), settings=settings(
            derandomize=True, database=None, deadline=None, max_examples=20,
            stateful_step_count=30, print_blob=False,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck)))
