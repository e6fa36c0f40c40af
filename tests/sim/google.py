#!/usr/bin/python3
"""A stand-in for Google: OAuth token endpoint and Sheets API v4.

In a test:

    with Google(rows=[["Name", "Phone Number"], …]) as google:
        google.key.write("key.json")
        google.before("values:batchUpdate",
                      lambda request: google.sheet.sort(0))
        google.fail("token", 503)
        …
        assert google.sheet.rows() == …

As a program it serves a CSV file; see --help.
"""

import argparse
import csv
import io
import json
import re
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

if not __package__:                                 # run as a program
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __package__ = "sim"

from . import cells, grid, oauth, sheets, stand_in  # noqa: E402
from .google_http import (                          # noqa: E402
    Handler, Reply, Server, html_reply, json_reply)
from .grid import Refusal                           # noqa: E402

PROJECT = "projects/100000000001"
SERVICE = "sheets.googleapis.com"
BOOK_ID = "1callsheet-stand-in_0000000000000000000000000"
BOOK_PATH = re.compile(r"/v4/spreadsheets/([A-Za-z0-9_-]+)(|/values/|"
                       r"/values:[A-Za-z]+)([^/]*)")
KEPT = 1000000              # longer replies are not kept as evidence
FAULTS = {"ok", "drop-before", "drop-after", "reset-before", "reset-after",
          "stall-before", "stall-after", "truncate"}
EDITS = {"type_in", "edit", "sort", "sort_range", "insert_row", "delete_row",
         "copy_row", "move_row", "rename_tab", "rename_column",
         "move_column", "insert_column", "delete_column", "double_column",
         "format_column"}
STATUSES = {400: ("INVALID_ARGUMENT", "Request contains an invalid "
                                      "argument."),
            403: ("PERMISSION_DENIED", "The caller does not have "
                                       "permission"),
            404: ("NOT_FOUND", "Requested entity was not found."),
            500: ("INTERNAL", "Internal error encountered."),
            503: ("UNAVAILABLE", "The service is currently unavailable."),
            504: ("DEADLINE_EXCEEDED", "Deadline expired before operation "
                                       "could complete.")}


@dataclass
class Fault:
    """One scripted failure."""

    what: str
    status: int = 0
    seconds: float = 0.0
    retry_after: object = None
    body: object = None


def error_reply(refusal, headers=None):
    """A refusal in the shape of Google's APIs."""
    error = {"code": refusal.code, "message": refusal.message,
             "status": refusal.status}
    if refusal.details:
        error["details"] = refusal.details
    return json_reply({"error": error}, refusal.code, headers)


def detail(reason, **metadata):
    """The details of an error."""
    return [{"@type": "type.googleapis.com/google.rpc.ErrorInfo",
             "reason": reason, "domain": "googleapis.com",
             "metadata": {"service": SERVICE, **metadata}}]


def unauthenticated(reason="ACCESS_TOKEN_EXPIRED"):
    """The refusal of a bad or expired token."""
    return Refusal("Request had invalid authentication credentials. "
                   "Expected OAuth 2 access token, login cookie or other "
                   "valid authentication credential.", 401,
                   "UNAUTHENTICATED", detail(reason))


def exhausted(kind, limit):
    """The refusal of a request beyond the quota."""
    name = kind.capitalize()
    return Refusal(
        f"Quota exceeded for quota metric '{name} requests' and limit "
        f"'{name} requests per minute per user' of service '{SERVICE}' for "
        f"consumer 'project_number:{PROJECT.partition('/')[2]}'.",
        429, "RESOURCE_EXHAUSTED",
        detail("RATE_LIMIT_EXCEEDED", consumer=PROJECT,
               quota_metric=f"{SERVICE}/{kind}_requests",
               quota_limit=f"{name}RequestsPerMinutePerUser",
               quota_limit_value=str(limit), quota_location="global",
               quota_unit="1/min/{project}/{user}"))


_shared_key = None


def shared_key():
    """One key pair for all stand-ins of a process: making one is slow."""
    global _shared_key
    _shared_key = _shared_key or oauth.Key()
    return _shared_key


class Google(stand_in.StandIn):
    """The stand-in; see the docstring of this file."""

    server, handler = Server, Handler

    def __init__(self, rows=(), spreadsheet_id=BOOK_ID, title="Sheet1",
                 gid=0, key=None, listen=("127.0.0.1", 0)):
        super().__init__(listen)
        self.guard = threading.Condition(threading.RLock())
        self.key = key or shared_key()
        self.clock_offset = 0.0     # seconds our clock is ahead
        self.tokens = oauth.Tokens(self.key, self.now)
        self.books = {}
        self.history = []           # every Change, of all books
        self.requests = []
        self.log = []
        self.quota = {"read": 60, "write": 60}      # None: no quota
        self.api_enabled = True
        self.options = {
            "echo_skipped": True,   # False: null cells come back empty
            "unknown_gid": "error"}     # or 'empty': matches nothing
        self._spent = {"read": deque(), "write": deque()}
        self._hooks = {"before": [], "after": []}
        self._faults = {}
        self.book = self.add_book(spreadsheet_id)
        self.sheet = self.book.add_tab(title, rows, gid)

    @property
    def token_url(self):
        """What stands for https://oauth2.googleapis.com/token."""
        return self.url + "/token"

    def now(self):
        """The stand-in's clock."""
        return time.time() + self.clock_offset

    def advance(self, seconds):
        """Let time pass: tokens expire, quotas refill."""
        with self.guard:
            self.clock_offset += seconds
            self.guard.notify_all()

    # ---- set-up

    def add_book(self, ident, title="Leads"):
        """Another spreadsheet."""
        book = grid.Book(ident, title, self.guard, self.now, self.history)
        self.books[ident] = book
        return book

    def before(self, method, function, times=1):
        """Call function(request) under the lock before a request."""
        self._hooks["before"].append([method, function, times])

    def after(self, method, function, times=1):
        """Call function(request) under the lock after a request."""
        self._hooks["after"].append([method, function, times])

    def fail(self, method, what, times=1, seconds=0.0, retry_after=None,
             body=None):
        """Script a failure of the next request(s) of a method ('*': any).

        what: 'drop-before' (closed, nothing done), 'drop-after' (done, no
        answer), 'reset-before', 'reset-after', 'stall-before',
        'stall-after' (seconds), 'truncate', 'ok', or an HTTP status.
        """
        status = what if isinstance(what, int) else 0
        if not status and what not in FAULTS:
            raise ValueError(f"no fault {what!r}")
        queue = self._faults.setdefault(method, deque())
        queue.extend(Fault(str(what), status, seconds, retry_after, body)
                     for _ in range(times))

    # ---- evidence

    def wait(self, predicate, timeout=10.0):
        """Wait until predicate() holds; its value."""
        with self.guard:
            return self.guard.wait_for(predicate, timeout)

    def asked(self, method):
        """The requests of a method, or of a kind such as 'write'."""
        with self.guard:
            return [request for request in self.requests
                    if method in (request.method, request.kind, "*")]

    def changes(self, who=None, what=None):
        """The history of one author and of one sort."""
        with self.guard:
            return [change for change in self.history
                    if who in (None, change.who)
                    and what in (None, change.what)]

    # ---- answering

    def route(self, verb, path):
        """The name of the method, the method, the spreadsheet id, range."""
        if path == "/token":
            return ("token" if verb == "POST" else ""), None, "", ""
        if path.startswith("/_sim/"):
            return "_sim", None, "", ""
        match = BOOK_PATH.fullmatch(path)
        if not match:
            return "", None, "", ""
        ident, place, text = match.groups()
        # A range may be followed by a custom verb, as in A1:append.
        if bool(text) != (place == "/values/"):
            return "", None, "", ""
        if text.endswith((":append", ":clear")):
            return "", None, "", ""
        method = sheets.METHODS.get((verb, place))
        return (method.name if method else ""), method, ident, unquote(text)

    def take_fault(self, name):
        """The scripted failure of this request, if there is one."""
        with self.guard:
            for key in (name, "*"):
                if self._faults.get(key) and name != "_sim":
                    return self._faults[key].popleft()
        return None

    def answer(self, request, raw, fault):
        """The reply to a request; all of it happens under the lock."""
        target = urlsplit(request.path)
        name, method, ident, span = self.route(request.verb, target.path)
        with self.guard:
            if fault and fault.status:
                return self._failure(request, fault)
            self._run_hooks("before", request)
            if name == "token":
                reply = self._token(request, raw)
            elif name == "_sim":
                reply = self._peek(request.verb, target, raw)
            elif method:
                reply = self._call(request, method, ident, span,
                                   target.query, raw)
            else:
                reply = html_reply(404)
            if len(reply.body) < KEPT:
                request.reply = reply.json
            self._run_hooks("after", request)
            return reply

    def _run_hooks(self, when, request):
        for hook in list(self._hooks[when]):
            if hook[0] not in (request.method, request.kind, "*"):
                continue
            if hook[2] is not None:
                hook[2] -= 1
                if hook[2] <= 0:
                    self._hooks[when].remove(hook)
            hook[1](request)

    def _failure(self, request, fault):
        headers = {}
        if fault.retry_after is not None:
            headers["Retry-After"] = str(fault.retry_after)
        if isinstance(fault.body, (dict, list)):
            return json_reply(fault.body, fault.status, headers)
        if fault.body is not None or fault.status == 502:
            reply = html_reply(fault.status)
            reply.body = (fault.body or reply.body.decode()).encode()
            reply.headers = headers
            return reply
        if request.method == "token":
            return json_reply({"error": "internal_failure"}, fault.status,
                              headers)
        if fault.status == 429:
            kind = request.kind or "read"
            refusal = exhausted(kind, (self.quota or {}).get(kind, 60))
        elif fault.status == 401:
            refusal = unauthenticated()
        else:
            status, message = STATUSES.get(fault.status,
                                           ("UNKNOWN", "Unknown error."))
            refusal = Refusal(message, fault.status, status)
        return error_reply(refusal, headers)

    def _token(self, request, raw):
        kind = request.headers.get("content-type", "").partition(";")[0]
        request.body = parse_qs(raw.decode("latin-1"))
        try:
            if kind.strip() != "application/x-www-form-urlencoded":
                raise oauth.TokenError("invalid_request", "Bad Request")
            return json_reply(self.tokens.answer(raw))
        except oauth.TokenError as error:
            return json_reply(error.body, 400)

    def _call(self, request, method, ident, span, query, raw):
        try:
            self._admit(request, method)
            query = parse_qs(query, keep_blank_values=True)
            sheets.check_query(method, query)
            mask = ",".join(query.get("fields", []))
            tree = sheets.mask_tree(mask) if mask else {}
            if method.name == "spreadsheets.get":
                sheets.check_mask(tree)
            if request.verb != "GET":
                request.body = sheets.parse_body(raw)
            book = self._open(ident, method, request)
            call = sheets.Call(book, query, request.body, span, self.options)
            return json_reply(sheets.masked(method.run(call), tree))
        except Refusal as refusal:
            headers = {}
            if refusal.code == 401:
                headers["WWW-Authenticate"] = (
                    'Bearer realm="https://accounts.google.com/", '
                    'error="invalid_token"')
            return error_reply(refusal, headers)

    def _admit(self, request, method):
        """Token, API, quota and scope, in this order."""
        header = request.headers.get("authorization", "")
        if not header:
            raise Refusal("Method doesn't allow unregistered callers.", 403,
                          "PERMISSION_DENIED")
        scopes = self.tokens.scopes_of(header.partition(" ")[2])
        if scopes is None or not header.lower().startswith("bearer "):
            raise unauthenticated()
        if not self.api_enabled:
            raise Refusal(
                "Google Sheets API has not been used in project "
                f"{PROJECT.partition('/')[2]} before or it is disabled.",
                403, "PERMISSION_DENIED",
                detail("SERVICE_DISABLED", consumer=PROJECT))
        self._spend(method.kind)
        if not scopes & method.scopes:
            raise Refusal("Request had insufficient authentication scopes.",
                          403, "PERMISSION_DENIED",
                          detail("ACCESS_TOKEN_SCOPE_INSUFFICIENT"))
        request.scopes = scopes

    def _spend(self, kind):
        if not self.quota:
            return
        spent, now = self._spent[kind], self.now()
        while spent and spent[0] <= now - 60:
            spent.popleft()
        if len(spent) >= self.quota[kind]:
            raise exhausted(kind, self.quota[kind])
        spent.append(now)

    def _open(self, ident, method, request):
        """The spreadsheet, if the caller may do this with it."""
        book = self.books.get(ident)
        if not book or request.scopes == {
                oauth.AUTH + "drive.file"}:
            raise Refusal(STATUSES[404][1], 404, "NOT_FOUND")
        if not book.access or (method.kind == "write"
                               and book.access != "writer"):
            raise Refusal(STATUSES[403][1], 403, "PERMISSION_DENIED")
        if book.office:
            raise Refusal("This operation is not supported for this "
                          "document. The document must not be an Office "
                          "file.", 400, "FAILED_PRECONDITION")
        return book

    # ---- the side door

    def _peek(self, verb, target, raw):
        query = {name: value[-1]
                 for name, value in parse_qs(target.query).items()}
        if (verb, target.path) == ("GET", "/_sim/log"):
            text = "".join(line + "\n" for line in self.log)
            return Reply(200, text.encode(), "text/plain; charset=UTF-8")
        try:
            if (verb, target.path) == ("GET", "/_sim/sheet.csv"):
                out = io.StringIO()
                csv.writer(out).writerows(self._find_tab(query).rows())
                return Reply(200, out.getvalue().encode("utf-8", "replace"),
                             "text/csv; charset=UTF-8")
            if (verb, target.path) == ("POST", "/_sim/edit"):
                return self._edit(json.loads(raw))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            return json_reply({"ok": False, "reason": str(error)}, 400)
        return html_reply(404)

    def _find_tab(self, where):
        book = self.books[where.pop("id", self.book.id)]
        if "gid" not in where:
            return book.tabs[0]
        tab = book.by_gid(int(where.pop("gid")))
        if not tab:
            raise LookupError("no such tab")
        return tab

    def _edit(self, order):
        """{"do": "edit", "phone": …, "col": "Name", "value": …}"""
        tab = self._find_tab(order)
        action = order.pop("do")
        if action not in EDITS:
            raise ValueError(f"no such edit: {action}")
        if "phone" in order:
            order["row"] = tab.find(order.pop("phone"))[0][0]
        getattr(tab, action)(**order)
        return json_reply({"ok": True})

    def finish(self, request):
        """Note a request in the log."""
        with self.guard:
            self.log.append(request.line())
            self.guard.notify_all()


# ---- as a program

def options(arguments):
    """The command line."""
    parser = argparse.ArgumentParser(
        description="A stand-in for Google Sheets and its token endpoint. "
        "GET /_sim/sheet.csv and /_sim/log show what happened; POST "
        "/_sim/edit works in the sheet as a person does.")
    stand_in.add_options(parser)
    parser.add_argument("--key-file", type=Path, metavar="FILE.json",
                        help="where to write a new service-account key")
    parser.add_argument("--sheet", type=Path, action="append", default=[],
                        metavar="FILE.csv", help="may be repeated, each "
                        "with its --id, --gid and --title")
    parser.add_argument("--id", action="append", default=[])
    parser.add_argument("--gid", action="append", type=int, default=[])
    parser.add_argument("--title", action="append", default=[])
    parser.add_argument("--type-in", action="store_true",
                        help="treat CSV cells as typed by a person")
    return parser.parse_args(arguments)


def load(google, chosen):
    """Put the CSV files into their spreadsheets."""
    google.books.clear()
    for number, path in enumerate(chosen.sheet):
        ident, gid, title = (
            (given[number:] or [default])[0] for given, default in (
                (chosen.id, (chosen.id or [BOOK_ID])[-1]),
                (chosen.gid, number), (chosen.title, path.stem)))
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
        if chosen.type_in:
            rows[1:] = [[cells.typed(cell) for cell in row]
                        for row in rows[1:]]
        google.book = google.books.get(ident) or google.add_book(ident)
        google.sheet = google.book.add_tab(title, rows, gid)


def main(arguments=None):
    """Serve until SIGTERM or SIGINT."""
    chosen = options(arguments)
    google = Google(listen=chosen.listen)
    if chosen.sheet:
        load(google, chosen)
    if chosen.key_file:
        google.key.write(chosen.key_file)
    stand_in.serve(google, chosen.port_file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
