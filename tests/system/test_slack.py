"""People are told in Slack how a call ended, once, whatever was said in it; and
what is wrong is told there too."""

import json

import pytest

from world import person
from sim.bolna import AGENT, Fate
from sim.faults import refusal
from sim.slack import orders, unescaped

ASHA, BEN, CHITRA = "+919999900001", "+919999900002", "+919999900003"
HIDDEN = "-Xk29sdf"         # the end of every webhook's address
TELL = ["completed", "call-disconnected", "failed", "no-answer", "busy",
        "canceled", "stopped", "error"]
WORLD = {"rows": [person("Asha", ASHA)], "slack": True}


def call(world, fate=Fate(), phone=ASHA):
    """Asha is called and the call is over and confirmed: Slack may hear."""
    world.bolna.fate(phone, fate)
    world.run(ok=False)
    world.bolna.quiet()
    assert world.callsheet("reconcile").returncode == 0
    return world.run(ok=False)


def blocks(message, kind):
    return [b for b in message["blocks"] if b["type"] == kind]


def spoken(message):
    """What stands in the code block."""
    text = blocks(message, "section")[1]["text"]["text"]
    assert text.startswith("```\n") and text.endswith("\n```")
    return text[4:-4]


# --- the message ---

def test_the_end_of_a_call_is_told_with_four_fields_and_the_transcript(
        world_of):
    world = world_of()
    call(world, Fate(duration=73.4, transcript="assistant: hi\nuser: yes\n"))
    (message,) = world.hook.messages
    execution = world.bolna.placed[0].execution_id
    (header,) = blocks(message, "header")
    assert header["text"] == {"type": "plain_text",
                              "text": "Bolna call ended: completed"}
    assert [f["text"] for f in blocks(message, "section")[0]["fields"]] == [
        f"*Call ID*\n{execution}", f"*Agent ID*\n{AGENT}",
        "*Duration*\n1m 13s", "*Status*\ncompleted"]
    assert [b["type"] for b in message["blocks"]] == [
        "header", "section", "divider", "section", "context"]
    assert spoken(message) == "assistant: hi\nuser: yes"
    assert message["text"] == "Bolna call ended: completed, 1m 13s"
    about = blocks(message, "context")[0]["elements"][0]["text"]
    assert about == "interviews, +91******0001, Callee: Call recipient hungup"


def test_a_call_without_a_word_has_no_code_block(world_of):
    world = world_of()
    call(world, Fate(status="no-answer", transcript=None))
    (message,) = world.hook.messages
    assert [b["type"] for b in message["blocks"]] == [
        "header", "section", "context"]
    assert message["blocks"][0]["text"]["text"].endswith(": no-answer")


HOSTILE = ("user: <!channel> <@U123> <https://evil.example|click> & so on\n"
           "user: ``` out of it ```` *bold*\n\x1b[31mred\x07")


def test_what_somebody_says_gives_no_orders_in_slack(world_of):
    world = world_of()
    call(world, Fate(transcript=HOSTILE))
    (message,) = world.hook.messages
    assert orders(message) == unescaped(message) == []
    said = spoken(message)
    assert "```" not in said
    assert said.replace("\u200b", "") == (
        "user: &lt;!channel&gt; &lt;@U123&gt; &lt;https://evil.example|click"
        "&gt; &amp; so on\nuser: ``` out of it ```` *bold*\n[31mred")


@pytest.mark.parametrize("text, whole", [
    ("x" * 2800, True), ("x" * 2801, False),
    ("😀" * 2800, True), ("😀" * 2801, False),
    ("&" * 560, True), ("&" * 560 + "x", False),
    ("x" * 2799 + "<", False), ("x" * 2796 + "<", True)])
def test_a_long_transcript_is_cut_at_2800_characters_after_escaping(
        world_of, text, whole):
    world = world_of()
    call(world, Fate(transcript=text))
    (message,) = world.hook.messages
    said = spoken(message)
    assert said.endswith("... (truncated)") is not whole
    kept = said.removesuffix("... (truncated)")
    assert 2796 <= len(kept) <= 2800
    plain = kept.replace("&lt;", "<").replace("&amp;", "&")
    assert plain == text[:len(plain)]
    assert (plain == text) is whole
    assert len(world.slack.requests) == 1


# --- one call, one message ---

def test_a_call_is_told_once_however_often_bolna_reports_it(world_of):
    world = world_of(nginx=True)
    call(world)
    assert len(world.hook.messages) == 1
    for body in world.query("SELECT body FROM event"):
        world.alter("INSERT OR IGNORE INTO event (execution, digest, source,"
                    " body) SELECT id, randomblob(32), 'webhook', ?"
                    " FROM execution", body[0])
    for loss in ("UPDATE execution SET verified = 0, final = ''",
                 "DELETE FROM execution"):
        world.alter(loss)
        assert world.callsheet("replay").returncode == 0
        assert world.query("SELECT verified, attempt FROM execution") == [
            (1, 1)]
        world.run(ok=False)
    assert len(world.slack.requests) == 1


def test_bolnas_end_is_told_and_not_that_the_line_was_cut_before(world_of):
    world = world_of(nginx=True)
    world.run()
    world.bolna.quiet()
    assert world.value("SELECT count(*) FROM event WHERE body LIKE"
                       " '%call-disconnected%'") > 0
    assert world.hook.messages == []        # no webhook is taken at its word
    world.settle()
    (message,) = world.hook.messages
    assert message["blocks"][0]["text"]["text"].endswith(": completed")


def test_an_end_that_bolna_corrects_is_no_second_end(world_of):
    world = world_of()
    call(world, Fate(status="busy", transcript=None))
    world.alter("UPDATE execution SET verified = 0")
    world.alter("UPDATE execution SET verified = 1, final = 'failed'")
    world.run(ok=False)
    assert len(world.slack.requests) == 1


@pytest.mark.parametrize("status", TELL[2:-1])
def test_every_usual_end_is_told(world_of, status):
    world = world_of()
    call(world, Fate(status=status, transcript=None))
    (message,) = world.hook.messages
    assert message["blocks"][0]["text"]["text"].endswith(f": {status}")


@pytest.mark.parametrize("setting, told", [
    ("busy,no-answer", 0), ("none", 0), ("busy completed", 1)])
def test_only_the_ends_that_were_asked_for_are_told(world_of, setting, told):
    world = world_of(campaign={"slack_statuses": setting})
    call(world)
    assert len(world.hook.messages) == told
    assert world.value("SELECT count(*) FROM post") == told


def test_calls_of_before_are_no_news_when_slack_is_set_up(world_of):
    world = world_of(campaign={"slack_statuses": "none"})
    call(world)
    world.set("campaign interviews", slack_statuses="completed")
    world.run(ok=False)
    world.alter("UPDATE execution SET verified = 1, attempt = attempt")
    world.age(3600)
    world.run(ok=False)
    assert world.slack.requests == []


def test_a_status_that_bolna_does_not_have_stops_the_start(world_of):
    world = world_of(campaign={"slack_statuses": "completed, complete"})
    done = world.run(ok=False)
    assert done.returncode == 78
    assert "Bolna has no status 'complete'" in done.stderr


# --- where it goes ---

def second_campaign(world, **keys):
    """Ben's, of another account with the same rules."""
    (world.dir / "ben.csv").write_text(
        ",".join(world.header) + f"\nBen,{BEN},,,,,,,\n")
    world.sections["account other"] = dict(
        world.sections["account acme"], **keys)
    world.sections["campaign ben"] = dict(
        world.sections["campaign interviews"], account="other",
        sheet="file:ben.csv")
    world.write_conf(world.sections)


def test_two_accounts_never_hear_of_each_other(world_of):
    world = world_of()
    other = world.slack.hook("other")
    world.secret_file("other.url", other.url)
    second_campaign(world, slack_url="@other.url")
    (world.dir / "ben.csv").chmod(0o600)
    call(world)
    asked = [json.dumps(m) for m in world.hook.messages + other.messages]
    assert len(world.hook.messages) == len(other.messages) == 1
    assert "+91******0001" in asked[0] and "+91******0002" in asked[1]
    (world.dir / "ben.csv").unlink()
    world.run(ok=False)
    assert len(world.hook.messages) == 1
    assert "campaign ben" in other.messages[1]["text"]


def test_a_campaign_may_have_its_own_channel(world_of):
    world = world_of()
    own = world.slack.hook("interviews")
    world.secret_file("own.url", own.url)
    world.set("campaign interviews", slack_url="@own.url")
    call(world)
    assert (len(own.messages), world.hook.messages) == (1, [])


def test_who_does_not_use_slack_leaves_no_trace_of_it(world_of):
    world = world_of(slack=False)
    call(world)
    assert world.query("SELECT * FROM post") == []


# --- Slack says no ---

def test_a_layout_that_slack_refuses_is_sent_as_plain_text(world_of):
    world = world_of()
    world.slack.fault(refusal(400, body="invalid_blocks"))
    call(world, Fate(duration=5, transcript="user: <yes>"))
    (message,) = world.hook.messages
    assert len(world.slack.requests) == 2
    assert "blocks" not in message
    assert message["text"].splitlines() == [
        "Bolna call ended: completed",
        f"Call ID: {world.bolna.placed[0].execution_id}",
        f"Agent ID: {AGENT}", "Duration: 5s",
        "interviews, +91******0001, Callee: Call recipient hungup", "",
        "user: &lt;yes&gt;"]
    assert world.query("SELECT tries, error, due_at FROM post") == [
        (1, None, None)]


def test_what_slack_refuses_in_any_form_is_given_up_with_the_reason(world_of):
    world = world_of()
    world.slack.fault(refusal(400, body="invalid_blocks"),
                      refusal(400, body="no_text"))
    done = call(world)
    assert "given up: Slack refuses the message (400 no_text)" in done.stderr
    world.age(7200)
    world.run(ok=False)
    assert len(world.slack.requests) == 2
    assert "400 no_text" in world.callsheet("status").stdout


@pytest.mark.parametrize("state, word", [
    ("gone", "404 no_service"), ("forbidden", "403 action_prohibited"),
    ("archived", "410 channel_is_archived")])
def test_an_address_that_slack_refuses_is_off_for_the_run_and_told_once(
        world_of, state, word):
    rows = [person(f"P{n}", f"+9199999000{n:02}") for n in range(1, 4)]
    world = world_of(rows)
    world.hook.state = state
    done = call(world)
    assert f"slack acme: Slack does not accept the address in slack_url" \
        f" ({word})" in done.stderr
    assert len(world.slack.requests) == 1       # of three that were due
    world.age(120)
    again = world.callsheet("run", "--once")
    assert again.stderr == ""                   # the alarm was told
    assert len(world.slack.requests) == 2
    assert "slack_url" in world.callsheet("status").stdout
    assert world.sheet()["P3"]["Status"] == "completed"
    world.hook.state = "active"
    world.age(120)
    world.run(ok=False)
    assert len(world.hook.messages) == 3
    assert "slack_url" not in world.callsheet("status").stdout


def test_slack_is_left_alone_for_as_long_as_it_asks(world_of):
    world = world_of([person("Asha", ASHA), person("Ben", BEN)])
    world.slack.fault(refusal(429, retry_after=300, body="rate_limited"))
    call(world)
    assert len(world.slack.requests) == 1       # the other waits as well
    world.write_csv([*(list(row.values()) for row in world.sheet().values()),
                     person("Chitra", CHITRA)])
    call(world, phone=CHITRA)
    world.age(200)
    world.run(ok=False)
    assert len(world.slack.requests) == 1       # and what comes meanwhile
    world.age(101)
    world.run(ok=False)
    assert len(world.hook.messages) == 3
    assert world.query("SELECT * FROM lane") == []


def test_a_page_of_somebody_else_is_not_slack(world_of):
    world = world_of()
    world.slack.fault(refusal(200, body="<html>Please log in</html>"))
    done = call(world)
    assert "something else than Slack answers (200)" in done.stderr


# --- secrets ---

def test_nobody_reads_the_address_of_a_webhook_anywhere(world_of):
    world = world_of()
    seen = ""
    for status in (500, 404, 429, 302, 400, 400):
        world.slack.fault(refusal(status, body=world.hook.url))
    seen += call(world).stderr
    for _ in range(5):
        world.age(7200)
        seen += world.run(ok=False).stderr
    for verb in ("status", "config", "doctor"):
        done = world.callsheet(verb)
        seen += done.stdout + done.stderr
    assert "slack acme" in seen
    assert HIDDEN not in seen + world.log()
    world.stop_receiver()
    for path in world.dir.glob("callsheet.db*"):
        assert HIDDEN.encode() not in path.read_bytes()
    world.start_receiver()


def test_an_address_that_others_could_read_on_the_way_is_refused(world_of):
    world = world_of()
    world.secret_file("slack.url", f"http://slack.example/services/{HIDDEN}")
    done = world.run(ok=False)
    assert done.returncode == 78
    assert "want one line with the address" in done.stderr
    assert HIDDEN not in done.stderr


# --- alarms ---

def test_an_alarm_reaches_the_channel_once(world_of):
    world = world_of(csv_file=False)
    world.google.book.access = None
    for _ in range(3):
        world.age(30)
        world.run(ok=False)
    (message,) = world.hook.messages
    assert message["text"].startswith(
        "callsheet alarm: campaign interviews: ")
    assert "share the sheet with" in message["text"]
    assert blocks(message, "header")[0]["text"]["text"] == "callsheet alarm"
    assert orders(message) == unescaped(message) == []


def test_an_alarm_shows_no_whole_number(world_of):
    world = world_of()
    world.bolna.fate(ASHA, Fate(stay="ringing"))
    world.run()
    world.age(7300)
    world.run(ok=False)
    texts = world.hook.texts()
    assert any("attempt 1 +91******0001" in text for text in texts)
    assert not any(ASHA[1:] in text for text in texts)


def test_that_slack_fails_is_not_told_to_slack(world_of):
    world = world_of()
    world.hook.state = "gone"
    call(world)
    assert world.value("SELECT count(*) FROM alarm WHERE what = 'service'")
    assert world.query("SELECT * FROM post WHERE text LIKE 'service%'") == []


def test_alarms_of_one_moment_are_one_message(world_of):
    world = world_of()
    second_campaign(world)
    world.set("campaign ben", account="acme")
    (world.dir / "ben.csv").unlink()
    world.csv_file.unlink()
    world.run(ok=False)
    (message,) = world.hook.messages
    assert message["text"].count("\n") == 1
    assert "campaign ben: " in message["text"]
    assert "campaign interviews: " in message["text"]


def test_what_nobody_else_can_be_concerned_by_is_told(world_of):
    world = world_of()
    odd = "INSERT INTO watch (what, stops, why) VALUES (?, 0, 'odd')"
    world.alter(odd, "moon")
    world.run(ok=False)
    assert world.hook.messages[0]["text"] == "callsheet alarm: moon: odd"
    second_campaign(world)
    world.alter(odd, "sun")
    world.run(ok=False)
    assert not any("sun" in text for text in world.hook.texts())


def test_no_account_is_told_of_another_with_a_name_like_its_own(world_of):
    world = world_of()
    second_campaign(world)
    del world.sections["account other"]["slack_url"]
    world.sections["campaign acme"] = world.sections.pop("campaign ben")
    world.write_conf(world.sections)
    (world.dir / "ben.csv").unlink()
    world.run(ok=False)
    assert world.query("SELECT which FROM alarm") == [("acme",)]
    assert world.hook.messages == []


def test_rows_of_one_name_in_two_accounts_are_two_alarms(world_of):
    world = world_of([person("Kumar", ASHA)], settings={"dry_run": "yes"})
    theirs = world.slack.hook("other")
    world.secret_file("other.url", theirs.url)
    second_campaign(world, slack_url="@other.url")
    world.write_csv([person("Kumar", ASHA)])
    (world.dir / "ben.csv").write_text(world.csv_file.read_text())
    world.run()
    for account in "other", "acme":
        world.alter(
            "INSERT INTO delivery (kind, campaign, lead, due_at, tries, error)"
            " SELECT 'sheet', c.id, l.id, unixepoch() + 900, 3, 'why of ' ||"
            " o.name FROM lead l JOIN campaign c ON c.id = l.campaign"
            " JOIN account o ON o.id = c.account WHERE o.name = ?", account)
        world.run(ok=False)
        said = world.callsheet("status", "--account", account)
        assert f"why of {account}" in said.stdout
        assert said.stdout.count("why of") == 1
    for hook, account in (world.hook, "acme"), (theirs, "other"):
        (message,) = hook.messages
        assert message["text"] == (
            f"callsheet alarm: row Kumar: why of {account}")


def test_status_of_an_account_knows_no_campaign_that_is_called_like_it(
        world_of):
    world = world_of()
    second_campaign(world)
    world.sections["campaign acme"] = world.sections.pop("campaign ben")
    world.write_conf(world.sections)
    (world.dir / "ben.csv").unlink()
    world.run(ok=False)
    assert "ben.csv" not in world.callsheet("status", "--account",
                                            "acme").stdout
    assert "ben.csv" in world.callsheet("status", "--account",
                                        "other").stdout


def test_an_alarm_of_long_ago_is_forgotten_and_a_call_is_not(world_of):
    world = world_of(csv_file=False)
    call(world)
    for access in (None, "writer"):
        world.google.book.access = access
        world.run(ok=False)
    assert world.value("SELECT count(*) FROM post") == 2
    world.alter("UPDATE post SET done_at = done_at - 31 * 86400")
    world.google.book.access = None
    world.run(ok=False)
    assert world.query("SELECT attempt FROM post") == [(1,)]


# --- forgotten people ---

def test_nobody_is_told_of_a_person_who_was_erased(world_of):
    world = world_of([person("Asha Pomegranate", ASHA)])
    world.hook.state = "gone"
    call(world)
    world.alter("INSERT INTO post (kind, account, text, due_at)"
                " VALUES ('slack', 1, 'row Asha Pomegranate: odd', 1)")
    assert world.callsheet("erase", ASHA).returncode == 0
    world.hook.state = "active"
    world.age(3600)
    world.run(ok=False)
    assert world.hook.messages == []
    assert world.query("SELECT due_at, error, text FROM post") == [
        (None, "erased", None)]


def test_who_is_erased_takes_no_message_about_others_along(world_of):
    world = world_of([person("o", ASHA)], settings={"dry_run": "yes"})
    second_campaign(world)
    world.run()
    texts = ["disk: no room is left", "row Ben: moved"]
    for account, text in (1, texts[0]), (2, texts[1]), (2, "row o: moved"):
        world.alter("INSERT INTO post (kind, account, text, due_at)"
                    " VALUES ('slack', ?, ?, 9999999999)", account, text)
    world.alter("INSERT INTO post (kind, account, text, due_at)"
                " VALUES ('slack', 1, 'row o: moved', 9999999999)")
    assert world.callsheet("erase", ASHA, "--account",
                           "acme").returncode == 0
    assert [text for (text,) in world.query(
        "SELECT text FROM post ORDER BY id")] == [*texts, "row o: moved"]
