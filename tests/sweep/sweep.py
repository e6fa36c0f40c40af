"""Sweeping scenes: many points, some workers, each with a world of its own.

A scene is a class with `name`, `points()` and `suffer(point)`, which raises
AssertionError when a promise is broken and else says whether the point was
hit at all; it is entered once and used for many points.
"""

import collections
import pathlib
import queue
import sys
import tempfile
import threading
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "system")]

from points import Point, spread                        # noqa: E402


class Result:
    """What came of a sweep; violations are (point, why)."""

    def __init__(self, scene, known):
        self.scene, self.known = scene, known   # points in the dry run
        self.done = collections.Counter()       # by fault
        self.missed = []
        self.violations = []
        self.seconds = 0.0

    @property
    def struck(self):
        """How many points were hit."""
        return sum(self.done.values())

    def report(self):
        """Every violation in words, with the way to see it again."""
        return "\n".join(
            f"{self.scene}: {point}: {why}\n  again: tests/sweep/whole.py"
            f" --build DIR --point {self.scene}:{point}"
            for point, why in self.violations)


class Sweep:
    """One scene at some points; count None: at all of them."""

    def __init__(self, scene, jobs=3, count=None, choose=None):
        self.scene, self.jobs, self.count = scene, jobs, count
        self.choose = choose
        self.todo, self.lock = queue.SimpleQueue(), threading.Lock()

    def run(self, directory=None):
        """Sweep, and say what came of it."""
        with tempfile.TemporaryDirectory(dir=directory) as base:
            begin = time.monotonic()
            with self.scene(pathlib.Path(base, "0")) as first:
                points = first.points()
                self.result = Result(self.scene.name, len(points))
                if self.choose:
                    points = [Point.parse(self.choose)]
                for point in spread(points, self.count or len(points)):
                    self.todo.put(point)
                self._share(first, base)
            self.result.seconds = time.monotonic() - begin
        return self.result

    def _share(self, first, base):
        helpers = [threading.Thread(target=self._help, args=(
            pathlib.Path(base, str(n)),)) for n in range(1, self.jobs)]
        for helper in helpers:
            helper.start()
        self._work(first)
        for helper in helpers:
            helper.join()

    def _help(self, directory):
        try:
            with self.scene(directory) as scene:
                self._work(scene)
        except Exception:
            self._violated("the scene itself", traceback.format_exc())

    def _work(self, scene):
        while True:
            try:
                point = self.todo.get_nowait()
            except queue.Empty:
                return
            try:
                struck = scene.suffer(point)
            except AssertionError as error:
                self._violated(point, error)
            except Exception:
                self._violated(point, traceback.format_exc())
            else:
                with self.lock:
                    if struck:
                        self.result.done[point.fault] += 1
                    else:
                        self.result.missed.append(point)

    def _violated(self, point, why):
        with self.lock:
            self.result.violations.append((point, why))
