"""Memory that runs out at a chosen moment, for a program under test.

    memory = Memory(directory)
    program = subprocess.Popen(..., env=memory.env)
    memory.fail(12)         # the twelfth allocation from now on, once
    memory.fail(12, all=True)       # and all that follow
    memory.stop()           # there is enough again
    memory.count, memory.failed     # since the last fail()

The program may be running or be started afterwards.

A sweep takes an exchange that works and lets its first allocation fail, then
its second, and so on: once each, and once with all that follow.  Where there
are thousands, some are taken: with CALLSHEET_SWEEP=10 ten times as many, with
CALLSHEET_SWEEP=all every one."""

import mmap
import os
import pathlib
import struct
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parent.parent / "alloc"
PLAN = struct.Struct("5l")      # armed, at, all, count, failed
NOW, AT_REQUEST = 1, 2
SWEEP = os.environ.get("CALLSHEET_SWEEP", "1")
# sysexits(3): software, os error, cannot create, temporary, configuration
EXITS = {70, 71, 73, 75, 78}


def points(count, wanted):
    """Which of so many allocations fail, one after the other."""
    if SWEEP == "all":
        return range(1, count + 1)
    step = max(1, count // max(1, wanted * int(SWEEP)))
    return range(step // 2 + 1, count + 1, step)


def needs_plain(program):
    """The mark of tests that need a program built without a sanitizer."""
    text = program.read_bytes()
    return pytest.mark.skipif(
        b"__asan_init" in text or b"__tsan_init" in text,
        reason="a sanitizer has an allocator of its own")


def build(directory):
    """Compile the library that is put before the C library's allocator."""
    path = pathlib.Path(directory) / "failalloc.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra",
                    "-Werror", "-o", path, SOURCE / "failalloc.c"],
                   check=True)
    return path


class Memory:
    def __init__(self, directory, library=None):
        path = pathlib.Path(directory) / "memory"
        path.write_bytes(bytes(PLAN.size))
        with open(path, "r+b") as file:
            self.plan = mmap.mmap(file.fileno(), PLAN.size)
        self.env = {"LD_PRELOAD": str(library or build(directory)),
                    "FAILALLOC_FILE": str(path)}

    def fail(self, at, *, all=False, armed=NOW):
        """at 0: only count."""
        self.plan[:] = PLAN.pack(0, at, all, 0, 0)
        self.plan[:8] = struct.pack("l", armed)

    def stop(self):
        self.plan[:8] = bytes(8)

    @property
    def count(self):
        return PLAN.unpack(self.plan)[3]

    @property
    def failed(self):
        return PLAN.unpack(self.plan)[4]
