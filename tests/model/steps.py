"""A step of the model test."""

import functools

from hypothesis.stateful import rule


def step(**drawn):
    """A rule, after which all promises must hold."""
    def decorate(play):
        @functools.wraps(play)
        def play_and_look(self, **how):
            play(self, **how)
            self.the_promises_hold()
        return rule(**drawn)(play_and_look)
    return decorate
