"""The Google stand-in, held to what Google's own client does and expects.

Phone numbers are from the ranges that Ofcom and NANPA keep for fiction.
"""

import base64
import csv
import gzip
import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))
from sim import cells, oauth, sheets  # noqa: E402
from sim.google import BOOK_ID, Google  # noqa: E402

HEAD = ["Name", "Phone Number", "Status", "Latest Execution ID", "Duration",
        "Last Attempt Time", "Notes", "Transcript", "Summary"]
PEOPLE = [["Ada Example", "+447700900123"], ["Ben Sample", "+447700900456"],
          ["Cyd Muster", "+12025550147"]]
MASK = ("spreadsheetId,properties(title,locale,timeZone),sheets(properties("
        "sheetId,title,index,sheetType,hidden,gridProperties(rowCount,"
        "columnCount)))")
BATCH = "values:batchUpdateByDataFilter"


@pytest.fixture
def google():
    with Google(rows=[list(HEAD)] + [list(row) for row in PEOPLE]) as google:
        yield google


class Client:
    """A bare client: what goes over the wire, and nothing else."""

    def __init__(self, google):
        self.google = google
        self.token = None
        self.agent = "bare/1"

    def claims(self, **changes):
        now = int(self.google.now())
        claims = {"iss": self.google.key.email, "scope": oauth.FULL,
                  "aud": oauth.AUDIENCE, "iat": now - 30, "exp": now + 3500}
        claims.update(changes)
        return {k: v for k, v in claims.items() if v is not None}

    def ask_token(self, assertion, grant=oauth.GRANT):
        form = urlencode({"grant_type": grant, "assertion": assertion})
        return self.raw("POST", "/token", form, {
            "Content-Type": "application/x-www-form-urlencoded"})

    def grant(self, **changes):
        status, _, body = self.ask_token(
            sign(self.google.key, self.claims(**changes)))
        return status, body

    def raw(self, verb, path, body=None, headers=None):
        place = urlsplit(self.google.url)
        link = http.client.HTTPConnection(place.hostname, place.port,
                                          timeout=10)
        try:
            link.request(verb, path, body,
                         {"User-Agent": self.agent, **(headers or {})})
            reply = link.getresponse()
            data = reply.read()
        finally:
            link.close()
        if reply.getheader("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        if "json" in reply.getheader("Content-Type"):
            data = json.loads(data)
        return reply.status, reply.headers, data

    def call(self, verb, path, body=None, **query):
        if self.token is None:
            self.token = self.grant()[1]["access_token"]
        path = f"/v4/spreadsheets/{path}"
        if query:
            path += "?" + urlencode(query, doseq=True)
        status, _, reply = self.raw(
            verb, path, None if body is None else json.dumps(body),
            {"Authorization": f"Bearer {self.token}"})
        return status, reply

    def get(self, span, **query):
        return self.call("GET", f"{BOOK_ID}/values/{quote(span, safe='')}",
                         **query)

    def filters(self, *areas, **options):
        return self.call("POST", f"{BOOK_ID}/values:batchGetByDataFilter",
                         {"dataFilters": list(areas), **options})

    def write(self, *data, **options):
        return self.call("POST", f"{BOOK_ID}/{BATCH}",
                         {"valueInputOption": "RAW", "data": list(data),
                          **options})


@pytest.fixture
def client(google):
    return Client(google)


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(key, claims, alg="RS256"):
    message = (b64(json.dumps({"alg": alg}).encode()) + "."
               + b64(json.dumps(claims).encode()))
    read, write = os.pipe()
    os.write(write, key.pem.encode())
    os.close(write)
    try:
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", f"/dev/fd/{read}"],
            input=message.encode(), pass_fds=[read], check=True,
            capture_output=True).stdout
    finally:
        os.close(read)
    return message + "." + b64(signature)


def grid(row=None, col=None, end_row=None, end_col=None, gid=0):
    area = {"sheetId": gid, "startRowIndex": row, "endRowIndex": end_row,
            "startColumnIndex": col, "endColumnIndex": end_col}
    return {"gridRange": {k: v for k, v in area.items() if v is not None}}


def entry(row, *values):
    """A write of one row from column A on, over the nine columns."""
    return {"dataFilter": grid(row, 0, row + 1, 9), "values": [list(values)]}


# ---- Google's own client

def real_service(google, scopes=(oauth.FULL,)):
    """Google's client with an unchanged key file.

    The audience it signs is the address it posts to, so that one stays as
    it is and only the connection is led elsewhere.  Version 1 pads the parts
    of its JWT.
    """
    pytest.importorskip("googleapiclient")
    import google_auth_httplib2
    import httplib2
    from google.oauth2 import service_account
    from googleapiclient import discovery

    class Detour(httplib2.Http):
        def request(self, uri, *args, **kwargs):
            if uri == oauth.AUDIENCE:
                uri = google.token_url
            return super().request(uri, *args, **kwargs)

    google.tokens.strict = False
    credentials = service_account.Credentials.from_service_account_info(
        google.key.info(), scopes=scopes)
    link = google_auth_httplib2.AuthorizedHttp(credentials, http=Detour())
    return discovery.build_from_document(document(google.url), http=link)


def document(root):
    """As much of the discovery document as these tests call."""
    text = {"type": "string"}
    ident = {"spreadsheetId": {**text, "location": "path", "required": True}}
    span = {"range": {**text, "location": "path", "required": True}}
    ask = {**text, "location": "query"}
    many = {**ask, "repeated": True}
    look = {"majorDimension": ask, "valueRenderOption": ask,
            "dateTimeRenderOption": ask}
    base = "v4/spreadsheets/{spreadsheetId}"

    def method(verb, path, body=False, **parameters):
        made = {"id": "sheets." + path, "path": base + path,
                "httpMethod": verb, "parameters": {**ident, **parameters},
                "response": {"$ref": "Any"}, "scopes": [oauth.FULL]}
        if body:
            made["request"] = {"$ref": "Any"}
        return made

    values = {
        "get": method("GET", "/values/{range}", **span, **look),
        "update": method("PUT", "/values/{range}", True, **span,
                         valueInputOption=ask, includeValuesInResponse=ask),
        "batchGet": method("GET", "/values:batchGet", ranges=many, **look)}
    for name in ("batchGetByDataFilter", "batchUpdate",
                 "batchUpdateByDataFilter"):
        values[name] = method("POST", "/values:" + name, True)
    return {
        "name": "sheets", "version": "v4", "rootUrl": root + "/",
        "servicePath": "", "batchPath": "batch", "baseUrl": root + "/",
        "parameters": {"fields": ask, "alt": {**ask, "default": "json"}},
        "schemas": {"Any": {"id": "Any", "type": "object",
                            "additionalProperties": {"type": "any"}}},
        "resources": {"spreadsheets": {
            "methods": {"get": method("GET", "", ranges=many)},
            "resources": {"values": {"methods": values}}}}}


def test_real_client_reads(google):
    book = real_service(google).spreadsheets()
    reply = book.get(spreadsheetId=BOOK_ID, fields=MASK).execute()
    assert reply == {
        "spreadsheetId": BOOK_ID,
        "properties": {"title": "Leads", "locale": "en_US",
                       "timeZone": "Asia/Kolkata"},
        "sheets": [{"properties": {
            "sheetId": 0, "title": "Sheet1", "index": 0, "sheetType": "GRID",
            "gridProperties": {"rowCount": 1000, "columnCount": 26}}}]}
    values = book.values()
    reply = values.get(spreadsheetId=BOOK_ID, range="'Sheet1'!A2:C").execute()
    assert reply == {"range": "Sheet1!A2:C1000", "majorDimension": "ROWS",
                     "values": PEOPLE}
    reply = values.batchGet(spreadsheetId=BOOK_ID, ranges=["B2:B3", "A1"],
                            majorDimension="COLUMNS").execute()
    assert [part["values"] for part in reply["valueRanges"]] == [
        [["+447700900123", "+447700900456"]], [["Name"]]]
    reply = values.batchGetByDataFilter(spreadsheetId=BOOK_ID, body={
        "dataFilters": [grid(0, 1, None, 2), {"a1Range": "Sheet1!C:C"}],
        "majorDimension": "COLUMNS"}).execute()
    phones, status = reply["valueRanges"]
    assert phones["valueRange"]["values"] == [
        ["Phone Number"] + [row[1] for row in PEOPLE]]
    assert phones["valueRange"]["range"] == "Sheet1!B1:B1000"
    assert phones["dataFilters"] == [grid(0, 1, None, 2)]
    assert status["valueRange"]["values"] == [["Status"]]
    # One token served them all.
    assert len(google.asked("token")) == 1
    assert len(google.asked("read")) == 4
    asked = google.requests[-1].headers
    assert "gzip" in asked["accept-encoding"] and "gzip" in (
        asked["user-agent"])


def test_real_client_writes(google):
    values = real_service(google).spreadsheets().values()
    reply = values.batchUpdate(spreadsheetId=BOOK_ID, body={
        "valueInputOption": "RAW",
        "data": [{"range": "Sheet1!C2:E2", "values": [["busy", None, 7]]},
                 {"range": "Sheet1!C3", "values": [["=1+1"]]}]}).execute()
    assert reply["totalUpdatedCells"] == 3
    assert reply["totalUpdatedRows"] == 2
    assert [part["updatedRange"] for part in reply["responses"]] == [
        "Sheet1!C2:E2", "Sheet1!C3"]
    reply = values.batchUpdateByDataFilter(spreadsheetId=BOOK_ID, body={
        "valueInputOption": "RAW", "includeValuesInResponse": True,
        "data": [entry(3, None, None, "ringing", "", 12)]}).execute()
    assert reply["responses"][0]["updatedData"] == {
        "range": "Sheet1!A4:I4", "majorDimension": "ROWS",
        "values": [PEOPLE[2] + ["ringing", "", "12"]]}
    reply = values.update(spreadsheetId=BOOK_ID, range="Sheet1!H2",
                          valueInputOption="USER_ENTERED",
                          body={"values": [["=1+1"]]}).execute()
    assert reply["updatedCells"] == 1
    assert google.sheet.rows()[1:] == [
        PEOPLE[0] + ["busy", "", "7", "", "", "2"],
        PEOPLE[1] + ["=1+1"], PEOPLE[2] + ["ringing", "", "12"]]
    assert google.sheet.cell(1, "Duration") == 7


def test_real_client_understands_the_errors(google):
    from googleapiclient.errors import HttpError
    values = real_service(google).spreadsheets().values()
    with pytest.raises(HttpError) as caught:
        values.get(spreadsheetId=BOOK_ID, range="'Nowhere'!A1").execute()
    assert caught.value.resp.status == 400
    assert json.loads(caught.value.content)["error"] == {
        "code": 400, "status": "INVALID_ARGUMENT",
        "message": "Unable to parse range: 'Nowhere'!A1"}
    google.quota = {"read": 0, "write": 0}
    with pytest.raises(HttpError) as caught:
        values.get(spreadsheetId=BOOK_ID, range="A1").execute()
    assert caught.value.resp.status == 429
    assert b"RATE_LIMIT_EXCEEDED" in caught.value.content


def test_real_client_gets_a_new_token_after_401(google):
    values = real_service(google).spreadsheets().values()
    values.get(spreadsheetId=BOOK_ID, range="A1").execute()
    google.tokens.revoke()
    assert values.get(spreadsheetId=BOOK_ID, range="A1").execute()["values"]
    assert len(google.asked("token")) == 2
    assert [r.status for r in google.asked("read")] == [200, 401, 200]


def test_real_client_is_refused_with_a_foreign_key(google):
    from google.auth.exceptions import RefreshError
    google.tokens.key_exists = False
    values = real_service(google).spreadsheets().values()
    with pytest.raises(RefreshError, match="Invalid JWT Signature"):
        values.get(spreadsheetId=BOOK_ID, range="A1").execute()


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


# ---- reading

def test_blanks_are_left_out(google, client):
    google.sheet.edit(2, "Notes", "x")
    google.sheet.edit(5, 3, "")
    status, body = client.filters(grid(1, 2, None, 9), grid(7, 0))
    first, second = (part["valueRange"] for part in body["valueRanges"])
    assert first["values"] == [[], ["", "", "", "", "x"]]
    assert second == {"range": "Sheet1!A8:Z1000", "majorDimension": "ROWS"}
    status, body = client.get("C2:I9", majorDimension="COLUMNS")
    assert body["values"] == [[], [], [], [], ["", "x"]]


@pytest.mark.parametrize("span, shown", [
    ("A1", "Sheet1!A1"), ("Sheet1", "Sheet1!A1:Z1000"),
    ("2:3", "Sheet1!A2:Z3"), ("B:A", "Sheet1!A1:B1000"),
    ("$B$2:C", "Sheet1!B2:C1000"),
    ("Y999:AB2000", "Sheet1!Y999:Z1000"), ("'A1'", "'A1'!A1:Z1000"),
    ("'It''s & co'!A1:B2", "'It''s & co'!A1:B2")])
def test_ranges(google, client, span, shown):
    google.book.add_tab("A1")
    google.book.add_tab("It's & co")
    status, body = client.get(span)
    assert (status, body.get("range")) == (200, shown)


@pytest.mark.parametrize("span, text", [
    ("Nope!A1", "Unable to parse range: Nope!A1"),
    ("Sheet1!A1:", "Unable to parse range"), ("A0", "Unable to parse range"),
    ("'Sheet1!A1", "Unable to parse range"),
    ("A1001:B", "Range (Sheet1!A1001:B1001) exceeds grid limits. Max rows: "
     "1000, max columns: 26"), ("AA1", "Range (Sheet1!AA1) exceeds grid")])
def test_bad_ranges(client, span, text):
    status, body = client.get(span)
    assert status == 400 and body["error"]["status"] == "INVALID_ARGUMENT"
    assert body["error"]["message"].startswith(text)


def test_filters_must_be_right(google, client):
    for bad in ({}, {"a1Range": "A1", "gridRange": {}}, {"range": "A1"},
                {"gridRange": {"sheetId": "x"}},
                {"gridRange": {"startRow": 1}}, grid(5, 0, 5, 1),
                grid(-1), grid(gid=9), grid(1000)):
        status, body = client.filters(grid(), bad)
        assert status == 400, bad
        assert body["error"]["message"].startswith(
            "Invalid dataFilters[1]: "), bad
    google.options["unknown_gid"] = "empty"
    assert client.filters(grid(gid=9)) == (200, {"spreadsheetId": BOOK_ID})
    status, body = client.write({"dataFilter": grid(gid=9), "values": [[1]]})
    assert (status, body) == (200, {"spreadsheetId": BOOK_ID})


def test_equal_filters_share_a_range(client):
    _, body = client.filters(grid(0, 0, 1, 1), {"a1Range": "A1"})
    assert len(body["valueRanges"]) == 1
    assert len(body["valueRanges"][0]["dataFilters"]) == 2


def test_unknown_names_are_refused(client):
    assert client.get("A1", valueRender="x")[0] == 400
    assert client.get("A1", valueRenderOption="x")[0] == 400
    status, body = client.filters(grid(), valueRender="x")
    assert 'Unknown name "valueRender"' in body["error"]["message"]
    for mask in ("sheets(", "sheets.nothing", "a,,b", "x"):
        assert client.call("GET", BOOK_ID, fields=mask)[0] == 400, mask
    assert client.call("GET", BOOK_ID, fields="sheets.properties.title") == (
        200, {"sheets": [{"properties": {"title": "Sheet1"}}]})
    assert client.get("A1", fields="values") == (200, {"values": [["Name"]]})


# ---- what a person types

@pytest.mark.parametrize("text, value, shown", [
    ("+447700900123", 447700900123, "4.47701E+11"),
    ("+919876543210", 919876543210, "9.19877E+11"),
    ("12025550147", 12025550147, "12025550147"),
    ("07700900123", 7700900123, "7700900123"),
    ("'07700900123", "07700900123", "07700900123"),
    ("+1-202-555-0147", -903, "-903"), ("3.50", 3.5, "3.5"),
    ("+44 7700 900123", "#ERROR!", "#ERROR!"), ("+Ada", "#NAME?", "#NAME?"),
    ("1,234", 1234, "1,234"), ("-5", -5, "-5"), ("- x", "- x", "- x"),
    ("@x", "@x", "@x"), ("\ufeff=1+2", 3, "3"),
    ("=1/0", "#DIV/0!", "#DIV/0!"),
    (" =1+2", " =1+2", " =1+2"),
    ('=IMPORTXML("http://x.example", "//a")', "#N/A", "#N/A"),
    ('=HYPERLINK("http://x.example", "see")', "see", "see"),
    ("=A2", "Ada Example", "Ada Example"), ("=2^3*(1+1)", 16, "16"),
    ("true", True, "TRUE"), ("25%", 0.25, "25%"),
    ("=9^9999", "#NUM!", "#NUM!"),
    ("2026-11-20", 46346, "2026-11-20"), ("11/20/2026", 46346, "11/20/2026"),
    ("2026-11-20 12:00", 46346.5, "2026-11-20 12:00"),
    ("6:00 PM", 0.75, "6:00 PM"), ("2026-13-20", "2026-13-20", "2026-13-20"),
    ("", "", ""), ("'", "", ""), ("Ada", "Ada", "Ada"),
    ("1e400", "1e400", "1e400")])
def test_typing(google, client, text, value, shown):
    google.sheet.type_in(9, "Notes", text)
    found = google.sheet.cell(9, "Notes")
    assert found == value and type(found) is type(value)
    _, body = client.get("G10", valueRenderOption="UNFORMATTED_VALUE")
    assert body.get("values", [[""]]) == [[value]]
    assert client.get("G10")[1].get("values", [[""]]) == [[shown]]
    client.write({"dataFilter": grid(10, 6, 11, 7), "values": [[text]]},
                 valueInputOption="USER_ENTERED")
    assert google.sheet.cell(10, "Notes") == value


def test_renderings(google, client):
    google.sheet.type_in(1, "Notes", "=1+2")
    google.sheet.type_in(2, "Notes", "2026-11-20")
    google.sheet.type_in(3, "Notes", "+447700900123")
    google.sheet.format_column("Notes", "#,##0")

    def column(**options):
        return client.get("G2:G4", majorDimension="COLUMNS", **options)[1][
            "values"][0]
    assert column() == ["3", "2026-11-20", "447,700,900,123"]
    assert column(valueRenderOption="FORMULA") == ["=1+2", 46346,
                                                   447700900123]
    assert column(valueRenderOption="UNFORMATTED_VALUE",
                  dateTimeRenderOption="FORMATTED_STRING") == [
        3, "2026-11-20", 447700900123]


def test_text_columns_keep_what_is_typed(google):
    google.sheet.format_column("Phone Number", "text")
    google.sheet.type_in(1, "Phone Number", "+447700900123")
    assert google.sheet.cell(1, "Phone Number") == "+447700900123"


# ---- writing

def test_raw_null_and_clear(google, client):
    google.sheet.edit(1, "Notes", "old")
    status, body = client.write(
        entry(1, None, None, "=HYPERLINK(1)", "+1", 5.0, "", ""))
    assert status == 200 and body["totalUpdatedCells"] == 5
    assert google.sheet.values()[1] == PEOPLE[0] + ["=HYPERLINK(1)", "+1", 5]
    changes = google.changes("api")
    assert [change.header for change in changes] == HEAD[2:7]
    assert {change.neighbours[0] for change in changes} == {"Ada Example"}
    assert (changes[-1].before, changes[-1].after) == ("old", "")


def test_echo_of_skipped_cells(google, client):
    google.options["echo_skipped"] = False
    _, body = client.write(entry(1, None, None, "busy", None, 3),
                           includeValuesInResponse=True)
    assert body["responses"][0]["updatedData"]["values"] == [
        ["", "", "busy", "", "3"]]


@pytest.mark.parametrize("bad, text", [
    ({"dataFilter": grid(1, 0, 2, 2), "values": [["a", "b", "c"]]},
     "Requested writing within range [Sheet1!A2:B2], but tried writing to "
     "column [C]"),
    ({"dataFilter": grid(1, 0, 2, 2), "values": [["a"], ["b"]]},
     "Requested writing within range [Sheet1!A2:B2], but tried writing to "
     "row [3]"),
    ({"dataFilter": grid(1000, 0, 1001, 2), "values": [["a"]]},
     "Range (Sheet1!A1001:B1001) exceeds grid limits. Max rows: 1000"),
    ({"dataFilter": grid(1, 7, 2, 8), "values": [["x" * 50001]]},
     "Your input contains more than the maximum of 50000 characters in a "
     "single cell."),
    ({"dataFilter": grid(1, 7, 2, 8), "values": [["\U0001f4de" * 25001]]},
     "Your input contains more than the maximum of 50000 characters"),
    ({"dataFilter": grid(3, 2, 4, 3), "values": [["x"]]},
     "You are trying to edit a protected cell or object."),
    ({"dataFilter": grid(1, 2, 2, 3), "values": [[{"a": 1}]]},
     "Invalid values[0][0]: struct_value"),
    ({"dataFilter": grid(1, 2, 2, 3), "values": "x"}, "Invalid value at"),
    ({"dataFilter": grid(1), "value": []}, "Invalid JSON payload")])
def test_all_or_nothing(google, client, bad, text):
    google.sheet.protect(3, 0, 4, 9)
    before = google.sheet.rows()
    status, body = client.write(entry(1, None, None, "busy"), bad,
                                entry(2, None, None, "busy"))
    assert status == 400
    assert body["error"]["message"].startswith("Invalid data[1]: " + text)
    assert google.sheet.rows() == before and not google.changes("api")


def test_fifty_thousand_are_allowed(google, client):
    text = "\U0001f4de" * 25000
    assert client.write(entry(1, None, None, text))[0] == 200
    assert google.sheet.cell(1, 2) == text


def test_nulls_may_cover_protected_cells(google, client):
    google.sheet.protect(right=2)
    assert client.write(entry(1, None, None, "busy"))[0] == 200


def test_a_single_cell_takes_more_than_itself(google, client):
    path = f"{BOOK_ID}/values/Sheet1!C2"
    assert client.call("PUT", path, {"values": [[1, 2], [3, 4]]},
                       valueInputOption="RAW")[0] == 200
    assert google.sheet.values()[1][2:] == [1, 2]
    assert client.call("PUT", path, {"values": [[1]]})[0] == 400
    status, body = client.call(
        "PUT", f"{BOOK_ID}/values/Z1000", {"values": [[1, 2]]},
        valueInputOption="RAW")
    assert "exceeds grid limits" in body["error"]["message"]


def test_columns_are_written(google, client):
    client.write({"dataFilter": grid(1, 2, 4, 4), "majorDimension": "COLUMNS",
                  "values": [["a", None, "c"], ["d"]]})
    assert [row[2:] for row in google.sheet.rows()[1:]] == [
        ["a", "d"], [], ["c"]]


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


# ---- a person at work

def names(google):
    return [row[0] if row else "" for row in google.sheet.rows()]


def test_rows_move(google):
    sheet = google.sheet
    sheet.sort("Phone Number")
    assert names(google) == ["Name", "Cyd Muster", "Ada Example",
                             "Ben Sample"]
    sheet.insert_row(1, ["New"])
    sheet.copy_row(2)
    assert names(google)[1:4] == ["New", "Cyd Muster", "Cyd Muster"]
    assert [number for number, _ in sheet.find("12025550147")] == [2, 3]
    sheet.delete_row(1)
    sheet.move_row(1, 4)
    assert names(google)[1:] == ["Cyd Muster", "Ada Example", "Ben Sample",
                                 "Cyd Muster"]
    assert sheet.row_count == 1001
    assert [c.what for c in google.changes("person")] == [
        "sort", "insert_row", "insert_row", "delete_row", "move_row"]


def test_sort_order(google):
    google.sheet.data[1:] = [["b"], [], [True], ["A"], [10], [""], [9]]
    google.sheet.sort(0)
    assert [row[:1] for row in google.sheet.data[1:]] == [
        [9], [10], ["A"], ["b"], [True], [], [""]]
    google.sheet.sort(0, reverse=True)
    assert google.sheet.data[1][0] is True


def test_sort_of_part_of_the_columns(google):
    for row, status in enumerate(["one", "two", "three"], 1):
        google.sheet.edit(row, "Status", status)
    google.sheet.sort_range("Phone Number", "Name", "Phone Number")
    assert [row[:3:2] for row in google.sheet.rows()[1:]] == [
        ["Cyd Muster", "one"], ["Ada Example", "two"],
        ["Ben Sample", "three"]]


def test_columns_move(google):
    sheet = google.sheet
    sheet.format_column("Phone Number", "text")
    sheet.move_column("Phone Number", 0)
    assert sheet.rows()[1] == ["+447700900123", "Ada Example"]
    assert sheet.formats == {0: "text"}
    sheet.rename_column("Status", "State")
    sheet.insert_column(1, "Age")
    assert sheet.rows()[0][:4] == ["Phone Number", "Age", "Name", "State"]
    sheet.delete_column("Age")
    assert sheet.double_column("Name") == 9
    assert sheet.rows()[0][9] == "Name" and sheet.rows()[1][9] == (
        "Ada Example")
    assert (sheet.row_count, sheet.column_count) == (1000, 26)


def test_tabs_change(google, client):
    google.sheet.rename_tab("People")
    assert client.filters(grid(0, 0, 1, 1))[1]["valueRanges"][0][
        "valueRange"]["range"] == "People!A1"
    again = google.book.recreate_tab(google.sheet)
    assert again.gid == 1
    assert client.filters(grid(0, 0, 1, 1))[0] == 400
    assert client.filters(grid(0, 0, 1, 1, gid=1))[0] == 200


def test_hooks_run_between_read_and_write(google, client):
    google.before(BATCH, lambda request: google.sheet.sort("Phone Number"))
    google.after(BATCH, lambda request: google.sheet.edit(1, "Notes", "hm"))
    _, body = client.write(entry(1, None, None, "busy"),
                           includeValuesInResponse=True)
    assert body["responses"][0]["updatedData"]["values"] == [
        PEOPLE[2] + ["busy"]]
    assert google.changes("api")[0].neighbours[0] == "Cyd Muster"
    assert google.sheet.cell(1, "Notes") == "hm"
    client.write(entry(1, None, None, "busy"))
    assert len(google.changes(what="sort")) == 1


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


def test_helpers():
    assert [cells.letters(n) for n in (0, 25, 26, 701, 702, 18277)] == [
        "A", "Z", "AA", "ZZ", "AAA", "ZZZ"]
    assert all(cells.column_of(cells.letters(n)) == n for n in range(18278))
    assert cells.general(1e12) == "1E+12" and cells.general(0.1) == "0.1"
    assert sheets.mask_tree("a,b(c,d.e)") == {
        "a": {}, "b": {"c": {}, "d": {"e": {}}}}
