"""callsheet agents: where Bolna's agents send their webhooks."""

import json

import pytest

from world import SECRET, World, person
from sim.bolna import AGENT
from sim.faults import refusal

URL = "https://calls.example.com/webhook/bolna"


@pytest.fixture
def world(tmp_path):
    with World(tmp_path, [person("Asha", "+919999900001")], csv_file=True,
               nginx=False) as world:
        world.set("webhook", url=URL)
        world.bolna.agents[AGENT]["webhook_url"] = None
        yield world


def agents(world, *words, status=0):
    done = world.callsheet("agents", *words)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_address_of_the_settings_is_set_with_the_secret_and_read_back(
        world):
    said = agents(world, "webhook", "set")
    assert world.bolna.agents[AGENT]["webhook_url"] == f"{URL}/{SECRET}"
    assert "ok    campaign interviews" in said
    assert "Bolna shows it" in said
    assert SECRET not in said
    assert "ok " in agents(world, "webhook", "check")


def test_an_agent_is_patched_and_never_replaced(world):
    agents(world, "webhook", "set")
    assert {method for _, method, _ in world.bolna.asked} == {"PATCH", "GET"}
    assert world.bolna.agents[AGENT]["agent_name"] == "Example agent 1"


@pytest.mark.parametrize("given", [
    "https://other.example.com/webhook",
    "https://other.example.com/webhook/",
    f"https://other.example.com/webhook/{SECRET}"])
def test_another_address_can_be_given_and_the_secret_is_added_once(
        world, given):
    agents(world, "webhook", "set", given)
    assert world.bolna.agents[AGENT]["webhook_url"] == (
        f"https://other.example.com/webhook/{SECRET}")


@pytest.mark.parametrize("given, why", [
    ("calls.example.com/webhook", "it does not begin with https://"),
    ("http://calls.example.com/webhook", "it does not begin with https://"),
    ("https:///webhook", "it names no host"),
    ("https://me@calls.example.com/webhook", "a user name"),
    ("https://calls.example.com/web hook", "a blank"),
    ("https://calls.example.com/webhook#x", "a #")])
def test_an_address_to_which_bolna_cannot_deliver_is_not_set(
        world, given, why):
    said = agents(world, "webhook", "set", given, status=64)
    assert why in said
    assert world.bolna.asked == []


@pytest.mark.parametrize("url, status, said", [
    (f"{URL}/{SECRET}", 0, "ok  "),
    (None, 65, "it sends its webhooks nowhere"),
    ("", 65, "it sends its webhooks nowhere"),
    (URL, 65, "which is not"),
    (f"calls.example.com/{SECRET}", 65, "it does not begin with https://"),
    (f"https://other.example.com/{SECRET}", 65, "which is not " + URL)])
@pytest.mark.parametrize("place", ["top", "agent_config"])
def test_a_wrong_address_is_found_wherever_bolna_shows_it(
        world, url, status, said, place):
    world.bolna.shows_webhook = place
    world.bolna.agents[AGENT]["webhook_url"] = url
    shown = agents(world, "webhook", "check", status=status)
    assert said in shown
    assert SECRET not in shown


def test_what_bolna_does_not_show_cannot_be_verified_and_is_not_called_wrong(
        world):
    world.bolna.shows_webhook = None
    for words in (["check"], ["set"]):
        said = agents(world, "webhook", *words, status=75)
        assert "cannot verify: Bolna does not show" in said
    assert world.bolna.agents[AGENT]["webhook_url"] == f"{URL}/{SECRET}"
    (one,) = json.loads(agents(world, "webhook", "check", "--json",
                               status=75))
    assert one["result"] == "cannot verify"


def test_without_an_address_in_the_settings_nothing_can_be_compared(world):
    world.sections["webhook"].pop("url")
    world.write_conf(world.sections)
    world.bolna.agents[AGENT]["webhook_url"] = f"{URL}/{SECRET}"
    said = agents(world, "webhook", "check", status=75)
    assert f"it sends to {URL}/..., and url in [webhook]" in said
    assert "which address?" in agents(world, "webhook", "set", status=64)


def test_an_agent_that_bolna_does_not_know_is_named(world):
    world.set("campaign interviews", agent_id="nobody")
    said = agents(world, "webhook", "check", status=75)
    assert "agent nobody: Bolna knows no such agent" in said
    said = agents(world, "webhook", "set", status=65)
    assert "agent nobody: Bolna knows no such agent" in said


def test_a_refused_key_is_said_for_what_it_is(world):
    (world.dir / "bolna.key").write_text("bn-wrong\n")
    said = agents(world, "list", status=75)
    assert "account acme: Bolna refused (403): Unrecognized" in said
    world.bolna.fault("GET /v2/agent/all", refusal(500))
    agents(world, "list", status=75)


def test_the_list_shows_agents_campaigns_and_addresses(world):
    world.bolna.agents["spare"] = dict(
        world.bolna.agents[AGENT], id="spare", agent_name="Spare",
        webhook_url=f"{URL}/{SECRET}")
    listed = json.loads(agents(world, "list", "--json"))
    assert listed == [
        {"account": "acme", "agent": AGENT, "name": "Example agent 1",
         "campaigns": ["interviews"], "webhook": None, "shown": True},
        {"account": "acme", "agent": "spare", "name": "Spare",
         "campaigns": [], "webhook": f"{URL}/...", "shown": True}]
    said = agents(world, "list")
    assert f'acme  {AGENT}  Example agent 1  ["interviews"]  no webhook' in (
        said)


def test_words_that_make_no_sense_are_refused(world):
    for words in ([], ["webhook"], ["webhook", "remove"], ["list", "all"],
                  ["webhook", "check", URL]):
        assert "usage: callsheet agents" in agents(world, *words, status=64)
    said = agents(world, "list", "--account", "none", status=65)
    assert "there is no account none" in said
