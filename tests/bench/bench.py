"""make bench: how fast and how small, as ratios measured in one run.

One figure a line; bench.png shows the ingest of webhooks against the two
baselines.  Arguments choose parts: ingest, million, import, latency, pages.
"""

import contextlib
import pathlib
import shutil
import signal
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "system"), str(HERE.parent)]

import figures                                       # noqa: E402
import ingest                                        # noqa: E402
import latency                                       # noqa: E402
import million                                       # noqa: E402
import pages                                         # noqa: E402
import sheets                                        # noqa: E402

PARTS = {"ingest": ingest.run, "million": million.run, "import": sheets.run,
         "latency": latency.run, "pages": pages.run}


@contextlib.contextmanager
def scratch():
    """A directory on disk that other users' processes can enter."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="callsheet-bench-",
                                              dir="/var/tmp"))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def main(chosen):
    unknown = set(chosen) - set(PARTS)
    if unknown:
        sys.exit(f"no part {', '.join(sorted(unknown))}; {__doc__}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began = time.monotonic()
    for name in chosen or PARTS:
        with scratch() as directory:
            PARTS[name](directory)
    print(f"{time.monotonic() - began:.0f} seconds; missed: "
          + (", ".join(figures.missed) or "no goal"))


if __name__ == "__main__":
    main(sys.argv[1:])
