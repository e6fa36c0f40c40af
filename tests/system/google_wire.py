"""What the tests of the Google stand-in share: a small sheet, and a client
that shows what goes over the wire.

Phone numbers are from the ranges that Ofcom and NANPA keep for fiction.
"""

import base64
import gzip
import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))
from sim import oauth  # noqa: E402
from sim.google import BOOK_ID, Google  # noqa: E402

HEAD = ["Name", "Phone Number", "Status", "Latest Execution ID", "Duration",
        "Last Attempt Time", "Notes", "Transcript", "Summary"]
PEOPLE = [["Ada Example", "+447700900123"], ["Ben Sample", "+447700900456"],
          ["Cyd Muster", "+12025550147"]]
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
