"""What the console's pages, its streams and Prometheus are told, and that
webhooks never wait for it."""

import contextlib
import subprocess
import threading

import pytest

from console import (ACME, GLOBEX, PAGES, Socket, call_everybody, events,
                     fresh, names, resting, world)
from fcgi_client import Answer, Request
from world import BUILD, GATE, person, until

STREAMS = 8

__all__ = ["fresh", "world"]


# --- what pages say ---

def test_a_call_is_found_by_part_of_a_name_or_number_and_by_its_end(world):
    asked = Socket(world, "admin")
    assert names(asked.page("calls?q=ASH")) == ["Asha"]
    assert names(asked.page("calls?q=99999-0000")) == []
    assert names(asked.page("calls?q=9999900002")) == ["Ben"]
    assert names(asked.page("calls?q=%2B91+99999+00002")) == ["Ben"]
    assert names(asked.page("calls?status=no-answer")) == ["Ben"]
    assert names(asked.page("calls?status=completed&q=asha")) == ["Asha"]
    assert names(asked.page("calls?campaign=surveys")) == ["Gita"]


def test_the_list_can_be_read_to_its_end(world):
    asked, seen, before = Socket(world, "admin"), [], ""
    for _ in range(10):
        page = asked.page(f"calls?limit=1{before}")
        seen += [call["id"] for call in page["calls"]]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == world.value("SELECT count(*) FROM attempt")


@pytest.mark.parametrize("question", [
    "calls?limit=0", "calls?limit=x", "calls?before=-1", "calls?q=%00",
    "calls?q=%ff", "calls?q=%2", "calls?q=" + "x" * 300, "call/x", "call/0",
    "call/1x", "call/%31", "why", "why?phone=12", "why?phone=abc",
    "charts?days=0", "charts?days=1e9", "now?offset=9999"])
def test_a_question_that_is_not_understood_is_said_so(world, question):
    assert Socket(world, "acme").ask(question).status == 400


@pytest.mark.parametrize("path", ["", "nowhere", "call/", "calls/", "now/x",
                                  "campaign/"])
def test_there_are_no_other_pages(world, path):
    assert Socket(world, "acme").ask(path).status == 404


def test_a_rule_says_why_somebody_waits(fresh):
    world = fresh(people=[person("Asha", ACME[0]), person("Nobody", "12")])
    asked = Socket(world, "acme")
    page = asked.page("why?phone=99999%2000001")
    assert [one["name"] for one in page["people"]] == ["Asha"]
    now, = (one["now"] for one in page["people"])
    assert (now["verdict"], now["rule"]) == ("put off", "dry_run")
    world.alter("UPDATE campaign SET paused = 1 WHERE name = 'interviews'")
    page = asked.page("why?phone=99999%2000001")
    assert page["people"][0]["now"]["rule"] == "paused"
    assert [one["rule"] for one in [asked.page("campaigns")["campaigns"][0][
        "stopped"]]] == ["paused"]
    held = asked.page("campaigns")["campaigns"][0]
    assert held["held"] == {"phone": 1}
    assert held["people"] == {"rows": 2, "waiting": 1, "held": 1}


def test_what_a_campaign_may_still_cost_is_the_views_word(fresh):
    world = fresh(people=[person("Asha", ACME[0]), person("Ben", ACME[1])])
    world.set("campaign interviews", minute_cost="0.10", max_minutes=5,
              max_attempts=3, cap_total=6)
    world.callsheet("run", "--dry-run")
    told = Socket(world, "acme").page("campaigns")["campaigns"][0]["forecast"]
    assert told == {"people": 2, "lowest": 0.2, "highest": 3.0, "spent": 0.0,
                    "allowed": 6.0}
    assert tuple(told.values()) == world.query(
        "SELECT people, lowest, highest, spent, allowed FROM forecast"
        " WHERE campaign = 'interviews'")[0]


def test_what_was_decided_before_is_kept(world):
    page = Socket(world, "acme").page("why?phone=%2B919999900001")
    decided = page["people"][0]["decided"]
    assert "call" in [one["verdict"] for one in decided]
    assert [one["at"] for one in decided] == sorted(
        (one["at"] for one in decided), reverse=True)
    assert all(one["says"] for one in decided)


def test_what_is_confirmed_again_is_counted_once(fresh):
    world = fresh()
    call_everybody(world)
    before = Socket(world, "admin").page("charts")
    world.alter("UPDATE execution SET verified = 0 WHERE final = 'completed'")
    assert Socket(world, "admin").page("charts")["finals"] == []
    world.alter("UPDATE execution SET verified = 1")
    world.alter("UPDATE execution SET verified = 1")
    after = Socket(world, "admin").page("charts")
    assert after["finals"] == before["finals"]
    assert after["days"][0]["cost"] == pytest.approx(
        before["days"][0]["cost"])


# --- Prometheus ---

def test_prometheus_is_told_what_the_database_knows(world):
    text = Socket(world, None).hook.ask("GET", "/metrics").body
    figures = dict(line.rsplit(" ", 1) for line in text.splitlines()
                   if not line.startswith("#"))
    assert figures["callsheet_live_calls"] == "0"
    assert figures['callsheet_calls_total{status="completed"}'] == "2"
    assert figures['callsheet_calls_total{status="no-answer"}'] == "1"
    assert float(figures["callsheet_cost_dollars_total"]) > 0.1
    assert figures["callsheet_problems"] == "0"
    assert float(figures["callsheet_last_pass_timestamp_seconds"]) > 1e9
    assert 'callsheet_webhooks_total{result="stored"}' in figures
    for name in {line.split("{")[0].split()[0] for line in figures}:
        assert f"# TYPE {name} " in text and f"# HELP {name} " in text


# --- where there is no FastCGI ---

def by_cgi(world, path, user):
    done = subprocess.run(
        [BUILD / "callsheet-webhook", "-c", world.conf], timeout=60,
        stdin=subprocess.DEVNULL, capture_output=True, env={
            "REQUEST_METHOD": "GET", "REQUEST_URI": f"/api/{path}",
            "QUERY_STRING": path.partition("?")[2], "REMOTE_USER": user,
            "CALLSHEET_GATE": GATE, "REMOTE_ADDR": "127.0.0.1"})
    return Answer.read(done.stdout)


def test_by_plain_cgi_there_are_pages_and_no_streams(world):
    assert names(by_cgi(world, "calls?q=gi", "globex").json) == ["Gita"]
    assert names(by_cgi(world, "calls?q=gi", "acme").json) == []
    assert by_cgi(world, "now", "").status == 403
    assert by_cgi(world, "events", "acme").status == 503


# --- streams ---

def next_event(stream):
    name, data = next(stream)
    assert name == "now"
    return data


def test_a_stream_tells_what_a_webhook_has_changed(fresh):
    world = fresh(fates={ACME[0]: resting("ringing"),
                         ACME[1]: resting("ringing")})
    call_everybody(world)
    with Socket(world, "acme").open("events") as request:
        stream = events(request)
        first = next_event(stream)
        assert {call["status"] for call in first["calls"]} == {"ringing"}
        call = world.bolna.placed[0]
        body = {"id": call.execution_id, "status": "in-progress",
                "agent_id": call.body["agent_id"]}
        assert Socket(world, None).hook.post(body).status == 200
        until(lambda: "in-progress" in {
            one["status"] for one in next_event(stream)["calls"]})


def test_a_stream_is_silent_about_others(fresh):
    world = fresh(fates={GLOBEX[0]: resting()})
    with Socket(world, "acme").open("events") as mine, \
            Socket(world, "globex").open("events") as theirs:
        a, g = events(mine), events(theirs)
        next_event(a), next_event(g)
        world.alter("UPDATE lead SET name = 'Gauri' WHERE name = 'Gita'")
        world.alter("INSERT INTO attempt (lead, campaign, account, phone,"
                    " token, state) SELECT l.id, c.id, c.account, l.phone,"
                    " 'tok', 'sending' FROM lead l JOIN campaign c"
                    " ON c.id = l.campaign WHERE l.name = 'Gauri'")
        assert names(next_event(g)) == ["Gauri"]
        world.alter("UPDATE campaign SET paused = 1"
                    " WHERE name = 'interviews'")
        assert next_event(a)["paused"] == ["interviews"]    # the very next
        world.alter("DELETE FROM attempt")


def streams(world, user, stack):
    """How many streams a user gets, who tries for as many as there are."""
    for n in range(STREAMS):
        request = stack.enter_context(Socket(world, user).open("events"))
        if next(events(request), None) is None:
            return n
    return STREAMS


def test_streams_are_bounded_and_webhooks_do_not_wait(fresh):
    world = fresh()
    world.tell("fourth")
    asked = Socket(world, "acme")
    with contextlib.ExitStack() as stack:
        # each as many as it leaves to others
        assert [streams(world, user, stack) for user in (
            "acme", "globex", "admin", "fourth")] == [4, 2, 1, 1]
        refused = asked.ask("events")
        assert refused.status == 503
        assert int(refused.headers["retry-after"]) > 0
        assert "callsheet_streams 8\n" in asked.hook.ask(
            "GET", "/metrics").body
        answers = asked.hook.post_all([
            {"id": f"beside-{n}", "status": "ringing"} for n in range(64)],
            32)
        assert {answer.status for answer in answers} == {200}
        assert asked.ask("now").status == 200

    def free():
        with asked.open("events") as request:
            return request._take(8)[1] == 6 and b"200 OK" in request._take(40)
    until(free, what="a place that a reader has left")


def test_a_stream_stays_when_peers_that_never_finish_are_cut_off(fresh):
    world = fresh()
    asked = Socket(world, "acme")
    with asked.open("events") as request, Request(asked.hook.path) as peer:
        stream = events(request)
        next_event(stream)
        peer.begin(asked.hook.params("POST", asked.hook.uri, 100))
        peer.body(b'{"id":', end=False)
        with contextlib.suppress(ConnectionError):
            peer.answer()       # that it is not whole, once it was cut off
        assert asked.pause("interviews").status == 200
        assert next_event(stream)["paused"] == ["interviews"]


def test_ending_the_receiver_ends_its_streams(fresh):
    world = fresh()
    with Socket(world, "acme").open("events") as request:
        stream = events(request)
        next_event(stream)
        ended = threading.Thread(target=lambda: list(stream), daemon=True)
        ended.start()
        assert world.stop_receiver() == 0
        ended.join(20)
        assert not ended.is_alive()
    world.start_receiver()


def test_webhooks_are_stored_while_pages_are_asked_for(world):
    asked, stop = Socket(world, "admin"), threading.Event()
    wrong = []

    def read(page):
        while not stop.is_set():
            status = asked.ask(page).status
            if status not in (200, 503):
                wrong.append((page, status))

    readers = [threading.Thread(target=read, args=(page,))
               for page in PAGES * 3]
    for reader in readers:
        reader.start()
    try:
        answers = asked.hook.post_all([
            {"id": f"meanwhile-{n}", "status": "ringing"}
            for n in range(200)])
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert {answer.status for answer in answers} == {200}
    assert wrong == []


def test_a_page_that_takes_too_long_is_given_up(fresh):
    world = fresh()
    world.alter("DROP VIEW anomaly")
    world.alter("CREATE VIEW anomaly AS WITH RECURSIVE n(i) AS (SELECT 1"
                " UNION ALL SELECT i + 1 FROM n) SELECT i AS what, i AS which,"
                " 'endless' AS why, 1 AS since, 1 AS account FROM n")
    asked = Socket(world, "admin")
    assert asked.ask("problems").status == 503
    assert asked.ask("now").status == 200


def test_a_database_put_in_the_place_of_another_is_the_one_that_is_shown(
        fresh):
    world = fresh()
    asked = Socket(world, "acme")
    assert asked.page("campaigns")["campaigns"]
    copy = world.dir / "copy.db"
    assert world.callsheet("backup", str(copy)).returncode == 0
    world.alter("UPDATE campaign SET name = 'old' WHERE name = 'interviews'")
    world.database.unlink()
    copy.rename(world.database)
    until(lambda: asked.ask("campaigns").status == 200 and
          asked.page("campaigns")["campaigns"][0]["name"] == "interviews")
    world.check = lambda: None
