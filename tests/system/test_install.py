"""From a clone to a finished campaign in a home directory, without root; and
what an installation puts where, and takes away again."""

import contextlib
import csv
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import tempfile

import pytest

from nginx_host import free_port, nginx_binary
from world import HEADER, ROOT, person, until
from sim.bolna import AGENT, Bolna
import lint

NOBODY = 65534
PHONE = "+919999900001"


class Account:
    """Somebody without rights, in an empty home, with a copy of the project.
    Root becomes nobody for it; others are themselves."""

    def __init__(self, home, like=None):
        self.home = pathlib.Path(home)
        self.clone = self.home / "callsheet"
        self.who = {}
        if like:            # with what was built there
            shutil.copytree(like.clone, self.clone)
        else:
            self.copy_project()
        if os.geteuid() == 0:
            self.who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", home],
                           check=True)
        self.env = {"HOME": str(home), "LANG": "C.UTF-8",
                    "PATH": f"{home}/.local/bin:/usr/bin:/bin"}

    def copy_project(self):
        for name in lint.FILES:
            (self.clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.clone / name)
        with open(self.clone / "nginx/bolna-addresses", "a") as file:
            file.write("127.0.0.2/32\n")        # where the stand-in calls from

    def start(self, *command, cwd=None, **more):
        return subprocess.Popen(command, env=self.env, cwd=cwd or self.home,
                                start_new_session=True, **self.who, **more)

    def run(self, *command, cwd=None):
        done = subprocess.run(command, env=self.env, cwd=cwd or self.home,
                              text=True, capture_output=True, timeout=300,
                              **self.who)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def make(self, target, *more):
        return self.run("make", "-s", "-j2", "CFLAGS=-O0 -g", target, *more,
                        cwd=self.clone)

    def write(self, name, text, mode=0o600):
        path = self.home / name
        path.write_text(text)
        path.chmod(mode)
        if self.who:
            os.chown(path, NOBODY, NOBODY)
        return path


@pytest.fixture(scope="module")
def account():
    with tempfile.TemporaryDirectory(prefix="callsheet-home-") as home:
        os.chmod(home, 0o711)
        yield Account(home)


def files(top):
    return {str(path.relative_to(top)): path for path in
            pathlib.Path(top).rglob("*") if not path.is_dir()}


# --- the campaign of a person on a shared host ---

class Campaign:
    """What the steps that init prints lead to."""

    def __init__(self, account, bolna, steps):
        self.account, self.bolna, self.steps = account, bolna, steps
        self.settings = account.home / ".config/callsheet"
        self.database = account.home / ".local/state/callsheet/callsheet.db"
        self.started = []

    def describe(self):
        """Steps 1 and 2, and no dry run."""
        conf = self.settings / "callsheet.conf"
        self.account.write(".config/callsheet/main.bolna", self.bolna.key)
        text = conf.read_text().replace("dry_run = yes", "dry_run = no")
        text = text.replace("linger = 55", "linger = 0\n"
                            f"bolna_api = {self.bolna.url}")
        self.account.write(
            ".config/callsheet/callsheet.conf", text
            + f"[campaign interviews]\naccount = main\nagent_id = {AGENT}\n"
            "sheet = file:leads.csv\ntimezone = UTC\npurpose = service\n"
            "ai_disclosure = yes\nlast_minutes = 0\n"
            "[country IN]\nwindow = 00:00-24:00\n")
        sheet = self.account.write(".config/callsheet/leads.csv", "")
        with open(sheet, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADER, person("Asha", PHONE)])

    def serve(self):
        """Step 4, with a directory of the account's for /etc/nginx."""
        home = self.account.home
        self.account.run("mkdir", "-p", "nginx/conf.d", "nginx/temp", "logs")
        step = self.steps[self.steps.index("4. the web server"):]
        commands, rest = step.split("into your HTTPS server block the line\n")
        commands = "".join(line + "\n" for line in commands.splitlines()
                           if line.startswith(" " * 7))
        self.account.run("sh", "-ec", commands.replace(
            "/etc/nginx", f"{home}/nginx"))
        port = free_port()
        temp = "".join(f"{kind}_temp_path {home}/nginx/temp/{kind};"
                       for kind in ("client_body", "proxy", "fastcgi",
                                    "uwsgi", "scgi"))
        conf = self.account.write("nginx/nginx.conf", f"""
            daemon off; pid {home}/nginx/pid; error_log {home}/logs/error;
            events {{ }}
            http {{ {temp} access_log off; include conf.d/*.conf;
                server {{ listen 127.0.0.1:{port}; {rest.split(';')[0]}; }} }}
            """)
        self.started.append(self.account.start(
            nginx_binary(), "-e", f"{home}/logs/error", "-c", conf))
        until((home / "nginx/pid").exists, what="nginx")
        return f"http://127.0.0.1:{port}"

    def crontab(self):
        """The settings and jobs of the installed crontab, those behind a "#"
        too."""
        text = (self.account.home / ".local/share/callsheet/cron"
                / "callsheet.crontab").read_text()
        env = dict(re.findall(r"^#?([A-Z]+)=(\S+)$", text, re.M))
        env.pop("MAILTO")
        return env, re.findall(r"^#?\* \* \* \* \* +(.*)", text, re.M)

    def receive(self):
        """Step 5: the crontab's own line, as cron starts it."""
        env, (_, receiver) = self.crontab()
        self.account.env.update(env)
        self.started.append(self.account.start("/bin/sh", "-c", receiver))
        until(pathlib.Path(env["SOCKET"]).exists, what="the socket")

    def row(self):
        with open(self.settings / "leads.csv", encoding="utf-8") as file:
            return next(csv.DictReader(file))

    def count(self, table):
        with contextlib.closing(sqlite3.connect(
                f"file:{self.database}?mode=ro", uri=True)) as db:
            return db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def stop(self):
        for process in self.started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


def test_a_home_is_enough_from_a_clone_to_a_finished_campaign(account):
    made = account.make("install", f"PREFIX={account.home}/.local",
                        f"LOGDIR={account.home}/logs")
    assert f"{account.home}/.local/bin/callsheet init" in made
    with contextlib.ExitStack() as stack:
        bolna = Bolna(agents=(AGENT,), pace=0.01, source="127.0.0.2")
        stack.callback(bolna.stop)
        bolna.start()
        campaign = Campaign(account, bolna, account.run("callsheet", "init"))
        stack.callback(campaign.stop)
        campaign.describe()
        campaign.receive()
        secret = (campaign.settings / "webhook-secret").read_text().strip()
        bolna.webhook = f"{campaign.serve()}/webhook/bolna/{secret}"
        account.run("/bin/sh", "-c", campaign.crontab()[1][0])
        bolna.quiet()
        until(lambda: campaign.count("event"), what="a webhook stored")
        until(lambda: account.run("/bin/sh", "-c", campaign.crontab()[1][0])
              or campaign.row()["Status"] == "completed", what="the result")
        assert "ok    socket" in account.run("callsheet", "doctor")
    assert bolna.count(PHONE) == 1
    said = account.make("uninstall", f"PREFIX={account.home}/.local")
    assert str(campaign.settings) in said and str(
        campaign.database.parent) in said
    assert campaign.row()["Status"] == "completed"
    assert campaign.count("attempt") == 1
    assert not files(account.home / ".local/bin")
    assert not files(account.home / ".local/share")
    assert secret and secret not in campaign.steps


# --- what the README says about trying it ---

def readme_block(heading):
    """The commands below a heading, as a person copies them."""
    text = (ROOT / "README.md").read_text().split(f"## {heading}\n")[1]
    return "".join(line[4:] + "\n" for line in
                   text.split("\n## ")[0].splitlines()
                   if line.startswith("    "))


@contextlib.contextmanager
def another_home(account):
    with tempfile.TemporaryDirectory(prefix="callsheet-try-") as home:
        os.chmod(home, 0o711)
        account.make("all")
        other = Account(home, like=account)
        try:
            yield other
        finally:
            for file in other.home.glob("try/*.pid"):
                with contextlib.suppress(ProcessLookupError, ValueError):
                    os.kill(int(file.read_text()), signal.SIGTERM)


def with_ports(account, commands):
    """On ports that nobody else has."""
    nginx, bolna = str(free_port()), str(free_port())
    alone = account.clone / "nginx/alone.conf.in"
    alone.write_text(alone.read_text().replace("8088", nginx))
    return commands.replace("8088", nginx).replace("8090", bolna).replace(
        "sleep 1", "until python3 -c 'import socket; socket.create_connection("
        f"(\"127.0.0.1\", {bolna}))' 2>/dev/null; do sleep 0.1; done")


def test_the_commands_of_the_readme_end_with_a_finished_call(account):
    with another_home(account) as other:
        script = other.write("commands", with_ports(
            other, readme_block("Trying it by hand")).replace(
                "make install", "make -s 'CFLAGS=-O0 -g' install"))
        with open(other.home / "said", "w+", encoding="utf-8") as said:
            other.start("sh", "-e", script, cwd=other.clone, stdout=said,
                        stderr=subprocess.STDOUT).wait(120)
            said.seek(0)
            text = said.read()
        assert "Asha Rao,+91 99999 00000,completed," in text, text
        assert "no problems" in text


# --- what init makes and says ---

@pytest.fixture(scope="module")
def steps(account):
    """What init says for settings at a place of one's own."""
    account.make("all")
    return account.run(account.clone / "build/callsheet", "init", "-c",
                       account.home / "mine/callsheet.conf")


def test_what_is_secret_is_made_for_its_owner_only(account, steps):
    def mode(name):
        return stat.S_IMODE((account.home / "mine" / name).stat().st_mode)

    assert mode("") == 0o700
    assert mode("webhook-secret") == mode("webhook-gate") == 0o600
    assert mode("callsheet.db") & 0o077 == 0
    assert mode("callsheet.conf") & 0o037 == 0


def test_what_is_left_to_do_is_said_in_order_and_without_a_secret(
        account, steps):
    mine = account.home / "mine"
    after = steps.index("Next, in this order")
    at = [steps.index(word, after) for word in (
        f"{mine}/main.bolna", f"the end of {mine}/callsheet.conf",
        f"run --once -v -c {mine}/callsheet.conf",
        "include callsheet/callsheet.conf;", "callsheet-webhook.socket",
        f"* * * * *  umask 077; /usr/local/bin/callsheet run -c {mine}/",
        "/webhook/bolna/SECRET", f"{mine}/webhook-secret",
        f"doctor --online -c {mine}/callsheet.conf", "dry_run = no")]
    assert at == sorted(at)
    for name in ("webhook-secret", "webhook-gate"):
        assert (mine / name).read_text().strip() not in steps


def as_root(account, *command):
    """By root, who is not the one to whom the settings belong."""
    if not account.who:
        pytest.skip("needs root, to be somebody else than the user")
    return subprocess.run([account.clone / "build/callsheet", *command],
                          text=True, capture_output=True, timeout=60)


def test_what_root_has_tried_once_the_user_can_still_run(account, steps):
    conf = account.write("mine/callsheet.conf", (
        account.home / "mine/callsheet.conf").read_text())
    account.write("mine/main.bolna", "key")
    for name in ("callsheet.db.run", "callsheet.db.lock"):
        (account.home / "mine" / name).unlink(missing_ok=True)
    as_root(account, "run", "--once", "-c", conf)
    account.run(account.clone / "build/callsheet", "run", "--once", "-c",
                conf)


def test_root_makes_no_settings_for_somebody_else(account, steps):
    home = account.home / "theirs"
    home.mkdir()
    shutil.chown(home, NOBODY, NOBODY)
    done = as_root(account, "init", "-c", home / "callsheet.conf")
    assert done.returncode == 73
    assert f"runuser -u nobody -- callsheet init -c {home}" in done.stderr
    assert not list(home.iterdir())


# --- what an installation consists of ---

@pytest.fixture
def staged(account):
    """An installation for a package: below a directory, for /usr."""
    top = account.home / "staged"
    where = [f"DESTDIR={top}", "PREFIX=/usr", "SYSCONFDIR=/opt/etc",
             "STATEDIR=/srv/callsheet", "SOCKET=/srv/run/hook.sock"]
    account.make("install", *where)
    yield top, where
    shutil.rmtree(top, ignore_errors=True)


def test_everything_installed_knows_where_it_lies(account, staged):
    top, _ = staged
    found = files(top)
    assert {name.split("/")[0] for name in found} == {"usr"}
    for name, path in found.items():
        text = path.read_bytes()
        wrong = (rb"/usr/local|/etc/callsheet/|/var/lib/callsheet\b"
                 rb"|/run/callsheet/|" + bytes(top))
        # what a debugger is told of the sources is no path of ours
        if "/bin/" not in name and "bolna-addresses" not in name:
            assert not re.search(rb"(?<!/opt)(?:" + wrong + rb")", text), name
        assert stat.S_IMODE(path.stat().st_mode) == (
            0o755 if "/bin/" in name else 0o644), name
    assert b"/opt/etc/callsheet/callsheet.conf" in (
        found["usr/share/man/man1/callsheet.1"].read_bytes())
    assert b"/srv/run/hook.sock" in found[
        "usr/share/callsheet/nginx/callsheet-fastcgi.conf"].read_bytes()
    help_text = account.run(found["usr/bin/callsheet"], "--help")
    assert "/opt/etc/callsheet/callsheet.conf" in help_text


def test_what_was_installed_is_taken_away_and_nothing_else(account, staged):
    top, where = staged
    theirs = account.write("staged/usr/share/callsheet/mine.txt", "theirs")
    said = account.make("uninstall", *where)
    assert set(files(top).values()) == {theirs}
    assert "Settings and data stay" in said
    assert "/opt/etc/callsheet, /srv/callsheet" in said
