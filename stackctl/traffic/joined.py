"""Where an instance that joins while runs are under way begins to count: requests to it that no run sends.

A deploy tries a new version before any client gets to it; those requests are in no ledger.
"""

import json
import time
from pathlib import Path

from stackctl.paths import runs_dir
from stackctl.traffic.baseline import Baseline, settled_counters
from stackctl.traffic.runs import Run, counters_as_json, counters_from_json


def note(service: str, address: str) -> None:
    """Write down its counters as they are now, before it is scraped for the first time."""
    counters = settled_counters({address: service})[address]
    line = {"address": address, "at": time.time(), "counters": counters_as_json(counters)}
    _file().parent.mkdir(parents=True, exist_ok=True)
    with _file().open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def baseline_of(run: Run) -> Baseline:
    """The run's own baseline, and that of each instance that has joined since."""
    joined: Baseline = {}
    for text in _file().read_text(encoding="utf-8").splitlines() if _file().exists() else []:
        line = json.loads(text)
        if run.started_at < line["at"]:
            joined.setdefault(line["address"], counters_from_json(line["counters"]))
    return joined | run.baseline


def _file() -> Path:
    return runs_dir() / "joined.jsonl"
