"""Where each call is, when it came there, and who hung up: view lifecycle."""

import pytest

from world import World, person
from sim.bolna import Fate

ASHA = "+919999900001"
TIMES = ("initiated", "ringing", "answered", "disconnected", "ended")


@pytest.fixture
def world(tmp_path):
    with World(tmp_path, [person("Asha", ASHA)], nginx=False, csv_file=True,
               pace=0) as world:
        yield world


def call(world, fate):
    """Asha is called; what Bolna then says has been asked for."""
    world.bolna.fate(ASHA, fate)
    world.run(ok=False)
    world.bolna.quiet()
    world.callsheet("reconcile")
    return lifecycle(world)


def lifecycle(world):
    """Her call as {column: value}."""
    names = [name for name, in world.query(
        "SELECT name FROM pragma_table_info('lifecycle')")]
    (row,) = world.query("SELECT * FROM lifecycle")
    return dict(zip(names, row))


def heard(world, **words):
    """Bolna's words about who hung up, and how the call ended."""
    sets = ", ".join(f"{name} = ?" for name in words)
    world.alter(f"UPDATE execution SET {sets}", *words.values())
    return lifecycle(world)["hangup_by"]


def test_a_call_goes_through_five_stages_and_keeps_their_times(world):
    now = call(world, Fate())
    for n, column in enumerate(("ringing_at", "answered_at",
                                "disconnected_at", "ended_at"), 1):
        world.alter(f"UPDATE execution SET {column} = ? + ?", 1800000000, n)
    world.alter("UPDATE attempt SET sent_at = 1800000000")
    now = lifecycle(world)
    assert (now["account"], now["campaign"], now["name"]) == (
        "acme", "interviews", "Asha")
    assert (now["stage"], now["confirmed"]) == ("completed", 1)
    times = [now[name] for name in TIMES]
    assert times == [world.value("SELECT datetime(?, 'unixepoch',"
                                 " 'localtime')", 1800000000 + n)
                     for n in range(5)]


def test_the_times_are_those_of_bolnas_webhooks(tmp_path):
    with World(tmp_path, [person("Asha", ASHA)], csv_file=True) as world:
        world.run()
        world.settle()
        now = lifecycle(world)
        assert all(now[name] for name in TIMES), now
        assert (now["stage"], now["hangup_by"]) == ("completed", "user")


@pytest.mark.parametrize("status, stage", [
    ("queued", "initiated"), ("initiated", "initiated"),
    ("ringing", "ringing"), ("in-progress", "in-progress"),
    ("call-disconnected", "call-disconnected")])
def test_a_call_under_way_is_in_the_stage_that_bolna_told_last(
        world, status, stage):
    now = call(world, Fate(stay=status))
    assert (now["stage"], now["confirmed"]) == (stage, 0)
    assert now["status"] == status
    assert now["initiated"] and now["ended"] is None
    assert now["hangup_by"] is None


def test_a_call_that_bolna_has_taken_is_initiated(world):
    world.alter("CREATE TRIGGER deaf BEFORE INSERT ON execution BEGIN"
                " SELECT raise(IGNORE); END")
    world.bolna.fate(ASHA, Fate(stay="queued", lose=True))
    world.run(ok=False)
    assert lifecycle(world)["stage"] == "initiated"


@pytest.mark.parametrize("status", ["no-answer", "busy"])
def test_a_call_that_nobody_took_was_ended_by_the_system(world, status):
    now = call(world, Fate(status))
    assert (now["stage"], now["hangup_by"], now["hangup_said"]) == (
        status, "system", "Carrier")
    assert now["hangup_reason"] and now["hangup_code"]
    assert now["ended"] and not now["answered"]
    assert heard(world, hangup_by=None, hangup_reason=None) == "system"
    assert heard(world, hangup_by="Unknown") == "system"


@pytest.mark.parametrize("said, reason, party", [
    ("Callee", "Call recipient hungup", "user"),
    ("Caller", "Call recipient hung up", "user"),
    ("Callee", None, "user"),
    ("Plivo", "llm_prompted_hangup", "agent"),
    ("Plivo", "End of inputs from Bolna", "agent"),
    ("Plivo", "inactivity_timeout", "system"),
    ("Plivo", "Call ended", "system"),
    ("Carrier", "Network Congestion From Carrier", "system"),
    ("Carrier", "Call recipient rejected", "user"),
    ("Error", "Bolna Error", "system"),
    ("API Request", "Call canceled", "system"),
    (None, "llm_prompted_hangup", "agent"),
    ("agent", None, "agent"), ("user", None, "user"),
    ("Unknown", "Unknown", None), ("Somebody", None, None),
    (None, None, None)])
def test_who_hung_up_stands_beside_what_bolna_says(
        world, said, reason, party):
    call(world, Fate())
    assert heard(world, hangup_by=said, hangup_reason=reason) == party
    now = lifecycle(world)
    assert (now["hangup_said"], now["hangup_reason"]) == (said, reason)


def test_what_a_word_means_is_a_row_that_can_be_changed(world):
    call(world, Fate())
    assert heard(world, hangup_by="Vonage", hangup_reason="gone") is None
    world.alter("INSERT INTO hangup (said, reason, party)"
                " VALUES ('vonage', 'go%', 'agent')")
    assert lifecycle(world)["hangup_by"] == "agent"
