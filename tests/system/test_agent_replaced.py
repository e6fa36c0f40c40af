"""Another voice agent takes a campaign over: whom the one before has called
stays called, whatever of it was lost here."""

import pytest

from world import ANY_OFTEN, World, person
from sim.bolna import AGENT, Fault, refusal

ASHA, BEN = "+919999900001", "+919999900002"
PEOPLE = [person("Asha", ASHA), person("Ben", BEN)]
THIRD = "323e4567-e89b-12d3-a456-426655440000"
NEXT = "223e4567-e89b-12d3-a456-426655440000"
CAMPAIGN = "campaign interviews"


@pytest.fixture
def world(tmp_path):
    """Two people on a CSV sheet; one is called in each pass."""
    with World(tmp_path / "w", PEOPLE, csv_file=True, nginx=False, pace=0,
               campaign={"calls_per_pass": 1}) as world:
        world.bolna.agents[NEXT] = dict(world.bolna.agents[AGENT], id=NEXT)
        yield world


def replace(world, agent=NEXT):
    world.set(CAMPAIGN, agent_id=agent)


def passes(world, n):
    for _ in range(n):
        world.run(ok=False)
        world.bolna.quiet()
        world.callsheet("reconcile")
        world.age(60)


def listed(world):
    """Agents whose lists were asked for since this was asked last."""
    agents = [agent for agent, *_ in world.bolna.listings]
    world.bolna.listings.clear()
    return agents


def older_database(world, **change):
    """A backup of before the first call comes back, after that call and a
    change of the agent; the sheet is as it was then."""
    world.callsheet("run", "--dry-run")
    copy = world.dir / "copy.db"
    assert world.callsheet("backup", str(copy)).returncode == 0
    world.run()
    world.bolna.quiet()
    called = world.bolna.placed[0].phone
    world.set(CAMPAIGN, agent_id=NEXT, **change)
    world.put_back(copy, PEOPLE)
    return called


def test_whom_it_called_is_known_to_a_backup_that_never_knew(world):
    called = older_database(world)
    passes(world, 3)
    assert world.bolna.count(ASHA) == world.bolna.count(BEN) == 1
    name = "Asha" if called == ASHA else "Ben"
    assert world.status(name) == "completed"
    assert world.value("SELECT agent_id FROM attempt WHERE phone = ?",
                       called) == AGENT


def test_it_may_be_deleted_at_bolna(world):
    older_database(world)
    del world.bolna.agents[AGENT]
    world.check = lambda: None          # its call is nobody's any more
    passes(world, 2)
    assert world.value("SELECT count(*) FROM breaker") == 0
    assert {call.body["agent_id"] for call in world.bolna.placed[1:]} == {NEXT}


def test_the_one_that_calls_now_may_not(world):
    older_database(world)
    del world.bolna.agents[NEXT]
    passes(world, 2)
    assert world.value("SELECT name FROM breaker") == "reconcile"
    assert len(world.bolna.placed) == 1


def test_its_call_that_was_thought_refused_is_found(world):
    world.write_csv(PEOPLE[:1])
    world.bolna.fault("POST /call", Fault(status=429, processed=True))
    world.run(ok=False)
    assert world.value("SELECT state FROM attempt") == "released"
    world.bolna.quiet()
    replace(world)
    world.alter("UPDATE breaker SET until = 1")
    world.alter("UPDATE lead SET next_at = 1")
    world.alter("UPDATE campaign_agent SET listed_to = listed_to - 901")
    passes(world, 2)
    assert world.bolna.count(ASHA) == 1
    assert world.status("Asha") == "completed"


def test_its_list_is_read_until_nothing_new_can_stand_in_it(world):
    world.run()
    replace(world)
    world.run()
    world.bolna.listings.clear()
    world.alter("UPDATE campaign_agent SET listed_to = listed_to - 901")
    world.run()
    assert sorted(listed(world)) == sorted([AGENT, NEXT])
    world.alter("UPDATE campaign_agent SET until = until - 5000,"
                " listed_to = unixepoch() - 901")
    world.run()
    assert listed(world) == [NEXT]


def test_who_takes_over_again_is_listed_as_before(world):
    replace(world)
    world.run()
    replace(world, AGENT)
    world.run()
    assert world.query("SELECT agent_id, until IS NULL FROM campaign_agent"
                       " ORDER BY agent_id") == sorted(
                           [(AGENT, 1), (NEXT, 0)])


@pytest.fixture
def moved(world):
    """The campaign has gone over to another account at Bolna, too."""
    del world.bolna.agents[NEXT]
    world.bolna.account("bn-other", NEXT)
    world.secret_file("other.key", "bn-other")
    world.sections["account other"] = {"bolna_key": "@other.key", **ANY_OFTEN}
    world.tell("other")
    older_database(world, account="other")
    return world


def test_whom_it_called_for_another_account_is_known_as_well(moved):
    passes(moved, 3)
    assert moved.bolna.count(ASHA) == moved.bolna.count(BEN) == 1
    assert moved.status("Asha") == moved.status("Ben") == "completed"
    assert moved.value("SELECT o.name FROM attempt a JOIN account o"
                       " ON o.id = a.account WHERE agent_id = ?",
                       AGENT) == "acme"
    assert moved.value("SELECT count(*) FROM breaker") == 0


def test_until_that_accounts_list_can_be_read_nobody_is_called(moved):
    moved.secret_file("bolna.key", "bn-wrong")
    passes(moved, 2)
    assert len(moved.bolna.placed) == 1
    moved.secret_file("bolna.key", moved.bolna.key)
    moved.alter("UPDATE breaker SET until = 1 WHERE name = 'key'")
    moved.run(ok=False)
    assert moved.value("SELECT count(*) FROM breaker"
                       " WHERE name = 'reconcile'") == 0


def test_an_account_that_is_gone_keeps_nobody_waiting(moved):
    del moved.sections["account acme"]
    moved.write_conf(moved.sections)
    moved.check = lambda: None          # its call is nobody's any more
    passes(moved, 1)
    assert moved.value("SELECT count(*) FROM breaker") == 0
    assert moved.bolna.placed[1].body["agent_id"] == NEXT


def test_a_campaign_that_moves_while_lists_are_to_be_read_waits_on(world):
    world.bolna.account("bn-other", THIRD)
    world.secret_file("other.key", "bn-other")
    world.sections["account other"] = {"bolna_key": "@other.key", **ANY_OFTEN}
    world.tell("other")
    older_database(world)
    world.bolna.fault("GET /v2/agent/{id}/executions", refusal(500, times=0))
    passes(world, 1)
    # the other account has read all its lists
    world.alter("DELETE FROM breaker WHERE account = (SELECT id FROM account"
                " WHERE name = 'other')")
    world.set(CAMPAIGN, account="other", agent_id=THIRD)
    passes(world, 2)
    assert len(world.bolna.placed) == 1
    world.bolna.clear_faults()
    passes(world, 3)
    assert world.bolna.count(ASHA) == world.bolna.count(BEN) == 1
    assert world.value("SELECT count(*) FROM breaker") == 0
