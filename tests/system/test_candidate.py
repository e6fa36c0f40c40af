"""PUT /api/candidate/<id>/status: a person's word by the web, through real
nginx and with a password."""

import base64
import http.client
import json

import pytest

from fcgi_client import Hook
from outcome_world import add_call
from world import GATE, HEADER, World, person
from sim.bolna import Fate

ASHA, BEN = "+919999900001", "+919999900002"
USERS = {"acme": "secret-1", "other": "secret-2", "admin": "secret-3"}
COLUMNS = HEADER + ["Outcome", "Key"]
NO = "assistant: Will you come?\nuser: No, I can't come.\n"


@pytest.fixture
def world(tmp_path):
    with World(tmp_path, [person("Asha", ASHA, "", "A-1"),
                          person("Ben", BEN, "", "B-1")], header=COLUMNS,
               csv_file=True, pace=0, users=USERS) as world:
        world.bolna.fate(ASHA, Fate(transcript=NO, extracted_data=None,
                                    agent_extraction=None))
        world.run()
        world.settle()
        yield world


def ask(world, path, body, user="acme", password=None, method="PUT",
        headers=()):
    peer = http.client.HTTPConnection("127.0.0.1", world.nginx.port,
                                      timeout=20)
    login = base64.b64encode(
        f"{user}:{password or USERS.get(user, '')}".encode()).decode()
    send = {"Authorization": f"Basic {login}"} if user else {}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    peer.request(method, path, data, {**send, **dict(headers)})
    answer = peer.getresponse()
    text = answer.read()
    peer.close()
    try:
        return answer.status, json.loads(text)
    except ValueError:
        return answer.status, {}


def put(world, body, name=None, **more):
    name = name or world.value("SELECT execution FROM attempt"
                               " WHERE phone = ?", ASHA)
    return ask(world, f"/api/candidate/{name}/status", body, **more)


def chosen(world):
    return world.query("SELECT outcome, rule, coalesce(note, '') FROM outcome"
                       " WHERE source = 'person'")


@pytest.mark.parametrize("user", ["acme", "admin"])
@pytest.mark.parametrize("key", [None, "A-1"], ids=["execution", "key"])
def test_a_persons_word_by_the_web_wins_and_stays(world, user, key):
    assert world.sheet()["Asha"]["Outcome"] == "declined"
    assert put(world, {"status": "Confirmed", "note": "wrote a mail"},
               name=key, user=user) == (200, {"ok": True,
                                              "result": "confirmed"})
    assert chosen(world) == [("confirmed", f"web {user}", "wrote a mail")]
    world.run()
    assert world.sheet()["Asha"]["Outcome"] == "confirmed"
    assert world.callsheet("replay").returncode == 0
    world.alter("INSERT INTO outcome_due SELECT id FROM attempt WHERE true"
                " ON CONFLICT DO NOTHING")
    world.run()
    assert world.sheet()["Asha"]["Outcome"] == "confirmed"
    assert world.sheet()["Ben"]["Outcome"] == "confirmed"   # by a rule


def test_the_receiver_only_stores_it(world):
    put(world, {"status": "callback", "at": "in one minute"})
    assert world.query("SELECT next_at FROM lead WHERE phone = ?",
                       ASHA) == [(None,)]
    world.run()
    assert world.value("SELECT next_at FROM lead WHERE phone = ?", ASHA)


@pytest.mark.parametrize("more", [
    {"user": None}, {"password": "wrong"}, {"user": "stranger"},
    {"user": "stranger", "password": "secret-1"},
    {"user": None, "headers": [("X-Remote-User", "admin"),
                               ("Remote-User", "admin")]}],
    ids=str)
def test_nobody_speaks_without_a_password(world, more):
    assert put(world, {"status": "confirmed"}, **more)[0] == 401
    assert chosen(world) == []


def test_an_account_speaks_for_its_own_people_only(world):
    for name in (None, "A-1"):
        assert put(world, {"status": "confirmed"}, name=name,
                   user="other")[0] == 404
    assert chosen(world) == []


def test_an_account_called_admin_speaks_for_its_own_people_only(world):
    world.alter("INSERT INTO account (name) VALUES ('admin')")
    for name in (None, "A-1"):
        assert put(world, {"status": "confirmed"}, name=name,
                   user="admin")[0] == 404
    assert chosen(world) == []


def test_an_account_that_is_no_longer_one_speaks_for_nobody(world):
    world.alter("UPDATE account SET active = 0 WHERE name = 'acme'")
    assert put(world, {"status": "confirmed"})[0] == 404
    assert chosen(world) == []


def test_behind_the_web_server_nothing_but_its_word_counts(world):
    """Who reaches the socket itself: no gate, or no user."""
    hook = Hook(world.dir / "hook.sock", gate=GATE)
    uri, body = "/api/candidate/A-1/status", b'{"status": "confirmed"}'
    for more, status in [
            ({"REMOTE_USER": "admin", "CALLSHEET_GATE": None}, 401),
            ({}, 403), ({"REMOTE_USER": ""}, 403),
            ({"REMOTE_USER": "x" * 70}, 403), ({"REMOTE_USER": "x"}, 404)]:
        assert hook.ask("PUT", uri, body, **more).status == status
    assert chosen(world) == []


@pytest.mark.parametrize("body, status", [
    ({}, 400), ({"status": "great"}, 400), ({"status": 1}, 400),
    ({"status": ["confirmed"]}, 400), (b"confirmed", 400), (b"", 400),
    ({"status": "confirmed", "note": "x" * 600}, 400),
    ({"status": "confirmed", "at": {}}, 400),
    (b'{"status": "confirmed", "x": "' + b"y" * 17000 + b'"}', 413),
    (b"[" * 9000, 400), (b'{"status": "\xff"}', 400)],
    ids=lambda v: str(v)[:40])
def test_what_is_no_word_is_refused_and_leaves_no_trace(world, body, status):
    assert put(world, body)[0] == status
    assert chosen(world) == []
    assert world.query("SELECT * FROM quarantine") == []


@pytest.mark.parametrize("name, status", [
    ("nothing", 404), ("", 404), ("x" * 200, 404), ("a%2Fb", 404),
    ("'%20OR%201=1--", 404)])
def test_an_id_that_is_none_is_not_found(world, name, status):
    assert ask(world, f"/api/candidate/{name}/status",
               {"status": "confirmed"})[0] == status
    assert chosen(world) == []


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH"])
def test_only_put_is_taken(world, method):
    assert put(world, {"status": "confirmed"}, method=method)[0] == 405
    assert chosen(world) == []


def test_a_key_that_several_rows_have_names_nobody(world):
    world.alter("UPDATE lead SET key = 'A-1'")
    status, said = put(world, {"status": "confirmed"}, name="A-1")
    assert (status, "several" in said["reason"]) == (400, True)
    add_call(world, 7, {})
    assert put(world, {"status": "confirmed"}, name="e7")[0] == 200


def test_neither_words_nor_names_reach_the_log(world):
    put(world, {"status": "confirmed", "note": "noteMarker"}, name="A-1")
    put(world, {"status": "statusMarker"}, name="A-1")
    log = world.log()
    for marker in ("noteMarker", "statusMarker", USERS["acme"], ASHA):
        assert marker not in log
