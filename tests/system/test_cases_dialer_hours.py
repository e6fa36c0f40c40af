"""The hours in which people may be called hold at the second, on the days on
which the clocks change, and when the clock of this machine is wrong."""

import datetime
import email.utils
import os
import subprocess
import zoneinfo

import pytest

from world import HEADER, people, person
from sim.bolna import Fault, named

ASHA = "+919999900001"
CAMPAIGN = "campaign interviews"
POST = "POST /call"


def run_by_clock(world, clock):
    """A pass whose clock says this; a date stands still."""
    return subprocess.run(
        ["faketime", "-f", clock, *world.command("run", "--once")],
        stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        env={**os.environ, "TZ": "UTC"})


def placed_at(world, zone, moment):
    """How many are called at this moment of the zone's wall clock; "again"
    after it means the second of the two hours with one name."""
    day, clock, *again = moment.split()
    local = datetime.datetime.fromisoformat(f"{day} {clock}").replace(
        tzinfo=zoneinfo.ZoneInfo(zone), fold=len(again))
    before = len(world.bolna.posts)
    at = local.astimezone(datetime.timezone.utc)
    world.bolna.clear_faults()
    world.bolna.fault("*", Fault(times=0, headers={     # it is so there too
        "Date": email.utils.format_datetime(at, usegmt=True)}))
    run_by_clock(world, at.strftime("%Y-%m-%d %H:%M:%S"))
    return len(world.bolna.posts) - before


# --- the days on which the clocks change --------------------------------

# In order, with what a window makes of them: 1 somebody is called, 0 nobody.
FORWARD = {     # the clock goes from 02:00 to 03:00
    "01:30-03:30": {"01:29:59": 0, "01:30:00": 1, "01:59:59": 1,
                    "03:00:00": 1, "03:29:59": 1, "03:30:00": 0},
    "01:30-02:30": {"01:29:59": 0, "01:30:00": 1, "01:59:59": 1,
                    "03:00:00": 0, "03:29:59": 0},
    "02:30-03:30": {"01:59:59": 0, "03:00:00": 1, "03:29:59": 1,
                    "03:30:00": 0},
    "02:15-02:45": {"01:59:59": 0, "03:00:00": 0, "03:14:59": 0,
                    "03:15:00": 0, "03:44:59": 0},
}
BACK = {        # an hour comes a second time
    "01:30-03:30": {"01:29:59": 0, "01:30:00": 1, "01:59:59": 1,
                    "03:29:59": 1, "03:30:00": 0},
}
BACK_AT_3 = {   # that from 02:00 to 03:00, as in Berlin
    **BACK,
    "01:30-02:30": {"01:30:00": 1, "02:29:59": 1, "02:30:00": 0,
                    "02:59:59": 0, "02:00:00 again": 1, "02:29:59 again": 1,
                    "02:30:00 again": 0},
    "02:30-03:30": {"02:29:59": 0, "02:30:00": 1, "02:59:59": 1,
                    "02:00:00 again": 0, "02:29:59 again": 0,
                    "02:30:00 again": 1, "03:29:59": 1, "03:30:00": 0},
}
BACK_AT_2 = {   # that from 01:00 to 02:00, as in New York
    **BACK,
    "01:30-02:30": {"01:29:59": 0, "01:30:00": 1, "01:59:59": 1,
                    "01:00:00 again": 0, "01:29:59 again": 0,
                    "01:30:00 again": 1, "02:29:59": 1, "02:30:00": 0},
}
CHANGES = {("Europe/Berlin", "2026-03-29"): FORWARD,
           ("Europe/Berlin", "2026-10-25"): BACK_AT_3,
           ("America/New_York", "2026-03-08"): FORWARD,
           ("America/New_York", "2026-11-01"): BACK_AT_2}


@pytest.mark.parametrize("zone, day", CHANGES)
def test_on_the_day_of_a_change_the_hours_are_those_of_the_persons_clock(
        world_of, zone, day):
    rows = [person(*row[:2], zone) for row in people(30)]
    world = world_of(rows, header=[*HEADER, "Timezone"],
                     campaign={"calls_per_pass": 1, "timezone": "UTC"})
    for window, moments in CHANGES[zone, day].items():
        world.set(CAMPAIGN, window=window)
        assert {moment: placed_at(world, zone, f"{day} {moment}")
                for moment in moments} == moments, window


def test_the_first_second_of_the_hours_is_in_them_and_the_last_is_not(
        world_of):
    world = world_of(people(9), campaign={
        "calls_per_pass": 1, "timezone": "Asia/Kolkata",
        "window": "10:00-19:00"})
    moments = {"09:59:59": 0, "10:00:00": 1, "18:59:59": 1, "19:00:00": 0,
               "23:59:59": 0}
    assert {moment: placed_at(world, "Asia/Kolkata", f"2026-08-21 {moment}")
            for moment in moments} == moments


def close_the_hours(world):
    """By this moment it is too late to call anybody."""
    assert world.alter("UPDATE hours SET closes_at = unixepoch()")


def test_hours_that_end_while_calls_are_placed_let_no_further_one_go(
        world_of):
    world = world_of(people(5))
    world.bolna.fault(POST, Fault(processed=True, after=0.5))
    dialer = world.linger("--once")
    assert world.bolna.wait(lambda: world.bolna.posts)
    close_the_hours(world)
    said = dialer.communicate(timeout=30)[1]
    assert len(world.bolna.posts) == 1
    assert world.query("SELECT state, count(*) FROM attempt GROUP BY state"
                       ) == [("accepted", 1), ("released", 4)]
    assert "outside the calling hours" in said
    assert world.query("SELECT * FROM breaker") == []
    world.age(61)
    world.run()
    assert len(world.bolna.placed) == len(world.bolna.posts) == 5


# --- a clock that is wrong ----------------------------------------------

@pytest.mark.parametrize("shift", ["-2h", "+2h"])
def test_a_call_placed_by_a_wrong_clock_is_found_when_its_answer_is_lost(
        world_of, shift):
    world = world_of()
    world.bolna.fault(POST, named("drop-after"))
    world.tell(ahead=int(shift[:-1]) * 3600 - 5)
    run_by_clock(world, shift)
    assert world.query("SELECT state FROM attempt") == [("unknown",)]
    for _ in range(8):
        world.alter("UPDATE attempt SET look_at = 1")
        world.run(ok=False)
    world.alter("UPDATE execution SET confirm_at = 1")
    world.settle()
    assert world.status("Person 1") == "completed"
    assert len(world.bolna.posts) == 1


def test_a_clock_that_jumps_while_calls_are_placed_calls_nobody_twice(
        world_of, tmp_path):
    """Its clock is read from a file, which changes between two calls."""
    clock = tmp_path / "clock"
    clock.write_text("+0\n")
    world = world_of(people(6), nginx=True)
    world.bolna.fault(POST, Fault(processed=True, after=0.5))
    dialer = subprocess.Popen(
        ["faketime", "-f", "+0", "env", "-u", "FAKETIME",
         f"FAKETIME_TIMESTAMP_FILE={clock}", "FAKETIME_NO_CACHE=1",
         *world.command("run", "--once")])
    world.dialers.append(dialer)
    assert world.bolna.wait(lambda: world.bolna.posts)
    clock.write_text("+2h\n")
    dialer.wait(60)
    for shift in ("-2h", "+0", "+2h", "+0"):
        run_by_clock(world, shift)
        world.bolna.quiet()
    world.age(4 * 3600)
    world.run(ok=False)
    world.settle()
    assert {row["Status"] for row in world.sheet().values()} == {"completed"}
    assert {world.bolna.count(row[1]) for row in world.rows} == {1}


@pytest.mark.parametrize("shift, word", [("-2h", "behind"),
                                         ("+2h", "ahead of")])
def test_by_a_clock_that_is_known_to_be_wrong_nobody_is_called(
        world_of, shift, word):
    world = world_of(people(5))
    said = run_by_clock(world, shift).stderr
    assert f"s {word} Bolna's" in said and "clock" in said
    run_by_clock(world, shift)
    assert not world.bolna.posts, "asking for the wallet shows it"
    world.run()
    assert world.query("SELECT * FROM watch") == [], "it is right again"
    world.age(7300)         # since when the others are due, by that clock
    world.run(ok=False)
    assert len(world.bolna.placed) == 5


def test_a_wrong_clock_shows_when_bolna_is_asked_before_anybody_is_called(
        world_of):
    world = world_of(people(2), campaign={"calls_per_pass": 1})
    world.run()
    world.bolna.quiet()
    world.alter("UPDATE execution SET confirm_at = 1")
    said = run_by_clock(world, "+2h").stderr
    assert "ahead of Bolna's" in said
    assert len(world.bolna.posts) == 1
