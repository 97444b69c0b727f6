"""Faults by flag: the file that the services follow (chassis/faults)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from filelock import FileLock

from stackctl.paths import faults_file
from stackctl.system import atomic_write


@dataclass(frozen=True)
class Flag:
    """A knob in apps/<service>/faults.py, with values of the drill's own."""

    flag: str
    value: Mapping[str, Any] = field(default_factory=dict)
    when: Mapping[str, str] = field(default_factory=dict)
    restarts: tuple[str, ...] = ()

    def inject(self, drill: str, owner: int | None) -> None:
        _write(lambda flags: {**flags, self.flag: {"state": "on", "value": self.value, "when": self.when}})

    def undo(self, drill: str) -> None:
        _write(lambda flags: {name: fields for name, fields in flags.items() if name != self.flag})


def _write(change: Any) -> None:
    """In one step, so that no service ever reads half a file. Whatever is in it by hand stays."""
    path = faults_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        flags = change(_flags())
        if flags:
            atomic_write.write(path, json.dumps(flags, indent=2) + "\n")
        else:
            path.unlink(missing_ok=True)


def _flags() -> dict[str, Any]:
    try:
        found = json.loads(faults_file().read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
