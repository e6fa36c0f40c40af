"""The state machine: the world plays against the real programs.

Each example begins with an empty sheet; a step is what a person, Bolna, a
stranger, the operating system or time does.  What an example draws does not
depend on what the programs do, so that it can be played again and made
shorter.
"""

import os
import sys
import tempfile
import traceback
from collections import Counter

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as reproduce
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine, initialize, run_state_machine_as_test)

from .passes import Passes
from .people import CONTROLS, PHONES, Edit, People, many, numbers
from .promises import Promises
from .stage import Stage
from .telephone import Calls, lives


class Play(Passes, Calls, People, Promises, RuleBasedStateMachine):
    """One example; `stage` is set by a subclass."""

    stage = None
    stumbles = []               # what failed, each time
    figures = Counter()         # of all examples together

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

    @initialize(people=st.lists(numbers, min_size=3, max_size=4, unique_by=(
        lambda n: n % len(PHONES))), fates=st.lists(lives, max_size=4),
                trouble=st.lists(many, max_size=2),
                controls=st.lists(st.sampled_from(CONTROLS), max_size=4))
    def a_sheet_is_begun(self, people, fates, trouble, controls):
        for nth in people:
            self.edit(Edit("add", nth, nth))
        for nth, word in enumerate(controls):
            self.edit(Edit("control", nth, 0, word))
        for phone, ends in zip(PHONES, fates):
            self.fate(phone, ends)
        for nth in trouble:
            self.fail("POST /call", nth, nth % 3)

    def teardown(self):
        self.figures["examples"] += 1
        try:
            if sys.exc_info()[0] is None:
                self.settle()
        except Exception:
            self.stumbles.append(traceback.format_exc())
            raise
        finally:
            self.figures["calls placed"] += len(self.bolna.placed)
            self.figures["requests to call"] += len(self.bolna.posts)
            self.stage.cast = None


def directory_for(directory):
    """In memory, where that can be: the disk is no subject here."""
    memory = "/dev/shm"
    return memory if os.access(memory, os.W_OK) else str(directory)


def play(directory, sheet, examples, steps, seed=None):
    """Play so many examples on one stage; without a seed always the same."""
    options = settings(
        derandomize=seed is None, database=None, deadline=None,
        max_examples=examples, stateful_step_count=steps, print_blob=False,
        phases=[Phase.generate, Phase.shrink], report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck))
    with tempfile.TemporaryDirectory(dir=directory_for(directory)) as place, \
            Stage(place, csv_file=sheet == "csv") as stage:
        machine = type("Play", (Play,), {"stage": stage, "stumbles": []})
        try:
            run_state_machine_as_test(
                machine if seed is None else reproduce(seed)(machine),
                settings=options)
        except Exception:
            # what happens only once is not in the steps that are printed
            print("the first failure was:", machine.stumbles[:1])
            raise
