"""The Google stand-in serves Google's own client as Google does."""

import json

import pytest

from google_wire import PEOPLE, entry, google, grid
from sim import oauth
from sim.google import BOOK_ID

__all__ = ["google"]

MASK = ("spreadsheetId,properties(title,locale,timeZone),sheets(properties("
        "sheetId,title,index,sheetType,hidden,gridProperties(rowCount,"
        "columnCount)))")


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
