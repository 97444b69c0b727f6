"""Which drills are on, written before anything goes wrong: whoever comes next can heal them."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from stackctl.paths import state_dir
from stackctl.system import atomic_write


@dataclass(frozen=True)
class ActiveFaults:
    """`drills`: the faults by the names of their drills, so that they can be healed even if the files of
    drills have changed since. `traffic` is the pid of the traffic that is sent for them, or 0.
    """

    drills: Mapping[str, Mapping[str, Any]]
    since: float = field(default_factory=time.time)
    hidden: bool = False
    traffic: int = 0


def folder() -> Path:
    return state_dir() / "drills"


def write(active: ActiveFaults) -> None:
    atomic_write.write(_file(), json.dumps(asdict(active), indent=2) + "\n")


def read() -> ActiveFaults | None:
    """None when nothing is on."""
    try:
        fields: Mapping[str, object] = json.loads(_file().read_text(encoding="utf-8"))
        return ActiveFaults(**fields)  # type: ignore[arg-type]
    except (FileNotFoundError, ValueError, TypeError):
        return None


def clear() -> None:
    _file().unlink(missing_ok=True)


def _file() -> Path:
    return folder() / "active.json"
