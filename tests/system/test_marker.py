"""A marked telephone number is sent through everything that can go wrong; no
log has it, in no spelling.  What is asked for by hand may show it."""

import contextlib
import re

import pytest

from sheet_people import READ, WRITE
from world import HEADER, SECRET, World, person, until
from sim.bolna import AGENT, Fate, Fault, named, refusal

MARK, BEN = "+919999900077", "+919999900001"
DIGITS = MARK[3:]
SPELT = ["99999 00077", "+91-99999-00077", "(99999) 00.077", DIGITS, MARK]
COLUMNS = [*HEADER, "Control", "Timezone", "Key", "City"]
POST, GET = "POST /call", "GET /executions/{id}"
LIST, STOP = "GET /v2/agent/{id}/executions", "POST /call/{id}/stop"
QUOTE = f"no line {MARK} ({SPELT[0]}, {SPELT[1]}, {SPELT[2]})"


def rows():
    return [person(f"Asha {SPELT[0]}", MARK, "", "", "k1", f"near {MARK}"),
            person("Ben", BEN, "", "", "k2", "Pune")]


def logs(world):
    """What all programs but the verbs' standard output have said."""
    found = {"the receiver": world.log()}
    if world.nginx:
        for path in (world.dir / "nginx").glob("*.log"):
            found[path.name] = path.read_text(errors="replace")
    return found


class Day:
    """Passes, and what they have said."""

    def __init__(self, world):
        self.world, self.said = world, ""

    def run(self, *words, times=1):
        for _ in range(times):
            done = self.world.callsheet(*(words or ("run", "--once")), "-vv")
            self.said += done.stderr
        return self

    def go_on(self, times=3):
        """Later passes, after calls have ended and waits are over."""
        for _ in range(times):
            self.world.bolna.quiet()
            self.world.age(1000)
            self.run()
        return self

    def shows_nothing(self, *expected):
        """No number in any spelling, though what was expected was said."""
        for name, text in {"the dialer": self.said,
                           **logs(self.world)}.items():
            for line in text.splitlines():
                bare = re.sub(r"[\s().+/-]", "", line)
                assert DIGITS not in bare, f"{name}: {line}"
        for words in expected:
            assert words in self.said + "".join(logs(self.world).values()), \
                words


@pytest.fixture
def world_of(tmp_path, entered):
    """Makes a world whose receiver logs all it does."""
    def make(people=None, receiver=("-vv",), **options):
        options = {"header": COLUMNS, "pace": 0, **options}
        world = entered(World(
            tmp_path, rows() if people is None else people, **options))
        world.check = lambda: None      # ids are invented here
        world.stop_receiver()
        world.start_receiver(*receiver)
        return world

    return make


# --- the sheet ---

@pytest.mark.parametrize("csv_file", [False, True], ids=["google", "csv"])
def test_rows_that_cannot_be_called(world_of, csv_file):
    world = world_of([
        person("A", f"{MARK} ext 5", "", "", "k1", ""),
        person("B", f"{MARK} or {BEN}", "", "", "k2", ""),
        person("C", BEN, f"call {DIGITS}", "", "k3", ""),
        person("D", "+919999900002", "", MARK, "k4", ""),
        person(MARK, "+919999900003", "", "", MARK, SPELT[1]),
        person("E", MARK, "", "", "k6", ""),
        person("E", SPELT[1], "", "", "k7", "x" * 30000)],
        header=[*COLUMNS[:-1], MARK], csv_file=csv_file)
    Day(world).run().go_on(1).shows_nothing("rows, 7 new or changed")


def test_a_dry_run_says_whom_it_would_call(world_of):
    world = world_of(settings={"dry_run": "yes"})
    Day(world).run().shows_nothing("would call +91******0077")


def test_a_csv_file_that_cannot_be_used(world_of):
    world = world_of(csv_file=True)
    day = Day(world).run()
    for text in (f"{MARK}\n", f'"{MARK}', f"{MARK}\0,\n", f"\xff{MARK}",
                 f"Name,Phone Number,Name\n{MARK},{MARK},{MARK}\n", ""):
        world.csv_file.write_text(text, encoding="latin-1")
        day.run()
    world.csv_file.unlink()
    day.run().shows_nothing("cannot", "interviews")


@pytest.mark.parametrize("method", [READ, WRITE, "token", "*"])
def test_google_quotes_it(world_of, method):
    world = world_of()
    day = Day(world)
    body = {"error": {"code": 400, "status": "INVALID_ARGUMENT",
                      "message": f"Unable to parse range: {QUOTE}"},
            "error_description": QUOTE}
    for status in (400, 403, 404, 500):
        world.google.fail(method, status, body=body)
        day.run()
        world.google.fail(method, status, body=QUOTE)
        day.run()
        world.age(4000)
    day.go_on(1).shows_nothing("Google")


def test_a_row_that_can_never_be_written(world_of):
    world = world_of()
    day = Day(world).run()
    world.bolna.quiet()
    world.google.fail(WRITE, 400, times=50, body={"error": {
        "code": 400, "status": "INVALID_ARGUMENT", "message": QUOTE}})
    for _ in range(5):
        world.age(4000)
        day.run()
    assert world.value("SELECT max(tries) FROM delivery") >= 3
    day.shows_nothing("row Asha")


# --- Bolna ---

@pytest.mark.parametrize("fault", [
    *(refusal(status, body={"message": QUOTE}) for status in (
        400, 401, 403, 404, 408, 422, 429, 500)),
    refusal(422, body={"detail": QUOTE}), refusal(422, body=QUOTE),
    Fault(processed=True, body=QUOTE),
    Fault(processed=True, body={"execution_id": MARK[1:]}),
    *map(named, ("drop-before", "drop-after", "reset-body", "short-body",
                 "no-id", "html-502"))], ids=str)
def test_a_call_that_is_not_placed_as_it_should_be(world_of, fault):
    world = world_of(csv_file=True)
    world.bolna.fault(MARK, fault)
    Day(world).run().go_on().shows_nothing("attempt ")


@pytest.mark.parametrize("where", [GET, LIST])
def test_an_answer_that_quotes_it(world_of, where):
    world = world_of(csv_file=True)
    world.bolna.webhook = None
    day = Day(world)
    world.bolna.fault(MARK, named("drop-after"))
    world.bolna.fault(BEN, Fault(processed=True))
    for fault in (*(refusal(status, body={"message": QUOTE})
                    for status in (400, 401, 404, 429, 500)),
                  Fault(body=QUOTE), Fault(body={"id": MARK[1:]}),
                  Fault(body={"data": [{"id": MARK[1:]}], "page": QUOTE})):
        world.bolna.fault(where, fault)
    day.run().go_on(9).run("reconcile").shows_nothing("Bolna")


def test_what_is_told_of_a_call_that_cannot_be_found(world_of):
    world = world_of(csv_file=True)
    world.bolna.webhook = None
    world.bolna.fault(MARK, named("drop-before"))
    world.bolna.fault(MARK, Fault(status=500, processed=False, times=0,
                                  body={"message": QUOTE}))
    day = Day(world).run()
    world.alter("UPDATE attempt SET state = 'unknown', sent_at ="
                " unixepoch() - 9000, look_at = 1, looks = 2,"
                " first_look = 1 WHERE phone = ?", MARK)
    day.go_on().shows_nothing("look for it in Bolna's dashboard",
                              "+91******0077")


def test_calls_that_end_badly_and_people_who_say_it(world_of):
    world = world_of(csv_file=True)
    for phone in (MARK, BEN):
        world.bolna.fate(phone, Fate(
            "failed", transcript=QUOTE, summary=QUOTE, hangup_reason=QUOTE,
            error_message=QUOTE, changes={"retry_count": 2}))
    Day(world).run().go_on(2).run("replay").shows_nothing("Bolna redials")


def test_a_queued_call_that_cannot_be_taken_back(world_of):
    world = world_of(csv_file=True)
    world.bolna.concurrency = 0
    day = Day(world).run()
    world.bolna.fault(STOP, refusal(500, body={"message": QUOTE}))
    for verb in (("stop",), ("dnc", "add", MARK, "--note", QUOTE)):
        day.run(*verb).go_on(1)
    day.shows_nothing("attempt ")


# --- webhooks ---

def strange_bodies():
    yield {"id": MARK[1:], "status": "completed", "agent_id": AGENT}
    yield {"id": int(MARK[1:]), "status": MARK, "agent_id": MARK}
    yield {"id": SPELT[0], "status": QUOTE, "user_number": MARK}
    yield {"id": "x", "status": "completed", "agent_id": AGENT,
           "user_number": MARK, "transcript": QUOTE,
           "context_details": {"recipient_data": {
               "callsheet_attempt": MARK[1:]}}}
    yield {"batch_id": MARK[1:], "status": "completed"}
    yield {"phone": MARK}
    for text in (f"{{{MARK}", MARK, f'"{MARK}"', f"[{DIGITS}]" * 30000,
                 f"{MARK}\xff", MARK * 100000):
        yield text.encode("latin-1")


@pytest.mark.parametrize("source", ["127.0.0.2", "127.0.0.9"])
def test_webhooks_of_all_kinds(world_of, source):
    world = world_of(csv_file=True)
    day = Day(world).run()
    for body in strange_bodies():
        for url in (None, world.nginx.url("/webhook/bolna/wrong")):
            with contextlib.suppress(OSError):
                world.bolna.send(body, source=source, url=url)
    day.go_on(2)
    if source == "127.0.0.2":
        assert world.value("SELECT count(*) FROM quarantine") > 3
    day.shows_nothing("POST from 127.0.0.")


def test_what_stands_behind_the_address_is_in_no_access_log(world_of):
    """nginx's own error log names an address that it refuses, whatever is
    behind it; Bolna puts nothing there."""
    world = world_of(csv_file=True)
    assert world.bolna.send(
        {"id": "x", "status": "completed"}, source="127.0.0.2",
        url=world.nginx.url(f"/webhook/bolna/{SECRET}?to={DIGITS}"))[0] == 200
    until(lambda: "127.0.0.2 POST 200" in logs(world)["callsheet.log"])
    Day(world).shows_nothing()


def test_a_database_that_takes_nothing(world_of):
    world = world_of(csv_file=True)
    day = Day(world).run()
    world.bolna.quiet()
    for table in ("event", "quarantine", "execution", "attempt", "lead"):
        world.alter(f"CREATE TRIGGER full_{table} BEFORE INSERT ON {table}"
                    " BEGIN SELECT RAISE(ABORT, 'no room'); END")
        world.alter(f"CREATE TRIGGER kept_{table} BEFORE UPDATE ON {table}"
                    " BEGIN SELECT RAISE(ABORT, 'no change'); END")
    for body in strange_bodies():
        world.bolna.send(body, source="127.0.0.2")
    world.write_csv([*rows(), person("New", SPELT[1], "", "", "k9", "")])
    day.run(times=2)
    day.run("reconcile").run("replay").run("prune").run("erase", MARK)
    day.shows_nothing("no room", "no change")


# --- verbs ---

@pytest.mark.parametrize("words", [
    ("dnc", "add", MARK, "--account", MARK), ("dnc", "remove", MARK),
    ("dnc", "add", SPELT[2]), ("dnc", "import", MARK),
    ("pause", MARK), ("reconcile", "--placed", DIGITS),
    ("evidence", MARK, "/proc/nowhere"), ("erase", MARK, "--account", DIGITS),
    ("erase", MARK)])
def test_verbs_log_no_number(world_of, words):
    world = world_of(csv_file=True)
    Day(world).run(*words).shows_nothing()
