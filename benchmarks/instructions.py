"""Count instructions per request, bare and ours: the same on a busy machine as on a quiet one.

Takes half a minute; needs Linux' `perf` and the right to count (root, or kernel.perf_event_paranoid below 1).
Writes benchmarks/results/instructions.json.

    python -m benchmarks.instructions
"""

import argparse
import json
import subprocess
import time

from benchmarks import load
from benchmarks.arena import LOAD_CORE, Contender, arena
from benchmarks.environment import programs
from benchmarks.overhead import HANDLERS, RESULTS
from benchmarks.variants import VARIANTS
from stackctl.paths import state_dir

_SECONDS = 3
_SETTLING = 1.0  # what waits is delivered: it belongs to the price


def main() -> None:
    argparse.ArgumentParser(
        prog="python -m benchmarks.instructions",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    ).parse_args()
    with arena(state_dir() / "benchmarks" / "run", programs(), VARIANTS[:2]) as contenders:
        found = {
            handler: {each.variant.name: per_request(each, path) for each in contenders}
            for handler, path in HANDLERS.items()
        }
    for counts in found.values():
        counts["of_bare"] = round(counts["bare"] / counts["glasshouse"], 3)
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(found, indent=1)
    (RESULTS / "instructions.json").write_text(text + "\n", encoding="utf-8")
    print(text)


def per_request(contender: Contender, path: str) -> float:
    """Of the worker, in user mode and in the kernel."""
    load.saturate(LOAD_CORE, contender.url(path), 1)
    argv = ["perf", "stat", "-x,", "-e", "instructions", "-p", str(contender.process.pid)]
    counting = subprocess.Popen(
        [*argv, "--", "sleep", str(_SECONDS + 2 * _SETTLING)], stderr=subprocess.PIPE, text=True
    )
    time.sleep(_SETTLING / 2)
    requests = load.saturate(LOAD_CORE, contender.url(path), _SECONDS).requests
    told = counting.communicate()[1]
    if counting.returncode or not told[:1].isdigit():
        raise SystemExit(f"benchmark: perf cannot count: {told}")
    return round(int(told.partition(",")[0]) / requests)


if __name__ == "__main__":
    main()
