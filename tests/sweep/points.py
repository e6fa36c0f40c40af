"""Where a program can be hit, and strace to hit it there.

A point is the nth use of one system call by one thread, and what befalls it:
KILL, or an error that the kernel may answer.  Only calls count that change
something outside the program (a file, a lock, a connection), or that read
what may not come: dying between two of them is dying before the next.

    calls, done = dry_run(command, trace_file)  # what a whole run does
    for point in points_of(calls):              # KILL:pwrite64:17
        subprocess.run(point.around(command))
"""

import re
import signal
import subprocess
from collections import Counter
from dataclasses import dataclass

DISK = ("EIO", "ENOSPC")
NET = ("ECONNRESET",)
# Behind a "?" stands what some machines do not have.
FAULTS = {
    "pwrite64": DISK, "write": DISK, "writev": DISK, "ftruncate": DISK,
    "fallocate": DISK, "fsync": DISK, "fdatasync": DISK, "?rename": DISK,
    "renameat": DISK, "renameat2": DISK, "?unlink": ("EIO",),
    "unlinkat": ("EIO",), "fchown": ("EIO",), "fchmod": ("EIO",),
    "openat": DISK, "flock": ("ENOLCK",), "fcntl": ("EIO",),
    "pread64": ("EIO",), "connect": NET, "sendto": NET,
    "sendmsg": NET, "recvfrom": NET, "?poll": (), "ppoll": (),
    "exit_group": ()}
READS = ("pread64",)        # nothing is lost by dying here
MOST_READS = 60             # of a run that recovers a long log
NO_DISK = re.compile(r"\d+<(socket|pipe|TCP|UNIX)")
TAKES_A_LOCK = re.compile(r"F_SETLK.*F_(RD|WR)LCK")
LINE = re.compile(r"(?:(\d+) +)?(\w+)\((.*)")


@dataclass(frozen=True)
class Call:
    """One system call of a dry run: nth of its name in its thread."""

    name: str
    nth: int
    text: str       # as strace shows it

    def makes_a_file(self):
        return self.name == "openat" and "O_CREAT" in self.text

    def counts(self):
        """Does it change something, or may what it reads not come?"""
        if self.name == "openat":
            return self.makes_a_file()
        return self.name != "fcntl" or "F_SETLK" in self.text

    def faults(self):
        """What may befall it."""
        known = [*FAULTS.get(self.name, FAULTS.get("?" + self.name))]
        if NO_DISK.match(self.text):
            known = [fault for fault in known if fault != "ENOSPC"]
        # letting go of a lock does not fail; who may not look into the
        # program does not see which it is
        if self.name == "fcntl" and not TAKES_A_LOCK.search(self.text) \
                or self.name == "flock" and "LOCK_UN" in self.text:
            known = []
        return known if self.name in READS else ["KILL", *known]


@dataclass(frozen=True)
class Point:
    """One fault at one place."""

    fault: str
    call: str
    nth: int

    def __str__(self):
        return f"{self.fault}:{self.call}:{self.nth}"

    @classmethod
    def parse(cls, text):
        """From its string."""
        fault, call, nth = text.split(":")
        return cls(fault, call, int(nth))

    def around(self, output, command, *options):
        """The command, hit here; output tells."""
        what = "signal=KILL" if self.fault == "KILL" \
            else f"error={self.fault}"
        # strace 6.1 injects no signal where it leaves the rest to a filter
        quick = [] if self.fault == "KILL" else ["--seccomp-bpf"]
        return strace(output, command, f"trace={self.call}",
                      f"inject={self.call}:{what}:when={self.nth}",
                      options=[*quick, *options])

    def struck(self, output, process):
        """Did it come to that?"""
        if self.fault == "KILL":
            return process.returncode == -signal.SIGKILL
        return "(INJECTED)" in output.read_text(errors="replace")


def allowed():
    """May a program be traced here?"""
    return subprocess.run(["strace", "-o", "/dev/null", "true"],
                          stderr=subprocess.DEVNULL).returncode == 0


def strace(output, command, *expressions, options=()):
    """The command, watched from outside."""
    told = [word for expression in ("signal=none", *expressions)
            for word in ("-e", expression)]
    return ["strace", "-f", "-y", "-qq", *options,
            "-o", str(output), *told, *map(str, command)]


def watched(output, command, *options):
    """The command with a trace of all that counts."""
    return strace(output, command, "trace=" + ",".join(FAULTS),
                  options=options)


def read_trace(text):
    """The calls of a trace, in their order."""
    seen, calls = Counter(), []
    for line in text.splitlines():
        found = LINE.match(line)
        if found is None:
            continue        # the rest of a call, or the end of a thread
        thread, name, rest = found.groups()
        seen[thread, name] += 1
        calls.append(Call(name, seen[thread, name], rest))
    return calls


def dry_run(command, output, **options):
    """What a whole run does: its calls and its result."""
    done = subprocess.run(watched(output, command), capture_output=True,
                          timeout=60, **options)
    return read_trace(output.read_text(errors="replace")), done


def hit_at(point, output, command, **options):
    """The command's process, hit at the point and ended."""
    return subprocess.run(point.around(output, command), timeout=60,
                          capture_output=True, **options)


def points_of(calls):
    """Every point of a run, in the order in which it comes to them.

    Before it opens the first file for writing, a program does nothing that
    could be lost.
    """
    first = next((at for at, call in enumerate(calls)
                  if call.makes_a_file()), len(calls))
    allowed = {}
    for call in calls:      # a point may befall several threads
        key = call.name, call.nth
        allowed[key] = allowed.get(key, {*call.faults()}) & {*call.faults()}
    reads = [call for call in calls[first:] if call.name in READS]
    left_out = {*reads} - {*spread(reads, MOST_READS)}
    points = {Point(fault, call.name, call.nth): None
              for call in calls[first:]
              if call.counts() and call not in left_out
              for fault in call.faults()
              if fault in allowed[call.name, call.nth]}
    return list(points)


def spread(points, count):
    """So many of them, evenly."""
    if count >= len(points):
        return list(points)
    return [points[at * len(points) // count] for at in range(count)]
