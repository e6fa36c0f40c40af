"""How the receiver starts, what stops it with a message that names the cure,
and that it does the same work as a plain CGI program."""

import contextlib
import json
import os
import pathlib
import socket
import sqlite3
import subprocess
import tempfile

import pytest

from fcgi_client import BOLNA, Answer
from world import BUILD, GATE, SECRET, World, hook_of, person

NEW_SECRET = "open-barley-0123456789"
NOBODY = 65534
AS_NOBODY = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
PROGRAM = BUILD / "callsheet-webhook"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Its receiver runs; what these tests start beside it must not."""
    with World(tmp_path_factory.mktemp("w"),
               [person("Asha", "+919999900001")], csv_file=True,
               nginx=False) as it:
        yield it


def start(conf, *args, **kwargs):
    """A start on a listening socket that is expected to end by itself."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(b"")      # an abstract name
        listener.listen()
        return subprocess.run(
            [PROGRAM, "-c", conf, *args], stdin=listener,
            capture_output=True, text=True, timeout=20, **kwargs)


def conf_with(world, section, **keys):
    """The world's settings with some changed, in a file of their own."""
    sections = {**world.sections,
                section: {**world.sections[section], **keys}}
    conf = world.dir / "other.conf"
    conf.write_text("".join(
        f"[{name}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())
        for name, keys in sections.items()))
    return conf


# --- settings that cannot be used ---

BAD_SECRETS = {
    "short": ("fifteen-letters", 0o600, "at least 16 characters"),
    "blank": ("two words of a secret", 0o600, "none of blank"),
    "slash": ("sesame/0123456789abc", 0o600, "none of blank / ? #"),
    "empty": ("\n\n", 0o600, "is empty"),
    "three": (f"{SECRET}\n{GATE}\n{NEW_SECRET}", 0o600,
              "more than 2 secrets"),
    "group": (SECRET, 0o640, "chmod 600 it"),
    "others": (SECRET, 0o604, "chmod 600 it")}


@pytest.mark.parametrize("name", ["secret", "gate"])
@pytest.mark.parametrize("fault", BAD_SECRETS)
def test_a_bad_secret_stops_the_start_with_its_cure(world, name, fault):
    text, mode, cure = BAD_SECRETS[fault]
    path = world.dir / "bad"
    path.write_text(text + "\n")
    path.chmod(mode)
    done = start(conf_with(world, "webhook", **{name: "@bad"}))
    assert done.returncode == 78
    assert "bad: " in done.stderr and cure in done.stderr
    assert not text.strip() or text not in done.stderr


@pytest.mark.parametrize("name", ["secret", "gate"])
def test_a_secret_behind_a_link_is_not_followed(world, name):
    link = world.dir / "link"
    link.unlink(missing_ok=True)
    link.symlink_to(world.dir / "secret")
    done = start(conf_with(world, "webhook", **{name: "@link"}))
    assert done.returncode == 78
    assert "a secret must not be a symbolic link" in done.stderr


@as_root
def test_a_secret_of_another_user_is_refused(world):
    path = world.dir / "theirs"
    path.write_text(SECRET + "\n")
    path.chmod(0o600)
    os.chown(path, NOBODY, NOBODY)
    done = start(conf_with(world, "webhook", secret="@theirs"))
    assert done.returncode == 78
    assert "belongs to nobody; run this as nobody" in done.stderr


@pytest.mark.parametrize("name, value, cure", [
    ("secret", "@nowhere", "nowhere: the settings name it"),
    ("gate", "@nowhere", "nowhere: the settings name it"),
    ("allow", "@nowhere", "nowhere: the settings name it"),
    ("secret", SECRET, "secret must name a file"),
    ("gate", GATE, "gate must name a file"),
    ("allow", "127.0.0.2.1", ":1: not an address"),
    ("allow", "0.0.0.0/0", ":1: admits everybody"),
    ("development", "maybe", "must be yes or no")])
def test_a_setting_that_cannot_be_used_stops_the_start(
        world, name, value, cure):
    done = start(conf_with(world, "webhook", **{name: value}))
    assert done.returncode == 78
    assert cure in done.stderr
    assert SECRET not in done.stderr and GATE not in done.stderr


def test_blanks_behind_a_secret_are_no_part_of_it(world):
    path = world.dir / "blanks"
    path.write_text(f"{SECRET} \t\r\n\n  \n")
    path.chmod(0o600)
    conf = conf_with(world, "webhook", secret="@blanks")
    done = subprocess.run(
        [PROGRAM, "-c", conf], capture_output=True, timeout=20,
        env={"REQUEST_METHOD": "GET", "REQUEST_URI": HOOK,
             "REMOTE_ADDR": BOLNA, "CALLSHEET_GATE": GATE})
    assert Answer.read(done.stdout).status == 200, done.stderr


def test_a_list_that_admits_nobody_is_said_at_the_start(world):
    (world.dir / "nobody").write_text("# none yet\n\n")
    done = start(conf_with(world, "webhook", allow="@nobody"), "-n")
    assert done.returncode == 0
    assert "nobody: names no address, so no webhook is admitted" in (
        done.stderr)


# --- a database that cannot be used ---

def sql_file(path, *statements):
    with contextlib.closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def copy_of(world, path, *statements):
    with contextlib.closing(sqlite3.connect(world.database)) as db:
        db.execute("VACUUM INTO ?", (str(path),))
    sql_file(path, *statements)


BAD_DATABASES = {
    "missing": (lambda world, path: None, 'run "callsheet init" first'),
    "empty": (lambda world, path: path.touch(), "is not callsheet's"),
    "text": (lambda world, path: path.write_text("Dear diary!\n" * 999),
             "is not callsheet's or cannot be read; name the right file"),
    "another program's": (
        lambda world, path: sql_file(path, "CREATE TABLE lead (id)"),
        "is not callsheet's; name the right file"),
    "a directory": (lambda world, path: path.mkdir(), "unable to open"),
    "of the future": (
        lambda world, path: copy_of(world, path, "PRAGMA user_version = 99"),
        "has version 99, this program needs 5; install the newer"),
    "of the past": (
        lambda world, path: copy_of(world, path, "PRAGMA user_version = 0"),
        'run "callsheet init" to bring it up to date'),
    "without a table": (
        lambda world, path: copy_of(world, path, "DROP TABLE quarantine"),
        "no such table: main.quarantine")}


@pytest.mark.parametrize("fault", BAD_DATABASES)
def test_a_database_that_cannot_be_used_stops_the_start(
        world, tmp_path, fault):
    make, cure = BAD_DATABASES[fault]
    path = tmp_path / "other.db"
    make(world, path)
    done = start(conf_with(world, "callsheet", database=path))
    assert done.returncode == 78
    assert f"database {path}: " in done.stderr and cure in done.stderr


@as_root
def test_a_database_that_may_not_be_written_stops_the_start(world):
    if subprocess.run(["test", "-x", PROGRAM], **AS_NOBODY).returncode:
        pytest.skip("the build directory is not open to others")
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        copy_of(world, place / "other.db", "PRAGMA journal_mode = WAL")
        (place / "other.db.lock").touch()
        for file in ("addresses", "secret", "gate"):
            (place / file).write_bytes((world.dir / file).read_bytes())
            (place / file).chmod(0o600)
        conf = conf_with(world, "callsheet", database=place / "other.db")
        (place / "conf").write_bytes(conf.read_bytes())
        for path in (place, *place.iterdir()):
            os.chown(path, NOBODY, NOBODY)
        done = start(place / "conf", "-n", **AS_NOBODY)
        assert done.returncode == 0, done.stderr

        os.chown(place / "other.db", 0, 0)
        done = start(place / "conf", **AS_NOBODY)
        assert done.returncode == 78
        assert "other.db: cannot be written; chown it" in done.stderr


# --- the check ---

def test_the_check_says_whether_a_start_would_succeed(world, tmp_path):
    done = start(world.conf, "-n")
    assert (done.returncode, done.stdout) == (0, "configuration OK\n")
    done = start(conf_with(world, "callsheet", database=tmp_path / "no.db"),
                 "-n")
    assert (done.returncode, done.stdout) == (78, "")
    assert 'run "callsheet init" first' in done.stderr


def test_a_setting_can_be_changed_for_one_start(world, tmp_path):
    other = tmp_path / "no.db"
    done = start(world.conf, "-n", "-o", f"callsheet.database={other}")
    assert done.returncode == 78
    assert str(other) in done.stderr
    done = start(world.conf, "-n", "-o", "webhook.allowed=::1")
    assert done.returncode == 78
    assert "unknown key 'allowed' in [webhook]" in done.stderr


def test_without_a_terminal_messages_can_go_to_syslog(world, tmp_path):
    done = start(tmp_path / "none", "-s")
    assert (done.returncode, done.stdout, done.stderr) == (78, "", "")


@pytest.mark.parametrize("args", [
    ["-x"], ["extra"], ["-t", "0"], ["-t", "many"], ["-t", "5000"],
    ["-o", "webhook.development=no"] * 65],
    ids=lambda args: " ".join(args[:2]))
def test_wrong_usage_is_said_so(world, args):
    done = start(world.conf, *args)
    assert done.returncode == 64
    assert "usage: callsheet-webhook" in done.stderr


# --- plain CGI ---

def cgi(world, method, uri, body=b"", stdin=None, options=(), **changes):
    """One run as a web server without FastCGI starts it."""
    env = {"GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": method,
           "REQUEST_URI": uri, "REMOTE_ADDR": BOLNA,
           "CONTENT_LENGTH": len(body), "CALLSHEET_GATE": GATE, **changes}
    given = {"input": body} if stdin is None else {"stdin": stdin}
    done = subprocess.run(
        [PROGRAM, "-c", world.conf, *options], **given, capture_output=True,
        timeout=20, env={k: str(v) for k, v in env.items() if v is not None})
    assert done.returncode == 0, done.stderr
    return Answer.read(done.stdout)


HOOK = f"/webhook/bolna/{SECRET}"


def stored(world, name):
    return world.value("SELECT count(*) FROM event WHERE execution = ?", name)


def test_as_plain_cgi_it_takes_the_secret_as_a_header_too(world):
    body = b'{"id":"cgi-key","status":"ringing"}'
    for key, status in ((SECRET, 200), ("wrong", 401)):
        assert cgi(world, "POST", "/api/webhook", body,
                   HTTP_X_API_KEY=key).status == status


def test_as_plain_cgi_it_takes_no_webhook_that_the_web_server_refused(world):
    answer = cgi(world, "POST", HOOK, b'{"id":"cgi-refused"}',
                 CALLSHEET_ADMITTED="0")
    assert answer.status == 403
    assert stored(world, "cgi-refused") == 0


def test_as_plain_cgi_it_stores_and_answers(world, tmp_path):
    answer = cgi(world, "POST", HOOK, b'{"id":"cgi-1","status":"ringing"}')
    assert (answer.status, answer.json) == (
        200, {"ok": True, "id": "cgi-1", "result": "stored"})
    assert world.value("SELECT stage FROM execution WHERE id = 'cgi-1'"
                       ) == "ringing"
    body = tmp_path / "body"
    body.write_text('{"id":"cgi-2"}')
    with open(body, "rb") as stdin:
        assert cgi(world, "POST", HOOK, stdin=stdin,
                   CONTENT_LENGTH=14).status == 200
    assert stored(world, "cgi-2") == 1


def test_a_query_that_became_options_changes_no_setting(world):
    # so Apache hands "?-o+webhook.allow%3D203.0.113.9" to a CGI program
    options = ["-o", "webhook.allow=203.0.113.9"]
    answer = cgi(world, "POST", HOOK, b'{"id":"cgi-options"}',
                 options=options, REMOTE_ADDR="203.0.113.9",
                 QUERY_STRING="-o+webhook.allow%3D203.0.113.9")
    assert answer.status == 400
    assert stored(world, "cgi-options") == 0
    # the operator's own stay
    assert cgi(world, "GET", HOOK, options=options, QUERY_STRING="a=b",
               REMOTE_ADDR="203.0.113.9").status == 200


def test_as_plain_cgi_it_refuses_the_same(world):
    body = b'{"id":"cgi-3"}'
    assert cgi(world, "POST", HOOK + "x", body).status == 404
    assert cgi(world, "POST", HOOK, body, CALLSHEET_GATE=None).status == 401
    assert cgi(world, "POST", HOOK, body, CONTENT_LENGTH=15).status == 400
    assert cgi(world, "POST", HOOK, body, CONTENT_LENGTH=None).status == 400
    assert cgi(world, "POST", HOOK, body, CONTENT_LENGTH=1 << 21
               ).status == 413
    assert cgi(world, "PUT", HOOK).headers["allow"] == "GET, POST"
    assert cgi(world, "POST", HOOK, b"call me").status == 400
    assert world.value("SELECT body FROM quarantine ORDER BY id DESC"
                       ) == b"call me"
    assert cgi(world, "POST", HOOK, body, REMOTE_ADDR="127.0.0.5",
               HTTP_X_FORWARDED_FOR=BOLNA).status == 403
    assert world.query("SELECT count, with_secret FROM refused"
                       " WHERE address = '127.0.0.5'") == [(1, 1)]
    assert stored(world, "cgi-3") == 0
    assert cgi(world, "GET", HOOK).status == 200
    assert cgi(world, "GET", "/healthz").status == 200


@pytest.mark.parametrize("uri, script, info", [
    (f"/cgi-bin/hook{HOOK}?a=b", "/cgi-bin/hook", HOOK),
    (f"/webhook/{SECRET}", "/webhook", f"/{SECRET}"),
    (HOOK, HOOK, None), (None, "/webhook", f"/bolna/{SECRET}"),
    (None, "", HOOK), (None, HOOK, None)])
def test_as_plain_cgi_it_may_have_an_address_of_its_own(
        world, uri, script, info):
    name = f"cgi {uri} {script}".translate(str.maketrans("/ ?=", "----"))
    name = name.replace(SECRET, "")
    body = json.dumps({"id": name}).encode()
    assert cgi(world, "POST", uri, body, SCRIPT_NAME=script,
               PATH_INFO=info).status == 200
    assert stored(world, name) == 1
    assert cgi(world, "POST", uri and uri.replace(SECRET, "wrong"), body,
               SCRIPT_NAME=script.replace(SECRET, "wrong"),
               PATH_INFO=info and info.replace(SECRET, "wrong")
               ).status == 404


@pytest.mark.parametrize("uri, script", [
    ("/webhook" + "/long" * 300, ""), (None, "/webhook" + "/long" * 300)],
    ids=["of the request", "of the script"])
def test_as_plain_cgi_it_knows_no_address_that_is_too_long(
        world, uri, script):
    assert cgi(world, "GET", uri, SCRIPT_NAME=script,
               PATH_INFO="/x").status == 404


def test_many_cgi_runs_at_once_beside_the_running_receiver(world):
    hook = hook_of(world)
    env = {"REQUEST_METHOD": "POST", "REQUEST_URI": HOOK,
           "REMOTE_ADDR": BOLNA, "CALLSHEET_GATE": GATE}
    runs = []
    for n in range(20):
        body = json.dumps({"id": f"crowd-{n}"})
        runs.append(subprocess.Popen(
            [PROGRAM, "-c", world.conf], stdin=subprocess.PIPE, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**env, "CONTENT_LENGTH": str(len(body))}))
        runs[-1].stdin.write(body)
        runs[-1].stdin.flush()
    answers = hook.post_all([{"id": f"beside-{n}"} for n in range(50)])
    assert {answer.status for answer in answers} == {200}
    for run in runs:
        out, err = run.communicate(timeout=20)
        assert out.startswith("Status: 200 "), err
    assert world.value("SELECT count(*) FROM event WHERE execution"
                       " GLOB 'crowd-*' OR execution GLOB 'beside-*'") == 70


def test_started_by_hand_it_says_what_it_needs(world):
    done = subprocess.run([PROGRAM, "-c", world.conf], capture_output=True,
                          stdin=subprocess.DEVNULL, text=True, timeout=20,
                          env={"PATH": os.environ["PATH"]})
    assert done.returncode != 0 and done.stdout == ""
    assert "neither a FastCGI socket on descriptor 0 nor a CGI request" in (
        done.stderr)
    assert world.receiver.poll() is None
