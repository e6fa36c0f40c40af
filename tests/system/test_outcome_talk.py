"""What people say on the phone, and what callsheet takes it for."""

import pytest

from outcome_world import calls, outcome
from outcomes import TABLE, transcript

NEEDS = {"opt_out": 0.8}


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    with calls(tmp_path_factory.mktemp("talk"),
               [{"transcript": transcript(row[0])} for row in TABLE]) as world:
        yield world


def strength(found):
    if found["confidence"] >= NEEDS.get(found["outcome"], 0.7):
        return "strong"
    return "weak" if found["confidence"] > 0 else "none"


@pytest.mark.parametrize("n", range(len(TABLE)),
                         ids=[" / ".join(row[0][1:]) for row in TABLE])
def test_what_a_person_says_is_taken_for_what_it_is(decided, n):
    turns, want, rule, how = TABLE[n]
    found = outcome(decided, n + 1)
    assert (found["outcome"], strength(found)) == (want, how), found
    assert found["rule"].startswith(rule), found


def test_each_outcome_quotes_the_words_it_rests_on(decided):
    for n, row in enumerate(TABLE, 1):
        found = outcome(decided, n)
        if found["outcome"] != "pending":
            assert found["span"] in transcript(row[0]), found
            assert found["span"], found
