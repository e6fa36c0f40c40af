"""Whichever allocation of the dialer fails, nobody is called twice or at the
wrong hour, no result is lost, and what goes wrong is said."""

import datetime
import json
import os
import pathlib
import subprocess

import pytest

import failalloc
from analysed import CALL, HISTORY, Analysed
from failalloc import EXITS, points
from world import BUILD, HEADER, World, person
from sim.bolna import Fate, Fault

LEADS = [person("Asha", "+919999900001")]
# A variable that fills more than the smallest of json-c's buffers.
COMPANY, BEST = "company", 'The "Best" of Companies, Limited' * 3

pytestmark = failalloc.needs_plain(BUILD / "callsheet")


@pytest.fixture
def memory(tmp_path):
    return failalloc.Memory(tmp_path)


class Dialer:
    """Passes that begin from one and the same state of things, each of them
    short of memory at another moment."""

    def __init__(self, world, memory):
        self.world, self.memory = world, memory
        world.stop_receiver()
        self.kept = None
        # The database is put back, Bolna is not: it knows of more calls.
        world.check = lambda: None

    def keep(self):
        """This is the state that each pass begins from."""
        self.world.alter("PRAGMA wal_checkpoint(TRUNCATE)")
        self.kept = {path: path.read_bytes() for path in (
            self.world.database, self.world.csv_file) if path}

    def restore(self):
        for suffix in ("-wal", "-shm"):
            pathlib.Path(f"{self.world.database}{suffix}").unlink(
                missing_ok=True)
        for path, content in self.kept.items():
            path.write_bytes(content)

    def run(self, at=0, all_of_them=False, verb=("run", "--once")):
        """A verb that is short of memory; it never dies without a word."""
        self.memory.fail(at, all=all_of_them)
        done = self.world.callsheet(*verb, env=self.memory.env)
        self.memory.stop()
        where = (at, all_of_them, done)
        assert done.returncode == 0 or done.returncode in EXITS, where
        assert done.returncode == 0 or done.stderr, where
        return done

    def moments(self, many, few, ways=(False, True)):
        """Many moments of the pass itself, few of those before it."""
        self.run(verb=("status",))
        opening = self.memory.count
        self.restore()
        self.run()
        total = self.memory.count
        assert total > opening > 1000
        for all_of_them in ways:
            share = 4 if all_of_them else 1
            for at in points(opening, few // share):
                yield at, all_of_them
            for at in points(total - opening, many // share):
                yield opening + at, all_of_them

    def later(self):
        """What is put off is due."""
        with self.world.at_once():
            self.world.alter("UPDATE lead SET next_at = 1"
                             " WHERE next_at IS NOT NULL")
            self.world.alter("UPDATE attempt SET look_at = 1"
                             " WHERE look_at IS NOT NULL")
            self.world.alter("UPDATE execution SET confirm_at = 1"
                             " WHERE confirm_at IS NOT NULL")
            self.world.alter("DELETE FROM breaker")
            self.world.alter("UPDATE delivery SET due_at = 1")
            self.world.alter("UPDATE post SET due_at = 1, sent_at = NULL"
                             " WHERE done_at IS NULL")
            self.world.alter("DELETE FROM lane")

    def until(self, over, where, passes=6):
        """Passes with memory enough, until it has ended right."""
        for _ in range(passes):
            if over():
                return
            self.later()
            self.world.run(ok=False)
        assert over(), where


class Asha:
    """The one person to call, as Bolna, the database and the sheet see it."""

    def __init__(self, world, phone="+919999900001"):
        self.world, self.phone = world, phone

    def is_called(self):
        """Once, and everybody knows."""
        return (self.world.bolna.count(self.phone) == 1
                and self.world.query(
                    "SELECT execution FROM attempt WHERE state = 'accepted'"
                    " OR state = 'done'") == [(self.execution(),)]
                and self.world.value("SELECT count(*) FROM attempt WHERE state"
                                     " NOT IN ('accepted', 'done', 'released')"
                                     ) == 0
                and self.row()["Latest Execution ID"] == self.execution())

    def is_in_doubt(self):
        """Memory ran out between the word "sending" and the first byte:
        Bolna's list does not have the call, a person decides."""
        return (self.world.bolna.count(self.phone) == 0
                and self.world.query("SELECT state FROM attempt")
                == [("unknown",)])

    def has_answered(self):
        return (self.world.bolna.count(self.phone) == 1
                and self.row() == {
                    **self.row(), "Status": "completed",
                    "Latest Execution ID": self.execution(),
                    "Transcript": SAID, "Summary": "She said yes.",
                    "Duration": "73.4"})

    def execution(self):
        return [call.execution_id for call in self.world.bolna.placed
                if call.phone == self.phone][-1]

    def row(self):
        return self.world.sheet()["Asha"]


SAID = "assistant: hello\nuser: yes\n" * 9
YES = Fate(status="completed", duration=73.4, transcript=SAID,
           summary="She said yes.")


@pytest.fixture
def dialer(tmp_path, memory):
    with World(tmp_path / "w", LEADS, csv_file=True, nginx=False, pace=0,
               header=[*HEADER, COMPANY]) as it:
        it.write_csv([[*LEADS[0], BEST]])
        yield Dialer(it, memory)


def test_whoever_is_called_is_called_once(dialer):
    world = dialer.world
    text = world.csv_file.read_text()
    world.alter("DELETE FROM run")
    dialer.keep()
    for number, (at, all_of_them) in enumerate(dialer.moments(30, 10), 2):
        asha = Asha(world, f"+9199999{number:05}")
        dialer.restore()
        world.csv_file.write_text(text.replace("+919999900001", asha.phone))
        dialer.run(at, all_of_them)
        assert world.bolna.count(asha.phone) <= 1, (at, all_of_them)
        dialer.until(lambda: asha.is_called() or asha.is_in_doubt(),
                     (at, all_of_them))
        assert {call.user_data[COMPANY] for call in world.bolna.placed} \
            <= {BEST}
    assert world.value("PRAGMA integrity_check") == "ok"


def test_what_was_said_comes_home_whole(dialer):
    world, asha = dialer.world, Asha(dialer.world)
    world.bolna.fate(asha.phone, YES)
    world.run()
    assert asha.is_called()
    world.bolna.quiet()
    dialer.later()
    dialer.keep()
    for at, all_of_them in dialer.moments(20, 4):
        dialer.restore()
        dialer.run(at, all_of_them)
        dialer.until(asha.has_answered, (at, all_of_them))
    assert world.value("PRAGMA integrity_check") == "ok"


def test_a_call_in_doubt_is_found_and_not_repeated(dialer):
    world, asha = dialer.world, Asha(dialer.world)
    world.bolna.fault("POST /call", Fault(processed=True, status=500))
    world.run(ok=False)
    assert world.value("SELECT state FROM attempt") == "unknown"
    dialer.later()
    dialer.keep()
    for at, all_of_them in dialer.moments(20, 4):
        dialer.restore()
        dialer.run(at, all_of_them)
        dialer.until(asha.is_called, (at, all_of_them))


def test_nobody_is_called_outside_the_hours(tmp_path, memory):
    """The hours are open in UTC, to which libc falls back."""
    now = datetime.datetime.now(datetime.timezone.utc)
    begin = min(max(now.hour - 2, 0), 20)
    hours = f"{begin:02}:00-{begin + 4:02}:00"
    with World(tmp_path / "w", LEADS, csv_file=True, nginx=False, pace=0,
               campaign={"window": hours, "timezone": "Etc/GMT+12"}) as world:
        dialer = Dialer(world, memory)
        dialer.keep()
        for at, all_of_them in dialer.moments(30, 1):
            dialer.restore()
            dialer.run(at, all_of_them)
            assert not world.bolna.posts, (at, all_of_them)


def test_a_google_sheet_gets_whole_rows_or_waits(tmp_path, memory):
    with World(tmp_path / "w", LEADS, nginx=False, pace=0) as world:
        dialer, asha = Dialer(world, memory), Asha(world)
        world.google.quota = None       # there are more passes than minutes
        dialer.keep()
        head, *rows = [list(row) for row in world.google.sheet.data]
        world.bolna.fate(asha.phone, YES)
        for number, (at, _) in enumerate(dialer.moments(16, 4, (False,)), 2):
            dialer.restore()
            asha.phone = f"+9199999{number:05}"
            world.google.sheet.data[:] = [
                head[:], [rows[0][0], asha.phone, *rows[0][2:]]]
            world.bolna.fate(asha.phone, YES)
            dialer.run(at)
            if asha.is_in_doubt():
                continue
            dialer.until(asha.has_answered, at)
            assert len(world.google.sheet.rows()) == 2, at


def test_a_message_to_slack_is_whole_or_waits(tmp_path, memory):
    with World(tmp_path / "w", LEADS, csv_file=True, nginx=False, pace=0,
               slack=True) as world:
        dialer = Dialer(world, memory)
        world.run()
        world.bolna.quiet()
        assert world.callsheet("reconcile").returncode == 0
        dialer.keep()
        world.run()
        (whole,) = world.hook.messages
        for at, all_of_them in dialer.moments(36, 4):
            dialer.restore()
            world.hook.messages.clear()
            dialer.run(at, all_of_them)
            for _ in range(3):
                world.age(1000)
                world.run(ok=False)
            first, *more = [message for message in world.hook.messages
                            if message["text"] == whole["text"]]
            assert first["blocks"][:4] == whole["blocks"][:4], at
            assert len(more) < 2, at
            assert not more or "Sent again" in str(more), at


def test_an_analysis_is_stored_whole_or_not_at_all(tmp_path, memory):
    with Analysed(tmp_path / "w") as world:
        dialer = Dialer(world, memory)
        world.run()
        world.bolna.quiet()
        world.callsheet("reconcile")
        dialer.keep()
        for at, all_of_them in dialer.moments(20, 2):
            dialer.restore()
            dialer.run(at, all_of_them, verb=("run", "--once", "-v"))
            for state, result in world.query(
                    "SELECT state, result FROM analysis"):
                assert state == "done", (at, all_of_them)
                assert json.loads(result) in (CALL, HISTORY)
            dialer.until(lambda: world.complete("state") == [("done",)],
                         (at, all_of_them))
        for asked in world.model.asked:
            assert asked.status == 200 and asked.body, asked.raw


# --- the other verbs ---

def test_status_never_calls_well_what_it_could_not_look_at(dialer):
    whole = dialer.run(verb=("status",))
    assert whole.returncode == 0 and "no problems" in whole.stdout
    count = dialer.memory.count
    for at in [*points(count - 700, 8), *range(count - 699, count + 1, 35)]:
        for all_of_them in (False, True):
            done = dialer.run(at, all_of_them, verb=("status",))
            if done.returncode == 0:
                assert done.stdout == whole.stdout, at
            else:
                assert "no problems" not in done.stdout, at
                assert done.stderr, at


def test_the_settings_are_shown_whole_or_not(dialer):
    whole = dialer.run(verb=("config",))
    for at in range(1, dialer.memory.count + 1):
        for all_of_them in (False, True)[:1 + at % 2]:
            done = dialer.run(at, all_of_them, verb=("config",))
            assert done.returncode or done.stdout == whole.stdout, at
            assert done.stderr or not done.returncode, at


def test_init_begun_again_ends_what_it_began(dialer, tmp_path):
    def init(directory, at=0, all_of_them=False):
        dialer.memory.fail(at, all=all_of_them)
        done = subprocess.run(
            [BUILD / "callsheet", "init", "-c",
             directory / "callsheet.conf"], capture_output=True, text=True,
            env={**os.environ, **dialer.memory.env}, timeout=30)
        dialer.memory.stop()
        return done

    assert init(tmp_path / "whole").returncode == 0
    names = {path.name for path in (tmp_path / "whole").iterdir()}
    for at in points(dialer.memory.count, 12):
        for all_of_them in (False, True):
            directory = tmp_path / f"{at}-{all_of_them}"
            done = init(directory, at, all_of_them)
            assert done.returncode in {0, *EXITS}, done
            assert done.stderr or not done.returncode, done
            assert init(directory).returncode == 0
            assert names == {path.name for path in directory.iterdir()}
            assert "no pass has run yet" in subprocess.run(
                [BUILD / "callsheet", "status", "-c",
                 directory / "callsheet.conf"], capture_output=True,
                text=True).stdout
