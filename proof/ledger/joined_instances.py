"""Where a process that joins while runs are under way begins to count: requests to it that no run sends.

A deploy tries a new version before any client gets to it; those requests are in no ledger.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proof.ledger.baseline import Counters, settled_counters
from proof.ledger.runs import Run, counters_as_json, counters_from_json
from stackctl.paths import runs_dir


@dataclass(frozen=True)
class Joined:
    """From `at` on (seconds since the epoch) clients ask this process, whose counters stood so."""

    address: str
    at: float
    counters: Counters


def note(service: str, address: str) -> None:
    """Write down its counters as they are now, before any client asks it."""
    counters = settled_counters({address: service})[address]
    line = {"address": address, "at": time.time(), "counters": counters_as_json(counters)}
    _file().parent.mkdir(parents=True, exist_ok=True)
    with _file().open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def joined_since(run: Run) -> Sequence[Joined]:
    """Who has joined since the run began, in this order; several may have joined at one address."""
    lines = _file().read_text(encoding="utf-8").splitlines() if _file().exists() else []
    return [one for one in map(_read, lines) if run.started_at < one.at]


def _read(text: str) -> Joined:
    line: dict[str, Any] = json.loads(text)
    return Joined(line["address"], line["at"], counters_from_json(line["counters"]))


def _file() -> Path:
    return runs_dir() / "joined.jsonl"
