"""After how long somebody is called again, by what the telephone company says
of the call before."""

import pytest

from world import World, person
from sim.bolna import Fate

ASHA = "+919999900001"
MINUTE, DAY = 60, 86400


@pytest.fixture
def world(tmp_path):
    """Asha's calls end as told."""
    with World(tmp_path / "w", [person("Asha", ASHA)], csv_file=True,
               nginx=False, pace=0) as world:
        yield world


def wait(world):
    """One call, and the seconds until the next; None: there is none."""
    world.run(ok=False)
    world.bolna.quiet()
    world.callsheet("reconcile")
    return world.value(
        "SELECT CASE WHEN l.held IS NULL THEN l.next_at - max(a.ended_at) END"
        " FROM lead l JOIN attempt a ON a.lead = l.id")


@pytest.mark.parametrize("status, reason, seconds", [
    ("busy", "Call recipient was busy", 10 * MINUTE),
    ("no-answer", "Call unanswered", 10 * MINUTE),
    ("failed", "Telephony Internal Error", 10 * MINUTE),
    ("failed", "Call recipient number invalid", None),
    ("no-answer", "Call recipient number invalid", None),
    ("failed", "Network Congestion From Carrier", 15 * MINUTE),
    ("busy", "Call recipient rejected", DAY),
    ("failed", "Carrier declined", DAY),
    ("completed", "Call ended", None), ("canceled", "Call canceled", None),
    ("balance-low", None, 60 * MINUTE)])
def test_the_reason_says_when_the_next_call_is(world, status, reason,
                                               seconds):
    world.bolna.fate(ASHA, Fate(status, hangup_reason=reason))
    assert wait(world) == seconds


def test_who_pushed_the_call_away_twice_is_left_alone(world):
    world.bolna.fate(ASHA, *2 * [Fate(
        "busy", hangup_reason="Call recipient rejected")])
    assert wait(world) == DAY
    world.age(DAY)
    assert wait(world) is None
    assert world.bolna.count(ASHA) == 2


def test_an_empty_wallet_costs_no_attempt(world):
    world.set("campaign interviews", max_attempts=1)
    world.bolna.fate(ASHA, Fate("balance-low"), Fate())
    assert wait(world) == 60 * MINUTE
    world.age(3700)
    assert wait(world) is None
    assert world.bolna.count(ASHA) == 2
    world.run(ok=False)
    assert world.status("Asha") == "completed"


def test_whom_a_machine_answered_for_is_called_again_when_a_row_says_so(world):
    world.alter("INSERT INTO retry_rule (status, reason, after_secs,"
                " max_tries) VALUES ('completed', 'voicemail', 10800, 2)")
    world.bolna.fate(ASHA, *2 * [Fate(answered_by_voice_mail=True)], Fate())
    assert wait(world) == 180 * MINUTE
    world.age(10801)
    assert wait(world) is None
    world.age(DAY)
    assert wait(world) is None
    assert world.bolna.count(ASHA) == 2


def test_whom_a_machine_answered_for_is_left_alone_by_default(world):
    world.bolna.fate(ASHA, Fate(answered_by_voice_mail=True))
    assert wait(world) is None


def test_each_attempt_may_have_a_time_of_its_own(world):
    world.alter("INSERT INTO retry_rule (status, attempt, after_secs)"
                " VALUES ('busy', 1, 60), ('busy', 2, 7200)")
    world.bolna.fate(ASHA, *3 * [Fate("busy")])
    times = []
    for _ in range(3):
        times.append(wait(world))
        world.age(DAY)
    assert times == [60, 7200, 10 * MINUTE]


def test_a_providers_code_is_a_reason_too(world):
    world.alter("INSERT INTO retry_rule (status, reason, after_secs)"
                " VALUES ('busy', '3010', 42)")
    world.bolna.fate(ASHA, Fate("busy", hangup_provider_code=3010))
    assert wait(world) == 42
