"""The memory shared with the load: see load.h."""

import mmap
import struct

PHASES = ("before", "kills", "restarts", "steady")
OUTCOMES = ("stored", "known", "refused", "missed", "wrong", "forgotten")
WORDS = ("stop", "phase", "limit", "next")
HEAD = 8 * (len(WORDS) + len(PHASES) * len(OUTCOMES))
SENT, ACKED = 1, 2


class Ledger:
    """How many bodies there may be, and what became of each."""

    def __init__(self, path, bodies):
        self.path, self.bodies = path, bodies
        with open(path, "w+b") as file:
            file.truncate(HEAD + bodies)
            self.memory = mmap.mmap(file.fileno(), HEAD + bodies)

    def get(self, word):
        return struct.unpack_from("Q", self.memory, 8 * WORDS.index(word))[0]

    def set(self, word, value):
        struct.pack_into("Q", self.memory, 8 * WORDS.index(word), value)

    def counts(self, phase):
        """{outcome: requests} of one phase."""
        at = 8 * (len(WORDS) + PHASES.index(phase) * len(OUTCOMES))
        return dict(zip(OUTCOMES, struct.unpack_from(
            f"{len(OUTCOMES)}Q", self.memory, at)))

    def total(self, *outcomes):
        return sum(self.counts(phase)[outcome] for phase in PHASES
                   for outcome in outcomes or OUTCOMES)

    def marks(self):
        """(number, mark) of every body that was sent."""
        for number in range(min(self.get("next"), self.bodies)):
            mark = self.memory[HEAD + number]
            if mark:
                yield number, mark

    def close(self):
        self.memory.close()
