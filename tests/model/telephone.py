"""Bolna and whoever sends webhooks: how calls end, what happens to the word
of it, what goes wrong with the API, and what strangers make up."""

import json

from hypothesis import strategies as st

from sim.bolna import AGENT, Fate, Fault, named, refusal

from .people import NEWCOMERS, PHONES, many, numbers
from .steps import step

INVENTED = "INVENTED"
FATES = {
    "completed": {},
    "busy": {"status": "busy"},
    "no-answer": {"status": "no-answer"},
    "failed": {"status": "failed"},
    "canceled": {"status": "canceled"},
    "error": {"status": "error"},
    "balance-low": {"status": "balance-low"},
    "unheard of": {"path": ("queued", "initiated", "wandering", "ringing",
                            "in-progress", "call-disconnected", "completed"),
                   "changes_at": {"wandering": {"smart_status": "lost"}}},
    "other words": {"path": ("queued", "dialing", "ringing", "ongoing",
                             "completed")},
}
NEWS = {
    "all": {},
    "none": {"lose": True},
    "no end": {"lose": ["completed", "busy", "no-answer", "failed"]},
    "only the end": {"lose": ["initiated", "ringing", "in-progress",
                              "call-disconnected"]},
    "twice": {"duplicate": 1},
    "twice, growing": {"duplicate": 1, "grow": True},
    "last first": {"reorder": True},
    "later": {"hold": True},
    "the end later": {"hold": ["completed", "busy", "no-answer", "failed"]},
}
RESTS = (None, None, None, "queued", "ringing", "in-progress",
         "call-disconnected")
EMPTY = {"data": [], "total": 0, "has_more": False, "page_number": 1}
FAULTS = {
    "POST /call": {
        **{name: named(name) for name in (
            "drop-before", "drop-after", "reset-start", "reset-headers",
            "reset-body", "short-body", "not-json", "no-id", "html-502",
            "empty-500", "close-after", "stall-before", "stall-after")},
        "500": refusal(500), "503": refusal(503),
        "504 though called": refusal(504, processed=True),
        "408 though called": refusal(408, processed=True),
        "429": refusal(429), "429 for long": refusal(429, retry_after=120),
        "400": refusal(400), "422": refusal(422), "403": refusal(403)},
    "GET /executions/{id}": {
        "drop-before": named("drop-before"), "stall": named("stall-after"),
        "short-body": named("short-body"), "not-json": named("not-json"),
        "500": refusal(500), "429": refusal(429), "404": refusal(404),
        "403": refusal(403), "no id": Fault(omit=("id",)),
        "no status": Fault(omit=("status",)),
        "another": Fault(body={"id": "another", "status": "completed",
                               "transcript": INVENTED}),
        "nothing": Fault(body={})},
    "GET /v2/agent/{id}/executions": {
        "drop-before": named("drop-before"), "short-body":
            named("short-body"), "incomplete": named("incomplete-page"),
        "nameless": named("no-recipient-data"), "500": refusal(500),
        "no more?": Fault(omit=("has_more",)), "empty": Fault(body=EMPTY),
        "empty, it seems": Fault(body={"data": []})},
}
ROUTES = sorted(FAULTS)
lives = st.lists(st.tuples(
    st.sampled_from(sorted(FATES)),
    st.sampled_from(["none", "later", *NEWS, "none", "later"]),
    st.sampled_from(RESTS)), min_size=1, max_size=3)
RUBBISH = (b"", b"{", b"{}", b'{"status": "completed"}', b"\xff\xfe{")
ENDS = ("completed", "busy", "failed", "no-answer", "in-progress")


def fate_of(phone, end, news, rest, nth):
    """The life of a call whose every result names its number."""
    return Fate(**{"stay": rest, "transcript": f"user: this is {phone}\n",
                   "summary": f"Spoke with {phone}.",
                   "duration": 30.0 + nth, **FATES[end], **NEWS[news]})


class Calls:
    """The rules of Bolna and of the webhooks."""

    def fates_as_usual(self):
        """Of some calls only the listing and our own questions tell."""
        for phone in PHONES:
            self.bolna.fate(phone, fate_of(phone, "completed", "all", None,
                                           0))
        for nth, phone in enumerate(NEWCOMERS):
            self.bolna.fate(phone, fate_of(
                phone, "completed", ("none", "later", "all")[nth % 3], None,
                nth))

    def fate(self, phone, ends):
        self.bolna.fate(phone, *(
            fate_of(phone, *how, nth) for nth, how in enumerate(ends)))

    @step(phone=numbers, ends=lives)
    def so_calls_will_go(self, phone, ends):
        self.fate(PHONES[phone % len(PHONES)], ends)

    def fail(self, route, nth, good):
        kinds = FAULTS[route]
        self.bolna.fault(route, *[Fault()] * good,
                         kinds[sorted(kinds)[nth % len(kinds)]])

    @step(nth=numbers)
    def a_call_goes_on(self, nth):
        """What a fate held comes loose: the call itself, or its webhooks."""
        held = [call.id for call in self.bolna.calls.values()
                if call.resting or call.held]
        if held:
            self.bolna.release(held[nth % len(held)])
            self.bolna.go_on()

    @step(route=st.sampled_from([*ROUTES, "POST /call"]), nth=many,
          good=st.integers(0, 2))
    def bolnas_api_fails(self, route, nth, good):
        """After some good answers."""
        self.fail(route, nth, good)

    @step(hides=st.booleans())
    def bolnas_listing_lags(self, hides):
        """It does not show the calls of the last hour, or does again."""
        self.bolna.listing_lag = 3600 if hides else 0

    # --- webhooks that come again, and such as Bolna never sent ---

    @step(order=st.lists(numbers, min_size=1, max_size=6))
    def old_webhooks_come_again(self, order):
        sent = self.bolna.deliveries
        for nth in order if sent else ():
            self.told(sent[nth * 5 % len(sent)].body, 200)

    @step(nth=numbers, end=st.sampled_from(ENDS), known=st.booleans(),
          wrong=st.sampled_from(["", "", "agent", "number", "secret",
                                 "address", "address of ours",
                                 *RUBBISH]))
    def a_stranger_invents_a_webhook(self, nth, end, known, wrong):
        if wrong in RUBBISH:
            self.told(wrong, 400)
            return
        calls = list(self.bolna.calls.values())
        call = calls[nth % len(calls)] if known and calls else None
        phone = PHONES[nth % len(PHONES)]
        if call and wrong != "number":
            phone = call.phone
        body = invented(call.id if call else f"invented-{nth}", phone, end)
        if wrong == "agent":
            body["agent_id"] = "5c730000-0000-4000-8000-00000000ffff"
        secret = {"secret": "sesame-wrong"} if wrong == "secret" else {}
        source = {"address": "127.0.0.9", "address of ours": "127.0.0.1"}
        self.told(json.dumps(body).encode(), 404 if wrong == "secret"
                  else 403 if wrong in source else 200,
                  source=source.get(wrong, "127.0.0.2"), **secret)

    def told(self, body, status, **how):
        """A webhook, and what it must be answered."""
        answer = self.stage.post(body, **how)
        if answer == 200:
            self.acknowledged.append(body)
        self.promise(None if answer == status else
                     f"{body[:80]!r} was answered {answer}, not {status}")


def invented(execution, phone, end):
    """All that a stranger could say of a call."""
    return {
        "id": execution, "agent_id": AGENT, "status": end,
        "user_number": phone, "updated_at": "2031-01-01T00:00:00+00:00",
        "transcript": INVENTED, "summary": INVENTED,
        "error_message": INVENTED, "conversation_duration": 6666.5,
        "total_cost": 6666.5, "extracted_data": {"says": INVENTED},
        "telephony_data": {
            "duration": "6666.5", "hangup_by": INVENTED,
            "hangup_reason": INVENTED, "to_number": phone,
            "recording_url": f"https://{INVENTED}.example/"}}
