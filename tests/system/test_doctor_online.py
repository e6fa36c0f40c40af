"""callsheet doctor --online: what only Bolna, Google, Slack, OpenAI and our
own web server can tell is asked of them, and what is wrong is named."""

import os
import subprocess

import pytest

from doctor_world import (ASHA, doctor, failing, online, only, plain, shared,
                          world)
from world import World, person
from sim.bolna import AGENT
from sim.faults import Fault
from sim.openai import HTML, MODEL, MODELS, OpenAI, refusal

__all__ = ["plain", "shared", "world"]


@pytest.fixture
def google(tmp_path):
    with World(tmp_path, [person("Asha", ASHA)], nginx=False) as world:
        yield world


def test_online_nothing_is_complained_of_either(world):
    found = doctor(world, online(world), ok=True)
    for check in ("Bolna key", "wallet", "concurrency", "web server",
                  "real address", "Slack"):
        assert [result for result, _ in found[check]] == ["ok"], found[check]
    assert found["clock"][-1][0] == "ok"
    # the agent's address is not shown, which is no fault
    assert found["agent webhook"][0][0] == "skip"


def test_online_nothing_is_changed_and_nobody_is_told(world):
    before = world.query("SELECT * FROM campaign")
    asked, told = len(world.bolna.asked), list(world.hook.messages)
    doctor(world, online(world))
    assert {method for _, method, _ in world.bolna.asked[asked:]} == {"GET"}
    assert world.query("SELECT * FROM campaign") == before
    assert world.hook.messages == told
    assert world.value("SELECT count(*) FROM anomaly"
                       " WHERE what = 'strangers'") == 0


def test_a_key_that_bolna_refuses_is_named(world):
    (world.dir / "bolna.key").write_text("bn-wrong\n")
    found = failing(world, online(world))
    assert list(found) == ["Bolna key"]
    assert "make a new key" in found["Bolna key"]


def test_a_wallet_that_is_empty_or_near_its_floor_is_named(world):
    world.bolna.wallet = 0
    assert "add credit" in only(world, "wallet", online(world))
    world.bolna.wallet = 900        # cents
    world.set("account acme", wallet_floor="9.01")
    assert "not more than wallet_floor" in only(world, "wallet", "--online")
    world.set("account acme", wallet_floor="8.99")
    doctor(world, "--online", ok=True)


def test_an_account_without_a_line_is_named(world):
    world.bolna.concurrency = 0
    assert "places no calls" in only(world, "concurrency", online(world))


def test_an_agent_that_reports_elsewhere_is_named(world):
    world.bolna.agents[AGENT]["webhook_url"] = "http://calls.example.com/x"
    assert "does not begin with https://" in only(
        world, "agent webhook", "--online")


def test_a_clock_that_is_wrong_is_named(world):
    if not os.path.exists("/usr/bin/faketime"):
        pytest.skip("faketime is not installed")
    online(world)
    done = subprocess.run(
        ["faketime", "-f", "+15m", *world.command("doctor", "--online")],
        capture_output=True, text=True, timeout=60)
    assert "FAIL  clock" in done.stdout, done.stdout
    assert "s ahead of Bolna's" in done.stdout


def test_a_web_server_without_a_receiver_behind_it_is_named(world):
    world.stop_receiver()
    world.listener.close()
    world.listener = None
    (world.dir / "hook.sock").unlink()
    found = failing(world, online(world))
    assert "does not reach the receiver (502)" in found["web server"]
    assert "socket" in found


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP"])
def test_a_web_server_that_believes_a_header_is_named(world, header):
    world.nginx.server_extra = ("set_real_ip_from 0.0.0.0/0;"
                                f" real_ip_header {header};")
    world.nginx.reload()
    assert "set_real_ip_from only proxies of your own" in only(
        world, "real address", online(world))


def test_another_receiver_at_the_address_is_named(world, tmp_path):
    with World(tmp_path / "second", [person("Ben", "+919999900002")],
               csv_file=True, nginx=False) as second:
        second.run()
        second.bolna.shows_webhook = None
        second.set("webhook", url=world.nginx.url("/webhook/bolna"))
        assert "does another installation answer?" in failing(
            second, "--online")["web server"]


def test_a_slack_webhook_that_is_gone_is_named(world):
    (world.dir / "slack.url").write_text(
        world.slack.hook("acme").url + "gone\n")
    assert "make a new one" in only(world, "Slack", online(world))


def test_a_slack_that_cannot_say_is_no_fault_of_ours(world):
    world.slack.fault(Fault(status=429), Fault(status=503))
    found = doctor(world, online(world), ok=True)
    assert [(found["Slack"][0][0], "cannot verify" in found["Slack"][0][1])
            ] == [("skip", True)]
    assert "trouble of its own (503)" in only(world, "Slack", "--online")


# --- the Google sheet ---

def test_a_sheet_that_is_not_shared_is_named(google):
    google.run()
    google.bolna.shows_webhook = None
    doctor(google, "--online", ok=True)
    google.google.book.access = None
    assert "share the sheet with" in only(google, "Google sheet", "--online")


def test_a_google_sheet_without_a_header_is_named(google):
    google.run()
    google.bolna.shows_webhook = None
    google.google.sheet.rename_column(2, "State")
    assert "Status" in only(google, "Google sheet", "--online")


# --- the analysis server ---

@pytest.fixture
def analysed(plain):
    """The account's calls are analysed."""
    with OpenAI() as model:
        plain.secret_file("openai.key", model.key)
        plain.set("callsheet", openai_api=model.url)
        plain.set("account acme", openai_key="@openai.key",
                  openai_model=MODEL)
        online(plain)
        plain.model = model
        yield plain


def analysis(world):
    """(result, words) of the only line about it; nothing else fails."""
    found = doctor(world, "--online")
    assert not [check for check, ones in found.items() for result, _ in ones
                if result == "FAIL" and check != "analysis server"], found
    (line,) = found["analysis server"]
    return line


def test_an_analysis_server_that_knows_key_and_model_is_sound(analysed):
    assert analysis(analysed) == (
        "ok", f"account acme: key and model {MODEL} are known")
    (asked,) = analysed.model.asked
    assert asked.raw == b""         # nothing that would cost


def test_a_model_may_be_named_like_a_path(analysed):
    analysed.model.models.add("ours/fine:tuned")
    analysed.set("account acme", openai_model="ours/fine:tuned")
    assert analysis(analysed)[0] == "ok"


def test_a_model_that_is_taken_away_is_said_with_the_day(analysed):
    analysed.model.ends[MODEL] = 4102444800
    result, says = analysis(analysed)
    assert result == "ok"
    assert "is taken away on 2100-01-01: name another" in says
    analysed.model.ends[MODEL] = 1700000000
    result, says = analysis(analysed)
    assert result == "FAIL"
    assert "was taken away on 2023-11-14: name another with openai_m" in says


def test_a_key_that_the_analysis_server_refuses_is_named(analysed):
    (analysed.dir / "openai.key").write_text("sk-wrong\n")
    result, says = analysis(analysed)
    assert result == "FAIL"
    assert "does not take the key (401): put one that it knows into" in says
    assert "sk-wrong" not in says


def test_a_model_that_the_server_does_not_know_is_named(analysed):
    analysed.set("account acme", openai_model="gone-1")
    result, says = analysis(analysed)
    assert result == "FAIL"
    assert "knows no model gone-1 for this key: name one" in says


def test_where_the_server_does_not_tell_its_models_it_cannot_verify(
        analysed):
    analysed.model.lists = False
    analysed.set("account acme", openai_model="gone-1")
    result, says = analysis(analysed)
    assert result == "skip"
    assert "takes the key, but cannot verify the model" in says
    assert analysed.model.asked[-1].raw == b"{}"
    assert not any(asked.words for asked in analysed.model.asked)


WRONG = {
    "web page": (Fault(status=200, body=HTML), "FAIL",
                 "a web page is at", "such as https://api.openai.com/v1"),
    "gateway": (Fault(status=502, body=HTML), "FAIL",
                "trouble of its own (502)", "ask again later"),
    "sent away": (Fault(status=308, headers={"Location": "/v2"}), "FAIL",
                  "sends away to another address (308)", "name that one"),
    "silent": (Fault(cut="start"), "FAIL", "does not answer: ",
               "is openai_api right"),
    "busy": (refusal(429), "skip", "cannot verify", "ask again later"),
    "strange": (Fault(status=200, body={"hello": 1}), "skip",
                "cannot verify the model", "takes the key")}


@pytest.mark.parametrize("what", WRONG)
def test_whatever_else_is_at_the_address_is_named_with_the_cure(
        analysed, what):
    fault, wanted, *words = WRONG[what]
    analysed.model.fault(fault, route=MODELS)
    result, says = analysis(analysed)
    assert result == wanted, says
    assert all(word in says for word in words), says


def test_an_address_without_the_api_is_named(analysed):
    analysed.set("callsheet", openai_api=analysed.model.url[:-len("/v1")])
    result, says = analysis(analysed)
    assert result == "FAIL"
    assert "there is no Responses API at" in says
    assert "such as https://api.openai.com/v1" in says


def test_each_account_with_a_key_is_asked_for(analysed):
    analysed.secret_file("other.key", "sk-wrong")
    analysed.sections["account other"] = {
        "bolna_key": "@bolna.key", "openai_key": "@other.key",
        "openai_model": MODEL}
    analysed.sections["account silent"] = {"bolna_key": "@bolna.key"}
    analysed.write_conf(analysed.sections)
    lines = doctor(analysed, "--online")["analysis server"]
    assert [(result, says.split(":")[0]) for result, says in lines] == [
        ("ok", "account acme"), ("FAIL", "account other")]
