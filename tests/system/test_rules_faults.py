"""The rules of calling where something changes behind their back: a person
edits, a section is renamed, a clock is put right, Bolna says nonsense."""

import datetime

import pytest

from rules_world import (ACCOUNT, ASHA, BEN, CAMPAIGN, COLUMNS, PEOPLE,
                         another_campaign, called_before, finish, row,
                         world_of)
from world import BOOK_ID, World
from sim.bolna import Fate

__all__ = ["world_of"]


def reason(world, name="Asha"):
    return world.value("SELECT rule FROM why WHERE name = ?", name)


# --- people and the do-not-call list --------------------------------------

@pytest.mark.parametrize("word", ["pause", "maybe"])
def test_a_number_that_is_opened_again_stays_closed_by_its_own_row(
        world_of, word):
    world = world_of([row(control=word)])
    for _ in range(3):
        world.run(ok=False)     # what was written is read, too
    world.callsheet("dnc", "add", ASHA)
    world.callsheet("dnc", "remove", ASHA)
    world.run(ok=False)
    world.run(ok=False)
    assert world.bolna.posts == []
    assert reason(world) in ("pause", "control")


def mistyped(column):
    return [f"{cell}s" if cell == column else cell for cell in COLUMNS]


@pytest.mark.parametrize("column, words", [
    ("Control", {"control": "pause"}), ("Timezone", {"zone": "Asia/Tokyo"})])
def test_a_column_that_goes_with_its_words_stops_the_sheet(
        world_of, column, words):
    world = world_of([row(**words)])
    world.write_csv([row(**words)], mistyped(column))
    world.run(ok=False)
    assert world.bolna.posts == []
    assert reason(world) in ("pause", "sheet")
    assert (f'the column "{column}" is gone'
            in world.callsheet("status").stdout)
    world.write_csv([row()])                # put back, and emptied
    world.run()
    world.write_csv([row()], mistyped(column))
    world.run()
    assert world.bolna.count(ASHA) == 1


def test_retry_now_does_not_act_again_when_its_column_comes_back(world_of):
    world = world_of()
    for _ in range(2):
        finish(world)
    for header in (COLUMNS, mistyped("Control"), COLUMNS):
        cells = list(world.sheet()["Asha"].values())
        world.write_csv([[*cells[:-1], "retry now"]], header)
        for _ in range(2):
            finish(world)
            world.age(90000)
    assert world.bolna.count(ASHA) == 2


def rename_account(world, name="acme-ltd"):
    world.sections[f"account {name}"] = world.sections.pop(ACCOUNT)
    world.set(CAMPAIGN, account=name)


def test_who_opted_out_is_not_called_for_an_account_with_a_new_name(world_of):
    world = world_of([row(), row("Ben", BEN)])
    world.callsheet("dnc", "add", ASHA, "--account", "acme")
    rename_account(world)
    world.run(ok=False)
    world.run(ok=False)
    assert world.bolna.count(ASHA) == 0
    assert world.bolna.count(BEN) == 1


def test_a_call_under_way_is_known_to_an_account_with_a_new_name(world_of):
    world = world_of()
    world.bolna.fate(ASHA, Fate(stay="in-progress"))
    world.run(ok=False)
    rename_account(world)
    world.write_csv([row(control="retry now")])
    world.run(ok=False)
    world.run(ok=False)
    assert world.bolna.count(ASHA) == 1
    assert reason(world) == "live"


def test_one_tab_in_two_spellings_is_one_tab(world_of):
    world = world_of()
    world.sections["campaign again"] = dict(
        world.sections[CAMPAIGN], sheet="file:./leads.csv")
    world.write_conf(world.sections)
    done = world.run(ok=False)
    assert done.returncode == 78
    assert "is that of campaign" in done.stderr


@pytest.mark.parametrize("account, called", [
    (None, 0), ("acme", 0), ("other", 1)])
def test_the_list_is_asked_even_when_no_row_says_so(world_of, account,
                                                    called):
    """As a person writes it with the sqlite3 shell."""
    world = world_of()
    world.alter("INSERT INTO account (name) VALUES ('other')")
    world.alter("INSERT INTO suppression (account, phone, source) VALUES"
                " ((SELECT id FROM account WHERE name = ?), ?, 'verb')",
                account, ASHA)
    world.run(ok=False)
    assert world.bolna.count(ASHA) == called
    assert (reason(world) == "dnc") == (called == 0)


def test_a_campaign_takes_its_opt_outs_to_another_account(world_of):
    world = world_of([row(), row("Ben", BEN)])
    world.callsheet("dnc", "add", ASHA, "--account", "acme")
    world.sections["account other"] = dict(world.sections[ACCOUNT])
    world.set(CAMPAIGN, account="other")
    world.run(ok=False)
    world.run(ok=False)
    assert [post.phone for post in world.bolna.posts] == [BEN]


def test_one_google_tab_in_two_spellings_is_one_tab(tmp_path):
    with World(tmp_path, [row()], header=COLUMNS, nginx=False) as world:
        world.sections["campaign again"] = dict(
            world.sections[CAMPAIGN], sheet="https://docs.google.com/"
            f"spreadsheets/d/{BOOK_ID}/edit?usp=sharing")
        world.write_conf(world.sections)
        done = world.run(ok=False)
        assert done.returncode == 78
        assert "is that of campaign" in done.stderr
        world.set("campaign again", sheet="https://docs.google.com/"
                  f"spreadsheets/d/{BOOK_ID}/edit#gid=7")
        assert world.run(ok=False).returncode != 78


# --- decisions -------------------------------------------------------------

def test_a_number_that_stays_on_the_line_is_one_decision(world_of):
    world = world_of()
    another_campaign(world, [row()])
    world.bolna.fate(ASHA, Fate(stay="in-progress"))
    for _ in range(4):
        world.run(ok=False)
        world.age(70)
    assert world.bolna.count(ASHA) == 1
    assert world.value(
        "SELECT count(*) FROM decision WHERE rule = 'live'") == 1


def test_each_time_that_a_campaign_is_stopped_is_taken_down(world_of):
    world = world_of(PEOPLE)
    world.set(CAMPAIGN, calls_per_pass=1)
    for _ in range(2):
        world.callsheet("pause")
        world.run()
        world.run()
        world.callsheet("resume")
        world.run()
        world.run()
    assert world.query("SELECT verdict, rule FROM decision"
                       " WHERE lead IS NULL ORDER BY id") == [
        ("put off", "paused"), ("call", "turn")] * 2


# --- money -----------------------------------------------------------------

def test_what_bolna_took_since_it_was_asked_counts_against_the_floor(
        world_of):
    world = world_of(PEOPLE)
    world.set(CAMPAIGN, minute_cost="1", max_minutes=1, calls_per_pass=1)
    world.set(ACCOUNT, wallet_floor="1")
    world.alter("UPDATE account SET wallet = 30000")     # two calls
    for _ in range(4):
        world.run(ok=False)
        finish(world)
        world.alter("UPDATE execution SET cost_cents = 100")
    assert len(world.bolna.posts) == 2


def test_a_pass_keeps_its_cap_after_the_clock_was_ahead(world_of):
    world = world_of(PEOPLE)
    world.alter("UPDATE run SET started_at = unixepoch() + 86400")
    world.set(CAMPAIGN, minute_cost="1", max_minutes=1, cap_pass="2")
    for phone in PEOPLE:
        world.bolna.fate(phone[1], Fate(stay="in-progress"))
    world.run(ok=False)
    assert len(world.bolna.posts) == 2
    assert world.value("SELECT spent FROM spending") == 20000


def test_a_campaign_whose_calls_cost_nothing_keeps_its_cap(world_of):
    """What Bolna takes after all is known afterwards only."""
    world = world_of(PEOPLE)
    world.set(CAMPAIGN, minute_cost="0", cap_total="0.10", calls_per_pass=1)
    world.run(ok=False)
    world.set(CAMPAIGN, calls_per_pass=0)
    finish(world)
    world.alter("UPDATE execution SET cost_cents = 10")
    world.set(CAMPAIGN, calls_per_pass=1)
    world.run(ok=False)
    assert len(world.bolna.posts) == 1
    assert reason(world, "P5") == "cap"


def test_a_lost_call_that_turns_up_is_paid_for(world_of):
    """It was over for us, and the person is on the line by now."""
    world = world_of()
    called_before(world, [90000])
    world.alter("DELETE FROM execution")
    world.alter("UPDATE attempt SET execution = 'late'")
    world.alter("INSERT INTO execution (id, attempt, account, final,"
                " verified, cost_cents) SELECT 'late', id, 1, 'completed', 1,"
                " 12 FROM attempt")
    assert world.value("SELECT spent FROM campaign") == 1200


# --- clocks ----------------------------------------------------------------

@pytest.mark.parametrize("limit", ["gap", "rate"])
def test_a_call_placed_by_a_clock_ahead_is_no_gap_for_ever(world_of, limit):
    world = world_of([row(), row("Ben", BEN)])
    called_before(world, [-86400 * 300])
    if limit == "gap":
        world.set(CAMPAIGN, gap=5)
    else:
        world.set(ACCOUNT, rate=1)
    world.run(ok=False)
    assert len(world.bolna.posts) == 1


# --- where people are --------------------------------------------------------

def test_zones_beyond_what_can_be_kept_are_not_left_out(world_of):
    world = world_of()
    cell = ",".join(["Asia/Kolkata"] * 30 + ["Etc/GMT+12"])
    world.write_csv([row(zone=cell)])
    world.run(ok=False)
    zones = world.value("SELECT timezone FROM lead")
    assert zones == cell or world.bolna.posts == []


def test_a_country_that_is_put_right_is_seen(world_of):
    world = world_of([row(phone="+442079460001")])
    world.sections["country IE"] = {"window": "00:00-24:00"}
    world.write_conf(world.sections)
    world.run(ok=False)
    assert reason(world) == "country"
    world.alter("UPDATE place SET country = 'IE' WHERE country = 'GB'")
    world.run(ok=False)
    assert len(world.bolna.posts) == 1


def test_a_zone_that_the_host_comes_to_know_is_seen(world_of):
    world = world_of([row(zone="Asia/Kolkata")])
    world.set("callsheet", dry_run="yes")
    world.run()
    world.alter("UPDATE lead SET held = 'timezone', held_note = 'not known'")
    world.alter("UPDATE hours SET problem = 'timezone', opens_at = NULL")
    world.set("callsheet", dry_run="no")
    world.run(ok=False)
    assert len(world.bolna.posts) == 1


def test_hours_that_cannot_be_stored_are_not_those_of_yesterday(world_of):
    world = world_of()
    world.alter("CREATE TRIGGER sick BEFORE UPDATE ON hours BEGIN"
                " SELECT raise(ABORT, 'the disk is sick'); END")
    hour = (datetime.datetime.now(datetime.timezone.utc).hour + 8) % 24
    world.set(CAMPAIGN, window=f"{hour:02}:00-{hour:02}:59")
    assert world.run(ok=False).returncode == 75
    assert world.bolna.posts == []
    world.alter("DROP TRIGGER sick")
    world.run(ok=False)
    assert world.bolna.posts == []
    assert reason(world) == "hours"


def test_a_holiday_that_is_taken_out_is_none(world_of):
    world = world_of()
    today = datetime.date.today()
    days = world.dir / "holidays"
    days.write_text("".join(f"{today + datetime.timedelta(days=n)}\n"
                            for n in range(-1, 12)))
    world.set(CAMPAIGN, holidays="@holidays")
    world.run(ok=False)
    assert world.bolna.posts == [] and reason(world) == "hours"
    days.write_text("")
    world.run(ok=False)
    assert len(world.bolna.posts) == 1


# --- cells ------------------------------------------------------------------

@pytest.mark.parametrize("before", ["", "a", "aa"])
@pytest.mark.parametrize("column", ["Control", "Timezone", "Status"])
def test_a_cell_is_quoted_in_whole_characters(world_of, column, before):
    world = world_of()
    cells = dict(zip(COLUMNS, row()))
    cells[column] = before + "\u092a" * 30
    world.write_csv([cells.values()])
    for _ in range(3):
        world.run(ok=False)
    for text, in world.query(
            "SELECT CAST(held_note AS BLOB) FROM lead UNION ALL SELECT"
            " CAST(control AS BLOB) FROM lead UNION ALL SELECT"
            " CAST(status_cell AS BLOB) FROM lead UNION ALL SELECT"
            " CAST(facts AS BLOB) FROM decision"):
        text.decode()
    assert "\u092a" in world.sheet()["Asha"]["Notes"]


# --- consent -----------------------------------------------------------------

PROMOTION = ["no", "None", "n/a", "revoked 2026-02-01", "Bought list",
             "No consent", "not yet asked", "web form, opted out", "Pending",
             "declined by phone", "unknown"]


@pytest.mark.parametrize("said", PROMOTION)
def test_a_cell_that_says_no_is_no_consent(world_of, said):
    world = world_of()
    world.alter("DELETE FROM registry")
    world.set(CAMPAIGN, purpose="promotional")
    world.write_csv([row(consent=said, on="2026-01-03")])
    world.run(ok=False)
    assert world.bolna.posts == []
    assert reason(world) == "consent"


@pytest.mark.parametrize("day", ["now", "2026-13-01", "2026-02-30",
                                 "2460000.5", "2026-1-3", "+1 day", "",
                                 "2026-01-03 10:00", "2999-01-01",
                                 "2026-01-03\x00", "1767398400"])
def test_a_day_that_is_none_is_no_consent(world_of, day):
    world = world_of()
    world.alter("DELETE FROM registry")
    world.set(CAMPAIGN, purpose="promotional")
    if "\x00" in day:
        world.alter("UPDATE lead SET consent = 'form', consent_on = ?", day)
    else:
        world.write_csv([row(consent="web form", on=day)])
    world.run(ok=False)
    assert world.bolna.posts == []
    assert reason(world) == "consent"
