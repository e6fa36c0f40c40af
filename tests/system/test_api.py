"""What the console's page asks: who gets which answer, and that webhooks
never wait for it."""

import contextlib
import json
import subprocess
import threading

import pytest

from console import (ACME, GLOBEX, Socket, Web, call_everybody, events,
                     resting, two_accounts)
from fcgi_client import Answer, Request
from world import BUILD, GATE, person, until

STREAMS = 8
PAGES = ["now", "calls", "call/1", "campaigns", "why?phone=9999900001",
         "charts", "problems"]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Everybody of both accounts was called; Ben did not answer."""
    from sim.bolna import Fate
    world = two_accounts(tmp_path_factory.mktemp("api") / "w", fates={
        ACME[1]: Fate("no-answer")})
    call_everybody(world)
    with contextlib.closing(contextlib.ExitStack()) as stack:
        stack.callback(world.__exit__, None, None, None)
        yield world


@pytest.fixture
def fresh(tmp_path):
    """Worlds that a test may change."""
    made = []

    def make(**options):
        made.append(two_accounts(tmp_path / "w", **options))
        return made[-1]

    yield make
    for world in made:
        world.__exit__(None, None, None)


def names(page):
    return sorted({call["name"] for call in page["calls"]})


def call_of(world, name):
    return world.value("SELECT a.id FROM attempt a JOIN lead l"
                       " ON l.id = a.lead WHERE l.name = ?", name)


# --- who may ask ---

@pytest.mark.parametrize("page", PAGES + ["events"])
def test_without_a_login_there_is_no_page(world, page):
    for user in (None, ""):
        answer = Socket(world, user).ask(page)
        assert (answer.status, answer.json["ok"]) == (403, False)


@pytest.mark.parametrize("page", PAGES + ["events"])
def test_a_login_that_is_no_account_sees_nothing(world, page):
    assert Socket(world, "stranger").ask(page).status == 403


@pytest.mark.parametrize("page", PAGES + ["events"])
def test_who_did_not_come_through_the_web_server_is_refused(world, page):
    assert Socket(world, "admin").ask(
        page, CALLSHEET_GATE="guess").status == 401


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_another_site_is_refused(world, page):
    asked = Socket(world, "acme")
    for site in ("cross-site", "same-site"):
        assert asked.ask(page, HTTP_SEC_FETCH_SITE=site).status == 403
    assert asked.ask(page, HTTP_SEC_FETCH_SITE="same-origin").status == 200


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_only_read(world, page):
    answer = Socket(world, "acme").ask(page, "POST", HTTP_X_CALLSHEET="1")
    assert (answer.status, answer.headers["allow"]) == (405, "GET")


def test_an_account_that_is_gone_from_the_settings_sees_nothing(fresh):
    world = fresh()
    world.alter("UPDATE account SET active = 0 WHERE name = 'acme'")
    assert Socket(world, "acme").ask("now").status == 403


def test_an_account_that_is_called_admin_sees_only_itself(fresh):
    world = fresh()
    world.alter("UPDATE account SET name = 'admin' WHERE name = 'acme'")
    assert [one["name"] for one in Socket(world, "admin").page(
        "campaigns")["campaigns"]] == ["interviews"]
    world.alter("UPDATE account SET active = 0 WHERE name = 'admin'")
    assert Socket(world, "admin").ask("campaigns").status == 403


# --- each account its own ---

def test_calls_are_shown_to_their_own_account(world):
    for page in ("now", "calls", "calls?q=a", "calls?q=%2B91"):
        assert set(names(Socket(world, "acme").page(page))) <= {
            "Asha", "Ben"}, page
        assert names(Socket(world, "acme").page(page)), page
        assert names(Socket(world, "globex").page(page)) == ["Gita"], page
        assert "Gita" in names(Socket(world, "admin").page(page)), page


def test_another_accounts_campaign_is_no_filter(world):
    assert names(Socket(world, "acme").page("calls?campaign=surveys")) == []
    assert names(Socket(world, "globex").page(
        "calls?campaign=surveys")) == ["Gita"]


def test_one_call_is_shown_to_its_own_account(world):
    mine, other = call_of(world, "Asha"), call_of(world, "Gita")
    page = Socket(world, "acme").page(f"call/{mine}")
    assert "interview" in page["transcript"]
    assert page["extraction"]["Interview"]["Attendance"]["objective"] == (
        "confirmed")
    assert [event["source"] for event in page["events"]][-1] == "get"
    for number in (other, 10 ** 15):
        answer = Socket(world, "acme").ask(f"call/{number}")
        assert answer.status == 404
    assert Socket(world, "admin").ask(f"call/{other}").status == 200


def test_a_call_shows_what_it_led_to_and_what_that_rests_on(world):
    found, = Socket(world, "acme").page(
        f"call/{call_of(world, 'Asha')}")["outcomes"]
    assert (found["outcome"], found["source"]) == ("confirmed", "rule")
    assert 0 < found["confidence"] <= 1
    assert found["rule"] and found["decided_at"]


def test_a_call_shows_what_a_model_made_of_it(fresh):
    world = fresh()
    call_everybody(world)
    mine, other = call_of(world, "Asha"), call_of(world, "Gita")
    for call in mine, other:
        world.alter(
            "INSERT INTO analysis (account, phone, kind, call, attempt, state,"
            " result, score, model, input_tokens, output_tokens, millis, at)"
            " SELECT account, phone, 'individual', id, id, 'done', ?, 80,"
            " 'model', 1, 1, 1, 1 FROM attempt WHERE id = ?",
            '{"interest": {"level": "high"}}', call)
    found = Socket(world, "acme").page(f"call/{mine}")["analysis"]
    assert found["result"] == {"interest": {"level": "high"}}
    assert found["score"] == 80
    assert Socket(world, "acme").ask(f"call/{other}").status == 404


def test_campaigns_are_shown_to_their_own_account(world):
    def seen(user):
        return [one["name"] for one in Socket(world, user).page(
            "campaigns")["campaigns"]]
    assert seen("acme") == ["interviews"]
    assert seen("globex") == ["surveys"]
    assert seen("admin") == ["interviews", "surveys"]


def test_a_number_of_another_account_is_nobodys(world):
    page = Socket(world, "acme").page(f"why?phone={GLOBEX[0][1:]}")
    assert page == {"phones": [], "closed": [], "people": [], "calls": []}
    page = Socket(world, "globex").page(f"why?phone={GLOBEX[0][1:]}")
    assert [one["name"] for one in page["people"]] == ["Gita"]


def test_the_do_not_call_list_of_another_account_is_not_shown(fresh):
    world = fresh()
    for account, note in (("acme", "by letter"), ("globex", "by fax")):
        done = world.callsheet("dnc", "add", ACME[0], "--account", account,
                               "--note", note)
        assert done.returncode == 0
    page = Socket(world, "acme").page(f"why?phone={ACME[0][1:]}")
    assert [one["note"] for one in page["closed"]] == ["by letter"]


def test_what_is_noted_on_the_list_of_all_is_for_admin(fresh):
    world = fresh()
    assert world.callsheet("dnc", "add", ACME[0], "--note",
                           "by letter").returncode == 0

    def notes(user):
        return [one["note"] for one in Socket(world, user).page(
            f"why?phone={ACME[0][1:]}")["closed"]]
    assert notes("acme") == [None]
    assert notes("admin") == ["by letter"]


def test_anothers_campaign_is_as_unknown_as_one_that_there_is_not(world):
    asked = Socket(world, "acme")
    assert asked.page("calls?campaign=surveys") == asked.page(
        "calls?campaign=nosuch")


def test_a_beginning_that_many_numbers_have_finds_them_all(fresh):
    world = fresh()
    world.alter("INSERT INTO attempt (lead, campaign, account, phone, token,"
                " state) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
                " SELECT i + 1 FROM n WHERE i < 5200) SELECT l.id, l.campaign,"
                " c.account, iif(i % 2000, '+9199', '+4499')"
                " || printf('%08d', i), 't' || i, 'done' FROM n JOIN lead l"
                " ON l.name = 'Asha' JOIN campaign c ON c.id = l.campaign")
    asked, found, before = Socket(world, "acme"), [], ""
    while before is not None:
        page = asked.page(f"calls?q=%2B91&limit=200&before={before}")
        found += [call["phone"] for call in page["calls"]]
        before = page["next"]
    assert len(found) == len(set(found)) == 5198
    assert {phone[:5] for phone in found} == {"+9199"}


def test_charts_add_up_the_calls_of_their_own_account(world):
    def seen(user):
        page = Socket(world, user).page("charts?days=7")
        return {one["final"]: one["calls"] for one in page["finals"]}
    assert seen("acme") == {"completed": 1, "no-answer": 1}
    assert seen("globex") == {"completed": 1}
    assert seen("admin") == {"completed": 2, "no-answer": 1}


def test_problems_are_told_to_whom_they_concern(fresh):
    world = fresh()
    world.alter("UPDATE campaign SET problem = 'no header',"
                " problem_at = 1 WHERE name = 'surveys'")
    world.alter("INSERT INTO quarantine (address, reason, size, body)"
                " VALUES ('127.0.0.2', 'strange', 2, x'7b7d')")
    world.alter("INSERT INTO watch VALUES ('clock', 1, 0, 'is wrong')")

    def seen(user):
        return sorted(one["what"] for one in Socket(world, user).page(
            "problems")["problems"])
    assert seen("acme") == ["clock"]
    assert seen("globex") == ["campaign", "clock"]
    assert seen("admin") == ["body", "campaign", "clock"]


def test_what_waits_for_an_account_is_shown_to_it_alone(fresh):
    world = fresh()
    (mine,), (theirs,) = world.query("SELECT id FROM account ORDER BY name")
    world.alter("INSERT INTO delivery (kind, campaign, lead, due_at, tries,"
                " error) SELECT 'sheet', campaign, id, 0, 3, 'no such row'"
                " FROM lead WHERE name = 'Gita'")
    world.alter("INSERT INTO post (kind, account, tries, error, done_at)"
                " VALUES ('slack', ?, 5, 'gone', unixepoch())", mine)
    world.alter("INSERT INTO post (kind, account, due_at)"
                " VALUES ('slack', ?, 1)", theirs)
    world.alter("INSERT INTO lane (name, kind, account, until, fails, refused,"
                " error) VALUES ('x', 'slack', ?, 0, 3, 0, 'down')", theirs)
    world.alter("UPDATE account SET stored_prompt = 1 WHERE id = ?", mine)

    def seen(user):
        return {(one["what"], one["which"]) for one in Socket(
            world, user).page("problems")["problems"]}
    assert seen("acme") == {("post", "slack acme"), ("prompt", "acme")}
    assert seen("globex") == {("row", "Gita"), ("service", "x")}
    assert seen("admin") == seen("acme") | seen("globex")


def test_who_is_called_like_anothers_campaign_sees_nothing_of_it(fresh):
    world = fresh()
    world.alter("UPDATE account SET name = 'surveys' WHERE name = 'acme'")
    world.alter("UPDATE campaign SET problem = 'no header', problem_at = 1"
                " WHERE name = 'surveys'")
    world.alter("INSERT INTO breaker SELECT id, 'x', 1, unixepoch() + 60,"
                " 'they hang up' FROM account WHERE name = 'surveys'")

    def seen(user):
        return [one["why"] for one in Socket(world, user).page("problems")[
            "problems"]]
    assert seen("globex") == ["no header"]
    assert seen("surveys") == ["they hang up"]


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


# --- pausing ---

def test_a_campaign_is_paused_and_goes_on(fresh):
    world = fresh()
    asked = Socket(world, "acme")
    assert asked.pause("interviews").status == 200
    assert asked.page("now")["paused"] == ["interviews"]
    call_everybody(world)
    assert world.bolna.count(ACME[0]) == 0
    assert asked.pause("interviews", "resume").status == 200
    call_everybody(world)
    assert world.bolna.count(ACME[0]) == 1


def test_another_accounts_campaign_cannot_be_paused(fresh):
    world = fresh()
    assert Socket(world, "acme").pause("surveys").status == 404
    assert Socket(world, "stranger").pause("surveys").status == 403
    assert Socket(world, None).pause("surveys").status == 403
    assert world.query("SELECT name FROM campaign WHERE paused") == []
    assert Socket(world, "admin").pause("surveys").status == 200


@pytest.mark.parametrize("sent", [
    {"HTTP_X_CALLSHEET": None}, {"HTTP_X_CALLSHEET": "0"},
    {"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_SEC_FETCH_SITE": "none"},
    {"HTTP_SEC_FETCH_SITE": None},
    {"HTTP_SEC_FETCH_SITE": None, "HTTP_HOST": "calls.example",
     "HTTP_ORIGIN": "https://evil.example"},
    {"HTTP_SEC_FETCH_SITE": None, "HTTP_HOST": "calls.example",
     "HTTP_ORIGIN": "null"}], ids=str)
def test_another_sites_page_cannot_pause(fresh, sent):
    world = fresh()
    assert Socket(world, "acme").pause("interviews", **sent).status == 403
    assert world.query("SELECT name FROM campaign WHERE paused") == []


def test_a_browser_that_tells_only_the_origin_can_pause(fresh):
    world = fresh()
    assert Socket(world, "acme").pause(
        "interviews", HTTP_SEC_FETCH_SITE=None, HTTP_HOST="calls.example",
        HTTP_ORIGIN="https://calls.example").status == 200


def test_a_campaign_may_have_any_name(fresh):
    world = fresh()
    world.alter("UPDATE campaign SET name = 'A/B? 50%' WHERE name = 'surveys'")
    assert Web(world, "globex").ask(
        "/api/campaign/A%2FB%3F%2050%25/pause", "POST", X_Callsheet="1",
        Sec_Fetch_Site="same-origin")[0] == 200
    assert world.value("SELECT paused FROM campaign"
                       " WHERE name = 'A/B? 50%'") == 1


@pytest.mark.parametrize("path", ["nobody/pause", "interviews/stop",
                                  "interviews", "/pause",
                                  "x" * 300 + "/pause"])
def test_what_is_no_campaign_is_not_paused(world, path):
    answer = Socket(world, "admin").ask(
        f"campaign/{path}", "POST", HTTP_X_CALLSHEET="1",
        HTTP_SEC_FETCH_SITE="same-origin")
    assert answer.status == 404


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


# --- through nginx ---

SAFE = {"x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin"}


def test_the_page_and_what_it_asks_want_a_login(world):
    for path in ("/console/", "/console/app.js", "/api/now", "/api/events"):
        for web in (Web(world), Web(world, "acme", "wrong")):
            assert web.ask(path)[0] == 401
    status, headers, text = Web(world, "acme").ask("/console/")
    assert (status, headers["content-type"]) == (200,
                                                 "text/html; charset=utf-8")
    assert "<title>callsheet</title>" in text
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert {name: headers[name] for name in SAFE} == SAFE


def test_the_login_decides_what_is_seen(world):
    for user, campaigns in (("acme", ["interviews"]), ("globex", ["surveys"]),
                            ("admin", ["interviews", "surveys"])):
        status, headers, text = Web(world, user).ask("/api/campaigns")
        assert status == 200
        assert [one["name"] for one in json.loads(text)["campaigns"]] == (
            campaigns)
        assert headers["cache-control"] == "no-store"
        assert {name: headers[name] for name in SAFE} == SAFE
    assert Web(world, "stranger").ask("/api/campaigns")[0] == 403


def test_no_header_makes_a_user(world):
    forged = {"Remote_User": "admin", "REMOTE-USER": "admin",
              "X_Remote_User": "admin"}
    status, _, text = Web(world, "acme").ask("/api/campaigns", **forged)
    assert status == 200
    assert len(json.loads(text)["campaigns"]) == 1
    assert Web(world).ask("/api/campaigns", **forged)[0] == 401


def test_the_console_opens_no_way_for_webhooks(world):
    web = Web(world, "admin")
    assert web.ask("/api/webhooks/other", "POST")[0] == 404
    assert web.ask("/api/webhooks/bolna/guess", "POST")[0] == 403
    # a decoded "?" begins no query: Bolna's addresses alone may come in
    assert web.ask("/api/webhook%3Fx", "POST")[0] == 404
    assert web.ask("/api/webhook%3Fx/y", "POST")[0] == 404
    assert web.ask("/console/../callsheet/callsheet-users")[0] in (400, 404)
    assert web.ask("/console../callsheet-users")[0] == 404


def test_the_list_of_users_is_not_served(world):
    web = Web(world, "admin")
    for path in ("/console/callsheet-users", "/callsheet/callsheet-users",
                 "/console/.."):
        assert "PLAIN" not in web.ask(path)[2]
