"""What goes wrong with a language model ends in a recorded failure, costs
bounded tokens, and holds up nothing else."""

import signal
import time

import pytest

from analysed import (
    ASHA, BEN, CALL, COMPLETE, INDIVIDUAL, PEOPLE, TALK, analysed_world, calm)
from world import person, until
from sim.faults import Fault
from sim.openai import MODEL, Answer, refusal, rubbish

__all__ = ["analysed_world"]
LONG = Answer(text="x" * 40000)


def given_up(world):
    """There is nothing left to do about it."""
    world.later(7200)
    return world.value("SELECT count(*) FROM post WHERE due_at IS NOT NULL") \
        == 0


@pytest.mark.parametrize("answer, state, said, requests", [
    (Answer(refusal="I cannot help with that."), "refused",
     "I cannot help with that.", 1),
    (Answer(status="incomplete", reason="content_filter"), "filtered",
     "filter of contents", 1),
    (LONG, "cut", "cut at 8000 tokens", 2),
    (Answer(text="She was interested."), "invalid", "no JSON object", 2),
    (Answer(text='{"call_outcome": "interested"'), "invalid", "JSON", 2),
    (calm(lead_score=140), "invalid", "lead_score is not from 0 to 100", 2),
    (calm(sentiment="great"), "invalid", "sentiment is none of the words", 2),
    (calm(key_topics="price"), "invalid", "key_topics is of the wrong", 2),
    (calm(call="+12025550143"), "invalid", "that the schema has not", 2),
    (Answer(json={}), "invalid", "call_outcome is missing", 2),
    (Answer(status="queued"), "invalid", "is queued", 2),
    (Answer(status="failed", error=("invalid_prompt", "No")), "failed",
     "invalid_prompt", 1)])
def test_an_answer_that_is_none_ends_in_a_recorded_failure(
        analysed_world, answer, state, said, requests):
    world = analysed_world()
    world.model.say(answer, kind=INDIVIDUAL)
    world.call()
    (got, error, score), = world.individual("state, error, lead_score")
    assert (got, score) == (state, None)
    assert said in error
    assert given_up(world)
    assert len(world.asked()) == requests
    assert world.asked(COMPLETE) == []
    assert world.query("SELECT * FROM contact") == []


@pytest.mark.parametrize("what", ["html", "text", "empty", "array",
                                  "no output", "10 MB", "deep", "not UTF-8"])
def test_rubbish_in_place_of_an_answer_is_a_recorded_failure(
        analysed_world, what):
    world = analysed_world()
    world.model.fault(rubbish(what), rubbish(what))
    world.call()
    assert world.individual("state") == [("invalid",)]
    assert given_up(world)
    assert len(world.asked()) == 2
    assert world.status("Asha") == "completed"


def test_a_request_that_openai_refuses_is_not_repeated(analysed_world):
    world = analysed_world()
    world.model.fault(refusal(400, "context_length_exceeded", param="input"))
    world.call()
    assert world.individual("state, error") == [
        ("failed", "OpenAI answered 400 context_length_exceeded, about"
                   " input")]
    assert given_up(world)
    assert len(world.asked()) == 1


def test_a_second_answer_may_be_better(analysed_world):
    world = analysed_world()
    world.model.say(Answer(text="Well.", usage={"input_tokens": 100,
                                                "output_tokens": 7}),
                    Answer(json=CALL, usage={"input_tokens": 100,
                                             "output_tokens": 70}),
                    kind=INDIVIDUAL)
    world.call()
    assert world.individual("state, error, input_tokens, output_tokens") == [
        ("done", None, 200, 77)]


def test_an_answer_that_was_cut_is_asked_for_with_twice_the_room(
        analysed_world):
    world = analysed_world()
    world.model.say(Answer(status="incomplete", reason="max_output_tokens"),
                    Answer(json=CALL), kind=INDIVIDUAL)
    world.call()
    first, second = (a.body["max_output_tokens"] for a in world.asked())
    assert second == 2 * first
    assert world.individual("state") == [("done",)]


def test_a_server_that_knows_no_schema_may_wrap_its_answer(analysed_world):
    world = analysed_world()
    text = Answer(json=CALL).words(None)
    world.model.say(Answer(text=f"Sure!\n```json\n{text}\n```\n", parts=3,
                           reasoning=True), kind=INDIVIDUAL)
    world.call()
    assert world.individual("state, lead_score") == [("done", 72)]


@pytest.mark.parametrize("fault", [
    refusal(429), refusal(500), refusal(503), Fault(status=502, body="<html>"),
    Fault(processed=False, cut="start"), Fault(processed=True, cut="body"),
    Fault(processed=True, cut="headers", reset=True)],
    ids=["429", "500", "503", "html 502", "dropped", "half", "reset"])
def test_trouble_at_openai_is_waited_out(analysed_world, fault):
    world = analysed_world()
    world.model.fault(fault)
    world.call()
    assert world.individual("state") == []
    assert world.value("SELECT error FROM post WHERE kind = 'analysis'")
    world.later()
    assert world.individual("state") == [("done",)]
    assert world.complete("state") == [("done",)]


def test_a_try_is_put_off_by_one_two_and_four_seconds(analysed_world):
    world = analysed_world()
    world.model.fault(refusal(500, times=8))
    world.call()
    tries = 0
    while tries < 3:                # a slow pass tries more than once
        before = tries
        tries, due = world.query(
            "SELECT tries, due_at FROM post WHERE kind = 'analysis'")[0]
        assert tries > before
        least = 2 ** (tries - 1)
        wait = due - world.asked()[-1].time
        assert least - 1 <= wait <= least * 1.5 + 1
        world.later(60)


def test_openai_may_ask_for_more_time(analysed_world):
    world = analysed_world()
    world.model.fault(refusal(429, retry_after=600))
    world.call()
    world.later(300)
    assert len(world.asked()) == 1
    world.later(400)
    assert world.individual("state") == [("done",)]


@pytest.mark.parametrize("answer", [
    refusal(429, "insufficient_quota", times=0),
    refusal(429, "credit_balance_exhausted", times=0),
    refusal(401, times=0), refusal(404, "model_not_found", times=0)],
    ids=["quota", "balance", "key", "model"])
def test_what_only_a_person_can_mend_is_not_tried_again_and_told_once(
        analysed_world, answer):
    people = [person(f"P{n}", f"+9199999000{n:02}") for n in range(10, 15)]
    world = analysed_world(people)
    world.talks(TALK, *[row[1] for row in people])
    world.model.fault(answer)
    world.call()
    asked = len(world.asked())
    assert asked <= 2                   # those that were on their way at once
    told = [world.run(ok=False).stderr for _ in range(3)]
    assert len(world.asked()) == asked
    assert not any("service analysis acme" in text for text in told)
    (which, why), = world.query(
        "SELECT which, why FROM anomaly WHERE what = 'service'")
    assert which == "analysis acme"
    assert str(answer.status) in why
    world.model.heal()
    world.later(3700)
    assert world.value("SELECT count(*) FROM analysis"
                       " WHERE state = 'done'") == 10


def test_the_tokens_of_a_day_are_bounded(analysed_world):
    world = analysed_world([*PEOPLE])
    world.set("account acme", analysis_tokens=1000)
    usage = {"input_tokens": 900, "output_tokens": 200}
    world.model.say(Answer(json=CALL, usage=usage), kind=INDIVIDUAL)
    world.call()
    world.run(ok=False)
    assert len(world.model.asked) == 1
    (why,), = world.query("SELECT why FROM anomaly WHERE what = 'tokens'")
    assert "analysis_tokens" in why
    assert world.status("Ben") == "completed"
    day = 86400
    assert world.value("SELECT min(due_at) FROM post WHERE due_at IS NOT NULL"
                       ) // day == int(time.time()) // day + 1
    world.alter("UPDATE tokens SET day = day - 1")
    world.age(day)
    world.run(ok=False)
    assert len(world.model.asked) == 2
    assert world.query("SELECT * FROM anomaly WHERE what = 'tokens'")


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_pass_that_ends_has_counted_its_tokens(analysed_world, end):
    world = analysed_world()
    world.call()
    world.model.fault(Fault(before=600, processed=False))
    world.age(7200)
    world.alter("UPDATE lead SET next_at = unixepoch(), held = NULL")
    dialer = world.linger()
    until(lambda: len(world.bolna.placed) == 2, what="the second call")
    world.callsheet("reconcile")
    until(lambda: len(world.asked()) == 2, what="the second question")
    dialer.send_signal(end)
    dialer.wait(30)
    assert world.value("SELECT reserved FROM tokens") > 4000
    world.later(600)
    world.later(600)
    assert world.individual("state") == [("done",), ("done",)]
    assert world.complete("total_interactions") == [(2,)]


def test_a_slow_model_holds_up_neither_calls_nor_results(analysed_world):
    world = analysed_world(PEOPLE, campaign={"calls_per_pass": 1})
    world.model.fault(Fault(before=600, processed=False, times=0))
    world.run(ok=False)
    world.bolna.quiet()
    world.callsheet("reconcile")
    world.linger()
    until(world.asked, what="the question about the first call")
    until(lambda: len(world.bolna.placed) == 2, what="the second call")
    world.bolna.quiet()
    world.callsheet("reconcile")
    until(lambda: {world.status("Asha"), world.status("Ben")} == {
        "completed"}, what="both results")
    assert world.query("SELECT * FROM analysis") == []


def test_a_model_that_never_answers_is_given_up(analysed_world):
    world = analysed_world()
    world.set("account acme", openai_timeout=1)
    world.model.fault(Fault(before=600, processed=False, times=0))
    world.call()
    asked = len(world.asked())      # a slow pass asks a second time
    world.alter("UPDATE post SET tries = 23")
    world.later(7200)
    assert world.value("SELECT done_at IS NOT NULL AND error IS NOT NULL"
                       " FROM post")
    assert given_up(world)
    assert len(world.asked()) == asked + 1
    # it may have worked on them all the same
    assert world.value("SELECT reserved FROM tokens") > 8000


def test_a_failed_analysis_stops_no_billing(analysed_world):
    world = analysed_world()
    world.talks(TALK, ASHA, cost=12.5)
    world.model.fault(rubbish("html"), rubbish("html"))
    world.call()
    assert world.individual("state") == [("invalid",)]
    assert world.value("SELECT sum(amount) FROM ledger") == 1250
    assert world.value("SELECT state FROM attempt") == "done"
    assert world.status("Asha") == "completed"


def test_a_failed_history_leaves_the_one_before(analysed_world):
    world = analysed_world()
    world.call()
    world.model.say(Answer(refusal="No."), kind=COMPLETE)
    world.call_again(ASHA)
    assert world.complete("state, error, progression, total_interactions") == [
        ("refused", "No.", "She asked for the price.", 1)]


def test_failures_that_pile_up_are_told(analysed_world):
    people = [person(f"P{n}", f"+9199999000{n:02}") for n in range(10, 13)]
    world = analysed_world(people)
    world.talks(TALK, *[row[1] for row in people])
    world.model.say(Answer(text="no"), kind=INDIVIDUAL)
    world.call()
    (which, why), = world.query(
        "SELECT which, why FROM anomaly WHERE what = 'analysis'")
    assert which == "acme"
    assert why.startswith("3 have failed since yesterday, the last: the model")


# --- settings ---

def test_own_prompts_are_filled_in_and_sent(analysed_world):
    world = analysed_world()
    (world.dir / "call.txt").write_text(
        "Campaign {{campaign}} of {{account}}, ended {{status}}.\n---\n"
        "{{name}} said in {{seconds}} s:\n{{transcript}}\n[{{summary}}]\n")
    (world.dir / "history.txt").write_text(
        "Be brief.\n---\n{{calls}} calls, {{average_score}}:\n{{history}}")
    world.set("account acme", call_prompt="@call.txt",
              history_prompt="@history.txt")
    world.talks("user: hi\nuser: bye", ASHA, duration=12.0, summary="Brief.")
    world.call()
    call, = world.asked()
    assert call.body["instructions"].startswith(
        "Campaign interviews of acme, ended completed.\n")
    assert call.input_text() == (
        "Asha said in 12 s:\n> user: hi\n> user: bye\n[> Brief.]\n")
    history, = world.asked(COMPLETE)
    assert history.body["instructions"].startswith("Be brief.\n")
    assert history.input_text().startswith("1 calls, 72:\n> {")


@pytest.mark.parametrize("text, said", [
    ("Read {{transcript}}\n---\n{{transcript}}", "is no instruction"),
    ("Read\n---\n{{transcripts}}", "{{transcripts}} is no variable here"),
    ("Read\n---\n{{name}}", "{{transcript}} is missing"),
    ("Read {{transcript}}", "a line ---")])
def test_a_prompt_that_cannot_be_used_stops_the_pass(analysed_world, text,
                                                     said):
    world = analysed_world()
    (world.dir / "call.txt").write_text(text)
    world.set("account acme", call_prompt="@call.txt")
    done = world.run(ok=False)
    assert done.returncode == 78
    assert "@call.txt: " in done.stderr and said in done.stderr
    assert world.bolna.posts == []


@pytest.mark.parametrize("section, changes, said", [
    ("account acme", {"openai_key": "@none"}, "none"),
    ("account acme", {"analysis_tokens": "many"}, "analysis_tokens must be"),
    ("account acme", {"openai_timeout": "60"}, "openai_timeout must be"),
    ("callsheet", {"openai_api": "http://192.0.2.1/v1"}, "https://")])
def test_a_setting_that_cannot_be_used_stops_the_pass(
        analysed_world, section, changes, said):
    world = analysed_world()
    world.stop_receiver()       # it reads the same settings
    world.set(section, **changes)
    done = world.run(ok=False)
    assert done.returncode == 78
    assert said in done.stderr
    assert world.bolna.posts == []


def test_a_key_needs_a_model(analysed_world):
    world = analysed_world()
    world.stop_receiver()       # it reads the same settings
    del world.sections["account acme"]["openai_model"]
    world.write_conf(world.sections)
    done = world.run(ok=False)
    assert done.returncode == 78
    assert "account acme: openai_key needs an openai_model" in done.stderr


def test_a_stored_prompt_is_used_while_there_are_any_and_warned_of(
        analysed_world):
    world = analysed_world()
    world.model.prompts = {"pmpt_1": []}
    world.set("account acme", call_prompt_id="pmpt_1")
    world.call()
    assert world.asked()[0].body["prompt"] == {"id": "pmpt_1"}
    assert "instructions" not in world.asked()[0].body
    assert world.individual("state") == [("done",)]
    told = [row[0] for row in world.query(
        "SELECT why FROM anomaly WHERE what = 'prompt'")]
    assert len(told) == 1 and "30 November 2026" in told[0]
    assert "30 November" not in world.run(ok=False).stderr
    del world.sections["account acme"]["call_prompt_id"]
    world.write_conf(world.sections)
    world.run(ok=False)
    assert world.query("SELECT * FROM anomaly WHERE what = 'prompt'") == []


def test_when_stored_prompts_have_gone_the_file_is_used(analysed_world):
    world = analysed_world()
    world.set("account acme", call_prompt_id="pmpt_1")
    world.call()
    old, new = world.asked()
    assert (old.status, new.status) == (400, 200)
    assert "prompt" not in new.body
    assert world.individual("state") == [("done",)]


def test_no_message_shows_the_key_or_what_was_said(analysed_world):
    world = analysed_world([*PEOPLE])
    world.model.fault(refusal(400, "x", message=f"bad key {world.model.key}:"
                              f" {TALK}"), refusal(401))
    shown = world.run("-v", ok=False).stderr
    world.bolna.quiet()
    world.callsheet("reconcile")
    shown += world.run("-v", ok=False).stderr
    world.model.heal()
    world.model.say(Answer(refusal="She wants the price."), kind=INDIVIDUAL)
    shown += world.later(4000).stderr
    for private in world.model.key, "price", ASHA, BEN, "asha@example.com":
        assert private not in shown
    assert world.model.key not in "".join(
        str(row) for table in ("post", "lane", "analysis", "alarm")
        for row in world.query(f"SELECT * FROM {table}"))
    assert world.asked()[0].key == world.model.key
    assert world.asked()[0].body["model"] == MODEL
