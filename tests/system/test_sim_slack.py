"""The stand-in for Slack refuses what Slack refuses, and keeps what was posted
apart from what was answered."""

import http.client
import json
from urllib.parse import urlsplit

import pytest

import world  # noqa: F401  (where the stand-ins are)
from sim.faults import Fault, named, refusal
from sim.slack import Slack, orders, unescaped


@pytest.fixture
def slack():
    with Slack() as sim:
        yield sim


def ask(url, body, kind="application/json", method="POST"):
    """(status, text, headers); (0, "", {}) when no answer comes."""
    parts = urlsplit(url)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = http.client.HTTPConnection(parts.netloc, timeout=20)
    try:
        client.request(method, parts.path, raw, {"Content-Type": kind})
        answer = client.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    except (http.client.HTTPException, OSError):
        return 0, "", {}
    finally:
        client.close()


def plain(text):
    return {"type": "plain_text", "text": text}


def mrkdwn(text):
    return {"type": "mrkdwn", "text": text}


def section(text):
    return {"type": "section", "text": mrkdwn(text)}


def test_a_message_is_posted_and_answered_with_ok(slack):
    hook = slack.hook("acme")
    status, text, headers = ask(hook.url, {"text": "hello"})
    assert (status, text) == (200, "ok")
    assert headers["Content-Type"].startswith("text/plain")
    assert hook.messages == [{"text": "hello"}]


GOOD = [
    [{"type": "header", "text": plain("x" * 150)}],
    [section("x" * 3000)],
    [{"type": "section", "fields": [mrkdwn("x" * 1300)] * 10}],
    [{"type": "divider"}] * 50,
    [{"type": "context", "elements": [plain("x")] * 10}],
]
BAD = [
    [{"type": "header", "text": plain("x" * 151)}],
    [{"type": "header", "text": plain("")}],
    [{"type": "header", "text": mrkdwn("x")}],
    [section("x" * 3001)],
    [section("")],
    [{"type": "section"}],
    [{"type": "section", "fields": [mrkdwn("x")] * 11}],
    [{"type": "section", "fields": [mrkdwn("x" * 2001)]}],
    [{"type": "section", "fields": []}],
    [{"type": "divider"}] * 51,
    [{"type": "context", "elements": []}],
    [{"type": "context", "elements": [plain("x")] * 11}],
    [{"type": "headline", "text": plain("x")}],
    [{"type": "divider", "text": plain("x")}],
    [{"type": "section", "text": {"type": "mrkdwn", "text": 5}}],
    ["text"],
    [],
]


@pytest.mark.parametrize("blocks", GOOD)
def test_blocks_within_slacks_limits_are_posted(slack, blocks):
    hook = slack.hook("acme")
    assert ask(hook.url, {"text": "t", "blocks": blocks})[0] == 200
    assert len(hook.messages) == 1


@pytest.mark.parametrize("blocks", BAD)
def test_blocks_beyond_slacks_limits_are_refused(slack, blocks):
    hook = slack.hook("acme")
    answer = ask(hook.url, {"text": "t", "blocks": blocks})
    assert answer[:2] == (400, "invalid_blocks")
    assert hook.messages == []


def test_a_message_that_is_too_long_in_all_is_refused(slack):
    hook = slack.hook("acme")
    answer = ask(hook.url, {"blocks": [section("x" * 2700)] * 5})
    assert answer[:2] == (400, "msg_blocks_too_long")


@pytest.mark.parametrize("body, word", [
    (b"{", "invalid_payload"), (b"[]", "invalid_payload"),
    ({}, "no_text"), ({"text": ""}, "no_text"),
    ({"text": 5}, "invalid_payload"),
    ({"text": "t", "blocks": {}}, "invalid_blocks_format"),
    ({"text": "t", "to": "#general"}, "invalid_payload")])
def test_what_is_no_message_is_refused_with_a_word(slack, body, word):
    hook = slack.hook("acme")
    assert ask(hook.url, body)[:2] == (400, word)
    assert hook.messages == []


def test_only_json_is_taken(slack):
    hook = slack.hook("acme")
    assert ask(hook.url, {"text": "t"}, kind="text/plain")[0] == 400
    assert ask(hook.url, {"text": "t"}, method="GET")[0] == 400


@pytest.mark.parametrize("state, status, word", [
    ("gone", 404, "no_service"), ("archived", 410, "channel_is_archived"),
    ("forbidden", 403, "action_prohibited"),
    ("disabled", 403, "team_disabled")])
def test_a_hook_that_may_not_post_says_so(slack, state, status, word):
    hook = slack.hook("acme")
    hook.state = state
    assert ask(hook.url, {"text": "t"})[:2] == (status, word)
    assert hook.messages == []


def test_an_address_that_nobody_has_is_404(slack):
    url = slack.hook("acme").url
    assert ask(url + "x", {"text": "t"})[:2] == (404, "no_service")


def test_who_posts_too_fast_is_told_when_to_come_again():
    with Slack(limit=(1, 60)) as slack:
        one, other = slack.hook("one"), slack.hook("other")
        assert ask(one.url, {"text": "1"})[0] == 200
        status, word, headers = ask(one.url, {"text": "2"})
        assert (status, word) == (429, "rate_limited")
        assert headers["Retry-After"] == "1"
        assert ask(other.url, {"text": "1"})[0] == 200
        assert len(one.messages) == 1


def test_faults_say_apart_what_was_posted_and_what_was_answered(slack):
    hook = slack.hook("acme")
    slack.fault(named("drop-after"), named("drop-before"), refusal(503),
                refusal(500, processed=True, body="rollup_error"))
    answers = [ask(hook.url, {"text": str(n)})[:2] for n in range(5)]
    assert [status for status, _ in answers] == [0, 0, 503, 500, 200]
    assert answers[3][1] == "rollup_error"
    assert [m["text"] for m in hook.messages] == ["0", "3", "4"]


def test_a_fault_of_one_hook_is_not_anothers(slack):
    one, other = slack.hook("one"), slack.hook("other")
    slack.fault(Fault(status=500), hook=one)
    assert ask(other.url, {"text": "t"})[0] == 200
    assert ask(one.url, {"text": "t"})[0] == 500


def test_orders_and_characters_that_were_not_escaped_are_seen():
    bad = {"text": "hi <!channel>", "blocks": [section("a & b")]}
    good = {"text": "hi &lt;!channel&gt;", "blocks": [section("a &amp; b")]}
    assert orders(bad) == ["<!channel>"]
    assert unescaped(bad) == ["hi <!channel>", "a & b"]
    assert orders(good) == unescaped(good) == []
