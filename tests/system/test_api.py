"""What the console's page asks: who gets which answer, and who may pause."""

import json

import pytest

from console import (ACME, GLOBEX, PAGES, Socket, Web, call_everybody, fresh,
                     names, world)

__all__ = ["fresh", "world"]


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
