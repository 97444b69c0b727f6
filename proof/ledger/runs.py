"""A run's folder and its header `run.json`: what was asked for, when it ran, where counters stood before."""

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from proof.expectations import Counted, counted
from stackctl.errors import StackError
from stackctl.paths import runs_dir
from stackctl.system import atomic_write

# From one scrape of the services to the next.
_SCRAPE_SECONDS = 5.0


@dataclass(frozen=True)
class Run:
    """The header of a run. Times are seconds since the epoch; without `ended_at` it runs or has died.

    `counted_from` is when the counters of `baseline` were read. `settled_at` is when all that it set going
    was seen to have ended, as `verify` found it first.
    `details` are what its scenario has to know again when the run is verified.
    """

    run_id: str
    seed: int
    rate: float
    duration: float
    profile: str
    planned: int
    started_at: float
    ended_at: float | None = None
    interrupted: bool = False
    settled_at: float | None = None
    counted_from: float | None = None
    details: dict[str, Any] = field(default_factory=dict)
    # By the address of an instance.
    baseline: dict[str, dict[Counted, float]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return runs_dir() / self.run_id

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.jsonl"

    @property
    def freshness(self) -> Path:
        return self.folder / "freshness.jsonl"

    @property
    def over_by(self) -> float:
        """When the counters no longer show it as going on; for a run that died, as far as it was planned."""
        ended_at = self.settled_at or self.ended_at or self.started_at + self.duration
        return ended_at + _SCRAPE_SECONDS

    def save(self) -> None:
        """Write the header in one step, so that a reader never sees half of it."""
        baseline = {address: counters_as_json(counters) for address, counters in self.baseline.items()}
        header = asdict(replace(self, baseline={})) | {"baseline": baseline}
        atomic_write.write(self.folder / "run.json", json.dumps(header, indent=1) + "\n")


def new_run_id() -> str:
    """Return an id that sorts by time."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"


def load_run(run_id: str | None = None) -> Run:
    """Read a run's header; without an id, that of the last run."""
    known = _known_runs()
    if not known:
        raise StackError("There is no run yet.", "./stack traffic makes one.")
    if run_id is not None and run_id not in known:
        raise StackError(f"There is no run {run_id}.", f"The last ones are: {', '.join(known[-5:])}")
    return _read(run_id or known[-1])


def runs_during(run: Run) -> list[Run]:
    """The other runs that sent to the same app while this one did, or until the scrape that ended it."""
    known = [other for other in map(_readable, _known_runs()) if other and other.run_id != run.run_id]
    others = [other for other in known if other.details.get("to") == run.details.get("to")]
    return [other for other in others if other.started_at < run.over_by and run.started_at < other.over_by]


def runs_of_apps() -> Iterator[Run]:
    """Those that were sent to an app of somebody's own, the last one first."""
    runs = map(_readable, reversed(_known_runs()))
    return (run for run in runs if run is not None and "to" in run.details)


def _known_runs() -> list[str]:
    return sorted(path.parent.name for path in runs_dir().glob("*/run.json"))


def _read(run_id: str) -> Run:
    path = runs_dir() / run_id / "run.json"
    try:
        header = json.loads(path.read_text(encoding="utf-8"))
        header["baseline"] = {
            address: counters_from_json(found) for address, found in header["baseline"].items()
        }
        return Run(**header)
    except (ValueError, TypeError, KeyError) as error:
        hint = "./stack traffic makes a new run."
        raise StackError(f"{path} is damaged, or of another version of Glasshouse.", hint) from error


def _readable(run_id: str) -> Run | None:
    with suppress(StackError):
        return _read(run_id)
    return None


def counters_as_json(counters: Mapping[Counted, float]) -> list[dict[str, Any]]:
    return [
        {"service": one.service, "name": one.name, "labels": dict(one.labels), "count": count}
        for one, count in sorted(counters.items())
    ]


def counters_from_json(counters: list[dict[str, Any]]) -> dict[Counted, float]:
    return {counted(one["service"], one["name"], one["labels"]): one["count"] for one in counters}
