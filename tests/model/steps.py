"""A step of the model test."""

import functools
import traceback

from hypothesis.stateful import rule


def step(**drawn):
    """A rule, after which all promises must hold."""
    def decorate(play):
        @functools.wraps(play)
        def play_and_look(self, **how):
            self.figures["steps"] += 1
            try:
                play(self, **how)
                self.the_promises_hold()
            except AssertionError:
                self.stumbles.append(traceback.format_exc())
                raise
        return rule(**drawn)(play_and_look)
    return decorate
