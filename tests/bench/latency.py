"""How soon what a webhook says stands in the sheet, while a pass lingers."""

import random
import statistics
import time

from figures import below, figure
from sim.bolna import Fate
from world import World, person, until

CALLS = 30
SPAN = 40               # seconds over which the calls come to an end
LINGER = 58


def start(world):
    """All calls are placed and on the line."""
    world.bolna.fate("*", Fate(stay="in-progress"))
    world.run()
    until(lambda: len(world.bolna.placed) == CALLS, what="all calls")
    world.bolna.quiet()
    world.run()
    return [call.execution_id for call in world.bolna.placed]


def end_calls(world, calls):
    """One after the other, at random moments."""
    dice = random.Random(1)
    moments = sorted(dice.uniform(2, SPAN) for _ in calls)
    began = time.monotonic()
    for call, moment in zip(calls, moments):
        time.sleep(max(0, began + moment - time.monotonic()))
        world.bolna.release(call)


def heard(world):
    """{execution: when the webhook that it was completed was sent}."""
    return {d.execution: d.time for d in world.bolna.deliveries
            if d.status == "completed" and d.http == 200}


def shown(world):
    """{execution: when the sheet said completed}."""
    column = world.header.index("Latest Execution ID")
    return {change.neighbours[column]: change.when
            for change in world.google.changes("api", "cell")
            if change.header == "Status" and change.after == "completed"}


def run(directory):
    rows = [person(f"Example Person {i}", f"+9199999{i:05d}")
            for i in range(CALLS)]
    with World(directory / "world", rows, settings={"linger": LINGER},
               campaign={"calls_per_pass": CALLS, "max_live": CALLS},
               pace=0) as world:
        world.bolna.concurrency = CALLS
        calls = start(world)
        dialer = world.linger()
        end_calls(world, calls)
        until(lambda: len(shown(world)) == CALLS, what="all results")
        dialer.terminate()
        dialer.communicate()
        told, seen = heard(world), shown(world)
    seconds = [seen[call] - told[call] for call in calls]
    below("webhook answered to result in the sheet, median",
          statistics.median(seconds), "s", 3)
    figure("the slowest of 30", max(seconds), "s")
