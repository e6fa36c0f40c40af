"""The fuzz targets: what they find, and what they found before.

    fuzz.py --check PROGRAM          its corpus, then some steps beyond it
    fuzz.py --seconds N PROGRAM ...  look for new faults, side by side

--check is part of make check: the same inputs each time, nothing is kept.
Otherwise finds are kept below --found: as NAME/ what led somewhere new, as
NAME-crash-... what broke a claim.  Such a file belongs into corpus/NAME, under
a name that says what it is, together with the cure.
"""

import argparse
import concurrent.futures
import ctypes
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ADDR_NO_RANDOMIZE = 0x40000     # personality(2)
CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
# Steps of --check: about two seconds each.
STEPS = {"address": 20000, "bolna": 20000, "conf": 8000, "csv": 3000,
         "google": 6000, "listing": 1500, "phone": 40000, "utf8": 40000,
         "webhook": 1200}
LIMITS = ["-rss_limit_mb=512", "-malloc_limit_mb=64", "-timeout=10",
          "-max_len=4096", "-print_final_stats=1"]


def name_of(program):
    return pathlib.Path(program).name.removeprefix("fuzz_")


def memory():
    """Where files cost no disk: the targets write many."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def run(program, tmp, arguments):
    """Run a target; returns whether it succeeded, and what it said."""
    done = subprocess.run(
        [program, *LIMITS, *arguments], cwd=tmp, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", env={
            **os.environ, "TMPDIR": tmp, "LC_ALL": "C.UTF-8",
            "ASAN_OPTIONS": "quarantine_size_mb=16"})
    return done.returncode == 0, done.stdout


def figures(text):
    runs = re.search(r"number_of_executed_units: (\d+)", text)
    edges = re.findall(r" cov: (\d+)", text)
    return int(runs[1]) if runs else 0, int(edges[-1]) if edges else 0


def fault(text):
    """What was wrong, without the progress before it."""
    lines = text.splitlines()
    at = next((n for n, line in enumerate(lines) if re.search(
        r"broken claim|ERROR: |runtime error:", line)), -30)
    return "\n".join(lines[at:][:60])


def check(program):
    """Each file of the corpus, then a fixed number of fixed steps."""
    name = name_of(program)
    files = [str(path) for path in sorted((CORPUS / name).iterdir())]
    with tempfile.TemporaryDirectory(dir=memory()) as tmp:
        seeds = pathlib.Path(tmp, "seeds")
        seeds.write_text(",".join(files), encoding="utf-8")
        known, text = run(program, tmp, files)
        if not known:
            print(fault(text))
            return False
        steps, text = run(program, tmp, [
            "-seed=1", "-shuffle=0", f"-runs={STEPS.get(name, 2000)}",
            f"-seed_inputs=@{seeds}", f"-artifact_prefix={tmp}/"])
    count, edges = figures(text)
    print(fault(text) if not steps else f"fuzz {name}: {len(files)} files,"
          f" {count} executions, {edges} edges")
    return steps and count > len(files)


def explore(program, seconds, found):
    """New ways from all that is known; finds stay below found."""
    name = name_of(program)
    mine = found / name
    mine.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=memory()) as tmp:
        fine, text = run(program, tmp, [
            f"-max_total_time={seconds}", f"-artifact_prefix={found}/{name}-",
            str(mine), str(CORPUS / name)])
    count, edges = figures(text)
    print(f"figure: fuzz {name} = {count} executions, {edges} edges"
          + ("" if fine else "\n" + fault(text)), flush=True)
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--found", type=pathlib.Path, default="found")
    parser.add_argument("programs", nargs="+")
    options = parser.parse_args()
    programs = [str(pathlib.Path(path).resolve())
                for path in options.programs]
    found = options.found.resolve()
    if options.check:
        # libFuzzer learns from pointers that are compared, too.
        ctypes.CDLL(None).personality(ADDR_NO_RANDOMIZE)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        fine = list(pool.map(
            check if options.check else
            lambda path: explore(path, options.seconds, found), programs))
    sys.exit(0 if all(fine) else 1)


if __name__ == "__main__":
    main()
