"""A world with two accounts and the console, and a look at it as nginx and a
browser have it."""

import base64
import contextlib
import http.client
import json

import pytest

from world import HEADER, World, hook_of, person
from sim.bolna import Fate

ACME, GLOBEX = ["+919999900001", "+919999900002"], ["+919888800001"]
AGENT_2 = "5c730000-0000-4000-8000-000000000002"
USERS = {"acme": "sesame-a", "globex": "sesame-g", "admin": "sesame-x",
         "stranger": "sesame-s"}
PAGES = ["now", "calls", "call/1", "campaigns", "why?phone=9999900001",
         "charts", "problems"]


@contextlib.contextmanager
def two_accounts(directory, people=None, fates=None, **options):
    """acme with its campaign interviews, globex with surveys; the first pass
    has read both sheets and called nobody."""
    rows = people or [person("Asha", ACME[0]), person("Ben", ACME[1])]
    with World(directory, rows, csv_file=True, pace=0, users=USERS,
               settings={"dry_run": "yes"}, **options) as world:
        (world.dir / "surveys.csv").write_text(
            ",".join(HEADER) + f"\nGita,{GLOBEX[0]},,,,,,,\n",
            encoding="utf-8")
        world.bolna.agents[AGENT_2] = {
            **next(iter(world.bolna.agents.values())), "id": AGENT_2}
        world.sections["account globex"] = {"bolna_key": "@bolna.key"}
        world.sections["campaign surveys"] = {
            **world.sections["campaign interviews"], "account": "globex",
            "agent_id": AGENT_2, "sheet": "file:surveys.csv"}
        world.write_conf(world.sections)
        for phone, fate in (fates or {}).items():
            world.bolna.fate(phone, fate)
        world.run()
        yield world


def call_everybody(world):
    """Everybody who is due is called, and what ended is confirmed."""
    world.set("callsheet", dry_run="no")
    world.run(ok=False)
    world.bolna.quiet()
    world.run(ok=False)
    world.set("callsheet", dry_run="yes")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Everybody of both accounts was called; Ben did not answer."""
    with two_accounts(tmp_path_factory.mktemp("api") / "w",
                      fates={ACME[1]: Fate("no-answer")}) as world:
        call_everybody(world)
        yield world


@pytest.fixture
def fresh(tmp_path, entered):
    """Worlds that a test may change."""
    return lambda **options: entered(two_accounts(tmp_path / "w", **options))


def resting(stage="in-progress"):
    """A call that stays on the line."""
    return Fate(stay=stage)


def names(page):
    """Whose calls a page shows."""
    return sorted({call["name"] for call in page["calls"]})


class Socket:
    """The receiver's socket as the web server uses it for a user."""

    def __init__(self, world, user):
        self.hook = hook_of(world)
        self.user = user

    def ask(self, address, method="GET", **params):
        path, _, query = address.partition("?")
        return self.hook.ask(method, f"/api/{path}", QUERY_STRING=query,
                             REMOTE_USER=self.user, **params)

    def open(self, address, **params):
        path, _, query = address.partition("?")
        return self.hook.open("GET", f"/api/{path}", QUERY_STRING=query,
                              REMOTE_USER=self.user, **params)

    def page(self, address):
        answer = self.ask(address)
        assert answer.status == 200, (address, answer)
        return answer.json

    def pause(self, name, verb="pause", **params):
        return self.ask(f"campaign/{name}/{verb}", "POST", **{
            "HTTP_X_CALLSHEET": "1", "HTTP_SEC_FETCH_SITE": "same-origin",
            **params})


class Web:
    """The way through nginx, with a login."""

    def __init__(self, world, user=None, password=None):
        self.port = world.nginx.port
        word = USERS.get(user) if password is None else password
        self.headers = {} if user is None else {
            "Authorization": "Basic " + base64.b64encode(
                f"{user}:{word}".encode()).decode()}

    def ask(self, path, method="GET", **headers):
        """(status, headers in lower case, text)"""
        peer = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            peer.request(method, path, headers={**self.headers, **{
                name.replace("_", "-"): value
                for name, value in headers.items()}})
            answer = peer.getresponse()
            return answer.status, {name.lower(): value for name, value
                                   in answer.getheaders()}, (
                answer.read().decode())
        finally:
            peer.close()


def events(request):
    """The events of a stream that is open, as (name, data)."""
    text = b""
    while True:
        header = request._take(8)       # a record: version, kind, id, size
        size, padding = int.from_bytes(header[4:6], "big"), header[6]
        content = request._take(size + padding)[:size]
        if header[1] != 6:              # no output: it has ended
            return
        text += content
        while b"\n\n" in text:
            block, text = text.split(b"\n\n", 1)
            lines = [line.partition(": ")[::2] for line
                     in block.decode().splitlines()]
            found = dict(lines)
            if "event" in found:
                yield found["event"], json.loads(found["data"])
