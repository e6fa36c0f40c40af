"""Where a number is at home: the rows that a new installation has."""

import datetime
import functools
import re
import zoneinfo

import pytest

from world import BUILD, ROOT, World
from test_upgrade import init, make_version_1

TABS = "/usr/share/zoneinfo"
HOUR = datetime.timedelta(hours=1)
NOW = datetime.datetime.now(datetime.timezone.utc).replace(
    minute=30, second=0, microsecond=0)
LOOK_UP = (ROOT / "sql" / "query" / "place_get.sql").read_text()
# They have a row under another's name, or nobody there has a number.
SHARED = {"AX": "FI", "BL": "GP", "EH": "MA", "GG": "GB", "GS": "FK",
          "IM": "GB", "JE": "GB", "MF": "GP", "SJ": "NO", "TF": None,
          "UM": None, "PN": None}
# Zones of a country that need not allow a call: nobody but researchers.
RESEARCH = {"AQ"}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("world"), [], csv_file=True,
               nginx=False, settings={"dry_run": "yes"}) as world:
        yield world


@pytest.fixture(scope="module")
def places(world):
    """{prefix: (country, [zones])} of a new database."""
    return {prefix: (country, zones.split(",")) for prefix, country, zones
            in world.query("SELECT prefix, country, timezone FROM place")}


def zones_of_countries():
    """{country: its zones}, as tzdata has them."""
    found = {}
    with open(f"{TABS}/zone.tab", encoding="utf-8") as f:
        for line in f:
            if not line.startswith("#"):
                country, _, zone = line.rstrip("\n").split("\t")[:3]
                found.setdefault(country, []).append(zone)
    return found


@functools.cache
def clock(zone):
    """How far ahead the zone is in each hour of a year from now on."""
    tz = zoneinfo.ZoneInfo(zone)
    return [(NOW + n * HOUR).astimezone(tz).utcoffset()
            for n in range(24 * 366)]


def look_up(world, number):
    rows = world.query(LOOK_UP.replace(":digits", "?1"), number)
    return rows[0] if rows else None


def test_every_zone_is_known_to_the_host(places):
    zones = {zone for _, zones in places.values() for zone in zones}
    assert len(zones) > 200
    assert not zones - zoneinfo.available_timezones()


def test_prefixes_are_digits_and_countries_are_known(places):
    known = {"XK"}
    with open(f"{TABS}/iso3166.tab", encoding="utf-8") as f:
        known |= {line[:2] for line in f if not line.startswith("#")}
    for prefix, (country, zones) in places.items():
        assert re.fullmatch("[1-9][0-9]{0,6}", prefix)
        assert country in known, prefix
        assert len(zones) == len(set(zones)), prefix


def test_every_country_has_a_place(places):
    there = {country for country, _ in places.values()}
    for country in zones_of_countries():
        stands_for = SHARED.get(country, country)
        assert stands_for is None or stands_for in there, country
        assert country not in SHARED or country not in there, country


def test_each_zone_is_one_of_its_country_or_of_who_shares_its_code(places):
    known = zones_of_countries()
    known["XK"] = known["RS"]
    shared = {"RE": "YT", "FK": "GS", "MA": "EH", "AQ": "AU"}
    for prefix, (country, zones) in places.items():
        assert set(zones) <= {*known[country],
                              *known.get(shared.get(country), ())}, prefix


def test_a_country_code_alone_has_the_clocks_of_the_whole_country(places):
    """Of its shortest prefixes: longer ones tell more."""
    known = zones_of_countries()
    whole = {}
    for prefix, (country, zones) in places.items():
        if not any(places.get(prefix[:n], ("",))[0] == country
                   for n in range(1, len(prefix))):
            whole.setdefault(country, []).extend(zones)
    for country, zones in known.items():
        if country in SHARED or country in RESEARCH:
            continue
        clocks = [clock(zone) for zone in whole[country]]
        for zone in zones:
            assert clock(zone) in clocks, (country, zone)


def test_islands_that_share_a_code_share_the_clock(places):
    known = zones_of_countries()
    for country, under in SHARED.items():
        clocks = [clock(zone) for _, (c, zones) in places.items()
                  if c == under for zone in zones]
        for zone in known[country] if under else ():
            assert clock(zone) in clocks, (country, under)


@pytest.mark.parametrize("number, country, zones", [
    ("919999900001", "IN", "Asia/Kolkata"),
    ("442079460000", "GB", "Europe/London"),
    ("4930000000", "DE", "Europe/Berlin"),
    ("33199000000", "FR", "Europe/Paris"),
    ("819000000000", "JP", "Asia/Tokyo"),
    ("6590000000", "SG", "Asia/Singapore"),
    ("971500000000", "AE", "Asia/Dubai"),
    ("9779800000000", "NP", "Asia/Kathmandu"),
    ("351900000000", "PT", "Europe/Lisbon,Atlantic/Azores"),
    ("6421000000", "NZ", "Pacific/Auckland,Pacific/Chatham"),
    ("61891640000", "CX", "Indian/Christmas"),
    ("77010000000", "KZ", "Asia/Almaty"),
    ("76000000000", "KZ", "Asia/Almaty"),
    ("390669800000", "VA", "Europe/Vatican"),
    ("390612345678", "IT", "Europe/Rome"),
    ("59991234567", "CW", "America/Curacao"),
    ("59971234567", "BQ", "America/Kralendijk"),
    ("38344000000", "XK", "Europe/Belgrade"),
    ("12125550100", "US", "America/New_York"),
    ("12055550100", "US", "America/Chicago"),
    ("16025550100", "US", "America/Phoenix"),
    ("18505550100", "US", "America/New_York,America/Chicago"),
    ("18085550100", "US", "Pacific/Honolulu"),
    ("16045550100", "CA", "America/Vancouver"),
    ("13065550100", "CA", "America/Regina,America/Edmonton,America/Winnipeg"),
    ("17095550100", "CA", "America/St_Johns,America/Goose_Bay"),
    ("17875550100", "PR", "America/Puerto_Rico"),
    ("16715550100", "GU", "Pacific/Guam"),
    ("18765550100", "JM", "America/Jamaica"),
    ("18095550100", "DO", "America/Santo_Domingo")])
def test_a_known_number_is_in_its_place(world, number, country, zones):
    assert look_up(world, number) == (country, zones)


def test_an_area_code_that_is_not_known_may_be_anywhere_in_the_states(world):
    country, zones = look_up(world, "12995550100")
    assert country == "US"
    for zone in ("America/New_York", "America/Phoenix", "America/Anchorage",
                 "Pacific/Honolulu"):
        assert zone in zones


def test_russia_does_not_reach_into_kazakhstan_nor_the_reverse(world):
    country, zones = look_up(world, "79000000000")
    assert country == "RU"
    assert zones.startswith("Europe/Kaliningrad,")
    assert zones.endswith(",Asia/Kamchatka")
    assert "Almaty" not in zones


@pytest.mark.parametrize("number", [
    "80000000000", "80800000000", "870000000000", "878100000000",
    "881000000000", "882100000000", "883100000000", "888000000000",
    "979000000000", "210000000", "999000000000", "0919999900001", "", "+91"])
def test_what_belongs_to_no_country_is_nowhere(world, number):
    assert look_up(world, number) is None


def test_an_older_installation_gets_the_same_places(tmp_path):
    with World(tmp_path, [], csv_file=True, nginx=False) as world:
        fresh = world.query("SELECT * FROM place ORDER BY prefix")
        world.stop_receiver()
        make_version_1(world.database)
        assert init(BUILD, world.conf).returncode == 0
        assert world.query("SELECT * FROM place ORDER BY prefix") == fresh
        world.check = lambda: None      # the old one has calls of its own


def test_rows_that_a_person_has_changed_stay(tmp_path):
    with World(tmp_path, [], csv_file=True, nginx=False) as world:
        world.alter("UPDATE place SET timezone = 'Asia/Kolkata'"
                    " WHERE prefix = '94'")
        world.alter("DELETE FROM place WHERE prefix = '7'")
        assert init(BUILD, world.conf).returncode == 0
        assert look_up(world, "94700000000") == ("LK", "Asia/Kolkata")
        assert look_up(world, "79000000000") is None
