"""Count instructions per request, bare and ours: nearly the same on a busy machine as on a quiet one.

Takes half a minute; needs Linux' `perf` and the right to count (root, or kernel.perf_event_paranoid below 1).
Writes benchmarks/results/instructions.json.

    python -m benchmarks.instructions            # gunicorn's worker under load, user and kernel
    python -m benchmarks.instructions --parts    # where they go: one thread without a server, user alone
"""

import argparse
import json
import os
import subprocess
import time

from benchmarks import load, parts
from benchmarks.arena import LOAD_CORE, Contender, arena
from benchmarks.environment import programs
from benchmarks.overhead import HANDLERS, RESULTS
from benchmarks.processes import ROOT
from benchmarks.variants import VARIANTS
from stackctl.paths import state_dir

_SECONDS = 3
_FEW, _MANY = 2000, 12000  # requests: the difference leaves out what happens once
_SETTLING = 1.0  # what waits is delivered: it belongs to the price


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.instructions",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--parts", action="store_true", help="count part by part; writes nothing")
    if parser.parse_args().parts:
        for part, count in parts.by_part({part: of_part(part) for part in parts.PARTS}).items():
            print(f"{count:9,.0f}  {parts.PARTS[part]}")
    else:
        _compare()


def _compare() -> None:
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


def of_part(part: str) -> float:
    """Per trivial request, in user mode."""
    few, many = (_count_alone(part, requests) for requests in (_FEW, _MANY))
    return (many - few) / (_MANY - _FEW)


def _count_alone(part: str, requests: int) -> int:
    argv = ["perf", "stat", "-x,", "-e", "instructions:u", "--", str(programs() / "python")]
    run = subprocess.run(
        [*argv, "-m", "benchmarks.parts", part, str(requests)],
        cwd=ROOT,
        env={**os.environ, "TELEMETRY_LOG_FILE": os.devnull},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    return _counted(run.stderr.splitlines()[-1] if run.stderr else "", run.returncode)


def _counted(told: str, returncode: int | None) -> int:
    if returncode or not told[:1].isdigit():
        raise SystemExit(f"benchmark: perf cannot count: {told}")
    return int(told.partition(",")[0])


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
    return round(_counted(told, counting.returncode) / requests)


if __name__ == "__main__":
    main()
