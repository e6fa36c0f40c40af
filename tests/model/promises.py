"""What must hold after each step, and what must have come of it all when the
faults are over."""

import hashlib
import json
from collections import Counter

from .people import MARK, PHONE, STATUS, control, number
from .stage import HEADINGS
from .telephone import INVENTED

SUMMARY = HEADINGS.index("Summary")
MAX_ATTEMPTS = 3
FORWARD = {     # where an attempt may be after it was there
    "intent": {"intent", "sending", "accepted", "unknown", "done",
               "rejected", "released"},
    "sending": {"sending", "accepted", "unknown", "done", "rejected",
                "released"},
    "unknown": {"unknown", "accepted", "done"},
    "accepted": {"accepted", "done"},
    "rejected": {"rejected", "accepted", "done"},
    "released": {"released", "accepted", "done"},
    "done": {"done"}}
SHOWN = {"error": "failed"}


def token_of(raw):
    return json.loads(raw)["user_data"]["callsheet_attempt"]


class Promises:
    """Nobody is called twice by accident, no result is lost."""

    def begin_promises(self):
        self.broken = []            # seen from within a pass
        self.placed = {}            # number: [(when, call)]
        self.closed = set()         # numbers of which the dialer knows: dnc
        self.attempts = {}          # id: (token, state, execution)
        self.acknowledged = []      # webhooks of ours that were answered 200
        self.checked = 0            # deliveries of Bolna's looked at
        self.misdated = set()       # POSTs of a dialer with a wrong clock

    def promise(self, complaint):
        """Note what must not be; the next look at the invariants tells."""
        if complaint:
            self.broken.append(complaint)

    def calling(self, phone):
        """Bolna is about to dial: may it?"""
        self.tick += 1
        before = self.placed.setdefault(phone, [])
        if self.bolna.live(phone):
            self.promise(f"{phone} is called while on the line")
        over = [when for when, call in before if call.status == "completed"]
        if over and max(self.retries[phone], default=0) < over[-1]:
            self.promise(f"{phone} is called again after a completed call")
        if len(before) >= MAX_ATTEMPTS + len(self.retries[phone]):
            self.promise(f"{phone} is called too often")
        if phone in self.closed:
            self.promise(f"{phone} is called in spite of dnc")
        if phone not in self.wanted:
            self.promise(f"{phone} is called, and no row asks for it")

    def nothing_was_seen_that_must_not_be(self):
        assert not self.broken, self.broken
        for post in self.bolna.placed[sum(map(len, self.placed.values())):]:
            self.placed.setdefault(post.phone, []).append(
                (self.tick, self.bolna.calls[post.execution_id]))

    def the_database_is_sound(self):
        assert self.stage.value("PRAGMA quick_check") == "ok"
        assert self.stage.receiver.poll() is None, "the receiver died"

    def each_attempt_is_sent_once_and_known(self):
        sent = Counter(token_of(post.raw) for post in self.bolna.posts)
        assert all(times == 1 for times in sent.values()), sent
        known = dict(self.stage.query("SELECT token, state FROM attempt"))
        assert set(sent) <= set(known), "a call that the database forgot"
        for post in self.bolna.posts:
            if post.execution_id:
                assert known[token_of(post.raw)] not in (
                    "intent", "rejected", "released"), \
                    f"{post.phone} was called, and it is thought it was not"

    def attempts_go_forward_only(self):
        now = {row[0]: row[1:] for row in self.stage.query(
            "SELECT id, token, state, execution FROM attempt")}
        for attempt, (token, state, execution) in self.attempts.items():
            assert attempt in now, f"attempt {attempt} has vanished"
            assert now[attempt][0] == token
            assert now[attempt][1] in FORWARD[state], (state, now[attempt])
            assert execution in (None, now[attempt][2])
        self.attempts = now
        assert not self.stage.query(
            "SELECT phone FROM attempt WHERE state IN"
            " ('intent', 'sending', 'accepted', 'unknown')"
            " GROUP BY phone HAVING count(*) > 1")

    def what_was_acknowledged_is_in_the_journal(self):
        told = self.bolna.deliveries[self.checked:]
        self.checked += len(told)
        bodies = self.acknowledged + [
            delivery.body for delivery in told if delivery.http == 200]
        self.acknowledged = []
        for body in bodies:
            assert self.stage.query(
                "SELECT id FROM event WHERE source = 'webhook'"
                " AND execution = ? AND digest = ? AND body = ?",
                json.loads(body)["id"], hashlib.sha256(body).digest(),
                body.decode()), body

    def what_was_invented_is_never_confirmed(self):
        assert not self.stage.query(
            "SELECT id FROM execution WHERE verified AND instr(concat_, ?)"
            .replace("concat_", "coalesce(transcript, '')"
                     " || coalesce(summary, '') || coalesce(error, '')"
                     " || coalesce(hangup_reason, '')"), INVENTED)
        for row in self.sheet.rows():
            assert INVENTED not in "".join(row), row
            assert "6666.5" not in row, row

    def a_result_stands_in_its_own_persons_row(self):
        if not self.muddled:
            assert not self.strangers(), self.strangers()

    def strangers(self):
        """Rows that show the call of another number."""
        whose = dict(self.stage.query(
            "SELECT token, phone FROM attempt UNION SELECT execution, phone"
            " FROM attempt WHERE execution IS NOT NULL"))
        return [row for row in self.sheet.rows() if number(row[PHONE]) not in (
            whose.get(row[MARK], number(row[PHONE])),) or (
            row[SUMMARY] not in ("", f"Spoke with {number(row[PHONE])}."))]

    def whole_pass(self):
        """A pass in which nothing goes wrong puts what is muddled right;
        what could not be written waits, and is not forgotten."""
        clear = not self.bolna._faults._queues and not (
            self.stage.google and self.stage.google.faulty)
        closing = {number(row[PHONE]) for row in self.sheet.rows()
                   if control(row) == "dnc"}
        code = self.pass_()
        if not clear or self.stage.value(
                "SELECT problem IS NOT NULL OR imported_at IS NULL"
                " FROM campaign"):
            return code
        self.closed |= closing - {""}
        waiting = {phone for phone, in self.stage.query(
            "SELECT phone FROM delivery d JOIN lead l ON l.id = d.lead")}
        for row in self.strangers():
            if number(row[PHONE]) not in waiting | {""}:
                self.promise(f"a whole pass left it muddled: {row}")
        self.muddled = bool(self.strangers())
        return code

    def the_promises_hold(self):
        self.nothing_was_seen_that_must_not_be()
        self.the_database_is_sound()
        self.each_attempt_is_sent_once_and_known()
        self.attempts_go_forward_only()
        self.what_was_acknowledged_is_in_the_journal()
        self.what_was_invented_is_never_confirmed()
        self.promise(self.untouched())
        self.a_result_stands_in_its_own_persons_row()

    # --- the end ---

    def settle(self):
        """Let all faults be over, and pass after pass go by."""
        self.bolna.clear_faults()
        self.bolna.listing_lag = 0
        if self.stage.google:
            self.stage.google._faults.clear()
        for _ in range(25):
            for call in list(self.bolna.calls):
                self.bolna.release(call)
            self.bolna.go_on()
            self.stage.age(3700)
            self.whole_pass()
            self.the_promises_hold()
            if self.calm():
                break
        else:
            raise AssertionError(f"it never settles: {self.restless()}")
        self.bolna.quiet()
        self.ends_well()

    def restless(self):
        """Attempts not settled, people to call, rows to write."""
        return (self.stage.query(
            "SELECT a.id, a.state, a.execution, a.looks, l.held, l.present"
            " FROM attempt a JOIN lead l ON l.id = a.lead"
            " WHERE a.state IN ('intent', 'sending', 'accepted')"
            " OR (a.state = 'unknown' AND l.held IS NOT 'review')"),
            self.stage.query("SELECT lead, phone FROM due"),
            self.stage.query(
                "SELECT d.* FROM delivery d JOIN lead l ON l.id = d.lead"
                " WHERE l.present AND coalesce(d.error, '')"
                " NOT LIKE 'several rows%'"))

    def calm(self):
        return not any(self.restless())

    def ends_well(self):
        """Every call is known, and told in its person's row."""
        ends = {row[0]: row[1:] for row in self.stage.query(
            "SELECT token, state, execution FROM attempt")}
        for post in self.bolna.posts:
            token, placed = token_of(post.raw), post.execution_id
            if placed and post.raw not in self.misdated:
                assert ends[token] == ("done", placed), (token, ends[token])
        self.rows_tell_the_last_call()

    def rows_tell_the_last_call(self):
        rows = self.sheet.rows()
        for phone, mark in self.stage.query(
                "SELECT l.phone, a.execution FROM lead l JOIN attempt a"
                " ON a.id = (SELECT max(id) FROM attempt WHERE lead = l.id"
                " AND state <> 'released') WHERE l.present"
                " AND a.state = 'done' AND l.id NOT IN"
                " (SELECT lead FROM delivery)"):
            theirs = [row for row in rows if row[MARK] == mark]
            assert len(theirs) == 1, (phone, mark, theirs)
            self.tells(theirs[0], self.bolna.calls[mark])
        for phone, calls in self.placed.items():
            theirs = [row for row in rows if number(row[PHONE]) == phone]
            if phone not in self.moved and len(theirs) == 1 and \
                    ("done", calls[-1][1].id) in self.ended():
                self.tells(theirs[0], calls[-1][1])

    def ended(self):
        return set(self.stage.query(
            "SELECT state, execution FROM attempt"))

    @staticmethod
    def tells(row, call):
        """Does a row tell how this call went?"""
        status = SHOWN.get(call.status, call.status)
        assert row[MARK] == call.id, (row, call.id)
        assert row[STATUS] == status, (row, status)
        assert number(row[PHONE]) == call.phone, (row, call.phone)
        if call.status == "completed" and call.fate.summary:
            assert row[SUMMARY] == call.fate.summary, row
