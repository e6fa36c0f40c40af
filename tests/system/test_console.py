"""The console in a real Chromium: what a person sees, and can do by keyboard
or on a phone."""

import contextlib

import pytest

from browser import Browser
from console import (ACME, GLOBEX, USERS, Socket, call_everybody, events,
                     resting, two_accounts)
from world import person, until
from sim.bolna import Fate

PAGES = {"now": "Now", "calls": "Calls", "campaigns": "Campaigns",
         "why/+919999900001": "Why?", "charts": "Charts",
         "problems": "Problems"}
HOSTILE = ("assistant: <script>window.hurt = 1</script>\n"
           "user: </textarea></li><img src=x onerror='window.hurt = 1'>\n"
           "user: \u202emoc.live//:sptth\u202c \u05e9\u05dc\u05d5\u05dd\n"
           "assistant: javascript:alert(1) &lt;b&gt; &#60;\n")


@pytest.fixture(scope="module")
def browser():
    window = Browser()
    yield window
    window.close()


@pytest.fixture(autouse=True)
def calm(browser):
    """Each test begins with a wide light window and ends without a fault."""
    browser.width(1280)
    browser.prefer()
    yield
    assert browser.complaints() == []


@pytest.fixture
def console(tmp_path, browser):
    """Worlds, and the page of a user in one of them."""
    with contextlib.ExitStack() as stack:
        def make(page="now", user="acme", before=None, **options):
            world = stack.enter_context(
                two_accounts(tmp_path / "w", **options))
            stack.callback(browser.driver.get, "about:blank")
            if before:
                before(world)
            browser.open(world, user, USERS[user], page)
            shows(browser, "h1", "")
            return world
        yield make
        assert browser.complaints() == []


def shows(browser, selector, *words):
    """Wait until all of it can be read there."""
    until(lambda: browser.count(selector) and all(
        word in browser.text(selector) for word in words),
        what=f"{words} in {selector}")


def linked(browser, state):
    until(lambda: browser.run("return document.getElementById('link')"
                              ".dataset.state") == state,
          what=f"the page to be {state}")


def webhook(world, phone, status):
    """Bolna tells how a call goes on."""
    placed = next(call for call in world.bolna.placed if call.phone == phone)
    body = {"id": placed.execution_id, "status": status,
            "agent_id": placed.body["agent_id"]}
    assert Socket(world, None).hook.post(body).status == 200


def test_every_page_opens_under_a_strict_policy(console, browser):
    world = console(before=call_everybody, user="admin")
    call = world.value("SELECT min(id) FROM attempt")
    for page, title in {**PAGES, f"call/{call}": "Asha"}.items():
        browser.run("location.hash = arguments[0]", f"#/{page}")
        shows(browser, "h1", title)
        until(lambda: browser.run("return document.title").endswith(
            "callsheet"))
        assert browser.count("main .failed") == 0, browser.text()
        assert browser.run("return violations") == []
    assert browser.run("return performance.getEntriesByType('resource')"
                       ".filter(e => !e.name.includes('127.0.0.1')).length"
                       ) == 0


def test_a_webhook_shows_at_once(console, browser):
    world = console(fates={ACME[0]: resting("ringing")}, before=call_everybody)
    linked(browser, "live")
    shows(browser, ".card.live", "Asha", "ringing")
    webhook(world, ACME[0], "in-progress")
    shows(browser, ".card.live", "Asha", "talking")
    webhook(world, ACME[0], "call-disconnected")
    shows(browser, ".card.live", "hung up")
    assert browser.run("return document.title").startswith("(1) ")


def test_without_a_stream_the_page_asks_by_itself(console, browser):
    def full(world):
        call_everybody(world)
        for _ in range(4):      # as many as one user may have
            request = held.enter_context(Socket(world, "acme").open("events"))
            next(events(request))
    with contextlib.ExitStack() as held:
        world = console(fates={ACME[0]: resting("ringing")}, before=full)
        linked(browser, "polling")
        shows(browser, ".card.live", "Asha", "ringing")
        webhook(world, ACME[0], "in-progress")
        shows(browser, ".card.live", "talking")

    def freed():        # as when the network comes back
        browser.run("dispatchEvent(new Event('online'))")
        return until(lambda: browser.run(
            "return document.getElementById('link').dataset.state"))
    until(lambda: freed() == "live", what="a stream once there is room")


def test_while_the_receiver_is_away_the_page_says_so(console, browser):
    world = console(before=call_everybody)
    linked(browser, "live")
    world.stop_receiver()
    linked(browser, "offline")
    shows(browser, ".link", "trying again")
    world.start_receiver()
    until(lambda: browser.run("return document.getElementById('link')"
                              ".dataset.state") in ("live", "polling"), 40)


def test_what_callers_say_is_text(console, browser):
    name = "<img src=x onerror='window.hurt = 1'>"

    def said(world):
        call_everybody(world)
        long = HOSTILE + "user: " + "x" * 1_000_000 + "\n" + "user: y\n" * 800
        world.alter("UPDATE execution SET transcript = ?, summary = ?,"
                    " recording = 'javascript:alert(1)', hangup_reason = ?,"
                    " extraction = ?", long, HOSTILE, name,
                    '{"<b>x": {"<i>y": {"objective": "<u>z"}}}')
    console("call/1", before=said, people=[person(name, ACME[0])])
    shows(browser, "h1", name)
    shows(browser, ".talk", "<script>window.hurt = 1</script>",
          "</textarea></li><img src=x", "\u05e9\u05dc\u05d5\u05dd", "&lt;b&gt;")
    shows(browser, ".outcome", "<U>Z".lower())
    assert browser.count("main script, main img, main textarea, main b") == 0
    assert browser.run("return window.hurt") is None
    assert browser.count("main a[href^='javascript']") == 0
    # every turn keeps its own direction, and the page its width
    assert browser.run("return [...document.querySelectorAll('.talk p')]"
                       ".every((p) => p.dir === 'auto')")
    assert browser.run("return document.documentElement.scrollWidth"
                       " <= innerWidth")
    before = browser.count(".talk li")
    browser.run("document.querySelector('.talk button').click()")
    assert browser.count(".talk li") > before + 400
    for page in ("calls", "now"):
        browser.run("location.hash = arguments[0]", f"#/{page}")
        shows(browser, ".rows", name)
    assert browser.run("return window.hurt") is None


def test_a_call_shows_its_outcome_with_the_words_it_rests_on(console, browser):
    def told(world):
        call_everybody(world)
        world.alter("UPDATE outcome SET span = 'yes, I will be there'")
        world.alter(
            "INSERT INTO analysis (account, phone, kind, call, attempt, state,"
            " result, score, model, input_tokens, output_tokens, millis, at)"
            " SELECT account, phone, 'individual', id, id, 'done', ?, 80,"
            " 'model', 1, 1, 1, 1 FROM attempt WHERE id = 1",
            '{"interest": {"<i>level": "<b>high"}}')
    console("call/1", before=told)
    shows(browser, "details.outcome", "Analysis: 80 of 100")
    browser.run("document.querySelector('details.outcome').open = true")
    shows(browser, "details.outcome", "<b>high")
    assert browser.count("main b, main i") == 0
    shows(browser, ".outcome", "Confirmed", "yes, I will be there", "%")


def test_the_keyboard_is_enough(console, browser):
    from selenium.webdriver.common.keys import Keys
    console(before=call_everybody)
    shows(browser, ".rows", "Asha")
    browser.press(Keys.TAB)
    assert browser.focus() == "Skip to the page"
    browser.press("2")
    shows(browser, "h1", "Calls")
    shows(browser, ".rows", "Asha", "Ben")
    browser.press("/")
    until(lambda: browser.focus() == "q")
    browser.press("asha")
    until(lambda: browser.count(".rows li") == 1)
    assert "q=asha" in browser.run("return location.hash")
    browser.press(Keys.ESCAPE, "j")
    assert "Asha" in browser.focus()
    browser.press(Keys.ENTER)
    shows(browser, "h1", "Asha")
    browser.press(Keys.ESCAPE)
    shows(browser, "h1", "Calls")
    browser.press("?")
    shows(browser, "dialog[open]", "Keys")
    browser.press(Keys.ESCAPE)
    assert browser.count("dialog[open]") == 0


def test_where_the_focus_is_can_be_seen(console, browser):
    from selenium.webdriver.common.keys import Keys
    console(before=call_everybody)
    shows(browser, ".rows", "Asha")
    seen = set()
    for _ in range(10):
        browser.press(Keys.TAB)
        assert browser.run(
            "const s = getComputedStyle(document.activeElement);"
            "return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth)"
            " >= 2"), browser.focus()
        seen.add(browser.focus())
    assert {"Now", "Calls", "Campaigns", "Why?", "Charts"} <= seen


def test_a_campaign_is_paused_and_goes_on_by_keyboard(console, browser):
    from selenium.webdriver.common.keys import Keys
    world = console("campaigns")

    def paused():
        return world.value("SELECT paused FROM campaign"
                           " WHERE name = 'interviews'")
    shows(browser, ".campaign", "interviews", "2 waiting",
          "To reach the 2 who wait: from $0.40 to ", "; $0.00 spent.")
    browser.run("document.querySelector('.campaign button').focus()")
    browser.press(Keys.ENTER)
    until(lambda: paused() == 1)
    shows(browser, "#say", "interviews is paused")
    until(lambda: browser.focus() == "Resume interviews")
    browser.press(Keys.ENTER)
    until(lambda: paused() == 0)
    until(lambda: browser.focus() == "Pause interviews")


def test_news_leave_the_focus_where_it_is(console, browser):
    world = console(fates={ACME[0]: resting("ringing")}, before=call_everybody)
    shows(browser, ".card.live", "ringing")
    browser.press("j")
    assert "Asha" in browser.focus()
    webhook(world, ACME[0], "in-progress")
    shows(browser, ".card.live", "talking")
    assert "Asha" in browser.focus()


def test_each_user_sees_their_own(console, browser):
    world = console("calls", before=call_everybody)
    shows(browser, ".rows", "Asha", "Ben")
    assert "Gita" not in browser.text("body")
    browser.open(world, "globex", USERS["globex"], "calls")
    shows(browser, ".rows", "Gita")
    assert "Asha" not in browser.text("body")
    browser.open(world, "stranger", USERS["stranger"], "calls")
    shows(browser, ".failed", "there is no account of this name")


def test_why_somebody_is_not_called_is_said(console, browser):
    def closed(world):
        assert world.callsheet("dnc", "add", ACME[0]).returncode == 0
    console("why/99999 00001", before=closed)
    shows(browser, "main", "Asha", "do-not-call list")
    browser.run("location.hash = '#/why/+15550100'")
    shows(browser, "main", "Nobody here has this number")


@pytest.mark.parametrize("page", [*PAGES, "call/1"])
def test_it_fits_a_phone(console, browser, page):
    browser.width(360)
    long = "Wolfeschlegelsteinhausenbergerdorff" * 3
    console(page, before=call_everybody, people=[
        person(long, ACME[0]), person("Ben", ACME[1])],
        fates={ACME[1]: resting()})
    linked(browser, "live")
    until(lambda: len(browser.text()) > 20)
    assert browser.run("return document.documentElement.scrollWidth") <= 360
    box = browser.run("const r = document.getElementById('nav')"
                      ".getBoundingClientRect(); return [r.left, r.right,"
                      " innerHeight - r.bottom]")
    assert box == [0, 360, 0]
    small = browser.run("return [...document.querySelectorAll('#nav a,"
                        " main button')].filter((a) => a.getBoundingClientRect"
                        "().height < 36).length")
    assert small == 0


def test_it_is_dark_where_that_is_wanted(console, browser):
    def paper():
        return browser.run("return getComputedStyle(document.documentElement)"
                           ".backgroundColor")
    console()
    light = paper()
    browser.prefer(prefers_color_scheme="dark")
    assert light != paper()


CONTRASTS = """
const number = (c) => c.match(/[0-9.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) =>
  v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((sum, v, i) =>
  sum + v * [.2126, .7152, .0722][i], 0);
const under = (node) => {
  for (; node; node = node.parentElement) {
    const c = number(getComputedStyle(node).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c;
  }
};
return [...document.querySelectorAll("body *")].filter((node) =>
  node.getClientRects().length && !node.closest(".unseen, .skip") &&
  [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim())).map(
  (node) => {
    const style = getComputedStyle(node), svg = node.closest("svg");
    const [a, b] = [light(number(svg ? style.fill : style.color)),
      light(under(node))].sort((x, y) => y - x);
    return [Math.round(10 * (a + .05) / (b + .05)) / 10,
      node.textContent.slice(0, 30), node.className.toString()];
  }).filter(([ratio]) => ratio < 4.5)
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_that_is_written_can_be_read(console, browser, scheme):
    def trouble(world):
        call_everybody(world)
        world.alter("UPDATE campaign SET problem = 'no header', problem_at = 1"
                    " WHERE name = 'surveys'")
    console(user="admin", before=trouble, fates={
        ACME[0]: resting(), GLOBEX[0]: Fate("failed")})
    browser.prefer(prefers_color_scheme=scheme)
    for page in [*PAGES, "call/2"]:
        browser.run("location.hash = arguments[0]", f"#/{page}")
        shows(browser, "h1", "Ben" if page == "call/2" else PAGES[page])
        assert browser.run(CONTRASTS) == [], page


def test_nothing_moves_where_that_is_wanted(console, browser):
    console(fates={ACME[0]: resting()}, before=call_everybody)
    shows(browser, ".card.live", "Asha")

    def moves():
        return browser.run(
            "return getComputedStyle(document.querySelector('.here'),"
            " '::before').animationName") != "none"
    assert moves()
    browser.prefer(prefers_reduced_motion="reduce")
    assert not moves()


def test_an_empty_house_says_what_to_do(console, browser):
    def nothing(world):
        world.alter("UPDATE campaign SET active = 0")
    console(before=nothing)
    shows(browser, ".empty", "No campaign yet", "callsheet.conf")
    for page, words in {"calls": "No calls yet", "charts": "Nothing to draw",
                        "problems": "All is well",
                        "why": "Ask about a number"}.items():
        browser.run("location.hash = arguments[0]", f"#/{page}")
        shows(browser, ".empty", words)


def test_charts_can_be_read_as_figures(console, browser):
    console("charts", before=call_everybody, fates={ACME[1]: Fate("busy")})
    shows(browser, "main", "Calls and answer rate by hour", "completed",
          "busy")
    browser.run("document.querySelectorAll('details').forEach("
                "(d) => d.open = true)")
    shows(browser, "table", "50%")
    assert browser.count("svg[role=img]:not([aria-label])") == 0


def test_a_problem_is_counted_beside_its_page(console, browser):
    def trouble(world):
        world.alter("UPDATE campaign SET problem = 'no header Phone Number',"
                    " problem_at = 1 WHERE name = 'interviews'")
    console("problems", before=trouble)
    shows(browser, ".problem", "Campaign interviews", "No header Phone Number")
    shows(browser, ".badge", "1")


def test_two_accounts_numbers_do_not_meet(console, browser):
    console(f"why/{GLOBEX[0]}", before=call_everybody)
    shows(browser, "main", "Nobody here has this number")
