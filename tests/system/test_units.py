"""What systemd is told about the two programs: understood, as closed as the
README says, and not closed to what the programs do."""

import os
import re
import shutil
import signal
import subprocess

import pytest

from world import BUILD, ROOT, World, person, until

UNITS = sorted(path for path in (ROOT / "cron").iterdir()
               if path.suffix in (".service", ".socket", ".timer"))
RECEIVER, DIALER = "callsheet-webhook.service", "callsheet@.service"
# The network of one's own makes the receiver think it is root, and by root
# SQLite gives its log the owner of the database.
AS_ROOT = {"fchown"}
pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"),
                                reason="systemd is not installed")


def analyze(*command):
    return subprocess.run(["systemd-analyze", "--no-pager", *command],
                          text=True, capture_output=True, timeout=60)


def settings(unit):
    """{name: [values]} of a unit."""
    found = {}
    for line in (ROOT / "cron" / unit).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found.setdefault(name, []).append(value)
    return found


def test_systemd_understands_every_line(tmp_path):
    for unit in UNITS:
        (tmp_path / unit.name.replace("@.", "@run.")).write_text(
            unit.read_text().replace("/usr/local/bin", str(BUILD)))
        (tmp_path / unit.name).write_text(
            unit.read_text().replace("/usr/local/bin", str(BUILD)))
    done = analyze("verify", "--man=no", *(
        tmp_path / unit.name.replace("@.", "@run.") for unit in UNITS))
    said = [line for line in done.stderr.splitlines() if "callsheet" in line]
    assert (done.returncode, said) == (0, []), done.stderr


def test_nothing_that_a_unit_has_started_outlives_the_package():
    ended = (ROOT / "debian/callsheet.prerm").read_text().split()
    begun = {unit.name for unit in UNITS if "@" not in unit.name}
    begun.update(*(settings(unit.name)["Unit"] for unit in UNITS
                   if unit.suffix == ".timer"))
    assert begun <= set(ended)


@pytest.mark.parametrize("unit, what", [
    (RECEIVER, "receiver"), (DIALER, "dialer")])
def test_the_units_are_as_closed_as_the_readme_says(unit, what):
    readme = " ".join((ROOT / "README.md").read_text().split())
    said = re.search(rf"(\d\.\d) for the {what}", readme)
    done = analyze("security", "--offline=true", ROOT / "cron" / unit)
    measured = re.search(r"exposure level.*: (\d+\.\d)", done.stdout)
    assert measured[1] == said[1]


# --- what the programs do, under strace ---

def calls_in(group):
    """The names of the system calls in a set of systemd's, such as @mount."""
    if not group.startswith("@"):
        return {group}
    listed = analyze("syscall-filter", group).stdout.splitlines()
    names = {line.strip() for line in listed
             if line.startswith("    ") and not line.strip().startswith("#")}
    return set().union(*(calls_in(name) if name.startswith("@") else {name}
                         for name in names))


def allowed(unit):
    """What SystemCallFilter lets through."""
    good = set()
    for value in settings(unit)["SystemCallFilter"]:
        named = set().union(*map(calls_in, value.lstrip("~").split()))
        good = good - named if value.startswith("~") else good | named
    return good


def judge(unit, trace, besides=frozenset()):
    """Nothing in the trace is what the unit forbids."""
    text = trace.read_text()
    used = set(re.findall(r"^\d+ +(\w+)\(", text, re.M))
    assert "openat" in used and "fdatasync" in used
    assert used - allowed(unit) - besides == set()
    families = set(re.findall(r"\bsocket\((AF_\w+)", text))
    assert families <= set(
        " ".join(settings(unit)["RestrictAddressFamilies"]).split())
    assert not re.search(r"\b(mmap|mprotect)\(.*PROT_WRITE\|PROT_EXEC", text)


def traced(trace, *command):
    return ["strace", "-D", "-f", "-q", "-o", str(trace), *command]


@pytest.fixture
def world(tmp_path):
    if subprocess.run(["strace", "-o", "/dev/null", "true"],
                      capture_output=True).returncode:
        pytest.skip("nothing may be traced here")
    with World(tmp_path, [person("Asha", "+919999900001")],
               csv_file=True) as it:
        yield it


def without_network(command):
    """In a network of its own that is empty, as PrivateNetwork makes it."""
    for unshare in (["unshare", "-n"], ["unshare", "-rn"]):
        if subprocess.run([*unshare, "true"],
                          capture_output=True).returncode == 0:
            return [*unshare, *command]
    return pytest.skip("this kernel gives us no network of our own")


def test_the_receiver_needs_nothing_that_its_unit_forbids(world, tmp_path):
    world.stop_receiver()
    trace = tmp_path / "trace"
    with open(world.dir / "receiver.log", "ab") as log:
        world.receiver_log = log
        world.receiver = subprocess.Popen(
            without_network(traced(trace, BUILD / "callsheet-webhook", "-v",
                                   "-c", world.conf)),
            stdin=world.listener, stderr=log)
        world.run()
        world.bolna.quiet()
        until(lambda: world.value("SELECT count(*) FROM event"),
              what="a webhook without a network")
        threads = len(os.listdir(f"/proc/{world.receiver.pid}/task"))
        assert threads < int(settings(RECEIVER)["TasksMax"][0])
        world.settle()
        assert world.stop_receiver(signal.SIGTERM) == 0
    until(lambda: "exited with 0" in trace.read_text(), what="the trace")
    judge(RECEIVER, trace, AS_ROOT)


def test_the_dialer_needs_nothing_that_its_unit_forbids(world, tmp_path):
    trace = tmp_path / "trace"
    done = subprocess.run(traced(trace, *world.command("run", "--once")),
                          text=True, capture_output=True, timeout=90)
    assert done.returncode == 0, done.stderr
    until(lambda: "exited with 0" in trace.read_text(), what="the trace")
    assert world.bolna.count("+919999900001") == 1
    judge(DIALER, trace)
    world.settle()
