#!/usr/bin/python3
"""The whole crash sweep: every point of every scene.

    whole.py --build DIR [--jobs N] [--scene NAME] [--point SCENE:POINT]

Prints figures, one a line, and every promise that was broken with the way to
see it again; then it exits with 1.  --point cgi:KILL:pwrite64:17 is one point
alone.
"""

import argparse
import os
import pathlib
import resource
import sys


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--scene", action="append")
    parser.add_argument("--point")
    return parser.parse_args()


def figure(name, value, unit):
    print(f"figure: {name} = {value:g} {unit}", flush=True)


def cpu_seconds():
    both = [resource.getrusage(who) for who in (
        resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in both)


def show(result):
    """Figures of one scene; True when no promise was broken."""
    name = f"crash sweep {result.scene}"
    for fault, count in sorted(result.done.items()):
        figure(f"{name} {fault}", count, "points")
    figure(f"{name} points", result.struck, f"of {result.known}")
    figure(f"{name} time", round(result.seconds, 1), "s")
    if result.missed:
        print(f"{result.scene}: not reached: "
              + " ".join(map(str, result.missed)))
    if result.violations:
        print(result.report(), flush=True)
    return not result.violations


def main():
    chosen = arguments()
    os.environ["CALLSHEET_BUILD"] = str(pathlib.Path(chosen.build).resolve())
    import sweep        # the build is read when the harness is loaded
    import dialer
    import receiver
    scenes, point = chosen.scene, None
    if chosen.point:
        scene, _, point = chosen.point.partition(":")
        scenes, chosen.jobs = [scene], 1
    results = [sweep.Sweep(scene, chosen.jobs, choose=point).run()
               for scene in (*receiver.SCENES, *dialer.SCENES)
               if scenes is None or scene.name in scenes]
    good = all([show(result) for result in results])
    figure("crash sweep points", sum(r.struck for r in results), "points")
    figure("crash sweep violations",
           sum(len(r.violations) for r in results), "points")
    figure("crash sweep CPU", round(cpu_seconds(), 1), "s")
    missed = sum(len(r.missed) for r in results)
    tried = missed + sum(r.struck for r in results)
    sys.exit(0 if good and tried and missed <= tried / 20 else 1)


if __name__ == "__main__":
    main()
