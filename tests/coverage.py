"""Which lines of lib, fcgi and dialer the tests have reached.

    coverage.py BUILD [--lines FILE]

BUILD was made with --coverage and has run.  Prints one line a file that is
below the goal, and the total; with --lines, the lines of one file that nobody
has reached.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOAL = 95
PARTS = ("lib", "fcgi", "dialer")


def counts(build):
    """{file: {line: how often}} of our C."""
    found = collections.defaultdict(collections.Counter)
    notes = [note for part in PARTS
             for note in sorted((build / part).glob("*.gcno"))]
    done = subprocess.run(
        ["gcov", "--json-format", "--stdout", *map(str, notes)],
        cwd=ROOT, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        for file in json.loads(line)["files"]:
            if file["file"].startswith(PARTS) and \
                    file["file"].endswith(".c"):
                for entry in file["lines"]:
                    found[file["file"]][entry["line_number"]] += (
                        entry["count"])
    return found


def percent(lines):
    reached = sum(count > 0 for count in lines.values())
    return 100 * reached / len(lines) if lines else 100.0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--lines")
    options = parser.parse_args()
    found = counts(options.build.resolve())
    if options.lines:
        text = (ROOT / options.lines).read_text().split("\n")
        for number, count in sorted(found[options.lines].items()):
            if count == 0:
                print(f"{number:5} {text[number - 1].expandtabs(8)}")
        return
    for name, lines in sorted(found.items(), key=lambda item: percent(
            item[1])):
        if percent(lines) < GOAL:
            print(f"coverage: {name:28} {percent(lines):5.1f} %, "
                  f"{sum(c == 0 for c in lines.values())} lines missing")
    whole = {(name, number): count for name, lines in found.items()
             for number, count in lines.items()}
    print(f"coverage: {percent(whole):.1f} % of {len(whole)} lines "
          f"(goal {GOAL} %)")
    if not any(whole.values()):
        sys.exit("coverage: nothing was counted")


if __name__ == "__main__":
    main()
