"""make check: every unit test, every system test and every fuzz target, side
by side, then what they have reached (coverage.py) and one line of totals.

    check.py [--coverage DIR UNIT-PROGRAM|FUZZ-TARGET|test_FILE.py ...]
        [--also DIR UNIT-PROGRAM|test_FILE.py ...]

DIR is a build that counts its lines; --also names another build, as it ships
or with sanitizers, and what to run with it.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

PYTHON = "/usr/bin/python3"
HERE = pathlib.Path(__file__).resolve().parent
COVERAGE = HERE / "coverage.py"
FUZZ = HERE / "fuzz/fuzz.py"
# What takes longest begins first, so that nothing is waited for at the end.
LONG = ("test_alloc_dial.py", "test_deb.py", "test_sheet_google.py",
        "test_console.py", "test_dial_faults.py", "test_analysis_faults.py",
        "test_cases_dialer_edits.py", "test_erase.py", "test_dial_crash.py",
        "test_doctor.py", "test_doctor_online.py", "test_install.py",
        "test_deliver.py", "test_slack.py", "test_model.py",
        "test_crash_sweep_dialer.py")


def memory():
    """Where thousands of small databases cost no disk, if there is room."""
    place = "/dev/shm"
    if (os.access(place, os.W_OK) and shutil.disk_usage(place).free > 2 << 30
            and not os.statvfs(place).f_flag & os.ST_NOEXEC):
        return place
    return None


def run_unit(path):
    """A cmocka program; returns passed, failed, expected failures, text."""
    done = subprocess.run([path], capture_output=True, text=True, timeout=300)
    text = done.stdout + done.stderr
    passed = len(re.findall(r"\[       OK \]", text))
    failed = len(set(re.findall(r"\[  FAILED  \] (\w+)", text)))
    if failed == 0 and (done.returncode != 0 or passed == 0):
        failed = 1
    return passed, failed, 0, text


def run_fuzz(path):
    """A fuzz target: one test, that its claims hold."""
    done = subprocess.run(
        [PYTHON, "-B", FUZZ, "--check", path], capture_output=True, text=True,
        errors="replace", timeout=300)
    failed = int(done.returncode != 0)
    return 1 - failed, failed, 0, done.stdout + done.stderr


def run_system(path, build):
    """One file of pytest's."""
    with tempfile.TemporaryDirectory(prefix="callsheet-") as tmp:
        done = subprocess.run(
            [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rxX",
             f"--basetemp={tmp}/t", path], capture_output=True, text=True,
            timeout=600, env={**os.environ, "CALLSHEET_BUILD": build})
    text = done.stdout + done.stderr
    tail = (done.stdout.splitlines() or [""])[-1]

    def count(word):
        found = re.search(rf"(\d+) {word}", tail)
        return int(found[1]) if found else 0

    failed = count("failed") + count("error")
    # All skipped, each with its reason, is no failure; nothing at all is one.
    ran = count("passed") + count("xfailed") + count("skipped")
    if failed == 0 and (done.returncode != 0 or ran == 0):
        failed = 1
    return count("passed"), failed, count("xfailed"), text


def run(path, build):
    begin = time.monotonic()
    try:
        result = (run_system(path, build) if path.endswith(".py")
                  else run_fuzz(path) if "/tests/fuzz/fuzz_" in path
                  else run_unit(path))
    except subprocess.TimeoutExpired as error:
        result = 0, 1, 0, f"{path}: did not end: {error}"
    name = f"{pathlib.Path(build).name}/{pathlib.Path(path).name}"
    return name, time.monotonic() - begin, result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int,
                        default=3 * (os.cpu_count() or 1))
    parser.add_argument("--coverage", metavar="DIR")
    parser.add_argument("--also", nargs="+", action="append", default=[])
    parser.add_argument("tests", nargs="*")
    options = parser.parse_args()
    todo = [(test, options.coverage) for test in options.tests]
    todo += [(test, build) for build, *tests in options.also
             for test in tests]
    todo.sort(key=lambda job: pathlib.Path(job[0]).name not in LONG)
    total = [0, 0, 0]
    begin = time.monotonic()
    os.environ["TMPDIR"] = tempfile.tempdir = memory() or tempfile.gettempdir()
    # Python compiles the world once for all files, and leaves nothing behind.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="callsheet-python-") as cache, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        os.environ["PYTHONPYCACHEPREFIX"] = cache
        jobs = [pool.submit(run, test, str(pathlib.Path(build).resolve()))
                for test, build in todo]
        for job in concurrent.futures.as_completed(jobs):
            name, took, (*counts, text) = job.result()
            total = [a + b for a, b in zip(total, counts)]
            word = "FAILED" if counts[1] else "ok"
            print(f"{word:6} {name:38} {counts[0]:4} "
                  f"passed {took:6.1f} s", flush=True)
            if counts[1]:
                print(text, flush=True)
    if options.coverage:
        subprocess.run([PYTHON, "-B", COVERAGE, options.coverage], check=True)
    print(f"check: {time.monotonic() - begin:.0f} s, {total[2]} tests are"
          " expected to fail")
    print(f"check: {total[0]} passed, {total[1]} failed")
    sys.exit(1 if total[1] or not total[0] else 0)


if __name__ == "__main__":
    main()
