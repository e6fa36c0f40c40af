"""The state machine: the world plays against the real programs.

Each example begins with an empty sheet; a step is what a person, Bolna, a
stranger, the operating system or time does.  What an example draws does not
depend on what the programs do, so that it can be played again and made
shorter.
"""

import sys
from collections import Counter

from hypothesis.stateful import RuleBasedStateMachine, initialize
from hypothesis import strategies as st

from .passes import Passes
from .people import PHONES, Edit, People, numbers
from .promises import Promises
from .telephone import Calls, lives


class Play(Passes, Calls, People, Promises, RuleBasedStateMachine):
    """One example; `stage` is set by a subclass."""

    stage = None
    figures = Counter()

    def __init__(self):
        super().__init__()
        self.tick, self.passing = 0, False
        self.bolna = self.stage.bolna
        self.stage.cast = None
        self.stage.reset()
        self.begin_promises()
        self.begin_people()
        self.stage.cast = self
        self.fates_as_usual()

    @initialize(people=st.lists(numbers, min_size=3, max_size=6, unique_by=(
        lambda n: n % len(PHONES))), fates=st.lists(lives, max_size=6))
    def a_sheet_is_begun(self, people, fates):
        for nth in people:
            self.edit(Edit("add", nth, nth))
        for phone, ends in zip(PHONES, fates):
            self.fate(phone, ends)

    def teardown(self):
        self.figures["examples"] += 1
        try:
            if sys.exc_info()[0] is None:
                self.settle()
        finally:
            self.figures["calls placed"] += len(self.bolna.placed)
            self.figures["requests to call"] += len(self.bolna.posts)
            self.stage.cast = None


def play_on(stage):
    """The machine for one stage."""
    return type("Play", (Play,), {"stage": stage})
