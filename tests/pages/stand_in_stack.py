"""In place of ./stack: prints what its commands print, and waits for Ctrl-C where they do.

`python -m tests.pages.stand_in_stack drill payments-slow`. A drill is on while its file says so.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.pages.generated import TRACE_ID

DRILLS = [
    {
        "name": "payments-slow",
        "summary": "Payments answers late.",
        "alert": "LatencyBudgetBurn",
        "minutes": 3,
    },
    {"name": "loki-down", "summary": "Loki was killed.", "alert": "BackendDown", "minutes": 2},
]


def main(arguments: Sequence[str]) -> int:
    match arguments:
        case ["drill", "--list", "--json"]:
            print(json.dumps(DRILLS))
        case ["drill", "--reveal"]:
            print("payments-slow: Payments answers late.\nRunbook  docs/runbooks/LatencyBudgetBurn.md")
        case ["drill", *_, last]:
            return _drill(hidden=last == "--hide")
        case ["traffic", *_]:
            return _until_interrupted("Run 1: 1,200 requests", "the run was interrupted", 0)
        case ["verify", "--steps"]:
            _verify()
    return 0


def _drill(hidden: bool) -> int:
    file = Path(os.environ["GLASSHOUSE_STATE_DIR"]) / "drills" / "active.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"drills": {"payments-slow": {}}, "hidden": hidden, "since": time.time()}))
    try:
        return _until_interrupted(f"  a trace     ./stack trace {TRACE_ID}", "Healed.", 130)
    finally:
        file.unlink()


def _until_interrupted(first: str, last: str, code: int) -> int:
    print(first, flush=True)
    try:
        time.sleep(120)
    except KeyboardInterrupt:
        print(last, flush=True)
    return code


def _verify() -> None:
    check = {"signal": "traces", "name": "traces", "expected": 1200, "duplicated": 0}
    print(json.dumps({"checks": [{**check, "found": 700, "missing": 500}]}), flush=True)
    checks = [{**check, "found": 1200, "missing": 0}]
    requests = {"answered": 1200}
    print(
        json.dumps({"report": {"ok": True, "run": {"run_id": "1"}, "requests": requests, "checks": checks}})
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
