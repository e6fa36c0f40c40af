"""Who may speak to the receiver: address, gate and secret path, each of them
needed and none of them enough."""

import http.client
import itertools
import json

import pytest

from fcgi_client import BOLNA
from world import GATE, SECRET, World, hook_of, person, until

STRANGER = "127.0.0.5"      # neither the web server nor the receiver knows it
HERE = "127.0.0.1"          # the harness's web server lets it in, we do not
ROUTES = ["/webhook/bolna", "/bolna/webhook", "/webhook", "/api/webhook",
          "/api/webhooks/bolna", "/api/webhooks/bolna/call-status"]
NEW_SECRET = "open-barley-0123456789"
LEADS = [person("Asha", "+919999900001")]
numbers = itertools.count(1)


def event():
    """A webhook that was never sent before."""
    return {"id": f"admission-{next(numbers)}", "status": "ringing"}


def via_nginx(world, method, path, body=None, source=BOLNA, headers=None):
    """(status, headers, body) of a request that came through nginx."""
    peer = http.client.HTTPConnection(
        "127.0.0.1", world.nginx.port, timeout=20, source_address=(source, 0))
    try:
        peer.request(method, path, json.dumps(body) if body else None,
                     headers or {})
        answer = peer.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        peer.close()


def stored(world, body):
    return world.value("SELECT count(*) FROM event WHERE execution = ?",
                       body["id"])


def refused(world, address):
    """(count, with_secret, reason) or None."""
    rows = world.query("SELECT count, with_secret, reason FROM refused"
                       " WHERE address = ?", address)
    return rows[0] if rows else None


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Secret and gate are set; a real nginx stands in front."""
    with World(tmp_path_factory.mktemp("shut"), LEADS, csv_file=True) as it:
        yield it


@pytest.fixture(scope="module")
def open_world(tmp_path_factory):
    """The operator has not set a secret path."""
    with World(tmp_path_factory.mktemp("open"), LEADS, csv_file=True) as it:
        del it.sections["webhook"]["secret"]
        it.write_conf(it.sections)
        it.stop_receiver()
        it.start_receiver()
        yield it


@pytest.fixture
def fresh(tmp_path):
    """A world whose files a test may change."""
    with World(tmp_path / "w", LEADS, csv_file=True, nginx=False) as it:
        assert hook_of(it).post(event()).status == 200, "it is up"
        yield it


@pytest.fixture
def fresh_nginx(tmp_path):
    with World(tmp_path / "w", LEADS, csv_file=True) as it:
        yield it


# --- the path ---

@pytest.mark.parametrize("route", ROUTES)
def test_each_route_takes_a_webhook_with_the_secret_behind_it(world, route):
    body = event()
    status, _, text = via_nginx(world, "POST", f"{route}/{SECRET}", body)
    assert status == 200
    assert json.loads(text) == {"ok": True, "id": body["id"],
                                "result": "stored"}
    assert stored(world, body) == 1


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("tail", ["", "/", "/wrong", f"/{SECRET}x",
                                  f"/{SECRET[:-1]}", f"/{SECRET.upper()}"])
def test_without_the_right_secret_there_is_no_such_address(
        world, route, tail):
    body = event()
    status, _, text = via_nginx(world, "POST", route + tail, body)
    assert status == 404
    assert json.loads(text)["ok"] is False
    assert stored(world, body) == 0


@pytest.mark.parametrize("route", ROUTES)
def test_where_no_secret_is_set_the_plain_route_is_the_address(
        open_world, route):
    body, other = event(), event()
    assert via_nginx(open_world, "POST", route, body)[0] == 200
    assert stored(open_world, body) == 1
    assert via_nginx(open_world, "POST", f"{route}/{SECRET}", other)[0] == 404
    assert stored(open_world, other) == 0


# --- the same word as a header, where a sender can set one ---

@pytest.mark.parametrize("route", ROUTES)
def test_the_secret_may_come_as_a_header_instead(world, route):
    body = event()
    status, _, text = via_nginx(world, "POST", route, body,
                                headers={"X-Api-Key": SECRET})
    assert (status, json.loads(text)["result"]) == (200, "stored")
    assert stored(world, body) == 1


@pytest.mark.parametrize("key", [SECRET[:-1], SECRET.upper(), "x", ""])
def test_a_wrong_key_is_told_that_it_is_wrong(world, key):
    body = event()
    status, _, text = via_nginx(world, "POST", "/webhook", body,
                                headers={"X-Api-Key": key})
    assert (status, json.loads(text)) == (401, {
        "ok": False, "reason": "the x-api-key is wrong"})
    assert stored(world, body) == 0
    assert key == "" or key == "x" or key not in world.log()


def test_the_right_key_makes_no_wrong_path_right(world):
    body = event()
    assert via_nginx(world, "POST", "/webhook/wrong", body,
                     headers={"X-Api-Key": SECRET})[0] == 404
    assert via_nginx(world, "POST", "/webhook", body, STRANGER,
                     headers={"X-Api-Key": SECRET})[0] == 403
    assert hook_of(world, gate="wrong").post(
        body, "/webhook", HTTP_X_API_KEY=SECRET).status == 401
    assert stored(world, body) == 0


def test_where_no_secret_is_set_a_key_changes_nothing(open_world):
    assert via_nginx(open_world, "POST", "/webhook", event(),
                     headers={"X-Api-Key": "anything"})[0] == 200


@pytest.mark.parametrize("path", [
    "", "/", "/webhooks", f"/webhook/bolna/{SECRET}/", f"//{SECRET}",
    f"/webhook/bolna/x/{SECRET}", f"/{SECRET}", f"/webhook/bolna?{SECRET}",
    f"/Webhook/Bolna/{SECRET}", f"/webhook/bolna/{SECRET}\n",
    "/webhook/bolna/" + SECRET * 60])
def test_what_only_resembles_an_address_is_none(world, path):
    body = event()
    assert hook_of(world).post(body, path).status == 404
    assert stored(world, body) == 0


def test_a_query_behind_the_path_changes_nothing(world):
    hook = hook_of(world)
    assert hook.post(event(), DOCUMENT_URI=None,
                     REQUEST_URI=hook.uri + "?a=b").status == 200


@pytest.mark.parametrize("route", ROUTES)
def test_get_says_that_the_address_is_right_and_only_then(world, route):
    status, _, text = via_nginx(world, "GET", f"{route}/{SECRET}")
    assert status == 200
    assert "the address for Bolna's webhooks" in json.loads(text)["result"]
    assert via_nginx(world, "GET", f"{route}/wrong")[0] == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS",
                                    "post", "GE", "GET, POST", ""])
def test_other_methods_are_told_which_ones_there_are(world, method):
    answer = hook_of(world).ask(method)
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, POST"


def test_the_pages_for_monitoring_only_take_get(world):
    for page in ("/healthz", "/metrics"):
        answer = hook_of(world).ask("POST", page)
        assert (answer.status, answer.headers["allow"]) == (405, "GET")


# --- the address ---

def test_bolnas_address_is_admitted_and_a_strangers_is_counted(fresh_nginx):
    world = fresh_nginx
    good, bad = event(), event()
    uri = f"/webhook/bolna/{SECRET}"
    assert via_nginx(world, "POST", uri, good)[0] == 200
    assert via_nginx(world, "POST", "/webhook/bolna", bad, STRANGER)[0] == 403
    until(lambda: refused(world, STRANGER), 5, "the refusal written down")
    assert refused(world, STRANGER) == (1, 0, "address")
    assert world.query("SELECT * FROM anomaly") == []

    # a stranger who knows the secret path may be Bolna at a new address
    assert via_nginx(world, "POST", uri, bad, STRANGER)[0] == 403
    until(lambda: refused(world, STRANGER) == (2, 1, "address"), 5)
    (what, which, why), = world.query("SELECT what, which, why FROM anomaly")
    assert what == "strangers" and which is None
    assert "1 refused requests knew the secret path" in why
    assert STRANGER in why
    assert stored(world, good) == 1 and stored(world, bad) == 0
    assert refused(world, BOLNA) is None


def test_the_receiver_looks_at_the_address_for_itself(world):
    # the web server's list is wider than ours: 127.0.0.1 gets through it
    body = event()
    status, _, text = via_nginx(world, "POST", f"/webhook/{SECRET}", body,
                                HERE)
    assert (status, json.loads(text)["ok"]) == (403, False)
    assert stored(world, body) == 0
    until(lambda: (refused(world, HERE) or [0])[0] > 0)


def test_what_the_web_server_refused_is_refused_whatever_our_list_says(fresh):
    body = event()
    assert hook_of(fresh).post(body, CALLSHEET_ADMITTED=0).status == 403
    assert stored(fresh, body) == 0
    assert "is on the list, but the web server refused it" in fresh.log()


@pytest.mark.parametrize("address", [
    BOLNA, "::ffff:127.0.0.2", "::FFFF:127.0.0.2", "::ffff:7f00:2",
    "0:0:0:0:0:ffff:127.0.0.2"])
def test_an_ipv4_address_is_known_in_its_ipv6_spellings(world, address):
    assert hook_of(world).post(event(), REMOTE_ADDR=address).status == 200


@pytest.mark.parametrize("address", [
    "127.0.0.20", "127.0.0.21", "27.0.0.2", "127.0.0.2 ", " 127.0.0.2",
    "127.0.0.2\n", "127.0.0.02", "127.0.0.2.", "127.0.0.2,127.0.0.2",
    "127.0.0.2, 10.0.0.1", "127.0.0.2/32", "127.0.0.2:80", "127.2",
    "2130706434", "0x7f000002", "0177.0.0.2", "::127.0.0.2",
    "::ffff:127.0.0.3", "::ffff:127.0.0.2%lo", "[::ffff:127.0.0.2]",
    "64:ff9b::7f00:2", "::ffff:0:127.0.0.2", "localhost", "unix:", "", None])
def test_what_only_resembles_bolnas_address_is_refused(world, address):
    body = event()
    assert hook_of(world).post(body, REMOTE_ADDR=address).status == 403
    assert stored(world, body) == 0


FORWARDED = ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP",
             "True-Client-IP", "CF-Connecting-IP", "Remote-Addr",
             "Callsheet-Admitted", "Callsheet-Gate"]


def test_headers_neither_admit_nor_exclude_anybody(world):
    inside = {name: BOLNA for name in FORWARDED}
    outside = {name: STRANGER for name in FORWARDED}
    body, uri = event(), f"/webhook/{SECRET}"
    for source in (STRANGER, HERE):
        assert via_nginx(world, "POST", uri, body, source, inside)[0] == 403
    assert stored(world, body) == 0
    assert via_nginx(world, "POST", uri, body, BOLNA, outside)[0] == 200

    def as_params(value):
        return {"HTTP_" + name.upper().replace("-", "_"): value
                for name in FORWARDED}
    assert hook_of(world).post(event(), REMOTE_ADDR=STRANGER,
                               **as_params(BOLNA)).status == 403
    assert hook_of(world).post(event(), **as_params(STRANGER)).status == 200


def test_a_flood_of_senders_is_counted_in_full_and_kept_small(fresh):
    hook = hook_of(fresh)
    fresh.alter("INSERT INTO refused (address, count, with_secret, reason)"
                " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
                " FROM n WHERE i < 999) SELECT 'old ' || i, 0, 0, 'address'"
                " FROM n")
    for i in range(200):
        hook.post({}, REMOTE_ADDR=f"10.0.0.{i}")
    until(lambda: fresh.value("SELECT sum(count) FROM refused") == 200)
    assert fresh.value("SELECT count(*) FROM refused") == 1001
    assert refused(fresh, "others")


# --- the gate ---

@pytest.mark.parametrize("gate", [None, "", "guess", GATE[:-1], GATE + "x",
                                  GATE.upper()])
def test_who_is_on_the_socket_without_the_gate_can_forge_no_address(
        world, gate):
    body = event()
    assert hook_of(world, gate=gate).post(body).status == 401
    assert hook_of(world, gate=gate).ask("GET", "/healthz").status == 401
    assert hook_of(world, gate=gate).ask("GET", "/metrics").status == 401
    assert stored(world, body) == 0
    until(lambda: (refused(world, BOLNA) or "???")[2] == "gate")
    assert refused(world, BOLNA)[1] == 0, "a forger can ring no alarm"


# --- files that change while the receiver runs ---

def test_the_address_list_is_read_again_when_it_changes(fresh):
    hook = hook_of(fresh)
    (fresh.dir / "addresses").write_text("# moved\n127.0.0.7\n10.1.0.0/16\n")
    until(lambda: hook.post(event(), REMOTE_ADDR="127.0.0.7").status == 200)
    assert hook.post(event(), REMOTE_ADDR="10.1.255.3").status == 200
    assert hook.post(event(), REMOTE_ADDR=BOLNA).status == 403


@pytest.mark.parametrize("text, why", [
    ("127.0.0.7\n127.0.0.2.1\n", "2: not an address"),
    ("127.0.0.7\n0.0.0.0/0\n", "2: admits everybody"),
    ("127.0.0.7\n::/0\n", "2: admits everybody"),
    ("127.0.0.7/33\n", "1: the prefix is longer"),
    ("127.0.0.7/8\n", "1: has bits set behind the prefix")])
def test_a_broken_address_list_leaves_the_old_one_in_force(fresh, text, why):
    hook = hook_of(fresh)
    (fresh.dir / "addresses").write_text(text)

    def complained():
        assert hook.post(event()).status == 200
        return f"/addresses:{why}" in fresh.log()
    until(complained)
    assert hook.post(event(), REMOTE_ADDR="127.0.0.7").status == 403


def test_a_list_that_is_gone_leaves_the_old_one_in_force(fresh):
    hook = hook_of(fresh)
    (fresh.dir / "addresses").unlink()

    def complained():
        assert hook.post(event()).status == 200
        return "addresses: the settings name it" in fresh.log()
    until(complained)


def rotate(world, name, *lines):
    """Replace a secret file as an editor does, in one step."""
    new = world.dir / "new"
    new.write_text("\n".join(lines) + "\n")
    new.chmod(0o600)
    new.rename(world.dir / name)


def test_the_secret_is_rotated_without_losing_a_webhook(fresh):
    old, new = hook_of(fresh), hook_of(fresh, NEW_SECRET)
    assert new.post(event()).status == 404
    rotate(fresh, "secret", SECRET, NEW_SECRET)
    until(lambda: new.post(event()).status == 200)
    assert old.post(event()).status == 200
    rotate(fresh, "secret", NEW_SECRET)
    until(lambda: old.post(event()).status == 404)
    assert new.post(event()).status == 200


def test_the_gate_is_rotated_in_the_same_way(fresh):
    old, new = hook_of(fresh), hook_of(fresh, gate=NEW_SECRET)
    rotate(fresh, "gate", NEW_SECRET, GATE)
    until(lambda: new.post(event()).status == 200)
    assert old.post(event()).status == 200
    rotate(fresh, "gate", NEW_SECRET)
    until(lambda: old.post(event()).status == 401)
    assert new.post(event()).status == 200


def test_a_new_secret_with_wrong_permissions_counts_once_they_are_right(
        fresh):
    old, new = hook_of(fresh), hook_of(fresh, NEW_SECRET)
    path = fresh.dir / "secret"
    path.write_text(NEW_SECRET + "\n")
    path.chmod(0o644)

    def complained():
        assert old.post(event()).status == 200
        return "chmod 600 it" in fresh.log()
    until(complained)
    assert new.post(event()).status == 404
    path.chmod(0o600)
    until(lambda: new.post(event()).status == 200)
    assert old.post(event()).status == 404


# --- development ---

LOOPBACK = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]


def test_loopback_is_admitted_in_development_only(fresh):
    hook = hook_of(fresh)
    assert {hook.post(event(), REMOTE_ADDR=address).status
            for address in LOOPBACK} == {403}
    fresh.set("webhook", development="yes")
    fresh.stop_receiver()
    fresh.start_receiver()
    assert {hook.post(event(), REMOTE_ADDR=address).status
            for address in LOOPBACK} == {200}
    assert hook.post(event(), REMOTE_ADDR="10.0.0.1").status == 403
    # and it replaces neither gate nor secret
    assert hook.post(event(), "/webhook", REMOTE_ADDR=HERE).status == 404
    assert hook.post(event(), REMOTE_ADDR=HERE,
                     CALLSHEET_GATE=None).status == 401


# --- what is written about it ---

def test_neither_log_holds_the_secret_or_the_gate(tmp_path):
    with World(tmp_path / "w", LEADS, csv_file=True) as world:
        world.stop_receiver()
        world.start_receiver("-v")
        uri, hook = f"/webhook/bolna/{SECRET}", hook_of(world)
        for method, path, source in [
                ("POST", uri, BOLNA), ("POST", uri, STRANGER),
                ("POST", uri + "x", BOLNA), ("PUT", uri, BOLNA),
                ("GET", uri, BOLNA), ("POST", f"{uri}?a={SECRET}", BOLNA),
                ("POST", f"/webhook/bolna/x/{SECRET}", BOLNA)]:
            via_nginx(world, method, path, event(), source)
        for body in (b"", b"not JSON", event()):
            hook.post(body)
            hook.post(body, CALLSHEET_GATE=GATE + "x")
        access = world.dir / "nginx" / "callsheet.log"
        until(lambda: len(access.read_text().splitlines()) == 7)
        until(lambda: refused(world, STRANGER))
        logs = world.log() + access.read_text()
        assert world.log().count(" from ") == 13
        assert SECRET not in logs and GATE not in logs
        dump = str(world.query("SELECT * FROM refused")
                   + world.query("SELECT * FROM event"))
        assert SECRET not in dump and GATE not in dump


def test_health_and_numbers_are_there_for_monitoring(fresh_nginx):
    world, hook = fresh_nginx, hook_of(fresh_nginx)
    status, _, text = via_nginx(world, "GET", "/healthz", source=HERE)
    assert (status, json.loads(text)["ok"]) == (200, True)
    for body in ({"id": "1"}, {"id": "1"}, {"id": "2"}, b"not JSON"):
        hook.post(body)
    hook.post({"id": "3"}, REMOTE_ADDR=STRANGER)
    status, headers, text = via_nginx(world, "GET", "/metrics", source=HERE)
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain")
    assert {line for line in text.splitlines()
            if line.startswith("callsheet_webhooks_total")} == {
        'callsheet_webhooks_total{result="stored"} 2',
        'callsheet_webhooks_total{result="known"} 1',
        'callsheet_webhooks_total{result="bad"} 1',
        'callsheet_webhooks_total{result="refused"} 1',
        'callsheet_webhooks_total{result="failed"} 0'}
    for page in ("/healthz", "/metrics"):
        assert via_nginx(world, "GET", page)[0] == 403
