"""What must be true when all is over.  Each check yields what is broken."""

import contextlib
import itertools
import sqlite3

import webhooks
from ledger import ACKED
from sim.bolna_bodies import execution

AGAIN = {"busy", "no-answer", "failed", "error"}    # may be called once more
EXAMPLES = 3


def words(text):
    """A text without regard to its blanks."""
    return " ".join((text or "").split())


def few(items):
    """The first of many."""
    return ", ".join(map(str, itertools.islice(items, EXAMPLES)))


class Journal:
    """The webhooks that the database has, against those that were sent."""

    def __init__(self, house):
        self.digests = set()
        with contextlib.closing(sqlite3.connect(
                f"file:{house.database}?mode=ro", uri=True)) as db:
            self.digests.update(row[0] for row in db.execute(
                "SELECT digest FROM event WHERE source = 'webhook'"))
        self.rows = house.value(
            "SELECT count(*) FROM event WHERE source = 'webhook'")
        self.left = set(self.digests)
        self.lost = self.unanswered = 0

    def holds(self, ledger, good):
        """What was acknowledged is there."""
        lost = []
        for number, mark in ledger.marks():
            digest = webhooks.digest(webhooks.numbered(good, number))
            kept = digest in self.digests
            self.left.discard(digest)
            if mark & ACKED and not kept:
                lost.append(number)
            self.unanswered += kept and not mark & ACKED
        self.lost += len(lost)
        if lost:
            yield (f"{len(lost)} acknowledged bodies are not in the journal:"
                   f" numbers {few(lost)}")

    def holds_all(self, acked, sent, what):
        """The same for bodies that are not numbered."""
        sent = {webhooks.digest(body) for body in sent}
        acked = {webhooks.digest(body) for body in acked}
        lost = acked - self.digests
        self.left -= sent
        self.lost += len(lost)
        if lost:
            yield f"{len(lost)} acknowledged {what} are not in the journal"

    def holds_no_more(self):
        """Once all that was sent is taken away, nothing is left."""
        if self.left:
            yield (f"{len(self.left)} webhooks are in the journal that"
                   " nobody sent from an admitted address")


class Calls:
    """The calls that Bolna placed, against the attempts."""

    def __init__(self, house):
        self.house = house
        self.placed = list(house.bolna.placed)
        self.attempts = {row[0]: row[1:] for row in house.query(
            "SELECT token, state, execution, ended_at FROM attempt")}
        self.doubled = 0

    def once(self):
        """One call an attempt, and every call is known."""
        seen = set()
        for call in self.placed:
            token = call.user_data["callsheet_attempt"]
            state, name, _ = self.attempts.get(token, (None, None, None))
            if token in seen:
                self.doubled += 1
                yield f"{call.phone}: one attempt, two calls"
            elif (state, name) != ("done", call.execution_id):
                yield (f"{call.phone}: call {call.execution_id} is attempt"
                       f" {state}, execution {name}")
            seen.add(token)

    def persons(self):
        """{phone: calls, the oldest first}."""
        calls = {}
        for call in self.placed:
            calls.setdefault(call.phone, []).append(call)
        return calls

    def one_at_a_time(self):
        """Nobody is called again before the last call was over, nor after
        one in which they were spoken to."""
        for phone, calls in self.persons().items():
            for one, other in itertools.pairwise(calls):
                ended = self.attempts.get(
                    one.user_data["callsheet_attempt"], (0, 0, None))[2]
                last = self.house.bolna.find(one.execution_id).status
                if ended is None or other.time < ended or last not in AGAIN:
                    self.doubled += 1
                    yield f"{phone}: called again after {last}"


def sheet(house):
    """Each row says how the last call to its own person ended."""
    last = {call.phone: call for call in house.bolna.placed}
    shown = dict(house.query("SELECT status, shown FROM disposition"))
    rows = house.sheet()
    if len(rows) != len(house.rows):
        yield f"the sheet has {len(rows)} rows, not {len(house.rows)}"
    for name, phone, *_ in house.rows:
        row = rows.get(name, {})
        want = {"Phone Number": phone, "Status": "", "Transcript": "",
                "Summary": "", "Latest Execution ID": ""}
        if phone in last:
            call = house.bolna.find(last[phone].execution_id)
            true = execution(call)
            want.update({
                "Status": shown[call.status], "Latest Execution ID": call.id,
                "Transcript": true["transcript"], "Summary": true["summary"]})
        for column, value in want.items():
            if words(row.get(column)) != words(value):
                yield (f"{name}: {column} is {row.get(column)!r}, but should"
                       f" be {value!r}")


def database(house):
    """It is whole, and kept the law by which it lives."""
    (verdict,), *_ = house.query("PRAGMA integrity_check")
    if verdict != "ok":
        yield f"integrity: {verdict}"
    broken = house.query("PRAGMA foreign_key_check")
    if broken:
        yield f"foreign keys: {few(broken)}"
    for table in ("execution", "attempt"):
        count = house.value(f"SELECT count(*) FROM {table}")
        if not count:
            yield f"no {table} was made: this proved nothing"
