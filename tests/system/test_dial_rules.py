"""Who is called, when, and how often: the rules of calling."""

import sqlite3
import time

import pytest

from world import ANY_OFTEN, HEADER, person, until
from sim.bolna import AGENT, Fate, Fault, refusal

ASHA, BEN, CHITRA = "+919999900001", "+919999900002", "+919999900003"
PEOPLE = [person("Asha", ASHA), person("Ben", BEN), person("Chitra", CHITRA)]
CAMPAIGN = "campaign interviews"
WORLD = {"rows": PEOPLE[:1]}


def row(name="Asha", phone=ASHA, status="", **more):
    """A row in the order of HEADER and then of the further columns."""
    cells = person(name, phone, *more.values())
    cells[HEADER.index("Status")] = status
    return cells


def calls(world, *phones):
    """How often each number was called."""
    return [world.bolna.count(phone) for phone in phones]


def hear_the_end(world):
    """What is over at Bolna's becomes known; others may be called."""
    world.bolna.quiet()
    world.alter("UPDATE execution SET confirm_at = 1"
                " WHERE confirm_at IS NOT NULL")
    return world.run(ok=False)


def notes(world, name="Asha"):
    return world.sheet()[name]["Notes"]


def stay(world, *phones):
    """Calls to these numbers last until released."""
    for phone in phones:
        world.bolna.fate(phone, Fate(stay="in-progress"))


def release(world, phone):
    world.bolna.release(next(call.execution_id for call in world.bolna.placed
                             if call.phone == phone))


# --- first calls and further ones ---------------------------------------

@pytest.mark.parametrize("status", ["", "new", "New ", "pending"])
def test_a_new_row_is_called_at_once(world_of, status):
    world = world_of([row(status=status)])
    world.run()
    assert calls(world, ASHA) == [1]


@pytest.mark.parametrize("end", ["busy", "no-answer", "failed", "error"])
def test_who_was_not_reached_is_called_again_after_10_minutes(world_of, end):
    world = world_of()
    world.bolna.fate(ASHA, Fate(end, hangup_reason="Unknown"), Fate())
    world.run()
    hear_the_end(world)
    world.age(540)
    world.run()
    assert calls(world, ASHA) == [1], "too early"
    world.age(61)
    world.run()
    assert calls(world, ASHA) == [2]


@pytest.mark.parametrize("end", ["completed", "canceled", "stopped"])
def test_what_is_completed_or_was_stopped_is_never_called_again(
        world_of, end):
    world = world_of()
    world.bolna.fate(ASHA, Fate(end))
    world.run()
    hear_the_end(world)
    world.age(30 * 86400)
    world.run()
    assert calls(world, ASHA) == [1]
    assert world.status("Asha") == end


def test_nobody_is_called_more_often_than_max_attempts(world_of):
    world = world_of(campaign={"max_attempts": 2})
    world.bolna.fate(ASHA, Fate("busy"))
    for _ in range(4):
        world.run()
        hear_the_end(world)
        world.age(900)
    assert calls(world, ASHA) == [2]
    assert "no more attempts" in notes(world)


def test_the_operators_own_retry_rules_hold(world_of):
    world = world_of(PEOPLE)
    world.alter("UPDATE retry_rule SET after_secs = 120"
                " WHERE status = 'busy'")
    world.alter("UPDATE retry_rule SET max_tries = 1"
                " WHERE status = 'failed'")
    world.alter("DELETE FROM retry_rule WHERE status = 'no-answer'")
    for phone, end in zip((ASHA, BEN, CHITRA),
                          ("busy", "failed", "no-answer")):
        world.bolna.fate(phone, Fate(end))
    world.run()
    hear_the_end(world)
    world.age(130)
    world.run()
    assert calls(world, ASHA, BEN, CHITRA) == [2, 1, 1]
    world.age(86400)
    world.run(ok=False)     # no webhook ever came: that is an alarm
    assert calls(world, BEN, CHITRA) == [1, 1]


def test_an_empty_wallet_stops_the_calling_and_is_said(world_of):
    world = world_of(PEOPLE, campaign={"max_live": 1})
    world.bolna.wallet = 0
    world.run()
    assert "wallet" in hear_the_end(world).stderr
    world.age(1800)
    assert world.run(ok=False).returncode == 75
    assert len(world.bolna.posts) == 1
    assert "wallet" in world.callsheet("status").stdout


# --- how many at a time -------------------------------------------------

def test_one_person_a_pass_is_called_unless_told_otherwise(world_of):
    world = world_of(PEOPLE)
    for key in ("calls_per_pass", "gap"):
        del world.sections[CAMPAIGN][key]
    world.write_conf(world.sections)
    for number in (1, 2, 3):
        world.run()
        assert len(world.bolna.placed) == number
        world.age(6)


def test_one_call_at_a_time_is_live_unless_told_otherwise(world_of):
    world = world_of(PEOPLE)
    del world.sections[CAMPAIGN]["max_live"]
    world.write_conf(world.sections)
    stay(world, ASHA)
    world.run()
    world.run()
    assert len(world.bolna.placed) == 1
    release(world, ASHA)
    hear_the_end(world)
    assert len(world.bolna.placed) == 2


def test_the_gap_between_two_calls_is_kept(world_of):
    world = world_of(PEOPLE, campaign={"gap": 300})
    world.run()
    world.age(240)
    world.run()
    assert len(world.bolna.placed) == 1
    world.age(61)
    world.run()
    assert len(world.bolna.placed) == 2


def test_no_more_calls_are_live_than_max_live(world_of):
    world = world_of(PEOPLE, campaign={"max_live": 2})
    stay(world, ASHA, BEN, CHITRA)
    world.run()
    world.run()
    assert calls(world, ASHA, BEN, CHITRA) == [1, 1, 0]
    release(world, BEN)
    hear_the_end(world)
    assert calls(world, ASHA, BEN, CHITRA) == [1, 1, 1]


# --- one person, several rows -------------------------------------------

def second_campaign(world, rows, header=None, account="acme"):
    """Another campaign with a sheet and an agent of its own."""
    agent = "5c730000-0000-4000-8000-000000000002"
    world.bolna.agents[agent] = dict(world.bolna.agents[AGENT], id=agent)
    world.sections[f"account {account}"] = {"bolna_key": "@bolna.key",
                                            **ANY_OFTEN}
    world.sections["campaign reminders"] = dict(
        world.sections[CAMPAIGN], agent_id=agent, account=account,
        sheet="file:reminders.csv")
    world.write_conf(world.sections)
    first, world.csv_file = world.csv_file, world.dir / "reminders.csv"
    world.write_csv(rows, header)
    world.csv_file = first


def test_two_campaigns_never_have_the_same_person_on_the_line(world_of):
    world = world_of()
    second_campaign(world, PEOPLE[:2])
    stay(world, ASHA)
    world.run()
    world.run()
    assert calls(world, ASHA, BEN) == [1, 1]
    release(world, ASHA)
    hear_the_end(world)
    world.age(60)
    world.run()
    assert calls(world, ASHA, BEN) == [2, 1]


def test_accounts_are_strangers_to_one_another(world_of):
    world = world_of()
    second_campaign(world, PEOPLE[:1], account="other")
    stay(world, ASHA)
    world.run()
    assert calls(world, ASHA) == [2]


@pytest.mark.parametrize("spelling", [
    ASHA, "+91 99999 00001", "099999 00001", "0091-9999900001",
    "99999 00001\u00a0", "+91 (99999) 00001"])
def test_two_rows_with_one_number_are_one_call(world_of, spelling):
    world = world_of([row(), row("Asha's mother", spelling)])
    world.run()
    hear_the_end(world)
    world.age(86400)
    world.run()
    assert calls(world, ASHA) == [1]
    assert len(world.bolna.posts) == 1
    assert "same number" in notes(world, "Asha's mother")


def test_the_database_itself_knows_of_no_second_call_to_a_number(world_of):
    world = world_of([row(), row("Asha's mother")])
    stay(world, ASHA)
    world.run()
    with pytest.raises(sqlite3.IntegrityError):
        world.alter("INSERT INTO attempt (lead, campaign, account, phone,"
                    " token, state) SELECT lead, campaign, account, phone,"
                    " 'another', 'intent' FROM attempt")
    release(world, ASHA)
    hear_the_end(world)
    world.alter("UPDATE lead SET held = NULL, next_at = 1")
    assert world.query("SELECT name FROM due") == [("Asha",)]


def test_a_number_that_is_none_is_said_and_not_called(world_of):
    world = world_of([row(phone="12345")])
    world.run()
    assert world.bolna.posts == []
    assert notes(world) != ""


def test_a_row_that_is_taken_out_of_the_sheet_is_not_called(world_of):
    world = world_of(PEOPLE, campaign={"calls_per_pass": 1})
    world.run()
    world.write_csv([PEOPLE[0], PEOPLE[2]])
    world.run()
    world.run()
    assert calls(world, ASHA, BEN, CHITRA) == [1, 0, 1]


# --- hours --------------------------------------------------------------

def utc_hour():
    return time.gmtime().tm_hour


def zone_where_it_is(hour):
    """A time zone in which it is that hour now."""
    ahead = (hour - utc_hour()) % 24
    return f"Etc/GMT{-ahead if ahead <= 14 else 24 - ahead:+d}"


def test_outside_the_calling_hours_nobody_is_called(world_of):
    closed = "14:00-23:00" if utc_hour() < 12 else "01:00-11:00"
    world = world_of(campaign={"window": closed})
    world.run()
    assert world.bolna.posts == []
    assert world.value("SELECT says FROM why") == "outside the calling hours"
    world.set(CAMPAIGN, window="00:00-24:00")
    world.run()
    assert calls(world, ASHA) == [1]


def test_the_hours_are_those_of_the_persons_own_time_zone(world_of):
    world = world_of(
        [row(zone=zone_where_it_is(12)),
         row("Ben", BEN, zone=zone_where_it_is(3)), row("Chitra", CHITRA)],
        header=[*HEADER, "Timezone"],
        campaign={"window": "09:00-21:00",
                  "timezone": zone_where_it_is(3)})
    world.run()
    assert calls(world, ASHA, BEN, CHITRA) == [1, 0, 0]


@pytest.mark.parametrize("zone", ["Asia/Nowhere", "IST", "../etc/passwd",
                                  "UTC+5", "/UTC"])
def test_who_has_an_unknown_time_zone_is_held_until_it_is_put_right(
        world_of, zone):
    header = [*HEADER, "Timezone"]
    world = world_of([row(zone=zone)], header=header)
    world.run()
    world.age(3600)
    world.run()
    assert world.bolna.posts == []
    assert zone in notes(world)
    world.write_csv([row(zone="Asia/Kolkata")])
    world.run()
    assert calls(world, ASHA) == [1]
    assert notes(world) == ""


# --- the Control column -------------------------------------------------

CONTROL = [*HEADER, "Control"]


@pytest.mark.parametrize("word, note", [
    ("pause", "pause"), (" PAUSE ", "pause"), ("stop it", "'stop it'"),
    ("no", "'no'")])
def test_a_word_in_control_holds_the_row_until_it_is_taken_out(
        world_of, word, note):
    world = world_of([row(control=word)], header=CONTROL)
    world.run()
    assert world.bolna.posts == []
    assert note in notes(world)
    world.write_csv([row(control="")])
    world.run()
    assert calls(world, ASHA) == [1]
    assert note not in notes(world)


def control(world, word):
    """A person changes the Control cell of the only row, and no other."""
    cells = list(world.sheet()["Asha"].values())
    cells[CONTROL.index("Control")] = word
    world.write_csv([cells])


def test_retry_now_calls_once_more_even_beyond_max_attempts(world_of):
    world = world_of([row(control="")], header=CONTROL,
                     campaign={"max_attempts": 1})
    world.run()
    hear_the_end(world)
    for number in (2, 3):
        control(world, "Retry now")
        for _ in range(3):
            world.run(ok=False)     # no webhook ever comes: an alarm
            hear_the_end(world)
            world.age(3600)
        assert calls(world, ASHA) == [number]
        control(world, "")
        world.run(ok=False)
    assert calls(world, ASHA) == [3]


def test_retry_now_gives_a_refused_number_another_chance(world_of):
    world = world_of([row(control="")], header=CONTROL)
    world.bolna.fault("POST /call", refusal(422))
    world.run(ok=False)
    assert world.status("Asha") == "failed"
    control(world, "retry now")
    world.run()
    hear_the_end(world)
    assert world.status("Asha") == "completed"


@pytest.mark.parametrize("now", [
    [row(control="pause", status="busy")],
    [row(phone=BEN, control="", status="busy")], [],
    [row(control="", status="completed")]],
    ids=["paused", "number changed", "row deleted", "called by others"])
def test_a_change_made_after_the_sheet_was_read_still_stops_the_call(
        world_of, now):
    world = world_of([row(control="", status="busy")], header=CONTROL)
    world.linger()
    until(lambda: world.value("SELECT next_at FROM lead"))
    world.write_csv(now)
    world.alter("UPDATE lead SET next_at = 1")
    until(lambda: world.value("SELECT state FROM attempt") == "released")
    assert world.bolna.posts == []


def test_do_not_call_holds_for_all_campaigns_of_the_account(world_of):
    world = world_of([row(control="dnc"), row("Ben", BEN, control="")],
                     header=CONTROL)
    second_campaign(world, PEOPLE[:1], HEADER)
    world.run()
    assert calls(world, ASHA, BEN) == [0, 1]
    assert world.query("SELECT phone, source FROM suppression") == [
        (ASHA, "sheet")]
    world.write_csv([row(control="retry now"), row("Ben", BEN, control="")])
    world.run()
    assert calls(world, ASHA) == [0], "only an operator lifts it"


# --- what an earlier system has left ------------------------------------

def test_who_was_completed_before_is_not_called(world_of):
    world = world_of([row(status="completed")])
    world.run()
    world.age(86400)
    world.run()
    assert world.bolna.posts == []
    assert "empty it" in notes(world)
    assert world.status("Asha") == "completed"


@pytest.mark.parametrize("status", [
    "busy", "No-Answer", "no_answer", "no answer", "noanswer", "failed"])
def test_who_was_not_reached_before_is_called_in_10_minutes(world_of, status):
    world = world_of([row(status=status)])
    world.run()
    world.age(540)
    world.run()
    assert world.bolna.posts == []
    world.age(61)
    world.run()
    assert calls(world, ASHA) == [1]


@pytest.mark.parametrize("status", [
    "ringing", "initiated", "call her later", "calling", "rejected", "declined",
    "unreachable", "confirmed", "rescheduled"])
def test_a_status_that_may_be_a_persons_word_is_held_with_a_note_until_it_is_emptied(
        world_of, status):
    world = world_of([row(status=status)])
    world.run()
    world.age(86400)
    world.run()
    assert world.bolna.posts == []
    assert f"'{status}'" in notes(world)
    world.write_csv([row()])
    world.run()
    assert calls(world, ASHA) == [1]


# --- what is sent, and when nothing is ----------------------------------

def test_the_row_says_initiating_before_bolna_hears_of_the_call(world_of):
    world = world_of()
    world.bolna.fault("POST /call", Fault(before=0.5, processed=True))
    world.linger()
    assert world.bolna.wait(lambda: world.bolna.posts)
    assert world.status("Asha") == "initiating"
    assert world.sheet()["Asha"]["Latest Execution ID"] \
        == world.value("SELECT token FROM attempt")
    until(lambda: world.status("Asha") == "initiated")
    assert world.sheet()["Asha"]["Latest Execution ID"] \
        == world.bolna.placed[0].execution_id


def test_the_agent_is_told_name_number_zone_and_the_other_columns(world_of):
    world = world_of(
        [row(zone="Asia/Tokyo", day="Thursday", pay="12 €/h", empty="",
             fake="forged")],
        header=[*HEADER, "Timezone", "Appointment Day", "  Pay (per hour)",
                "Empty", "Callsheet Attempt"])
    world.run()
    token = world.value("SELECT token FROM attempt")
    assert world.bolna.placed[0].body == {
        "agent_id": AGENT, "recipient_phone_number": ASHA,
        "user_data": {
            "name": "Asha", "customer_name": "Asha", "phone_number": ASHA,
            "timezone": "Asia/Tokyo", "callsheet_attempt": token,
            "appointment_day": "Thursday", "pay_per_hour": "12 €/h"}}


def test_a_dry_run_calls_nobody_and_says_who_would_be_called(world_of):
    world = world_of(PEOPLE[:2], settings={"dry_run": "yes"})
    before = world.csv_file.read_bytes()
    done = world.run()
    assert world.bolna.posts == []
    assert world.query("SELECT * FROM attempt") == []
    assert world.csv_file.read_bytes() == before
    for phone in (ASHA, BEN):
        masked = phone[:3] + "*" * 6 + phone[-4:]
        assert f"would call {masked}" in done.stderr
        assert phone not in done.stderr
    assert "dry_run is on" in world.callsheet("status").stdout
