"""The stand-in for the Responses API, held to the contract it stands in for."""

import http.client
import json
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sim import openai_schema                       # noqa: E402
from sim.openai import (                            # noqa: E402
    MODEL, Answer, Fault, OpenAI, refusal, rubbish)

SCHEMA = {"type": "object", "additionalProperties": False,
          "required": ["mood", "score", "topics", "name"],
          "properties": {"mood": {"type": "string", "enum": ["good", "bad"]},
                         "score": {"type": "integer"},
                         "topics": {"type": "array",
                                    "items": {"type": "string"}},
                         "name": {"type": ["string", "null"]}}}
GIVEN = {"mood": "bad", "score": 3, "topics": [], "name": None}
TALK = {"model": MODEL, "input": "Hello"}


def form(schema=SCHEMA, **changes):
    return {"format": {"type": "json_schema", "name": "talk", "strict": True,
                       "schema": schema, **changes}}


@pytest.fixture
def sim():
    with OpenAI() as sim:
        yield sim


def ask(sim, body, key=None, path="/v1/responses", method="POST"):
    """(status, decoded body or bytes)"""
    client = http.client.HTTPConnection("127.0.0.1", sim.port, timeout=10)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    client.request(method, path, raw, {
        "Authorization": f"Bearer {key or sim.key}"})
    answer = client.getresponse()
    text = answer.read()
    client.close()
    try:
        return answer.status, json.loads(text)
    except (ValueError, RecursionError):
        return answer.status, text


def text_of(response):
    return "".join(part["text"] for item in response["output"]
                   if item["type"] == "message"
                   for part in item["content"])


def test_a_response_has_the_shape_of_the_api(sim):
    status, response = ask(sim, {**TALK, "text": form(), "store": False})
    assert status == 200
    assert response["object"] == "response"
    assert response["status"] == "completed"
    assert response["error"] is None
    assert response["incomplete_details"] is None
    assert "output_text" not in response        # the SDK's, not the wire's
    usage = response["usage"]
    assert usage["total_tokens"] == (usage["input_tokens"]
                                     + usage["output_tokens"])
    assert not openai_schema.unfit(json.loads(text_of(response)), SCHEMA)
    assert sim.asked[0].kind == "talk"
    assert sim.asked[0].input_text() == "Hello"


def test_what_the_model_says_is_scripted_by_kind_and_words(sim):
    sim.say(Answer(json=GIVEN), Answer(text="{"), kind="talk", about="Hello")
    said = [text_of(ask(sim, {**TALK, "text": form()})[1]) for _ in range(3)]
    assert json.loads(said[0]) == GIVEN
    assert said[1:] == ["{", "{"]
    other = ask(sim, {**TALK, "input": "Good day", "text": form()})[1]
    assert json.loads(text_of(other))["mood"] == "good"


def test_a_message_may_come_late_and_in_parts(sim):
    sim.say(Answer(json=GIVEN, reasoning=True, parts=4))
    response = ask(sim, {**TALK, "text": form()})[1]
    assert [item["type"] for item in response["output"]] == [
        "reasoning", "message"]
    assert len(response["output"][1]["content"]) == 4
    assert json.loads(text_of(response)) == GIVEN


def test_refusal_incomplete_and_failed_are_answers_of_200(sim):
    sim.say(Answer(refusal="I cannot."),
            Answer(status="incomplete", reason="content_filter"),
            Answer(status="failed", error=("server_error", "Sorry")),
            Answer(usage=None))
    responses = [ask(sim, TALK) for _ in range(4)]
    assert [status for status, _ in responses] == [200] * 4
    refused, cut, failed, bare = (body for _, body in responses)
    assert refused["output"][0]["content"][0]["type"] == "refusal"
    assert cut["incomplete_details"] == {"reason": "content_filter"}
    assert failed["error"] == {"code": "server_error", "message": "Sorry"}
    assert failed["output"] == []
    assert bare["usage"] is None


def test_an_answer_ends_where_the_tokens_end(sim):
    sim.say(Answer(text="x" * 400))
    response = ask(sim, {**TALK, "max_output_tokens": 16})[1]
    assert response["status"] == "incomplete"
    assert response["incomplete_details"] == {"reason": "max_output_tokens"}
    assert text_of(response) == "x" * 16


@pytest.mark.parametrize("body, status, param", [
    (b"{", 400, None),
    ({"input": "Hello"}, 400, "model"),
    ({"model": "gone-1", "input": "Hello"}, 404, None),
    ({"model": MODEL}, 400, "input"),
    ({**TALK, "input": [{"role": "robot", "content": "x"}]}, 400, "input"),
    ({**TALK, "input": [{"role": "user", "content": [
        {"type": "output_text", "text": "x"}]}]}, 400, "input"),
    ({**TALK, "max_output_tokens": 15}, 400, "max_output_tokens"),
    ({**TALK, "messages": []}, 400, "messages"),
    ({**TALK, "metadata": {"a": "x" * 513}}, 400, "metadata"),
    ({**TALK, "prompt": {"id": "pmpt_1"}}, 400, "prompt"),
    ({**TALK, "input": "x" * 400100}, 400, "input"),
    ({**TALK, "text": form(name="a b")}, 400, "text.format.name"),
    ({**TALK, "text": form({**SCHEMA, "required": ["mood"]})}, 400,
     "text.format.schema"),
    ({**TALK, "text": form({**SCHEMA, "additionalProperties": True})}, 400,
     "text.format.schema"),
    ({**TALK, "text": form({"type": "array", "items": {}})}, 400,
     "text.format.schema"),
    ({**TALK, "text": form({**SCHEMA, "allOf": []})}, 400,
     "text.format.schema")])
def test_what_openai_refuses_is_refused(sim, body, status, param):
    got, answer = ask(sim, body)
    assert (got, answer["error"]["param"]) == (status, param)
    assert set(answer["error"]) == {"message", "type", "param", "code"}


def look(sim, path, **more):
    return ask(sim, b"", path="/v1/models" + path, method="GET", **more)


def test_it_tells_its_models_and_when_they_end(sim):
    sim.models.add("ours/fine:tuned")
    sim.ends[MODEL] = 1800000000
    status, listed = look(sim, "")
    assert (status, listed["object"]) == (200, "list")
    assert [model["id"] for model in listed["data"]] == [
        "ours/fine:tuned", MODEL]
    assert look(sim, "/" + MODEL)[1]["shutdown_date"] == 1800000000
    assert look(sim, "/ours%2Ffine%3Atuned")[1]["object"] == "model"
    status, answer = look(sim, "/gone-1")
    assert (status, answer["error"]["code"]) == (404, "model_not_found")
    assert look(sim, "", key="sk-other")[0] == 401


def test_some_servers_do_not_tell_their_models(sim):
    sim.lists = False
    status, answer = look(sim, "/" + MODEL)
    assert (status, answer["error"]["code"]) == (404, 404)


def test_to_be_asked_for_nothing_is_to_miss_the_model(sim):
    status, answer = ask(sim, {})
    assert (status, answer["error"]["param"]) == (400, "model")


def test_a_wrong_key_or_path_is_refused(sim):
    assert ask(sim, TALK, key="sk-other")[0] == 401
    assert ask(sim, TALK, path="/v1/chat/completions")[0] == 404
    assert sim.count() == 2


def test_a_stored_prompt_wants_its_variables_and_no_model(sim):
    sim.prompts = {"pmpt_1": ["transcript"]}
    given = {"id": "pmpt_1", "variables": {"transcript": "Hello Asha"}}
    sim.say(Answer(text="hers"), about="Asha")
    assert text_of(ask(sim, {"prompt": given})[1]) == "hers"
    assert ask(sim, {"prompt": {"id": "pmpt_1"}})[0] == 400
    status, answer = ask(sim, {"prompt": {"id": "pmpt_2"}})
    assert (status, answer["error"]["param"]) == (404, "prompt")


def test_the_two_kinds_of_429_differ_in_their_code_alone(sim):
    sim.fault(refusal(429, retry_after=7), refusal(429, "insufficient_quota"),
              refusal(503), refusal(500))
    answers = [ask(sim, TALK) for _ in range(4)]
    assert [status for status, _ in answers] == [429, 429, 503, 500]
    assert [body["error"]["code"] for _, body in answers] == [
        "rate_limit_exceeded", "insufficient_quota", "server_is_overloaded",
        None]
    assert answers[1][1]["error"]["type"] == "insufficient_quota"
    assert ask(sim, TALK)[0] == 200


@pytest.mark.parametrize("what", ["html", "text", "empty", "array",
                                  "no output", "10 MB", "deep", "not UTF-8"])
def test_rubbish_comes_as_a_success(sim, what):
    sim.fault(rubbish(what))
    status, body = ask(sim, TALK)
    assert status == 200
    assert not isinstance(body, dict) or not body.get("output")
    assert what != "10 MB" or len(body["a"]) == 10 << 20


def test_a_lost_answer_was_worked_out_all_the_same(sim):
    sim.fault(Fault(processed=True, cut="start"))
    with pytest.raises((http.client.HTTPException, OSError)):
        ask(sim, TALK)
    assert sim.asked[0].status == 200


def test_a_slow_model_does_not_outlive_its_stand_in(sim):
    sim.fault(Fault(before=600))
    lost = []

    def wait():
        try:
            ask(sim, TALK)
        except (http.client.HTTPException, OSError):
            lost.append(True)

    client = threading.Thread(target=wait)
    client.start()
    while not sim.asked:
        client.join(0.01)
    sim.stop()
    client.join(10)
    assert lost
