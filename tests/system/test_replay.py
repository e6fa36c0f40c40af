"""The journal is enough to make everything that is known about calls anew."""

import pytest

from world import World, person

ASHA, BEN = "+919999900001", "+919999900002"
PEOPLE = [person("Asha", ASHA), person("Ben", BEN)]
PROJECTION = ("SELECT * FROM execution", "SELECT id, state FROM attempt",
              "SELECT id, held, next_at IS NULL FROM lead")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two finished calls in their rows."""
    with World(tmp_path_factory.mktemp("w"), PEOPLE, csv_file=True,
               pace=0) as world:
        world.settle()
        yield world


def replay(world, *options):
    done = world.callsheet("replay", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def everything(world):
    # not when Bolna was asked, and is asked next
    skip = {"first_at", "last_at", "confirm_at", "confirms", "asked_at"}
    names = [row[1] for row in world.query("PRAGMA table_info(execution)")
             if row[1] not in skip]
    return [world.query(f"SELECT {', '.join(names)} FROM execution"
                        " ORDER BY id"), *map(world.query, PROJECTION[1:])]


def test_a_sound_projection_is_left_alone(world):
    before = everything(world)
    assert "2 executions looked at, 0 changed" in replay(world)
    assert everything(world) == before


def test_a_damaged_state_is_shown_then_repaired(world):
    before = everything(world)
    world.alter("UPDATE execution SET final = 'busy', transcript = NULL,"
                " cost_cents = 99 WHERE phone = ?", ASHA)
    damaged = everything(world)
    said = replay(world, "--dry-run")
    assert "final busy -> completed, transcript, cost" in said
    assert "2 executions looked at, 1 would change" in said
    assert everything(world) == damaged
    assert "1 changed" in replay(world)
    assert everything(world) == before


def test_a_lost_record_is_made_anew_and_is_its_persons(world):
    before = everything(world)
    world.alter("DELETE FROM execution")
    assert "the whole record" in replay(world)
    assert everything(world) == before


def test_what_the_database_does_not_take_is_put_off_as_a_whole(world):
    before = everything(world)
    world.alter("UPDATE execution SET transcript = 'another', voicemail = 1,"
                " retry_count = 3")
    damaged = everything(world)
    world.alter("CREATE TRIGGER full BEFORE UPDATE ON execution"
                " WHEN old.phone = (SELECT phone FROM execution"
                "   ORDER BY id DESC) BEGIN"
                " SELECT RAISE(ROLLBACK, 'no room'); END")
    done = world.callsheet("replay")
    assert done.returncode == 75
    assert "no room" in done.stderr
    assert everything(world) == damaged
    world.alter("DROP TRIGGER full")
    assert "transcript, voicemail, retry count\n" in replay(world)
    assert everything(world) == before


def test_a_call_whose_end_was_forgotten_ends_again(world):
    before = everything(world)
    world.alter("UPDATE execution SET final = '', verified = 0,"
                " head_rank = -1 WHERE phone = ?", BEN)
    world.alter("UPDATE attempt SET state = 'accepted', ended_at = NULL"
                " WHERE phone = ?", BEN)
    said = replay(world)
    assert "final nothing -> completed" in said and "confirmed" in said
    assert everything(world) == before
    placed = len(world.bolna.posts)
    world.run()
    assert len(world.bolna.posts) == placed


def test_since_looks_only_at_what_was_heard_from_then_on(world):
    world.alter("UPDATE event SET received_at = 1000000000"
                " WHERE execution = (SELECT execution FROM attempt"
                " WHERE phone = ?)", ASHA)
    assert "1 executions" in replay(world, "--since", "2001-09-10")
    assert "1 executions" in replay(world, "--since=1500000000")
    assert "2 executions" in replay(world, "--since", "2001-09-08 00:00")
    assert "0 executions" in replay(world, "--since", "2099-01-01")


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-41", "12:00",
                                  "2026-01-01x"])
def test_a_time_that_is_none_is_refused(world, text):
    done = world.callsheet("replay", "--since", text)
    assert done.returncode == 64
    assert "--since takes" in done.stderr


def test_without_its_events_a_confirmed_end_stays(world):
    before = everything(world)
    gone = world.query("SELECT execution, digest, source, received_at, body"
                       " FROM event WHERE source <> 'webhook'")
    assert world.alter("DELETE FROM event WHERE source <> 'webhook'") > 0
    try:
        assert "0 changed" in replay(world)
        assert everything(world) == before
    finally:
        for row in gone:
            world.alter("INSERT INTO event (execution, digest, source,"
                        " received_at, body) VALUES (?, ?, ?, ?, ?)", *row)
