"""What a call led to: decided by rules, overruled by people, acted upon."""

import pytest

from outcome_world import add_call, calls, decide, next_at, outcome
from outcomes import TABLE, transcript
from world import HEADER, person
from sim.bolna import Fate, Fault

ASHA, BEN = "+919999900001", "+919999900002"
COLUMNS = HEADER + ["Outcome", "Control", "Next Attempt"]
NO = "assistant: Will you come?\nuser: No, I can't come.\n"
YES = "assistant: Will you come?\nuser: Yes, I will be there.\n"
BYE = "assistant: Will you come?\nuser: Okay, bye.\n"


def said(text, **more):
    return Fate(transcript=text, extracted_data=None, agent_extraction=None,
                **more)


@pytest.fixture
def world_of(world_of):
    """Makes a world in which Asha's calls have these fates."""
    def make(*fates, rows=(("Asha", ASHA),), **options):
        world = world_of([person(*row, "", "", "") for row in rows],
                         header=COLUMNS, **options)
        if fates:
            world.bolna.fate(ASHA, *fates)
        return world

    return make


def asha(world, column="Outcome"):
    return world.sheet()["Asha"][column]


def write(world, column, word):
    """A person types a word into Asha's row."""
    row = {**world.sheet()["Asha"], column: word}
    world.write_csv([[row[name] for name in COLUMNS]], COLUMNS)


def choose(world, *words, status=0):
    done = world.callsheet("outcome", *words)
    assert done.returncode == status, (done.stdout, done.stderr)
    return done.stdout + done.stderr


# --- the row says it ---

@pytest.mark.parametrize("csv_file", [True, False], ids=["csv", "google"])
def test_the_outcome_stands_in_its_own_column(world_of, csv_file):
    world = world_of(said(YES), csv_file=csv_file)
    world.call()
    assert asha(world) == "confirmed"
    assert asha(world, "Status") == "completed"


def test_okay_bye_is_left_to_a_person(world_of):
    world = world_of(said(BYE))
    world.call()
    assert asha(world) == "needs_review"
    assert "needs review" in asha(world, "Notes")
    assert '"Okay, bye"' in asha(world, "Notes")


def test_who_was_not_reached_is_pending(world_of):
    world = world_of(Fate("no-answer", transcript=None))
    world.call()
    assert asha(world) == "pending"


def test_nobody_who_answers_takes_nothing_back(world_of):
    world = world_of(said(YES), Fate("no-answer", transcript=None))
    world.call()
    write(world, "Control", "retry now")
    world.call()
    assert world.bolna.count(ASHA) == 2
    assert asha(world) == "confirmed"


def test_what_bolna_has_not_confirmed_counts_for_nothing(tmp_path):
    with calls(tmp_path, [{"transcript": YES, "verified": 0}]) as world:
        assert outcome(world) is None


def test_the_sqlite_shell_shows_rule_confidence_and_quote(tmp_path):
    with calls(tmp_path, [{"transcript": YES}]) as world:
        assert world.query(
            "SELECT outcome, rule, confidence, span FROM call"
            " WHERE outcome IS NOT NULL") == [
                ("confirmed", "phrase en: ill|will|shall|well * be"
                 " there|present|attending|coming|joining", 0.85,
                 "Yes, I will be there")]
        assert world.value("SELECT outcome FROM outcome_now") == "confirmed"


# --- Bolna's extraction ---

EXTRACTIONS = [
    ({"call_outcome": "ACCEPTED"}, None, "confirmed", "extraction"),
    ({"call_outcome": "REJECTED"}, None, "declined", "extraction"),
    ({"call_outcome": "RESCHEDULED"}, None, "rescheduled", "extraction"),
    ({"status": "confirmed"}, None, "confirmed", "extraction"),
    ({"status": "Not Interested"}, None, "declined", "extraction"),
    ({"user_interested": True, "callback_user": False}, None,
     "confirmed", "field"),
    ({"user_interested": False}, None, "declined", "field"),
    ({"user_interested": "yes"}, None, "confirmed", "field"),
    ({"callback_user": True}, None, "callback", "field"),
    ({"user_interested": True, "callback_user": True}, None,
     "callback", "field"),
    ({"Interview": {"Attendance": {"subjective": "will come",
      "objective": "confirmed", "confidence": 0.94}}}, None,
     "confirmed", "extraction"),
    ({"Interview": {"Call Outcome": {"objective": "Wrong Person",
      "confidence_label": "High"}}}, None, "wrong_person", "extraction"),
    ({"General": {"Outcome": {"value": "voicemail", "confidence": 90}}},
     None, "voicemail", "extraction"),
    # weak evidence, and what nobody knows
    ({"Interview": {"Attendance": {"objective": "confirmed",
      "confidence": 0.4}}}, None, "needs_review", "extraction"),
    ({"status": "confirmed", "confidence": 0.3}, None,
     "needs_review", "extraction"),
    ({"Interview": {"Attendance": {"objective": "confirmed",
      "confidence_label": "Low"}}}, BYE, "needs_review", "extraction"),
    ({"status": "confirmed", "confidence": 0.3}, YES,
     "confirmed", "phrase"),
    ({"call_outcome": "GREAT"}, None, "pending", "no conversation"),
    ({"call_outcome": "GREAT"}, BYE, "needs_review", "phrase"),
    ({"confirmed_by": "nobody"}, None, "pending", "no conversation"),
    # what is stated goes before what follows, and both before the words
    ({"call_outcome": "REJECTED", "user_interested": True}, None,
     "declined", "extraction"),
    ({"call_outcome": "ACCEPTED"}, BYE, "confirmed", "extraction"),
    ({"user_interested": True}, BYE, "confirmed", "field"),
    # what contradicts is for a person
    ({"call_outcome": "ACCEPTED"}, NO, "needs_review", "extraction"),
    ({"user_interested": False, "confirmed": True}, None,
     "needs_review", "fields that contradict"),
    ({"user_interested": False}, YES, "needs_review", "field"),
    ({"user_interested": False, "callback_user": True}, None,
     "needs_review", "fields that contradict"),
    ({"call_outcome": "REJECTED"},
     "assistant: Asha?\nuser: Wrong number.\n", "wrong_person", "phrase"),
    # opt-out beats everything, wherever it is heard
    ({"call_outcome": "ACCEPTED", "do_not_call": True}, YES,
     "opt_out", "extraction"),
    ({"call_outcome": "ACCEPTED"},
     "assistant: hi\nuser: Never call me again.\n", "opt_out", "phrase"),
    ("the person agreed", None, "pending", "no conversation"),
    ([[[]]], BYE, "needs_review", "phrase"),
]


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    with calls(tmp_path_factory.mktemp("extraction"),
               [{"extraction": x, "transcript": t}
                for x, t, _, _ in EXTRACTIONS]) as world:
        yield world


@pytest.mark.parametrize("n", range(len(EXTRACTIONS)),
                         ids=[str(x[:3]) for x in EXTRACTIONS])
def test_an_extraction_is_believed_as_far_as_it_is_sure(extracted, n):
    _, _, want, rule = EXTRACTIONS[n]
    found = outcome(extracted, n + 1)
    assert found["outcome"] == want, found
    assert found["rule"].startswith(rule), found


@pytest.mark.parametrize("columns, want", [
    ({"voicemail": 1, "transcript": YES}, "voicemail"),
    ({"final": "busy"}, "pending"), ({"final": "no-answer"}, "pending"),
    ({"final": "failed", "transcript": YES}, "pending")])
def test_who_was_not_spoken_to_has_promised_nothing(tmp_path, columns, want):
    with calls(tmp_path, [columns]) as world:
        assert outcome(world)["outcome"] == want


def test_an_operators_own_rows_count(tmp_path):
    with calls(tmp_path, []) as world:
        world.alter("INSERT INTO outcome_phrase (language, pattern, outcome,"
                    " weight) VALUES ('nl', 'ik kom', 'confirmed', 0.9)")
        world.alter("INSERT INTO outcome_field VALUES ('mood', 'sunny',"
                    " 'confirmed', 2, 0.9)")
        add_call(world, 1, {"transcript": "assistant: ?\nuser: Ja, ik kom!"})
        add_call(world, 2, {"extraction": {"Mood": "Sunny"}})
        world.run()
        assert outcome(world, 1)["rule"] == "phrase nl: ik kom"
        assert outcome(world, 2)["rule"] == "field mood"


# --- who wants no calls, and who wants one at a time ---

def test_who_says_stop_calling_is_not_called_again(world_of):
    world = world_of(said("assistant: hi\nuser: Stop calling me.\n"), Fate())
    world.call()
    assert asha(world) == "opt_out"
    assert world.query("SELECT phone, source, removed_at FROM suppression"
                       ) == [(ASHA, "call", None)]
    write(world, "Control", "retry now")
    world.call()
    assert world.bolna.count(ASHA) == 1
    assert "Asked in a call" in asha(world, "Notes")


def test_an_opt_out_that_is_not_plain_is_left_to_a_person(world_of):
    world = world_of(said("assistant: hi\nuser: Don't call me.\n"))
    world.call()
    assert asha(world) == "needs_review"
    assert world.query("SELECT * FROM suppression") == []


def test_an_opt_out_that_a_person_has_taken_back_stays_taken_back(world_of):
    world = world_of(said("assistant: hi\nuser: Stop calling me.\n"))
    world.call()
    assert world.callsheet("dnc", "remove", ASHA, "--account",
                           "acme").returncode == 0
    world.alter("INSERT INTO outcome_due SELECT id FROM attempt")
    world.alter("DELETE FROM outcome")
    world.run()
    assert asha(world) == "opt_out"
    assert world.value("SELECT count(*) FROM suppression"
                       " WHERE removed_at IS NULL") == 0


def test_who_asks_to_be_called_later_is_called_then_and_not_before(world_of):
    later = "assistant: hi\nuser: I am busy, call me after two hours.\n"
    world = world_of(said(later), said(YES), campaign={
        "window": "00:00-24:00"})
    world.call()
    world.call()
    assert world.bolna.count(ASHA) == 1
    assert asha(world) == "callback"
    assert asha(world, "Next Attempt")
    world.age(7300)
    world.call()
    assert world.bolna.count(ASHA) == 2
    assert asha(world) == "confirmed"


@pytest.mark.parametrize("campaign", [
    {"max_attempts": 1}, {"window": "00:00-00:01"}])
def test_a_wish_to_be_called_overrules_no_rule(world_of, campaign):
    later = "assistant: hi\nuser: Call me after two hours.\n"
    world = world_of(said(later), Fate(), campaign={
        "window": "00:00-24:00"})
    world.call()
    world.set("campaign interviews", **campaign)
    world.write_csv([[world.sheet()["Asha"][c] for c in COLUMNS]], COLUMNS)
    world.age(7300)
    world.call()
    assert world.bolna.count(ASHA) == 1


def test_richer_data_take_back_a_time_that_was_set(tmp_path):
    later = "assistant: hi\nuser: Call me after two hours.\n"
    with calls(tmp_path, [{"transcript": later}]) as world:
        world.alter("UPDATE execution SET ended_at = unixepoch()")
        world.alter("INSERT INTO outcome_due SELECT attempt FROM execution")
        decide(world)
        assert next_at(world)
        world.alter("UPDATE execution SET transcript = transcript"
                    " || 'user: No, please cancel it.'")
        world.alter("INSERT INTO outcome_due SELECT attempt FROM execution")
        decide(world)
        assert outcome(world)["outcome"] == "declined"
        assert next_at(world) is None


# --- a person's word ---

def say_by_verb(world, word):
    assert word in choose(world, ASHA, word, "--note", "by phone")


def say_in_the_sheet(world, word):
    write(world, "Outcome", word.replace("_", " ").title())
    world.run()


def news(world):
    """The call is confirmed once more, with more, and worked out anew."""
    world.alter("UPDATE execution SET transcript = transcript || ?",
                "user: Yes, I will be there.\n")
    world.alter("INSERT OR IGNORE INTO outcome_due SELECT id FROM attempt")
    world.run()
    assert world.callsheet("replay").returncode == 0
    world.run()


@pytest.mark.parametrize("say", [say_by_verb, say_in_the_sheet])
@pytest.mark.parametrize("word", ["confirmed", "wrong_person", "callback"])
def test_a_persons_word_wins_and_stays(world_of, say, word):
    world = world_of(said(NO))
    world.call()
    assert asha(world) == "declined"
    say(world, word)
    world.run()
    assert asha(world) == word
    news(world)
    assert asha(world) == word
    assert world.query("SELECT outcome FROM outcome WHERE source = 'person'"
                       ) == [(word,)]


def test_what_a_person_said_before_is_kept(world_of):
    world = world_of(said(NO))
    world.call()
    for word in ("confirmed", "declined", "confirmed"):
        choose(world, ASHA, word)
    assert [row[0] for row in world.query(
        "SELECT outcome FROM outcome WHERE source = 'person' ORDER BY id")
        ] == ["confirmed", "declined", "confirmed"]


@pytest.mark.parametrize("word, count", [("confirmed", 1), ("declined", 1),
                                         ("callback", 2), ("pending", 2)])
def test_who_is_spoken_for_is_not_called_by_itself(world_of, word, count):
    world = world_of(Fate("no-answer", transcript=None), Fate())
    world.call()
    choose(world, ASHA, word)
    world.age(4000)
    world.call()
    assert world.bolna.count(ASHA) == count


def test_who_is_spoken_for_while_calls_are_placed_is_not_called(world_of):
    phones = [f"+91999990000{n}" for n in range(1, 4)]
    world = world_of(rows=[(f"P{n}", phone)
                           for n, phone in enumerate(phones)])
    world.bolna.fault("POST /call", Fault(processed=True, after=1))
    dialer = world.linger("--once")
    assert world.bolna.wait(lambda: world.bolna.posts)
    world.alter("INSERT INTO outcome (lead, account, source, outcome, rule,"
                " confidence, decided_at) SELECT l.id, c.account, 'person',"
                " 'confirmed', 'web', 1, unixepoch() + 1 FROM lead l"
                " JOIN campaign c ON c.id = l.campaign WHERE l.name > 'P0'")
    assert "a person has spoken for it" in dialer.communicate(timeout=30)[1]
    world.age(7200)
    world.run(ok=False)
    assert [world.bolna.count(phone) for phone in phones] == [1, 0, 0]


def test_a_word_in_a_row_that_was_never_called_counts(world_of):
    world = world_of()
    write(world, "Outcome", "declined")
    world.call()
    assert world.bolna.count(ASHA) == 0
    assert asha(world) == "declined"


def test_a_word_that_is_none_is_left_alone_and_said(world_of):
    world = world_of(said(NO))
    world.call()
    write(world, "Outcome", "perhaps not")
    world.run()
    news(world)
    assert asha(world) == "perhaps not"
    assert asha(world, "Notes").count("which is none") == 1
    write(world, "Outcome", "")
    world.run()
    news(world)
    assert "which is none" not in asha(world, "Notes")


def test_a_word_written_while_ours_is_on_its_way_is_kept(world_of):
    world = world_of(said(NO))
    world.run()
    world.bolna.quiet()
    world.callsheet("reconcile")
    write(world, "Outcome", "confirmed")    # nobody has read it yet
    world.callsheet("run", "--once")
    world.run()
    assert asha(world) == "confirmed"


def test_a_person_says_when_to_call(world_of):
    world = world_of(said(BYE), Fate(), campaign={"window": "00:00-24:00"})
    world.call()
    assert "next attempt" in choose(world, ASHA, "callback", "--at",
                                    "in two hours")
    world.age(7300)
    world.call()
    assert world.bolna.count(ASHA) == 2
    assert "no time to come" in choose(world, ASHA, "callback", "--at",
                                       "last year", status=65)


def test_an_opt_out_that_a_person_enters_closes_the_number(world_of):
    world = world_of(said(BYE), Fate(),
                     rows=(("Asha", ASHA), ("Ben", BEN)))
    world.call()
    choose(world, str(world.value("SELECT id FROM attempt WHERE phone = ?",
                                  ASHA)), "opt-out")
    assert world.query("SELECT phone, source FROM suppression") == [
        (ASHA, "outcome")]


@pytest.mark.parametrize("words, status", [
    ((ASHA, "great"), 65), (("+919999911111", "confirmed"), 65),
    (("12", "confirmed"), 65), ((ASHA,), 64), ((), 64),
    ((ASHA, "confirmed", "--campaign", "other"), 65)])
def test_what_cannot_be_meant_is_refused(world_of, words, status):
    world = world_of()
    world.run()
    choose(world, *words, status=status)
    assert world.query("SELECT * FROM outcome WHERE source = 'person'") == []


def test_a_later_call_that_says_otherwise_is_noted_beside_it(world_of):
    world = world_of(said(BYE), said(NO))
    world.call()
    choose(world, ASHA, "confirmed")
    write(world, "Control", "retry now")
    world.call()
    assert world.bolna.count(ASHA) == 2
    assert asha(world) == "confirmed"
    assert "the last call says declined" in asha(world, "Notes")


def test_the_table_is_large_and_in_many_languages():
    assert len(TABLE) >= 60
    assert len({row[2].split()[1] for row in TABLE
                if row[2].startswith("phrase")}) >= 7
    assert all(transcript(row[0]) for row in TABLE)
