#!/usr/bin/python3
"""The model test for as long as one likes, with seeds of its own.

    long.py --build DIR [--minutes N] [--sheet google|csv] [--seed N]

Prints the seed of each round before it is played: with --seed that round is
played again.  A failure is printed with the steps that lead to it.
"""

import argparse
import os
import pathlib
import random
import sys
import tempfile
import time
import traceback


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--sheet", choices=["google", "csv"])
    parser.add_argument("--seed", type=int)
    return parser.parse_args()


def ready(build):
    """The modules find the programs by the environment."""
    os.environ["CALLSHEET_BUILD"] = str(pathlib.Path(build).resolve())
    tests = pathlib.Path(__file__).resolve().parent.parent
    sys.path[:0] = [str(tests), str(tests / "system")]


def main():
    options = arguments()
    ready(options.build)
    from model.machine import Play, play
    end = time.monotonic() + 60 * options.minutes
    failures, rounds = 0, 0
    while time.monotonic() < end and not failures:
        seed = options.seed or random.SystemRandom().getrandbits(32)
        sheet = options.sheet or ("google", "csv")[rounds % 2]
        print(f"--sheet {sheet} --seed {seed}", flush=True)
        rounds += 1
        try:
            with tempfile.TemporaryDirectory() as directory:
                play(pathlib.Path(directory), sheet, examples=25, steps=50,
                     seed=seed)
        except Exception:
            traceback.print_exc()
            failures += 1
        if options.seed:
            break
    for name, value in sorted(Play.figures.items()):
        print(f"figure: model {name} {value}")
    print(f"figure: model failures {failures}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
