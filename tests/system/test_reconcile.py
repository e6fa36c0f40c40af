"""Lost webhooks are made up for: by the pass, and by a person's word."""

import pytest

from world import HEADER, people
from sim.bolna import AGENT, Fault, named, refusal

ASHA, BEN = "+919999900001", "+919999900002"
LIST = "GET /v2/agent/{id}/executions"
POST = "POST /call"
DAY = 86400
OTHER = "223e4567-e89b-12d3-a456-426655440000"


def away(world, seconds):
    """The last passes were that much earlier."""
    world.alter("UPDATE run SET started_at = started_at - ?,"
                " ended_at = ended_at - ?", seconds, seconds)


def listed_long_ago(world, seconds=DAY):
    world.alter("UPDATE campaign_agent SET listed_to = listed_to - ?", seconds)


def test_a_person_can_have_everything_unfinished_asked_about(world_of):
    world = world_of(people(3), campaign={"calls_per_pass": 3})
    world.run()
    world.bolna.quiet()
    done = world.callsheet("reconcile")
    assert done.returncode == 0, done.stderr
    assert "3 calls asked about" in done.stdout
    world.run()
    assert {cells["Status"] for cells in world.sheet().values()} == {
        "completed"}


def test_the_pass_finds_a_call_that_was_thought_refused(world_of):
    # Bolna says "too many requests" and places the call all the same
    world = world_of()
    world.bolna.fault(POST, Fault(status=429, processed=True))
    world.run(ok=False)
    assert world.value("SELECT state FROM attempt") == "released"
    world.bolna.quiet()
    listed_long_ago(world)
    world.alter("UPDATE breaker SET until = 1")
    # the list comes before the next calls are claimed
    world.alter("UPDATE lead SET next_at = 1")
    world.run()
    world.run()
    assert world.bolna.count(ASHA) == 1
    assert world.sheet()["Person 1"]["Status"] == "completed"


def test_the_pass_asks_for_lists_each_quarter_of_an_hour(world_of):
    world = world_of()
    world.run()
    assert world.bolna.listings == []
    for passes in (1, 2):
        listed_long_ago(world, 901)
        world.run()
        world.run()
        assert len(world.bolna.listings) == passes


def test_nothing_is_listed_where_nobody_was_called(world_of):
    world = world_of(settings={"dry_run": "yes"})
    listed_long_ago(world)
    away(world, DAY)
    world.run()
    assert world.bolna.listings == []


def test_a_list_spans_seven_days_at_most_and_has_all_its_pages(world_of):
    world = world_of(people(60),
                     campaign={"calls_per_pass": 60, "max_live": 60})
    world.run()
    done = world.callsheet("reconcile", "--days", "20")
    assert done.returncode == 0, done.stderr
    assert "60 calls in Bolna's lists of the last 20 days" in done.stdout
    spans = {(start, end) for _, start, end, _ in world.bolna.listings}
    assert len(spans) == 3
    assert all(end - start <= 7 * DAY for start, end in spans)
    assert max(page for *_, page in world.bolna.listings) == 2
    firsts, ends = zip(*sorted(spans))
    assert ends[:-1] == firsts[1:]      # without a gap


@pytest.mark.parametrize("fault", [
    refusal(500), Fault(trim=1), named("reset-body"),
    Fault(body={"data": []}), Fault(body={"data": [], "has_more": False})],
    ids=["500", "a row missing", "cut off", "without has_more",
         "without total"])
def test_a_list_that_is_not_whole_is_said_and_asked_for_again(
        world_of, fault):
    world = world_of(people(2))
    world.run()
    world.bolna.fault(LIST, fault)
    done = world.callsheet("reconcile")
    assert done.returncode == 75
    assert "list was not whole" in done.stdout
    assert world.callsheet("reconcile").returncode == 0


def test_a_row_that_moved_between_pages_is_missed_and_that_is_noticed(
        world_of):
    world = world_of(people(2))
    world.run()
    seen = world.bolna.execution(world.bolna.placed[0].execution_id)
    world.bolna.fault(LIST, Fault(body={
        "total": 2, "has_more": False, "data": [seen, seen]}))
    done = world.callsheet("reconcile")
    assert done.returncode == 75
    assert "list was not whole" in done.stdout


def test_a_key_that_may_not_list_stops_the_calls(world_of):
    world = world_of(people(2), campaign={"calls_per_pass": 1})
    world.run()
    world.bolna.fault(LIST, refusal(401, times=0))
    assert world.callsheet("reconcile").returncode == 75
    assert world.run(ok=False).returncode == 75
    assert world.bolna.count(BEN) == 0
    assert world.query("SELECT name FROM breaker") == [("key",)]


def test_an_account_waits_for_the_lists_of_all_its_agents(world_of):
    world = world_of(people(2), campaign={"calls_per_pass": 1})
    other = dict(world.sections["campaign interviews"],
                 agent_id=OTHER, sheet="file:others.csv")
    world.bolna.agents[OTHER] = dict(world.bolna.agents[AGENT], id=OTHER)
    (world.dir / "others.csv").write_text(
        ",".join(HEADER) + "\nChitra,+919999900003,,,,,,,\n")
    world.write_conf({**world.sections, "campaign others": other})
    world.run()
    world.bolna.quiet()
    away(world, 3600)
    world.bolna.fault(LIST, refusal(500))       # the first of the two
    assert world.run(ok=False).returncode == 75
    assert len(world.bolna.listings) == 1
    assert world.bolna.count(BEN) == 0
    world.run()
    assert world.bolna.count(BEN) == 1


def test_after_a_pause_bolna_is_asked_before_anybody_is_called(world_of):
    world = world_of(people(2), campaign={"calls_per_pass": 1})
    world.run()
    world.bolna.quiet()
    away(world, 3600)
    world.bolna.fault(LIST, refusal(500, times=0))
    for _ in range(2):
        assert world.run(ok=False).returncode == 75
    assert world.bolna.count(BEN) == 0
    assert "the dialer was away" in world.callsheet("status").stdout
    world.bolna.clear_faults()
    world.run()
    assert world.bolna.count(BEN) == 1
    assert world.bolna.count(ASHA) == 1


def test_a_pause_that_cannot_be_taken_down_lets_nobody_be_called(world_of):
    world = world_of(people(2), campaign={"calls_per_pass": 1})
    world.run()
    world.bolna.quiet()
    away(world, 3600)
    world.alter("CREATE TRIGGER sick BEFORE INSERT ON breaker BEGIN"
                " SELECT raise(ABORT, 'the disk is sick'); END")
    assert world.run(ok=False).returncode == 75
    assert world.bolna.count(BEN) == 0


def test_a_clock_that_was_put_back_is_a_pause_too(world_of):
    world = world_of(people(2), campaign={"calls_per_pass": 1})
    world.run()
    away(world, -7200)
    world.run()
    assert len(world.bolna.listings) == 1


def test_calls_of_another_installation_are_none_of_ours(world_of):
    world = world_of()
    world.run()
    world.bolna.quiet()
    world.alter("UPDATE attempt SET token = 'ours', execution = NULL,"
                " state = 'released'")
    world.alter("DELETE FROM execution")
    world.alter("UPDATE lead SET next_at = NULL")
    done = world.callsheet("reconcile", "-v")
    assert done.returncode == 0, done.stderr
    assert "1 calls of another installation" in done.stderr
    assert world.value("SELECT count(*) FROM attempt") == 1
    world.alter("UPDATE attempt SET token = ?", world.bolna.placed[0]
                .user_data["callsheet_attempt"])
