"""The Google stand-in as a server: who gets a token, who is refused, how
answers go wrong, and what it can say about it afterwards."""

import csv
import http.client
import io
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from google_wire import (
    BATCH, HEAD, PEOPLE, TESTS, Client, b64, client, entry, google, grid, sign)
from sim import oauth
from sim.google import BOOK_ID, Google

__all__ = ["client", "google"]


# ---- tokens

@pytest.mark.parametrize("changes, error, text", [
    ({"iss": "x@y.iam.gserviceaccount.com", "iat": None}, "invalid_grant",
     "Invalid grant: account not found"),
    ({"iss": None}, "invalid_grant", "Invalid grant: account not found"),
    ({"iat": None}, "invalid_grant", "Invalid JWT: Token must be a short-"),
    ({"exp": 5, "scope": ""}, "invalid_grant", "Invalid JWT: Token must be"),
    ({"iat": 2 ** 31, "exp": 2 ** 31 + 9}, "invalid_grant", "Invalid JWT: T"),
    ({"scope": "", "aud": "x"}, "invalid_scope", "Invalid OAuth scope or"),
    ({"aud": oauth.AUDIENCE + "/"}, "invalid_grant",
     "Invalid JWT: Failed audience check."),
    ({"sub": "boss@example.com"}, "unauthorized_client", "Client is unau")])
def test_token_refusals(client, changes, error, text):
    status, body = client.grant(**changes)
    assert (status, body["error"]) == (400, error)
    assert body["error_description"].startswith(text)


def test_token_structure(client):
    good = sign(client.google.key, client.claims())
    head, claims, signature = good.split(".")
    for bad in ("", "a.b", "a.b.c.d", f"{head}=.{claims}.{signature}",
                f"{head}.{claims}.", f"{b64(b'[1]')}.{claims}.{signature}"):
        status, _, body = client.ask_token(bad)
        assert (status, body) == (400, {"error": "invalid_request",
                                        "error_description": "Bad Request"})
    status, _, body = client.ask_token(good, "password")
    assert body == {"error": "unsupported_grant_type",
                    "error_description": "Invalid grant_type: password"}
    for bad in (f"{head}.{claims}.{b64(bytes(256))}",
                sign(client.google.key, client.claims(), "HS256"),
                sign(oauth.Key(), client.claims())):
        assert client.ask_token(bad)[2]["error_description"] == (
            "Invalid JWT Signature.")


def test_token_grant(google, client):
    status, body = client.grant()
    assert status == 200 and body["token_type"] == "Bearer"
    assert body["expires_in"] == 3599
    status, body = client.grant(scope=oauth.FULL + "x")
    assert status == 200 and list(body) == ["id_token"]
    assert client.grant(iat=int(google.now()), exp=int(google.now()) + 3600)[
        0] == 200
    assert client.grant(iat=int(google.now()) - 9, exp=int(google.now())
                        + 3592)[0] == 400


def test_clock(google, client):
    google.clock_offset = -600
    now = int(time.time())
    status, headers, body = client.ask_token(sign(
        google.key, client.claims(iat=now - 30, exp=now + 3500)))
    assert status == 400 and "short-lived" in body["error_description"]
    shown = parsedate_to_datetime(headers["Date"]).timestamp()
    assert abs(shown - (time.time() - 600)) < 5


def test_token_expires(google, client):
    assert client.get("A1")[0] == 200
    google.advance(3600)
    status, body = client.get("A1")
    assert status == 401 and body["error"]["status"] == "UNAUTHENTICATED"


def test_scopes(google, client):
    client.token = client.grant(scope=oauth.READONLY)[1]["access_token"]
    assert client.get("A1")[0] == 200
    for status, body in (client.filters(grid()), client.write(entry(1, "x"))):
        assert status == 403
        assert body["error"]["details"][0]["reason"] == (
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT")


# ---- refusals

def test_access(google, client):
    other = google.add_book("other")
    other.add_tab("T", [["x"]])
    assert client.call("GET", "other/values/A1")[1]["values"] == [["x"]]
    other.access = "reader"
    assert client.call("GET", "other/values/A1")[0] == 200
    status, body = client.call("PUT", "other/values/A1", {"values": [[1]]},
                               valueInputOption="RAW")
    assert status == 403
    assert body == {"error": {"code": 403, "status": "PERMISSION_DENIED",
                              "message": "The caller does not have "
                                         "permission"}}
    other.access = None
    assert client.call("GET", "other/values/A1")[0] == 403
    other.access, other.office = "writer", True
    status, body = client.call("GET", "other/values/A1")
    assert body["error"]["status"] == "FAILED_PRECONDITION"
    status, body = client.call("GET", "missing")
    assert (status, body["error"]["status"]) == (404, "NOT_FOUND")
    google.api_enabled = False
    status, body = client.call("GET", "missing")
    assert body["error"]["details"][0]["reason"] == "SERVICE_DISABLED"


def test_tokens_are_asked_for(client):
    status, _, body = client.raw("GET", f"/v4/spreadsheets/{BOOK_ID}")
    assert status == 403
    status, headers, body = client.raw(
        "GET", f"/v4/spreadsheets/{BOOK_ID}", headers={
            "Authorization": "Bearer ya29.wrong"})
    assert status == 401 and "Bearer" in headers["WWW-Authenticate"]


@pytest.mark.parametrize("verb, path", [
    ("GET", "/"), ("GET", "/token"), ("POST", "/v4/spreadsheets/x"),
    ("GET", "/v4/spreadsheets/x/values"), ("GET", "/v4/spreadsheets/x/y"),
    ("POST", "/v4/spreadsheets/x/values/A1:append"),
    ("DELETE", "/v4/spreadsheets/x/values/A1"),
    ("POST", "/v4/spreadsheets/x/values:batchget")])
def test_unknown_paths_get_html(client, verb, path):
    status, headers, body = client.raw(verb, path, "{}" if verb == "POST"
                                       else None)
    assert status == 404
    assert headers["Content-Type"].startswith("text/html")


def test_broken_json(google, client):
    client.get("A1")
    for body in (b"{", b"[]", b'{"data": "\xff"}', b"", b'{"data": NaN}'):
        status, _, reply = client.raw(
            "POST", f"/v4/spreadsheets/{BOOK_ID}/{BATCH}", body,
            {"Authorization": f"Bearer {client.token}"})
        assert (status, reply["error"]["status"]) == (400,
                                                      "INVALID_ARGUMENT")


def test_quota(google, client):
    google.quota = {"read": 2, "write": 1}
    assert [client.get("A1")[0] for _ in range(3)] == [200, 200, 429]
    assert client.write(entry(1, None))[0] == 200
    status, body = client.write(entry(1, None))
    about = body["error"]["details"][0]["metadata"]
    assert about["quota_limit"] == "WriteRequestsPerMinutePerUser"
    assert about["quota_limit_value"] == "1"
    google.advance(61)
    assert client.get("A1")[0] == 200
    google.quota = None
    assert {client.get("A1")[0] for _ in range(5)} == {200}


def test_gzip_only_when_asked_twice(google, client):
    client.get("A1")
    for agent, coding in (("x (gzip)", "gzip"), ("x", None)):
        client.agent = agent
        _, headers, body = client.raw(
            "GET", f"/v4/spreadsheets/{BOOK_ID}/values/A1",
            headers={"Authorization": f"Bearer {client.token}",
                     "Accept-Encoding": "gzip"})
        assert headers["Content-Encoding"] == coding
        assert body["values"] == [["Name"]]


# ---- faults

def test_answers_are_lost(google, client):
    client.get("A1")
    for what, written in (("drop-before", ""), ("reset-before", ""),
                          ("drop-after", "drop-after"),
                          ("reset-after", "reset-after")):
        google.fail(BATCH, what)
        google.sheet.edit(1, "Status", "")
        with pytest.raises(ConnectionError) as caught:
            client.write(entry(1, None, None, what))
        assert google.sheet.cell(1, "Status") == written
        assert ("reset" in what) == (
            caught.type is ConnectionResetError), what
    google.fail(BATCH, "truncate")
    with pytest.raises(http.client.IncompleteRead):
        client.write(entry(1, None, None, "truncate"))
    assert google.sheet.cell(1, "Status") == "truncate"
    assert client.write(entry(1, None, None, "busy"))[0] == 200


def test_scripted_statuses(google, client):
    client.get("A1")
    google.fail("values.get", 429)
    google.fail("values.get", 429, retry_after=7)
    for status in (500, 502, 503, 401):
        google.fail("values.get", status)
    seen = []
    for _ in range(7):
        status, headers, body = client.raw(
            "GET", f"/v4/spreadsheets/{BOOK_ID}/values/A1",
            headers={"Authorization": f"Bearer {client.token}"})
        seen.append((status, headers["Retry-After"]))
        assert isinstance(body, bytes) == (status == 502)
    assert seen == [(429, None), (429, "7"), (500, None), (502, None),
                    (503, None), (401, None), (200, None)]
    google.fail("token", "ok")
    google.fail("token", 503)
    google.fail("token", 400, body={"error": "invalid_grant"})
    assert [client.grant()[0] for _ in range(4)] == [200, 503, 400, 200]


def test_stall_and_stop(google, client):
    client.get("A1")
    google.fail("*", "stall-before", seconds=0.3)
    started = time.monotonic()
    assert client.get("A1")[0] == 200
    assert time.monotonic() - started >= 0.3
    google.fail("*", "stall-before", seconds=60)
    failed = []

    def ask():
        try:
            client.get("A1")
        except ConnectionError:
            failed.append(True)
    thread = threading.Thread(target=ask)
    thread.start()
    assert google.wait(lambda: len(google.asked("values.get")) == 3)
    google.stop()
    thread.join(5)
    assert failed


def test_a_client_that_gives_up_ends_the_stall(google, client):
    client.get("A1")
    google.fail(BATCH, "stall-before", seconds=60)
    google.fail("values.get", "stall-after", seconds=0.1)
    client.get("A1")
    place = urlsplit(google.url)
    with socket.create_connection((place.hostname, place.port)) as link:
        link.sendall(f"POST /v4/spreadsheets/x/{BATCH} HTTP/1.1\r\n"
                     "Content-Length: 2\r\n\r\n{}".encode())
        assert google.wait(lambda: google.asked(BATCH))
    assert google.wait(lambda: any(BATCH in line for line in google.log), 5)


# ---- evidence, size, the program

def test_evidence(google, client):
    client.write(entry(1, None, None, "busy"))
    assert google.wait(lambda: len(google.log) == 2)
    token, write = google.requests
    assert (token.method, token.kind, token.status) == ("token", "token", 200)
    assert (write.method, write.kind, write.status) == (BATCH, "write", 200)
    assert write.body["data"][0]["values"] == [[None, None, "busy"]]
    assert write.reply["totalUpdatedCells"] == 1
    assert BATCH in google.log[1] and " write " in google.log[1]
    assert not google.wait(lambda: google.asked("read"), 0.05)


def test_keep_alive_and_chunks(google):
    place = urlsplit(google.url)
    link = http.client.HTTPConnection(place.hostname, place.port)
    for _ in range(3):
        link.request("POST", "/token", iter([b"grant_", b"type=x"]),
                     {"Content-Type": "application/x-www-form-urlencoded"},
                     encode_chunked=True)
        reply = link.getresponse()
        assert b"Invalid grant_type: x" in reply.read()
        assert not reply.will_close
    link.close()
    assert len({id(r) for r in google.requests}) == 3


def test_large_sheet():
    head = [f"Column {n}" for n in range(12)]
    rows = [head] + [[f"Person {n}", f"+1202555{n % 10000:04}", n]
                     + [f"text {n}"] * 9 for n in range(100000)]
    with Google(rows=rows) as google:
        client = Client(google)
        client.agent = "large (gzip)"
        client.get("A1")
        _, body = client.filters(grid())
        assert len(body["valueRanges"][0]["valueRange"]["values"]) == 100001
        _, body = client.filters(
            *(grid(0, col, None, col + 1) for col in (1, 3, 11)),
            majorDimension="COLUMNS", valueRenderOption="UNFORMATTED_VALUE")
        assert [len(part["valueRange"]["values"][0])
                for part in body["valueRanges"]] == [100001] * 3
        _, body = client.write(*(entry(row, None, None, "busy")
                                 for row in range(1, 5001)))
        assert body["totalUpdatedCells"] == 5000


def program(directory, *arguments):
    process = subprocess.Popen(
        [sys.executable, str(TESTS / "sim" / "google.py"), "--listen",
         "127.0.0.1:0", "--port-file", str(directory / "port"), *arguments],
        stdout=subprocess.DEVNULL)
    for _ in range(200):
        if (directory / "port").exists() or process.poll() is not None:
            break
        time.sleep(0.05)
    port = (directory / "port").read_text().strip()
    return process, f"http://127.0.0.1:{port}"


def test_program(tmp_path):
    with open(tmp_path / "leads.csv", "w", newline="") as file:
        csv.writer(file).writerows([HEAD, *PEOPLE])
    process, url = program(
        tmp_path, "--key-file", str(tmp_path / "key.json"), "--sheet",
        str(tmp_path / "leads.csv"), "--id", "demo-1", "--gid", "7")
    try:
        key = tmp_path / "key.json"
        assert key.stat().st_mode & 0o777 == 0o600
        info = json.loads(key.read_text())
        assert info["client_email"].endswith(".iam.gserviceaccount.com")
        assert info["token_uri"] == oauth.AUDIENCE
        with urlopen(Request(f"{url}/_sim/edit", json.dumps(
                {"do": "type_in", "phone": "447700900456", "col": "Status",
                 "text": "+44"}).encode())) as reply:
            assert json.load(reply) == {"ok": True}
        with urlopen(f"{url}/_sim/sheet.csv?id=demo-1&gid=7") as reply:
            shown = list(csv.reader(io.TextIOWrapper(reply, "utf-8")))
        assert shown == [HEAD, PEOPLE[0], PEOPLE[1] + ["44"], PEOPLE[2]]
        with urlopen(f"{url}/_sim/log") as reply:
            assert b"/_sim/edit" in reply.read()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
