"""Transcripts and extractions are strangers' text: none of them may end a
pass, hold it up, or be taken for a promise."""

import json

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from outcome_world import add_call, add_calls, calls, decide, outcome

WORDS = ["I", "will", "come", "not", "no", "yes", "call", "me", "again",
         "dont", "tomorrow", "at", "5", "5:30", "pm", "kal", "baje", "नहीं",
         "आऊँगा", "half", "past", "in", "two", "hours", "2026-13-45",
         "31/02", "99:99", "23rd", "February", "\x00", "\u202e", "😀", "?",
         ".", ",", "\n", "user:", "assistant:", "*", "|", "%", "'", "\\",
         "\ud7ff", "\uffff", "quarter", "to", "1", "saade", "one", "monday"]
MEGABYTE = 1 << 20
LARGE = {
    "one word": "a" * MEGABYTE,
    "one letter words": "a " * (MEGABYTE // 2),
    "weak words in one sentence": "yes " * (MEGABYTE // 4),
    "openings of phrases": "call me " * (MEGABYTE // 8),
    "gaps": "not a b c " * (MEGABYTE // 10),
    "strong words": "I will come. " * (MEGABYTE // 13),
    "turns": "\nuser: yes\nassistant: no" * (MEGABYTE // 25),
    "numbers": "at 5 pm tomorrow " * (MEGABYTE // 17),
    "marks": "\u0301" * (MEGABYTE // 2),
    "bytes that are no text": "\udcff" * (MEGABYTE // 3),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with calls(tmp_path_factory.mktemp("hostile"), []) as world:
        yield world


def clear(world):
    for table in ("outcome_due", "outcome", "execution", "attempt"):
        world.alter(f"DELETE FROM {table}")
    world.alter("DELETE FROM delivery")
    world.alter("DELETE FROM lead WHERE id > 1000")


talk = st.one_of(st.text(max_size=300),
                 st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join))
fields = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30)
    | st.sampled_from(["confirmed", "yes", "declined", "2026-01-01"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["call_outcome", "final_slot", "dnc", "confidence",
                         "objective", "subjective", "date", "time",
                         "user_interested", "Call Outcome"])
        | st.text(max_size=10), inner, max_size=5), max_leaves=20)


@settings(max_examples=12, deadline=None, derandomize=True,
          suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(talk, fields), min_size=20, max_size=20))
def test_no_text_ends_a_pass(world, said):
    clear(world)
    add_calls(world, [{
        "transcript": "user: " + text.encode(
            "utf-8", "replace").decode().replace("\x00", ""),
        "extraction": json.dumps(extraction)} for text, extraction in said])
    decide(world)
    assert world.query("SELECT * FROM outcome_due") == []
    assert world.value("SELECT count(*) FROM outcome") == len(said)
    assert world.value(
        "SELECT count(*) FROM outcome WHERE outcome NOT IN (SELECT word FROM"
        " outcome_word) OR confidence NOT BETWEEN 0 AND 1"
        " OR length(span) > 200 OR (outcome = 'confirmed' AND confidence <"
        " 0.7) OR (slot_at IS NOT NULL AND slot_at < unixepoch() - 3600)"
        ) == 0


@pytest.mark.parametrize("name", LARGE)
def test_a_megabyte_of_talk_is_read_in_one_go(world, name):
    clear(world)
    text = LARGE[name].encode("utf-8", "surrogateescape")
    add_call(world, 1, {})
    world.alter("UPDATE execution SET transcript = CAST(? AS TEXT)",
                b"user: " + text)
    # what is quadratic takes hours
    done = world.callsheet("run", "--once", timeout=60)
    assert done.returncode == 0, done.stderr
    speechless = name in ("marks", "bytes that are no text")
    assert outcome(world)["outcome"] in (("pending",) if speechless else (
        "needs_review", "confirmed", "callback")), outcome(world)


@pytest.mark.parametrize("extraction", [
    '{"a":' * 200 + "1" + "}" * 200, "[" * 5000, "{", "", "null", '"x"',
    json.dumps({"call_outcome": "x" * 1000000}),
    json.dumps([{"call_outcome": "accepted"}] * 4000),
    json.dumps({"x" * 100000: True})], ids=lambda x: x[:12] + str(len(x)))
def test_no_extraction_ends_a_pass(world, extraction):
    clear(world)
    add_call(world, 1, {"extraction": extraction})
    decide(world)
    assert outcome(world)["outcome"] in ("pending", "confirmed")


@pytest.mark.parametrize("pattern, outcome_word", [
    ("*", "confirmed"), ("", "confirmed"), ("| |", "confirmed"),
    (" ".join("*" * 40), "confirmed"), ("%", "needs_review"),
    ("a " * 100, "confirmed"), ("yes", "nonsense")])
def test_a_row_of_policy_that_means_nothing_ends_no_pass(world, pattern,
                                                         outcome_word):
    clear(world)
    world.alter("INSERT INTO outcome_phrase (language, pattern, outcome,"
                " weight) VALUES ('xx', ?, ?, 0.9)", pattern, outcome_word)
    add_call(world, 1, {"transcript": "user: hello there\n"})
    try:
        decide(world)
        assert outcome(world)["outcome"] == "needs_review"
    finally:
        world.alter("DELETE FROM outcome_phrase WHERE language = 'xx'")


def test_many_calls_are_taken_up_a_few_at_a_time(world):
    clear(world)
    add_calls(world, [{"transcript": "user: I will come.\n"}] * 250)
    decide(world)
    left = world.value("SELECT count(*) FROM outcome_due")
    assert 0 < left <= 250 - 100
    decide(world)
    assert world.query("SELECT * FROM outcome_due") == []
    assert world.value("SELECT count(*) FROM outcome"
                       " WHERE outcome = 'confirmed'") == 250
