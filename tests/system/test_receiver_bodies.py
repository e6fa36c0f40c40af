"""What a webhook's body may look like: the spellings in which one execution
is told, and what is refused without harm."""

import contextlib
import itertools
import json
import pathlib

import pytest

from fcgi_client import BOLNA
from world import BUILD, World, hook_of, person
from sim.bolna import AGENT, NUMBER, Call
from sim.bolna_bodies import EXTRACTION, TALK, Fate, Shape, execution

FIXTURES = pathlib.Path(__file__).parent.parent / "unit" / "fixtures"
MB = 1 << 20
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("w"),
               [person("Asha", "+919999900001")], csv_file=True,
               nginx=False) as it:
        yield it


@pytest.fixture(scope="module")
def hook(world):
    return hook_of(world)


def new_id():
    return f"body-{next(numbers)}"


def fixture(name):
    return (FIXTURES / f"{name}.json").read_bytes()


def row(world, execution_id):
    """The execution as {column: value}, None when there is none."""
    columns = [name for _, name, *_ in world.query(
        "PRAGMA table_info(execution)")]
    rows = world.query("SELECT * FROM execution WHERE id = ?", execution_id)
    return dict(zip(columns, rows[0])) if rows else None


def told(world, hook, **members):
    """The execution that a body with these members leads to."""
    body = {"id": new_id(), **members}
    answer = hook.post(body)
    assert (answer.status, answer.json["result"]) == (200, "stored")
    return row(world, body["id"])


def has(execution_row, **expected):
    assert {name: execution_row[name] for name in expected} == expected
    return True


# --- where the id stands ---

@pytest.mark.parametrize("wrap", [
    lambda i: {"id": i, "status": "ringing"},
    lambda i: {"execution_id": i, "status": "ringing"},
    lambda i: {"executionId": i, "status": "ringing"},
    lambda i: {"execution": {"id": i, "status": "ringing"}},
    lambda i: {"data": {"id": i, "status": "ringing"}},
    lambda i: {"data": {"execution_id": i}, "status": "ringing"},
    lambda i: {"event": "x", "id": i, "data": {"status": "ringing"}},
    lambda i: {"id": None, "execution_id": i, "status": "ringing"},
    lambda i: {"id": i, "data": "text", "status": "ringing"}])
@pytest.mark.parametrize("number", [False, True])
def test_an_execution_is_found_wherever_its_id_stands(
        world, hook, wrap, number):
    name = 7432382142914 + next(numbers) if number else new_id()
    answer = hook.post(wrap(name))
    assert (answer.status, answer.json) == (
        200, {"ok": True, "id": str(name), "result": "stored"})
    assert has(row(world, str(name)), stage="ringing", final="")
    assert world.value("SELECT json(body) FROM event WHERE execution = ?",
                       str(name)) == json.dumps(wrap(name),
                                                separators=(",", ":"))


def test_of_a_name_that_is_there_twice_the_last_counts(world, hook):
    last = new_id()
    assert hook.post(b'{"id":"other","status":"completed","id":"%s",'
                     b'"status":"busy"}' % last.encode()).status == 200
    assert has(row(world, last), final="busy")
    assert row(world, "other") is None


def test_what_a_pre_call_body_carries_inside_is_not_about_the_call(
        world, hook):
    assert hook.post(fixture("pre_call")).status == 200
    assert has(row(world, "0b8f5a52-6d0f-4a6e-9b1e-5f1f6a7c0004"),
               stage="in-progress", final="", transcript=None)
    assert row(world, "ticket-9") is None


def test_a_body_about_a_batch_is_kept_and_skipped(world, hook):
    before = world.value("SELECT count(*) FROM execution")
    answer = hook.post(fixture("batch"))
    assert (answer.status, answer.json["result"]) == (
        200, "skipped: about a batch")
    assert hook.post(fixture("batch")).json["result"] == "already known"
    assert world.value("SELECT body FROM event WHERE execution = ''"
                       ).encode() == fixture("batch")
    assert world.value("SELECT count(*) FROM execution") == before


@pytest.mark.parametrize("name", ['say "hello"', "C:\\calls\\1", '\\"'])
def test_an_answer_is_json_whatever_a_batch_is_called(hook, name):
    answer = hook.post({"batch_id": name, "status": "completed"})
    assert answer.json == {"ok": True, "id": name,
                           "result": "skipped: about a batch"}


# --- what is read ---

def test_the_bodies_seen_in_the_field_are_understood(world, hook):
    seen = ("busy", "completed", "disconnected", "integer_id",
            "nested_data", "retry_scheduled")
    assert [hook.post(fixture(name)).status for name in seen] == [200] * 6
    last = "0b8f5a52-6d0f-4a6e-9b1e-5f1f6a7c000"
    assert has(row(world, last + "1"), final="completed", verified=0,
               talk_secs=68.7, line_secs=69, cost_cents=13.39,
               summary="The appointment was confirmed.",
               recording="https://recordings.example.com/call/0b8f5a52.mp3",
               hangup_by="Plivo", hangup_code="4010", voicemail=None,
               phone="+447700900123", smart_status="dropped",
               ended_at=1772660496)
    assert "नमस्ते — yes" in row(world, last + "1")["transcript"]
    assert has(row(world, last + "2"), stage="call-disconnected", final="",
               talk_secs=59.4, recording=None, extraction=None,
               hangup_by=None, phone="+15555550123")
    assert has(row(world, last + "3"), final="busy", cost_cents=0,
               transcript=None, hangup_by="Carrier", hangup_code="3010",
               hangup_reason="Call recipient was busy")
    assert has(row(world, last + "5"), final="no-answer",
               hangup_code="3000", phone="+15555550144",
               ended_at=1772660496)
    assert has(row(world, "7432382142914"), final="completed", voicemail=1,
               talk_secs=123, line_secs=42)
    assert has(row(world, "execution-id"), stage="scheduled", retry_count=1)


@pytest.mark.parametrize("seed", range(20))
def test_all_spellings_of_a_call_tell_the_same(world, hook, seed):
    name, fate = new_id(), Fate(duration=38.0)
    call = Call(id=name, agent_id=AGENT, phone="+919999900001",
                from_number=NUMBER, request={}, fate=fate,
                shape=Shape.drawn(seed), path=fate.route(),
                created=1772660400.25, updated=1772660496.5, step=5)
    body = json.dumps(execution(call), ensure_ascii=call.shape.ascii_only)
    assert hook.post(body.encode()).status == 200
    it = row(world, name)
    assert has(it, final="completed", ended_at=1772660496, talk_secs=38,
               line_secs=38, cost_cents=fate.price(), phone="+919999900001",
               agent_id=AGENT, summary=fate.summary, hangup_by="Callee",
               recording=f"https://api.bolna.ai/recordings/call/{name}")
    assert json.loads(it["extraction"]) == EXTRACTION
    assert " ".join(it["transcript"].split()) == " ".join(TALK.split())


@pytest.mark.parametrize("members, talk, line", [
    ({"conversation_duration": 49}, 49, None),
    ({"conversation_duration": "49.5"}, 49.5, None),
    ({"conversation_time": 12}, 12, None),
    ({"duration": "3"}, 3, None),
    ({"telephony_data": {"duration": "69"}}, 69, 69),
    ({"conversation_duration": 0, "telephony_data": {"duration": "0.0"}},
     0, 0),
    ({"conversation_duration": None}, None, None),
    ({"conversation_duration": -1}, None, None),
    ({"conversation_duration": "a while"}, None, None),
    ({"conversation_duration": 1e300}, None, None),
    ({"conversation_duration": True, "telephony_data": "none"}, None, None)])
def test_a_duration_is_a_number_within_reason_or_unknown(
        world, hook, members, talk, line):
    assert has(told(world, hook, **members), talk_secs=talk, line_secs=line)


@pytest.mark.parametrize("text", [
    "2026-03-04T21:41:36.679191+00:00", "2026-03-04T21:41:36.679191",
    "2026-03-04T21:41:36Z", "2026-03-05T03:11:36+05:30",
    "2026-03-05T03:11:36+0530", "2026-03-04 21:41:36", 1772660496,
    1772660496679, "1772660496"])
@pytest.mark.parametrize("name", ["updated_at", "updatedAt",
                                  "updated_at_str"])
def test_a_time_is_the_same_moment_in_every_spelling(world, hook, name, text):
    assert has(told(world, hook, status="completed", **{name: text}),
               ended_at=1772660496)


@pytest.mark.parametrize("value, expected", [
    (None, None), ({}, None), ("", None), ("null", None),
    ({"attendance": "confirmed"}, {"attendance": "confirmed"}),
    (EXTRACTION, EXTRACTION), ('{"a": {"b": 1}}', {"a": {"b": 1}}),
    ("[1, 2]", [1, 2]), ("came by bus", "came by bus")])
@pytest.mark.parametrize("name", ["extracted_data", "custom_extractions",
                                  "agent_extraction"])
def test_an_extraction_is_kept_as_json_however_it_comes(
        world, hook, name, value, expected):
    kept = told(world, hook, **{name: value})["extraction"]
    assert (kept and json.loads(kept)) == expected
    assert kept is None or world.value("SELECT json_valid(?)", kept) == 1


def test_what_wrappers_of_bolna_call_its_fields_is_understood(world, hook):
    assert has(told(world, hook, recordingUrl="https://calls.example/1",
                    transcription="user: yes"),
               recording="https://calls.example/1", transcript="user: yes")
    assert has(told(world, hook, recordingUrl="https://calls.example/1",
                    telephony_data={"recording_url": "https://b.example/2"},
                    transcription="user: yes", transcript="user: no"),
               recording="https://b.example/2", transcript="user: no")


def test_text_that_could_break_a_reader_is_made_harmless(world, hook):
    name = new_id()
    hook.post(b'{"id":"%s","transcript":"a\\u0000b","summary":"\\ud800",'
              b'"total_cost":NaN,"recording_url":"javascript:alert(1)"}'
              % name.encode())
    assert has(row(world, name), transcript="ab", summary="\ufffd",
               cost_cents=None, recording=None)


# --- statuses ---

STAGES = ["scheduled", "prepared", "queued", "rescheduled", "initiated",
          "ringing", "in-progress", "call-disconnected"]
FINALS = ["completed", "no-answer", "busy", "failed", "error", "canceled",
          "balance-low", "stopped"]
OTHERS = {
    "answered": "in-progress", "inprogress": "in-progress",
    "ongoing": "in-progress", "connected": "in-progress",
    "disconnected": "call-disconnected", "done": "completed",
    "ended": "completed", "noanswer": "no-answer",
    "not-answered": "no-answer", "rejected": "busy",
    "cancelled": "canceled", "calldisconnected": "call-disconnected",
    "dialing": "initiated", "calling": "ringing",
    "active": "in-progress", "live": "in-progress",
    "hangup": "call-disconnected", "finished": "completed",
    "voicemail": "completed", "vm": "completed", "declined": "busy",
    "not-connected": "no-answer", "notconnected": "no-answer",
    "unreachable": "failed", "timeout": "failed",
    "No_Answer": "no-answer", "IN PROGRESS": "in-progress",
    " Completed\n": "completed", "balance_low": "balance-low"}


@pytest.mark.parametrize("word, means", [
    *((word, word) for word in STAGES + FINALS), *OTHERS.items()])
def test_a_status_is_known_in_all_its_spellings(world, hook, word, means):
    it = told(world, hook, status=word)
    final = means in FINALS
    assert has(it, stage="" if final else means, verified=0,
               final=means if final else "", odd_status=None)


def test_a_status_nobody_knows_is_kept_and_changes_nothing(world, hook):
    it = told(world, hook, status="ringing")
    for odd in ("teleported", "completed-ish", "x" * 39):
        assert hook.post({"id": it["id"], "status": odd}).status == 200
        assert has(row(world, it["id"]), stage="ringing", final="")
        assert row(world, it["id"])["odd_status"]
    assert has(told(world, hook, status="Tele_Ported"), stage="", final="",
               odd_status="tele-ported")


@pytest.mark.parametrize("wrap", [
    lambda i, word: {"execution_id": i, "event": word},
    lambda i, word: {"event": word, "data": {"id": i}},
    lambda i, word: {"id": i, "status": None, "event": word}])
@pytest.mark.parametrize("word, column", [
    ("ringing", "stage"), ("In_Progress", "stage"), ("no-answer", "final")])
def test_an_event_that_has_no_status_is_one(world, hook, wrap, word, column):
    name = new_id()
    assert hook.post(wrap(name, word)).status == 200
    assert has(row(world, name), odd_status=None,
               **{column: word.lower().replace("_", "-")})


def test_a_status_goes_before_the_event_that_brings_it(world, hook):
    assert has(told(world, hook, status="ringing", event="completed"),
               stage="ringing", final="")


@pytest.mark.parametrize("status", [None, "", 5, ["completed"], "x" * 500])
def test_a_status_that_is_no_word_is_none(world, hook, status):
    assert has(told(world, hook, status=status), stage="", final="")


# --- what is refused ---

DEEP = '{"id":"deep","x":' + "[" * 15 + "]" * 15 + "}"
REFUSED = [
    (b"call me", "neither object nor array"), (b'"id"', "neither object"),
    (b"5", "neither object"), (b"null", "neither object"),
    (b" \n", "empty"), (b'{"id":"1"', "not complete"),
    (b'{"id":"1"} {}', "not JSON"), (b"{'id':'1'}", "not JSON"),
    (b'{"id":"1",}', "not JSON"), (b'{"id":1.}', "not JSON"),
    (b'{"id":"\xc0\xaf"}', "not UTF-8"), (b'{"id":"\xe9"}', "not UTF-8"),
    (b'{"id":"\xed\xa0\x80"}', "not UTF-8"),
    (b'{"id":"\xf4\x90\x80\x80"}', "not UTF-8"),
    (b'{"id":"1\x00"}', "a NUL byte"), (b'{"id":"1"}\x00', "a NUL byte"),
    (b'\xef\xbb\xbf{"id":"1"}', "byte order mark"),
    ('{"id":"1"}'.encode("utf-16"), "not UTF-8"),
    ('{"id":"1"}'.encode("utf-16-le"), "a NUL byte"),
    (DEEP.replace("[", "[[").replace("]", "]]").encode(), "too deep"),
    (b'{"a":' * 100_000, "too deep"),
    (b'{"id":"1","x":[' + b"0," * 20_000 + b"0]}", "too many members"),
    *((body, "no execution id") for body in (
        b"{}", b"[]", b'[{"id":"1"}]', b'{"status":"completed"}',
        b'{"id":null}', b'{"id":""}', b'{"id":{"a":1}}', b'{"id":true}',
        b'{"id":1.5}', b'{"id":"a/../b"}', b'{"id":"a\\u0000b"}',
        b'{"id":"a b"}', b'{"id":"' + b"x" * 128 + b'"}',
        b'{"id":99999999999999999999999}', b'{"data":{"status":"busy"}}',
        (FIXTURES / "listing.json").read_bytes()))]


def short(value):
    """Enough of a body to name a test."""
    return ascii(value)[:40]


@pytest.mark.parametrize("body, why", REFUSED, ids=short)
def test_a_body_that_tells_nothing_is_refused_and_kept(
        world, hook, body, why):
    events = world.value("SELECT count(*) FROM event")
    answer = hook.post(body)
    assert (answer.status, answer.json["ok"]) == (400, False)
    assert why in answer.json["reason"]
    assert world.query(
        "SELECT address, reason, size, body FROM quarantine"
        " ORDER BY id DESC LIMIT 1") == [
            (BOLNA, answer.json["reason"], len(body), body[:65536])]
    assert world.value("SELECT count(*) FROM event") == events


def test_what_is_just_within_the_limits_is_taken(world, hook):
    assert hook.post(DEEP.encode()).status == 200
    members = b"0," * 19_990
    assert hook.post(b'{"id":"wide","x":[' + members + b"0]}").status == 200
    long = b'{"id":"long","x":"' + b"x" * (MB - 20) + b'"}'
    assert (len(long), hook.post(long).status) == (MB, 200)
    assert hook.post({"id": "x" * 127}).status == 200


def test_the_operator_is_told_of_bodies_that_were_refused(world, hook):
    hook.post(b"call me")
    assert ("body", BOLNA, "neither object nor array") in [
        found[:3] for found in world.query("SELECT * FROM anomaly")]


def memory(world, what):
    """Kilobytes of memory: VmRSS now, VmHWM at most."""
    for line in pathlib.Path(f"/proc/{world.receiver.pid}/status"
                             ).read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1])
    raise AssertionError(what)


COSTLY = b'{"id":"costly","x":[' + b"[]," * 9_990 + b"0]}"


@pytest.mark.parametrize("body, status", [
    ((b"{}," * MB)[:MB], 400), ((b"[" * MB)[:MB], 400),
    ((b'{"id":"1","x":[' + b"{}," * MB)[:MB], 400),
    ((b'{"":"",' * MB)[:MB], 400), (b'{"id":"' + b"x" * (MB - 9) + b'"}', 400),
    (COSTLY, 200)], ids=short)
def test_no_body_makes_the_receiver_large(world, hook, body, status):
    if b"__asan_init" in (BUILD / "callsheet-webhook").read_bytes():
        pytest.skip("a sanitizer needs memory of its own")
    hook.post({"id": new_id()})
    # forget the peak so far; who may not compares with that of all the tests
    with contextlib.suppress(PermissionError):
        pathlib.Path(f"/proc/{world.receiver.pid}/clear_refs").write_text("5")
    before = memory(world, "VmRSS")
    assert {answer.status for answer in hook.post_all([body] * 8, 8)} == {
        status}
    assert memory(world, "VmHWM") - before < 20 * 1024


def test_the_quarantine_does_not_grow_without_end(world, hook):
    world.alter("INSERT INTO quarantine (received_at, address, reason, size,"
                " body) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
                " SELECT i + 1 FROM n WHERE i < 1200)"
                " SELECT 0, 'old', '', 0, x'' FROM n")
    hook.post_all([b"junk" + bytes(i) for i in range(20)])
    big = b"j" * 100_000
    hook.post(big)
    assert world.value("SELECT count(*) FROM quarantine") == 1000
    assert world.value("SELECT count(*) FROM quarantine"
                       " WHERE address <> 'old'") == 21
    assert world.query("SELECT size, length(body) FROM quarantine"
                       " ORDER BY id DESC LIMIT 1") == [(100_000, 65_536)]


# --- the length that the web server tells ---

@pytest.mark.parametrize("length", [
    None, "", "0", "-1", "-9223372036854775808", "+5", " 5", "5 ", "0x20",
    "5,5", "many", "99999999999999999999"])
def test_a_length_that_is_none_is_refused(world, hook, length):
    name = new_id()
    answer = hook.post({"id": name}, CONTENT_LENGTH=length)
    assert answer.status == 400
    assert "Content-Length" in answer.json["reason"]
    assert row(world, name) is None


def test_a_body_that_ends_too_early_is_not_half_read(world, hook):
    name = new_id()
    body = json.dumps({"id": name}).encode()
    for longer in (len(body) + 1, MB):
        answer = hook.post(body, CONTENT_LENGTH=longer)
        assert answer.status == 400
        assert "shorter than its Content-Length" in answer.json["reason"]
    assert row(world, name) is None


def test_what_comes_behind_the_length_is_not_read(world, hook):
    name = new_id()
    body = json.dumps({"id": name}).encode()
    assert hook.post(body + b"}{" * 50_000,
                     CONTENT_LENGTH=len(body)).status == 200
    assert world.value("SELECT body FROM event WHERE execution = ?",
                       name).encode() == body


def test_a_body_over_one_megabyte_is_too_large(world, hook):
    name = new_id()
    body = json.dumps({"id": name, "x": "x" * MB}).encode()
    assert hook.post(body).status == 413
    assert hook.post(b"", CONTENT_LENGTH=MB + 1).status == 413
    assert row(world, name) is None
