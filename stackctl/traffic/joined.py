"""Where an instance that joins while runs are under way begins to count: requests to it that no run sends.

A deploy tries a new version before any client gets to it; those requests are in no ledger.
"""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

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
    for line in _lines_since(run):
        joined.setdefault(line["address"], counters_from_json(line["counters"]))
    return joined | run.baseline


def moments(run: Run) -> Mapping[str, float]:
    """When each instance has joined first, in seconds since the epoch; that of its baseline."""
    times: dict[str, float] = {}
    for line in _lines_since(run):
        times.setdefault(line["address"], line["at"])
    return {address: at for address, at in times.items() if address not in run.baseline}


def _lines_since(run: Run) -> Iterator[dict[str, Any]]:
    for text in _file().read_text(encoding="utf-8").splitlines() if _file().exists() else []:
        line: dict[str, Any] = json.loads(text)
        if run.started_at < line["at"]:
            yield line


def _file() -> Path:
    return runs_dir() / "joined.jsonl"
