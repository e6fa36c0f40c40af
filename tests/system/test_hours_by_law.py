"""When people of a country may be called, as installed: a rehearsal by a clock
that is put to each side of an edge."""

import datetime
import os
import subprocess
import zoneinfo

import pytest

from world import HEADER, World, person
from sim.bolna import Fate

CAMPAIGN = "campaign interviews"
COLUMNS = [*HEADER, "Timezone", "Consent", "Consent Date"]
DELHI, NEW_YORK, PENSACOLA = "+919999900001", "+12125550101", "+18505550101"
TORONTO, LONDON = "+14165550101", "+442079460001"
LOS_ANGELES = "+12135550101"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    rows = [person("Asha", DELHI, "", "web form", "2026-01-03"),
            person("Ben", NEW_YORK, "", "", ""),
            person("Chitra", PENSACOLA, "", "", ""),
            person("Daniel", TORONTO, "", "", ""),
            person("Esha", LONDON, "", "", ""),
            person("Farid", "+919999900006", "America/New_York", "", ""),
            person("Grace", "+18885550101", "", "", ""),
            person("Hari", LOS_ANGELES, "", "", "")]
    with World(tmp_path_factory.mktemp("w"), rows, header=COLUMNS,
               csv_file=True, nginx=False,
               settings={"dry_run": "yes"}) as world:
        for name in ("country IN", "country US"):
            del world.sections[name]
        del world.sections[CAMPAIGN]["timezone"]
        world.sections[CAMPAIGN]["last_minutes"] = 10
        world.write_conf(world.sections)
        world.run(ok=False)
        world.alter("UPDATE lead SET next_at = 1")
        yield world


def verdict(world, name, zone, moment, **campaign):
    """What a rehearsal says of somebody at that moment of a wall clock."""
    local = datetime.datetime.fromisoformat(moment).replace(
        tzinfo=zoneinfo.ZoneInfo(zone))
    before = dict(world.sections[CAMPAIGN])
    world.set(CAMPAIGN, **campaign)
    try:
        done = subprocess.run(
            ["faketime", "-f",
             f"{local.astimezone(datetime.timezone.utc):%Y-%m-%d %H:%M:%S}",
             *world.command("run", "--dry-run")], text=True, check=True,
            stdout=subprocess.PIPE, timeout=60,
            env={**os.environ, "TZ": "UTC"})
    finally:
        world.write_conf({**world.sections, CAMPAIGN: before})
    line = next(line for line in done.stdout.splitlines() if name in line)
    return line[56:64].strip(), line[83:].split(";")[0].strip()


CALL = ("call", "nothing speaks against it")
LATER = ("put off", "outside the calling hours")
INDIA, EAST, CENTRAL = "Asia/Kolkata", "America/New_York", "America/Chicago"
PACIFIC = "America/Los_Angeles"


@pytest.mark.parametrize("name, zone, moment, expected", [
    # India: 09:00 to 21:00, and no new call in the last ten minutes
    ("Asha", INDIA, "2026-11-20 08:59:59", LATER),
    ("Asha", INDIA, "2026-11-20 09:00:00", CALL),
    ("Asha", INDIA, "2026-11-20 20:49:59", CALL),
    ("Asha", INDIA, "2026-11-20 20:50:00", LATER),
    # New York: 08:00 to 20:00, winter and summer, and on the days between
    ("Ben", EAST, "2026-01-15 07:59:59", LATER),
    ("Ben", EAST, "2026-01-15 08:00:00", CALL),
    ("Ben", EAST, "2026-07-15 19:49:59", CALL),
    ("Ben", EAST, "2026-07-15 19:50:00", LATER),
    ("Ben", EAST, "2026-03-08 07:59:59", LATER),
    ("Ben", EAST, "2026-03-08 08:00:00", CALL),
    ("Ben", EAST, "2026-11-01 07:59:59", LATER),
    ("Ben", EAST, "2026-11-01 08:00:00", CALL),
    # 850 lies in two time zones: both must allow it
    ("Chitra", CENTRAL, "2026-11-20 07:59:59", LATER),
    ("Chitra", CENTRAL, "2026-11-20 08:00:00", CALL),
    ("Chitra", EAST, "2026-11-20 19:49:59", CALL),
    ("Chitra", EAST, "2026-11-20 19:50:00", LATER),
    # Canada has other hours on Sundays
    ("Daniel", "America/Toronto", "2026-11-20 09:00:00", CALL),
    ("Daniel", "America/Toronto", "2026-11-22 09:59:59", LATER),
    ("Daniel", "America/Toronto", "2026-11-22 10:00:00", CALL),
    ("Daniel", "America/Toronto", "2026-11-22 17:50:00", LATER),
    # of Britain no hours are known
    ("Esha", "Europe/London", "2026-11-20 12:00:00",
     ("block", "no calling hours are known for the country")),
    # the row names another zone than the number's
    ("Farid", EAST, "2026-11-20 08:59:59", LATER),
    ("Farid", EAST, "2026-11-20 09:00:00", CALL),
    # a number of no place: all of the country must allow it
    ("Grace", EAST, "2026-11-20 12:00:00", LATER),
    ("Grace", EAST, "2026-11-20 15:00:00", CALL)])
def test_people_are_called_in_the_hours_of_their_own_country_and_zone(
        world, name, zone, moment, expected):
    assert verdict(world, name, zone, moment) == expected


@pytest.fixture
def new_york(world):
    """The campaign is one of New York."""
    before = dict(world.sections[CAMPAIGN])
    world.set(CAMPAIGN, country=1, timezone=EAST)
    world.run(ok=False)
    world.alter("UPDATE lead SET next_at = 1")
    yield world
    world.write_conf({**world.sections, CAMPAIGN: before})
    world.run(ok=False)
    world.alter("UPDATE lead SET next_at = 1")


@pytest.mark.parametrize("name, zone, moment, expected", [
    ("Ben", EAST, "2026-11-20 08:00:00", CALL),
    # the number is one of Los Angeles: both clocks must allow it
    ("Hari", EAST, "2026-11-20 08:00:00", LATER),
    ("Hari", PACIFIC, "2026-11-20 07:59:59", LATER),
    ("Hari", PACIFIC, "2026-11-20 08:00:00", CALL),
    ("Hari", EAST, "2026-11-20 19:49:59", CALL),
    ("Hari", EAST, "2026-11-20 19:50:00", LATER),
    # it may be in two zones, or anywhere: the campaign says in which
    ("Chitra", EAST, "2026-11-20 08:00:00", CALL),
    ("Grace", EAST, "2026-11-20 08:00:00", CALL)])
def test_a_campaigns_zone_calls_nobody_before_their_own_morning(
        new_york, name, zone, moment, expected):
    assert verdict(new_york, name, zone, moment) == expected


def test_promotion_has_the_narrower_hours(world):
    world.alter("INSERT INTO scrub (account, country, reference, scrubbed_on,"
                " numbers) VALUES (1, 'IN', 'R', '2026-11-20', 1)")
    for moment, expected in [("2026-11-20 09:59:59", LATER),
                             ("2026-11-20 10:00:00", CALL)]:
        assert verdict(world, "Asha", INDIA, moment,
                       purpose="promotional") == expected


@pytest.mark.parametrize("moment, keys, expected", [
    ("2026-11-20 12:00:00", {"window": "13:00-14:00"}, LATER),
    ("2026-11-20 13:00:00", {"window": "13:00-14:00"}, CALL),
    ("2026-11-20 08:30:00", {"window": "08:00-14:00"}, LATER),
    ("2026-11-21 12:00:00", {"weekdays": "mon-fri"}, LATER),
    ("2026-11-20 12:00:00", {"weekdays": "mon-fri"}, CALL),
    ("2026-11-20 12:00:00", {"holidays": "@holidays"}, LATER),
    ("2026-11-19 12:00:00", {"holidays": "@holidays"}, CALL),
    ("2026-11-20 20:50:00", {"last_minutes": 0}, CALL),
    ("2026-11-20 20:59:59", {"last_minutes": 0}, CALL),
    ("2026-11-20 21:00:00", {"last_minutes": 0}, LATER)])
def test_a_campaign_leaves_some_of_the_hours_out(
        world, moment, keys, expected):
    (world.dir / "holidays").write_text("2026-11-20  Founders' day\n")
    assert verdict(world, "Asha", INDIA, moment, **keys) == expected


@pytest.mark.parametrize("section, keys, said", [
    (CAMPAIGN, {"window": "21:00-09:00"}, "window"),
    (CAMPAIGN, {"weekdays": "mon-fry"}, "weekdays"),
    (CAMPAIGN, {"holidays": "@rubbish"}, "holidays"),
    (CAMPAIGN, {"timezone": "Mars/Olympus"}, "timezone"),
    (CAMPAIGN, {"cap_day": "-1"}, "cap_day"),
    (CAMPAIGN, {"purpose": "spam"}, "purpose"),
    (CAMPAIGN, {"max_minutes": "0"}, "max_minutes"),
    ("account acme", {"number_day": "-1"}, "number_day"),
    ("account acme", {"rate": "500"}, "rate")])
def test_a_setting_that_makes_no_sense_is_refused_with_its_line(
        world, section, keys, said):
    (world.dir / "rubbish").write_text("2026-11-20\nthe day after\n")
    before = dict(world.sections[section])
    world.set(section, **keys)
    line = 1 + next(n for n, text in enumerate(
        world.conf.read_text().splitlines())
        if text.startswith(f"{next(iter(keys))} =")
        and n > world.conf.read_text().splitlines().index(f"[{section}]"))
    done = world.callsheet("run", "--dry-run")
    world.write_conf({**world.sections, section: before})
    assert done.returncode == 78
    assert f"callsheet.conf:{line}: " in done.stderr and said in done.stderr


def test_a_call_that_waits_at_bolna_is_taken_back_before_the_hours_end(
        tmp_path):
    rows = [person("Asha", DELHI), person("Ben", "+919999900002")]
    with World(tmp_path, rows, csv_file=True, nginx=False, pace=0,
               campaign={"last_minutes": 10}) as world:
        world.bolna.concurrency = 1
        world.bolna.fate(DELHI, Fate(stay="in-progress"))
        world.run(ok=False)
        waits = next(c for c in world.bolna.placed if c.phone != DELHI)
        end = "UPDATE hours SET closes_at = unixepoch() + ?"
        for left, status in (301 + 60, "queued"), (299, "stopped"):
            world.alter("CREATE TRIGGER IF NOT EXISTS still BEFORE UPDATE"
                        " ON hours WHEN new.closes_at > unixepoch() + 86400"
                        " BEGIN SELECT raise(IGNORE); END")
            world.alter(end, left)
            world.run(ok=False)
            assert world.bolna.find(waits.execution_id).status == status
