"""What happens to a simulated call, and the execution bodies that tell of it.

A `Fate` is the script of one call.  `execution()` builds the object that is a
webhook's body, the answer of GET /executions/{id} and a row of the listing.
A `Shape` is one of the spellings the real service is known to use: a reader
that only knows one of them would fail in the field.
"""

import copy
import hashlib
import json
import random
from dataclasses import dataclass, field, fields
from datetime import datetime, timezone

ANSWERED = ("queued", "initiated", "ringing", "in-progress",
            "call-disconnected", "completed")
PATHS = {
    "busy": ("queued", "initiated", "ringing", "busy"),
    "no-answer": ("queued", "initiated", "ringing", "no-answer"),
    "failed": ("queued", "initiated", "failed"),
    "canceled": ("queued", "initiated", "ringing", "canceled"),
    "error": ("queued", "error"),
    "balance-low": ("queued", "balance-low"),
    "stopped": ("queued", "stopped"),
    "rescheduled": ("queued", "rescheduled"),
}
STATUSES = {"scheduled", *ANSWERED, *PATHS}
DELAYS = {      # seconds before a status is entered, at pace 1
    "initiated": 1.0, "ringing": 1.5, "in-progress": 4.0,
    "call-disconnected": 8.0, "completed": 5.0, "busy": 4.0,
    "no-answer": 9.0, "failed": 2.0,
}
HANGUPS = {     # hangup_by, hangup_reason, hangup_provider_code
    "completed": ("Callee", "Call recipient hungup", 4000),
    "busy": ("Carrier", "Call recipient was busy", 3010),
    "no-answer": ("Carrier", "Call unanswered", 3000),
    "failed": ("Carrier", "Call recipient number invalid", 2000),
    "canceled": ("API Request", "Call canceled", 4020),
}
TALK = """\
assistant: Hello, this is a call about your interview. Is now a good time?
user: Yes, go ahead.
assistant: It is on Thursday at eleven. Will you be able to come?
user: Thursday at eleven, yes, I will be there.
assistant: Thank you. You will get a message with the address. Goodbye!
"""
EXTRACTION = {"Interview": {"Attendance": {
    "subjective": "Says that they will come on Thursday at eleven.",
    "objective": "confirmed", "confidence": 0.94,
    "confidence_label": "High"}}}


@dataclass
class Fate:
    """What becomes of a call.  Every field has a JSON form.

    Options about webhooks take True (every status), a list of statuses, or,
    where a number is meant, a number or {status: number}.
    """

    status: str = "completed"       # where it ends; also e.g. "ringing"
    path: tuple | None = None       # all statuses, if not the usual ones
    stay: str | None = None         # rest in this status until released
    delays: dict = field(default_factory=dict)  # {status: seconds}, × pace
    transcript: str | None = TALK
    summary: str | None = "Will come to the interview on Thursday at eleven."
    extracted_data: dict | None = field(
        default_factory=lambda: copy.deepcopy(EXTRACTION))
    agent_extraction: object = '{"attendance": "confirmed"}'   # JSON text
    duration: float = 38.4
    cost: float | None = None       # cents; None: follows from the duration
    hangup_by: str | None = None    # None: the usual one of the status
    hangup_reason: str | None = None
    hangup_provider_code: int | None = None
    error_message: str | None = None
    answered_by_voice_mail: bool | None = None
    changes: dict = field(default_factory=dict)     # merged into each body
    changes_at: dict = field(default_factory=dict)  # {status: changes}
    webhooks: tuple | None = None   # statuses sent; None: all but the queue's
    lose: object = False            # webhooks that never arrive
    duplicate: object = 0           # how many copies more
    grow: bool = False              # only the last copy has the extraction
    reorder: object = False         # True: last first; or the order to send in
    late: object = 0.0              # wall clock seconds
    hold: object = False            # not sent until released

    def route(self):
        """The statuses this call goes through."""
        if self.path:
            return tuple(self.path)
        if self.status in PATHS:
            return PATHS[self.status]
        if self.status not in ANSWERED:
            raise ValueError(f"no way to status {self.status!r}")
        return ANSWERED[:ANSWERED.index(self.status) + 1]

    def delay(self, status):
        """Seconds before the status is entered, at pace 1."""
        return self.delays.get(status, DELAYS.get(status, 1.0))

    def applies(self, option, status):
        """Is an option that takes True or statuses on for this status?"""
        value = getattr(self, option)
        return value if isinstance(value, bool) else status in value

    def amount(self, option, status):
        """The number of an option that takes a number or one a status."""
        value = getattr(self, option)
        return value.get(status, 0) if isinstance(value, dict) else value

    def price(self):
        """Cents a call of this fate costs when it is completed."""
        if self.cost is not None:
            return self.cost
        return round(8.5 * self.duration / 60, 2)

    @classmethod
    def from_json(cls, data):
        """A fate from its JSON form; an unknown field is an error."""
        unknown = set(data) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"unknown in a fate: {sorted(unknown)}")
        return cls(**data)


def demo_fates():
    """A fate for each last digit: a mixed day at the telephone."""
    declined = {"Interview": {"Attendance": {
        "subjective": "Has taken another job.", "objective": "declined",
        "confidence": 0.91, "confidence_label": "High"}}}
    moved = {"Interview": {"Attendance": {
        "subjective": "Asks for Friday afternoon.", "objective": "rescheduled",
        "confidence": 0.83, "confidence_label": "Medium"}}}
    return {
        "1": [Fate("busy"), Fate(duration=31.0)],
        "2": [Fate("no-answer"), Fate("no-answer"), Fate(duration=44.5)],
        "3": Fate(transcript=_talk("No, thank you. I have taken another job."),
                  summary="Declined: has taken another job.",
                  extracted_data=declined, duration=22.7),
        "4": Fate("failed"),
        "5": Fate(transcript=_talk("Could we make it Friday, after lunch?"),
                  summary="Asks to move the interview to Friday afternoon.",
                  extracted_data=moved, duration=41.2),
        "6": Fate(lose=True, duration=36.9),
        "7": Fate(duplicate=1, duration=29.3),
        "8": Fate(reorder=True, duration=33.8),
        "9": Fate(late={"call-disconnected": 3.0}, duration=4.1,
                  transcript="assistant: Hello, this is a call about your"
                             " interview.\n",
                  summary="No one spoke; probably a mailbox.",
                  extracted_data=None, agent_extraction=None,
                  hangup_by="Plivo", hangup_reason="inactivity_timeout",
                  hangup_provider_code=4010),
    }


def read_fates(path):
    """Fates of a JSON file: {end of number: fate or list of fates}."""
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    return {phone: [Fate.from_json(one) for one in
                    (fate if isinstance(fate, list) else [fate])]
            for phone, fate in data.items()}


def _talk(reply):
    return ("assistant: Hello, this is a call about your interview on"
            " Thursday at eleven. Will you be able to come?\n"
            f"user: {reply}\n"
            "assistant: Thank you for telling us. Goodbye!\n")


@dataclass
class Shape:
    """One of the spellings in which executions are found."""

    provider: str = "plivo"
    created: str = "zone"           # zone, bare or z
    updated: str = "zone"
    ascii_only: bool = False        # \\u escapes rather than UTF-8
    extraction_text: bool = True    # agent_extraction as text, or an object
    integral: bool = False          # 2 rather than 2.0
    spaces: int = 1                 # after the colon in a transcript
    carrier: bool = True            # the fields added in 2026
    smart_status: str | None = ""   # "": same as the status
    added_data: bool = False        # recipient_data with a key of its own
    empty_disconnect: bool = False  # no transcript at call-disconnected yet

    @classmethod
    def drawn(cls, seed):
        """A shape at random, the same for the same seed."""
        dice = random.Random(seed)
        return cls(
            provider=dice.choice(("plivo", "plivo", "twilio")),
            created=dice.choice(("zone", "bare", "z")),
            updated=dice.choice(("zone", "bare", "z")),
            ascii_only=dice.random() < 0.5,
            extraction_text=dice.random() < 0.6,
            integral=dice.random() < 0.4,
            spaces=dice.choice((1, 2, 3)),
            carrier=dice.random() < 0.7,
            smart_status=dice.choice(("", "", None, "dropped")),
            added_data=dice.random() < 0.3,
            empty_disconnect=dice.random() < 0.2)


def instant(seconds, style="zone"):
    """A time as the service spells it; one without a zone is UTC."""
    if seconds is None:
        return None
    text = datetime.fromtimestamp(seconds, timezone.utc).replace(
        tzinfo=None).isoformat(timespec="microseconds")
    return text + {"zone": "+00:00", "bare": "", "z": "Z"}[style]


def merge(into, changes):
    """Lay changes over a body, objects member by member."""
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = copy.deepcopy(value)
    return into


def execution(call):
    """The execution object of a call as it is now."""
    fate, shape = call.fate, call.shape
    over = call.status == "completed"
    talked = over or call.status == "call-disconnected"
    told = over or (talked and not shape.empty_disconnect)
    costs = _costs(fate, told, over)
    voicemail = fate.answered_by_voice_mail if over else None
    body = {
        "id": call.id, "agent_id": call.agent_id, "batch_id": None,
        "created_at": instant(call.created, shape.created),
        "updated_at": instant(call.updated, shape.updated),
        "scheduled_at": instant(call.scheduled, shape.created),
        "answered_by_voice_mail": voicemail,
        "conversation_duration": _number(fate.duration, shape) if told else 0,
        "total_cost": _number(round(sum(costs.values()), 3), shape),
        "transcript": _spoken(fate, shape) if told else None,
        "usage_breakdown": _usage(call, told),
        "cost_breakdown": _breakdown(costs, shape),
        "extracted_data": copy.deepcopy(fate.extracted_data) if over else None,
        "summary": fate.summary if over else None,
        "error_message": call.error_message or fate.error_message,
        "status": call.status,
        "agent_extraction": _extraction(fate, shape) if over else None,
        "workflow_retries": None, "rescheduled_at": None,
        "custom_extractions": None, "campaign_id": None,
        "smart_status": _smart(call, over),
        "user_number": call.phone, "agent_number": call.from_number,
        "initiated_at": instant(call.initiated, "bare"),
        "retry_config": call.request.get("retry_config"),
        "retry_count": 0, "retry_history": None,
        "lid_data": None, "deleted": False,
        "telephony_data": _telephony(call, talked, over),
        "transfer_call_data": None,
        "context_details": {"recipient_data": _recipient(call),
                            "recipient_phone_number": call.phone},
        "agent_context_details": None, "batch_run_details": None,
        "provider": shape.provider,
        "latency_data": _latency(fate, call.id) if over else None,
    }
    merge(body, fate.changes)
    return merge(body, fate.changes_at.get(call.status, {}))


def _number(value, shape):
    """2.0 or 2: the sender does not mind which."""
    whole = shape.integral and float(value).is_integer()
    return int(value) if whole else float(value)


def _spoken(fate, shape):
    if fate.transcript is None:
        return None
    gap = ":" + " " * shape.spaces
    return "".join(
        line.replace(": ", gap, 1)
        if line.startswith(("assistant: ", "user: ")) else line
        for line in fate.transcript.splitlines(keepends=True))


def _extraction(fate, shape):
    value = fate.agent_extraction
    if isinstance(value, str) and not shape.extraction_text:
        return json.loads(value)
    return value


def _smart(call, over):
    if call.shape.smart_status == "dropped" and over:
        return "dropped"
    return call.status if call.shape.smart_status is not None else None


def _recipient(call):
    """What the caller sent as user_data; sometimes with something added."""
    if call.user_data is None:
        return None
    data = copy.deepcopy(call.user_data)
    if call.shape.added_data:
        data.setdefault("timezone", "Asia/Kolkata")
    return data


def _telephony(call, talked, over):
    fate, status = call.fate, call.status
    by, reason, code = HANGUPS.get(status, (None, None, None))
    if call.shape.provider == "twilio" and status == "busy":
        by, reason, code = None, None, None
    data = {
        "duration": str(round(fate.duration)) if over else "0.0",
        "to_number": call.phone, "from_number": call.from_number,
        "recording_url": _recording(call, talked, over),
        "hosted_telephony": True,
        "provider_call_id": _provider_id(call),
        "call_type": "outbound", "provider": call.shape.provider,
        "hangup_by": by, "hangup_reason": reason,
        "hangup_provider_code": code,
    }
    if status == fate.status and status in HANGUPS:
        data.update((name, getattr(fate, name)) for name in (
            "hangup_by", "hangup_reason", "hangup_provider_code")
            if getattr(fate, name) is not None)
    if call.shape.carrier:
        data.update(ring_duration=7, post_dial_delay=2,
                    to_number_carrier="Example Telecom Ltd")
    return data


def _recording(call, talked, over):
    if over:
        return f"https://api.bolna.ai/recordings/call/{call.id}"
    return "" if talked else None


def _provider_id(call):
    digest = hashlib.md5(call.id.encode()).hexdigest()
    if call.initiated is None:
        return None
    if call.shape.provider == "twilio":
        return "CA" + digest
    return "-".join((digest[:8], digest[8:12], digest[12:16],
                     digest[16:20], digest[20:]))


def _costs(fate, told, over):
    """Cents by part; the sum is the total, what is missing comes later."""
    if not told:
        return dict.fromkeys(
            ("llm", "network", "platform", "synthesizer", "transcriber"), 0.0)
    total = fate.price()
    parts = {"llm": 0.05, "network": 0.15, "synthesizer": 0.45,
             "transcriber": 0.10}
    costs = {name: round(total * part, 3) for name, part in parts.items()}
    costs["platform"] = round(total - sum(costs.values()), 3)
    if not over:
        costs.update(network=0.0, platform=0.0)
    return costs


def _breakdown(costs, shape):
    costs = {name: _number(cost, shape) for name, cost in costs.items()}
    return {
        **costs, "transfer_cost": 0,
        "llm_breakdown": {
            "conversation": costs["llm"], "extraction": 0, "hangup": 0,
            "summarization": 0, "analytics": 0, "voicemail": 0, "routing": 0},
        "synthesizer_breakdown": {
            "conversation": costs["synthesizer"], "welcome_message": 0},
        "transcriber_breakdown": {
            "conversation": costs["transcriber"], "analytics": 0},
    }


def _usage(call, told):
    seconds = call.fate.duration if told else 0
    model = "example/chat-small"
    use = {"input": round(seconds * 60), "output": round(seconds * 4)}
    return {
        "llmModel": {model: use}, "llmTokens": 0,
        "voice_id": "ExampleVoice00000001", "api_tools": None,
        "provider_source": dict.fromkeys(
            ("llm", "synthesizer", "transcriber"), "bolna"),
        "synthesizer_model": "example-speech-2", "synthesizer_provider":
            "elevenlabs", "synthesizer_characters": round(seconds * 11),
        "transcriber_model": "example-listen-3", "transcriber_provider":
            "deepgram", "transcriber_language": "en",
        "transcriber_duration": seconds,
        "llm_usage_breakdown": {
            "conversation": {**use, "model": model, "provider": "azure",
                             "provider_connected": False},
            "hangup": None, "analytics": None, "extraction": None,
            "disposition": None, "summarization": None},
        "synthesizer_usage_breakdown": {
            "provider_connected": False, "welcome_message_cache": True,
            "conversation_characters": round(seconds * 11),
            "welcome_message_characters": 0},
        "transcriber_usage_breakdown": {
            "provider_connected": False, "transcriber_duration": seconds},
        "voicemail_detection_enabled": False, "endpointing": 250,
        "incremental_delay": 400, "buffer_size": 200,
        "hangup_after_silence": 10, "check_if_user_online": True,
        "trigger_user_online_message_after": 9,
    }


def _latency(fate, seed):
    """Long and of no use, like the real one: it is what makes bodies big."""
    dice = random.Random(seed)
    turns = [{"turn": n, "turn_latency": [
        {"sequence_id": i, "text": "example",
         "audio_to_text_latency": round(dice.uniform(15, 900), 5)}
        for i in (1, 2, 3)]} for n in range(1, 2 + int(fate.duration // 6))]
    return {"stream_id": round(dice.uniform(10, 20), 5), "region": "in",
            "time_to_first_audio": round(dice.uniform(10, 200), 5),
            "transcriber": {"time_to_connect": 19, "turns": turns}}
