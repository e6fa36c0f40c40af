"""A stand-in for OpenAI's Responses API, or for a server that speaks it.

It is as strict as the real one: a request that OpenAI would refuse is refused
here, in OpenAI's words.  What the model "says" is scripted by `Answer`; what
goes wrong on the way by `Fault` (faults.py).  `asked` keeps every request.

    sim = OpenAI().start()
    sim.say(Answer(json={...}), about="a word of the input")
    sim.fault(refusal(429))         # of OpenAI's, see below
"""

import itertools
import json
import re
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

from . import bolna_api, faults, openai_schema
from .faults import Fault, FaultQueue
from .stand_in import StandIn

ROUTE = "POST /v1/responses"
MODELS = "GET /v1/models"       # and /ID
MODEL = "stand-in-1"
KNOWN = {"model", "input", "instructions", "prompt", "text", "store",
         "max_output_tokens", "metadata", "safety_identifier", "conversation",
         "previous_response_id", "reasoning", "temperature", "top_p",
         "background", "stream", "tools", "include", "service_tier",
         "truncation", "user", "prompt_cache_key"}
ROLES = {"user", "assistant", "system", "developer"}
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
QUOTA = {"insufficient_quota", "credit_balance_exhausted",
         "organization_spend_limit_exceeded", "project_spend_limit_exceeded",
         "organization_usage_limit_exceeded"}
TYPES = {401: "invalid_request_error", 429: "requests", 500: "server_error",
         503: "service_unavailable_error"}
CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded",
         503: "server_is_overloaded"}
HTML = "<html><head><title>502 Bad Gateway</title></head></html>"


def error(message, kind="invalid_request_error", param=None, code=None):
    """The body of an error."""
    return {"error": {"message": message, "type": kind, "param": param,
                      "code": code}}


def refusal(status, code=None, retry_after=None, message="No.", param=None,
            **changes):
    """A fault: what OpenAI answers instead of the model."""
    code = code or CODES.get(status)
    kind = code if code in QUOTA else TYPES.get(
        status, "invalid_request_error")
    headers = {"x-request-id": "req_refused"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Fault(status=status, headers=headers,
                 body=error(message, kind, param, code), **changes)


def rubbish(what):
    """A fault: a 200 whose body is none of the API's."""
    return Fault(status=200, processed=True, body={
        "html": HTML, "text": "all done, thank you", "empty": b"",
        "array": [1, 2], "no output": {"object": "response",
                                       "status": "completed"},
        "10 MB": b'{"a":"' + b"x" * (10 << 20) + b'"}',
        "50 MB": b'{"a":"' + b"x" * (50 << 20) + b'"}',
        "deep": b"[" * 100000, "not UTF-8": b'{"a":"\xff\xfe"}'}[what])


@dataclass(frozen=True)
class Answer:
    """What the model says to one request."""

    json: object = None             # this value, as text
    text: str | None = None         # or this text; None: what fits the schema
    refusal: str | None = None      # or it will not
    status: str = "completed"       # or incomplete, failed, in_progress, ...
    reason: str | None = None       # of incomplete
    error: tuple | None = None      # of failed: (code, message)
    reasoning: bool = False         # a reasoning item comes first
    parts: int = 1                  # in how many output_text parts it comes
    usage: object = field(default_factory=dict)     # None: it has none
    tokens: int | None = None       # output tokens; None: by length

    def words(self, schema):
        """The text of the message."""
        if self.text is not None:
            return self.text
        value = self.json if self.json is not None else (
            openai_schema.example(schema) if schema else "Hello.")
        return value if isinstance(value, str) else json.dumps(
            value, ensure_ascii=False)


@dataclass
class Asked:
    """Evidence of a request."""

    time: float
    key: str
    body: dict              # {} when it was no JSON object
    raw: bytes
    status: int = 0         # what the API made of it; 0: not carried out
    words: str = ""         # what the model said

    @property
    def kind(self):
        """The name of the schema it asked for."""
        return ((self.body.get("text") or {}).get("format") or {}).get("name")

    def input_text(self):
        """All that was given as input."""
        return "\n".join(text for _, text in _messages(self.body))


class Refused(Exception):
    """The API does not carry a request out."""

    def __init__(self, status, *args, **kwargs):
        super().__init__(*args)
        self.status, self.payload = status, error(*args, **kwargs)


def _no_model(name):
    return Refused(404, f"The model '{name}' does not exist or you do not"
                   " have access to it.", code="model_not_found")


def _messages(body):
    """(role, text) of the input."""
    given = body.get("input")
    if isinstance(given, str):
        return [("user", given)]
    found = []
    for item in given if isinstance(given, list) else []:
        content = item.get("content")
        parts = [content] if isinstance(content, str) else [
            part.get("text", "") for part in content]
        found += [(item.get("role"), text) for text in parts]
    return found


def _check_input(body):
    given = body.get("input")
    if given is None and "prompt" not in body:
        raise Refused(400, "Missing required parameter: 'input'.",
                      param="input", code="missing_required_parameter")
    for item in given if isinstance(given, list) else []:
        content = item.get("content") if isinstance(item, dict) else None
        parts = content if isinstance(content, list) else []
        if not isinstance(content, (str, list)) or \
                item.get("role") not in ROLES or any(
                    not isinstance(part, dict) or not isinstance(
                        part.get("text"), str)
                    or part.get("type") != "input_text" for part in parts):
            raise Refused(400, "Invalid value for 'input'.", param="input",
                          code="invalid_value")


def _check_format(body):
    given = (body.get("text") or {}).get("format") or {"type": "text"}
    kind = given.get("type")
    if kind not in ("text", "json_object", "json_schema"):
        raise Refused(400, f"Invalid value: '{kind}'.",
                      param="text.format.type", code="invalid_value")
    if kind != "json_schema":
        return None
    if not NAME.fullmatch(given.get("name") or ""):
        raise Refused(400, "Invalid 'text.format.name'.",
                      param="text.format.name", code="invalid_value")
    if given.get("strict"):
        found = openai_schema.fault(given.get("schema"))
        if found:
            raise Refused(400, f"Invalid schema for response_format "
                          f"'{given['name']}': {found}",
                          param="text.format.schema",
                          code="invalid_json_schema")
    return given.get("schema")


def _check_limits(body):
    tokens = body.get("max_output_tokens")
    if tokens is not None and (not isinstance(tokens, int) or tokens < 16):
        raise Refused(400, "Invalid 'max_output_tokens': integer below"
                      " minimum value. Expected a value >= 16.",
                      param="max_output_tokens",
                      code="integer_below_min_value")
    pairs = body.get("metadata") or {}
    if len(pairs) > 16 or any(len(k) > 64 or not isinstance(v, str)
                              or len(v) > 512 for k, v in pairs.items()):
        raise Refused(400, "Invalid 'metadata'.", param="metadata",
                      code="invalid_value")
    if len(body.get("safety_identifier") or "") > 64:
        raise Refused(400, "Invalid 'safety_identifier': string too long.",
                      param="safety_identifier", code="string_above_max_length")
    if body.get("conversation") and body.get("previous_response_id"):
        raise Refused(400, "Mutually exclusive parameters.",
                      param="previous_response_id",
                      code="mutually_exclusive_parameters")


class Handler(bolna_api.Handler):
    """One connection."""

    def serve(self):
        """Read a request, let its fault have its way, answer."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = bolna_api.Request(self.command, self.path, self.headers,
                                    raw, self.number, 0)
        sim = self.server.sim
        asked = sim.note(request)
        fault = sim.befall(request) or faults.Fault()
        closing, self.close_connection = self.close_connection, True
        if not sim.sleep(fault.before):
            return
        status, payload = None, None
        if fault.carried_out:
            status, payload = sim.answer(request, asked)
        if not sim.sleep(fault.after):
            return
        status, payload = fault.alter(status, payload)
        self.close_connection = closing
        self.reply(fault, status, payload)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = serve


class OpenAI(StandIn):
    """The stand-in.  Attributes may be changed while it runs.

    prompts: {id: names of its variables}; None once stored prompts are gone.
    obeys: False, as servers that know no schema.  window: tokens of context.
    lists: False, as servers that do not tell which models they have.
    ends: {model: when it is taken away}
    """

    server, handler, path = bolna_api.Server, Handler, "/v1"

    def __init__(self, key="sk-sim-0123456789", models=(MODEL,), prompts=None,
                 obeys=True, window=100000, listen=("127.0.0.1", 0)):
        super().__init__(listen)
        self.key, self.models, self.prompts = key, set(models), prompts
        self.obeys, self.window = obeys, window
        self.lists, self.ends = True, {}
        self.asked = []
        self.lock = threading.RLock()
        self._faults = FaultQueue()
        self._script = {}       # (kind, about): answers to come
        self._ids = itertools.count(1)

    # Scripting

    def say(self, *answers, kind="", about=""):
        """The answers to requests whose schema has this name and whose input
        has these words, in this order; the last one stays."""
        with self.lock:
            self._script[kind, about] = list(answers)

    def fault(self, *faults_, route=ROUTE):
        """What befalls the next requests."""
        self._faults.add(route, *faults_)

    def heal(self):
        """No further faults."""
        self._faults.clear()

    def count(self, kind=None, about=""):
        """How many requests came, of a kind, about something."""
        with self.lock:
            return sum(1 for asked in self.asked
                       if kind in (None, asked.kind)
                       and about in asked.input_text())

    # Answering

    def befall(self, request):
        asks = f"{request.method} {request.path}".startswith(MODELS)
        return self._faults.take([MODELS if asks else ROUTE, "*"])

    def note(self, request):
        """Keep the evidence."""
        try:
            body = json.loads(request.raw)
        except ValueError:
            body = None
        asked = Asked(time.time(), request.headers.get(
            "Authorization", "").removeprefix("Bearer "),
            body if isinstance(body, dict) else {}, request.raw)
        with self.lock:
            self.asked.append(asked)
        return asked

    def answer(self, request, asked):
        """(status, payload) of a request that is carried out."""
        try:
            if asked.key != self.key:
                raise Refused(401, "Incorrect API key provided: sk-***.",
                              code="invalid_api_key")
            asked.status, payload = 200, self._carry_out(request, asked)
        except Refused as refused:
            asked.status, payload = refused.status, refused.payload
        return asked.status, payload

    def _carry_out(self, request, asked):
        route = f"{request.method} {request.path}"
        if route.startswith(MODELS):
            return self._models(request.path)
        if route != ROUTE:
            raise Refused(404, "Invalid URL.")
        if not asked.body and asked.raw != b"{}":
            raise Refused(400, "We could not parse the JSON body of your"
                          " request.")
        return self._respond(asked)

    def _respond(self, asked):
        body = asked.body
        strange = sorted(set(body) - KNOWN)
        if strange:
            raise Refused(400, f"Unknown parameter: '{strange[0]}'.",
                          param=strange[0], code="unknown_parameter")
        self._check_model(body)
        self._check_prompt(body)
        _check_input(body)
        schema = _check_format(body)
        _check_limits(body)
        used = _tokens(asked.input_text() + (body.get("instructions") or ""))
        if used > self.window:
            raise Refused(400, "Your input exceeds the context window of this"
                          " model.", param="input",
                          code="context_length_exceeded")
        answer = self._choose(asked)
        asked.words = answer.words(schema)
        return self._response(body, answer, asked.words, used)

    def _models(self, path):
        """The list of models, or one of them."""
        head, _, name = path.partition("/v1/models/")
        if not self.lists or (head and path != "/v1/models"):
            raise Refused(404, "File Not Found", "not_found_error", code=404)
        known = [{"id": model, "object": "model", "created": 1700000000,
                  "owned_by": "stand-in",
                  **({"shutdown_date": self.ends[model]}
                     if model in self.ends else {})}
                 for model in sorted(self.models)]
        if not name:
            return {"object": "list", "data": known}
        for model in known:
            if model["id"] == urllib.parse.unquote(name):
                return model
        raise _no_model(urllib.parse.unquote(name))

    def _check_model(self, body):
        if "model" not in body and "prompt" not in body:
            raise Refused(400, "Missing required parameter: 'model'.",
                          param="model", code="missing_required_parameter")
        if body.get("model", MODEL) not in self.models:
            raise _no_model(body["model"])

    def _check_prompt(self, body):
        if "prompt" not in body:
            return
        prompt = body["prompt"]
        if self.prompts is None:
            raise Refused(400, "Unsupported parameter: 'prompt'.",
                          param="prompt", code="unsupported_parameter")
        if prompt.get("id") not in self.prompts:
            raise Refused(404, f"Prompt with id '{prompt.get('id')}' not"
                          " found.", param="prompt")
        missing = set(self.prompts[prompt["id"]]) ^ set(
            prompt.get("variables") or ())
        if missing:
            raise Refused(400, f"Missing or unknown prompt variables:"
                          f" {', '.join(sorted(missing))}",
                          param="prompt.variables")

    def _choose(self, asked):
        text = asked.input_text() + json.dumps(
            asked.body.get("prompt") or "", ensure_ascii=False)
        with self.lock:
            for (kind, about), answers in sorted(
                    self._script.items(), key=lambda i: -len("".join(i[0]))):
                if kind in ("", asked.kind) and about in text:
                    return answers.pop(0) if len(answers) > 1 else answers[0]
        return Answer()

    def _response(self, body, answer, words, used):
        n = next(self._ids)
        spent = answer.tokens if answer.tokens is not None else _tokens(words)
        status, reason = answer.status, answer.reason
        limit = body.get("max_output_tokens")
        if limit is not None and spent > limit:
            words, spent = words[:limit], limit
            status, reason = "incomplete", "max_output_tokens"
        usage = None if answer.usage is None else {
            "input_tokens": used,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": spent,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": used + spent, **answer.usage}
        failed = answer.error and {"code": answer.error[0],
                                   "message": answer.error[1]}
        return {"id": f"resp_{n:08d}", "object": "response",
                "created_at": int(time.time()), "status": status,
                "error": failed or None,
                "incomplete_details": {"reason": reason} if reason else None,
                "model": body.get("model", MODEL),
                "output": self._output(n, answer, words, status),
                "store": body.get("store", True), "usage": usage}

    @staticmethod
    def _output(n, answer, words, status):
        output = []
        if answer.reasoning:
            output.append({"id": f"rs_{n}", "type": "reasoning",
                           "summary": []})
        if answer.refusal is not None:
            content = [{"type": "refusal", "refusal": answer.refusal}]
        else:
            step = max(1, -(-len(words) // answer.parts))
            content = [{"type": "output_text", "annotations": [],
                        "text": words[i:i + step]}
                       for i in range(0, max(1, len(words)), step)]
        if status not in ("failed", "queued", "in_progress", "cancelled"):
            output.append({"id": f"msg_{n}", "type": "message",
                           "role": "assistant", "status": status,
                           "content": content})
        return output


def _tokens(text):
    return len(text.encode()) // 4 + 1
