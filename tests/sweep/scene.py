"""What the scenes of both programs share: a world with a trace in it, left
without the check that is for a world in which nothing died."""

import contextlib


class Scene:
    """A world that is prepared once and put back before each point."""

    name = ""

    def __init__(self, world):
        self.world = world
        self.trace = world.dir / "trace"

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.world.__enter__()
            stack.callback(self.world._stop)
            self._prepare()
            stack.pop_all()
        return self

    def __exit__(self, *_error):
        self.world._stop()
