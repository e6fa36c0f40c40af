"""When people want to be called: in their words, and by their clock."""

import datetime
import json
import zoneinfo

import pytest

from outcome_world import ZONE, calls, monday_noon, next_at, outcome

# Said on a Monday at noon: days later, and the time of that day.
SAID = [
    ("Call me tomorrow at 5.", 1, "17:00"),
    ("Call me tomorrow at 10.", 1, "10:00"),
    ("Call me at 9 am tomorrow", 1, "09:00"),
    ("Please call me at 4:30 today.", 0, "16:30"),
    ("Call me at 3 p.m.", 0, "15:00"),
    ("Call me at 11.", 1, "11:00"),
    ("Call me at 9.", 0, "21:00"),
    ("Call me after 6.", 0, "18:00"),
    ("Call me on next Monday at 10 am.", 7, "10:00"),
    ("Can we reschedule to Friday, half past four?", 4, "16:30"),
    ("Call me on Wednesday evening.", 2, "18:00"),
    ("Call me tomorrow morning.", 1, "10:00"),
    ("Call me the day after tomorrow at noon.", 2, "12:00"),
    ("Call me after two hours.", 0, "14:00"),
    ("Call me in half an hour.", 0, "12:30"),
    ("Call me in 45 minutes", 0, "12:45"),
    ("Call me after 3 days at 4 pm.", 3, "16:00"),
    ("Call me tomorrow.", 1, "12:00"),
    ("Call me next week.", 7, "12:00"),
    ("Call me tonight at 8.", 0, "20:00"),
    ("Call me at 17:15 tomorrow.", 1, "17:15"),
    ("Call me later. Not tomorrow, on Thursday at 5.", 3, "17:00"),
    ("Call me tomorrow at quarter to five.", 1, "16:45"),
    ("Kal shaam 5 baje call karna.", 1, "17:00"),
    ("Kal subah das baje phone kijiye.", 1, "10:00"),
    ("Do ghante baad call karo.", 0, "14:00"),
    ("Aadhe ghante baad phone karna", 0, "12:30"),
    ("Parso dopahar 2 baje call kijiye.", 2, "14:00"),
    ("Kal saade paanch baje call karo.", 1, "17:30"),
    ("Shaam 8 baje call karo.", 0, "20:00"),
    ("Somvar ko 11 baje call karna.", 7, "11:00"),
    ("कल शाम 5 बजे फ़ोन कीजिए।", 1, "17:00"),
    ("दो घंटे बाद कॉल कीजिए।", 0, "14:00"),
    ("परसों सुबह १० बजे कॉल करो।", 2, "10:00"),
    ("Llámeme mañana a las 5.", 1, "17:00"),
    ("Llámeme mañana por la mañana a las 9.", 1, "09:00"),
    ("Llámeme en dos horas.", 0, "14:00"),
    ("Rufen Sie mich morgen um 15 Uhr an.", 1, "15:00"),
]
UNREADABLE = ["Can you call me back?", "Call me later today.",
              "Call me on 3/4 at 5 pm.",
              "Call me back at once.", "Call me later, at 25:70.",
              "Call me tomorrow, no, on 31 February at 5 pm."]


def talk(said):
    return {"transcript": f"assistant: Can you talk?\nuser: {said}\n"}


def local(epoch, zone):
    return datetime.datetime.fromtimestamp(epoch, zoneinfo.ZoneInfo(zone))


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    ended = monday_noon()
    with calls(tmp_path_factory.mktemp("time"),
               [talk(said) for said, _, _ in SAID]
               + [talk(said) for said in UNREADABLE],
               ended=int(ended.timestamp())) as world:
        yield world, ended


@pytest.mark.parametrize("n", range(len(SAID)), ids=[s[0] for s in SAID])
def test_a_time_that_is_asked_for_is_the_next_attempt(heard, n):
    world, ended = heard
    _, days, clock = SAID[n]
    found = outcome(world, n + 1)
    assert found["outcome"] in ("callback", "rescheduled"), found
    at = local(found["slot_at"] or 0, ZONE)
    assert (at.date() - ended.date()).days == days, at
    assert at.strftime("%H:%M") == clock
    assert next_at(world, n + 1) == found["slot_at"]


@pytest.mark.parametrize("n", range(len(UNREADABLE)), ids=UNREADABLE)
def test_a_time_that_cannot_be_read_is_never_guessed(heard, n):
    world, _ = heard
    found = outcome(world, len(SAID) + n + 1)
    assert found["outcome"] == "callback", found
    assert found["slot_at"] is None
    assert "needs review" in found["note"]
    assert next_at(world, len(SAID) + n + 1) is None


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe",
                                  "Asia/Kathmandu",
                                  "Asia/Kolkata,America/New_York"])
def test_a_time_is_one_of_the_persons_clock(tmp_path, zone):
    first = zone.split(",")[0]
    ended = monday_noon(first)
    with calls(tmp_path, [talk("Call me tomorrow at 5.")], zone=zone,
               ended=int(ended.timestamp())) as world:
        at = local(outcome(world)["slot_at"], first)
        assert (at.date() - ended.date()).days == 1
        assert at.strftime("%H:%M") == "17:00"


SLOTS = [
    {"final_slot": {"date": "{date}", "time": "10:00 AM"}},
    {"final_slot": {"date": "{date}", "time": "10:00",
                    "day_of_week": "Wednesday"}},
    {"new_slot": "Wednesday 10 am"},
    {"rescheduled_slot": "{date}T10:00:00"},
    {"new_interview_slot": "{date}T04:30:00Z"},
    {"preferred_slot": {"subjective": "on Wednesday at 10"}},
    {"Booking": {"Callback Time": {"objective": "{date} 10:00",
                                   "confidence": 0.9}}},
]


@pytest.mark.parametrize("slot", SLOTS, ids=[str(s) for s in SLOTS])
def test_a_slot_of_the_extraction_is_the_next_attempt(tmp_path, slot):
    ended = monday_noon()
    date = (ended + datetime.timedelta(days=2)).strftime("%Y-%m-%d")
    extraction = {"call_outcome": "RESCHEDULED", **slot}
    text = json.dumps(extraction).replace("{date}", date)
    with calls(tmp_path, [{"extraction": text}],
               ended=int(ended.timestamp())) as world:
        found = outcome(world)
        assert found["outcome"] == "rescheduled"
        at = local(found["slot_at"] or 0, ZONE)
        assert at.strftime("%Y-%m-%d %H:%M") == f"{date} 10:00"


def test_a_slot_that_contradicts_itself_or_is_over_is_none(tmp_path):
    ended = monday_noon()
    date = (ended + datetime.timedelta(days=2)).strftime("%Y-%m-%d")
    slots = [{"date": date, "time": "10:00", "day_of_week": "Friday"},
             "2020-01-01 10:00", "2020-01-01T10:00:00Z", "soon", ""]
    with calls(tmp_path, [{"extraction": {"call_outcome": "rescheduled",
                                          "final_slot": slot}}
                          for slot in slots],
               ended=int(ended.timestamp())) as world:
        for n in range(1, len(slots) + 1):
            found = outcome(world, n)
            assert found["outcome"] == "rescheduled"
            assert found["slot_at"] is None, slots[n - 1]
            assert next_at(world, n) is None
