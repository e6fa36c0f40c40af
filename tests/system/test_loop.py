"""The main job: a row becomes a call, and the call comes back into its row."""

import threading

import pytest

from world import World, person
from sim.bolna import Fate


@pytest.fixture(params=["google", "csv"])
def kind(request):
    return request.param == "csv"


def test_a_row_becomes_a_call_and_the_call_comes_back(tmp_path, kind):
    with World(tmp_path, [person("Asha", "+919999900001")],
               csv_file=kind) as world:
        world.bolna.fate("+919999900001", Fate(
            status="completed", duration=73.4,
            transcript="assistant: hello\nuser: yes\n",
            summary="She said yes."))
        world.run()
        world.settle()
        row = world.sheet()["Asha"]
        assert world.bolna.count("+919999900001") == 1
        assert row["Status"] == "completed"
        assert row["Duration"] == "73.4"
        assert row["Transcript"] == "assistant: hello\nuser: yes\n"
        assert row["Summary"] == "She said yes."
        assert row["Latest Execution ID"] == world.bolna.placed[0].execution_id
        assert row["Last Attempt Time"]
        assert world.query("SELECT * FROM anomaly") == []


def test_the_receiver_can_be_ended_at_any_moment_of_its_start(tmp_path):
    with World(tmp_path, [person("Asha", "+919999900001")],
               nginx=False) as world:
        for step in range(40):
            assert world.stop_receiver() in (0, -15)
            world.start_receiver()
            # no condition to wait for: the moment itself is what is varied
            threading.Event().wait(step / 4000)
