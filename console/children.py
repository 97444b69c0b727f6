"""The commands that were started from a page: one of each kind at a time, its output in a file."""

import atexit
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final

_ROOT: Final = Path(__file__).parent.parent
_SHOWN_BYTES: Final = 200_000
_READ_WITHIN_S: Final = 60

# The console's own telemetry settings, and its mark: what it starts is no part of it.
_OWN: Final = ("OTEL_", "TELEMETRY_", "GLASSHOUSE_COMPONENT")


class Busy(Exception):
    """One of this kind runs already."""


@dataclass
class Child:
    command: str
    process: subprocess.Popen[bytes]
    output: Path
    started_at: float

    def as_json(self) -> Mapping[str, Any]:
        """`exit_code` is null while it runs; `output` is the end of what it has printed."""
        with self.output.open("rb") as file:
            if (skipped := self.output.stat().st_size - _SHOWN_BYTES) > 0:
                file.seek(skipped)
                file.readline()  # of which the beginning is missing
            printed = file.read(_SHOWN_BYTES)
        return {
            "command": self.command,
            "started_at": self.started_at,
            "exit_code": self.process.poll(),
            "output": printed.decode(errors="replace"),
        }


class Children:
    """Safe to use from several threads. When the console ends, what it has started is told to end too."""

    def __init__(self, folder: Path, stack: Sequence[str]) -> None:
        self._folder = folder
        self._stack = tuple(stack)
        self._lock = Lock()
        self._children: dict[str, Child] = {}
        atexit.register(self.interrupt_all)

    def start(self, kind: str, arguments: Sequence[str]) -> None:
        """Raises `Busy` when one of this kind has not ended."""
        with self._lock:
            if self._runs(kind):
                raise Busy(f"./stack {arguments[0]} was started from here already and has not ended")
            self._folder.mkdir(parents=True, exist_ok=True)
            output = self._folder / f"{kind}.log"
            descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                process = subprocess.Popen(
                    (*self._stack, *arguments),
                    cwd=_ROOT,
                    env=_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            typed = " ".join(("./stack", *arguments))
            self._children[kind] = Child(typed, process, output, time.time())

    def interrupt(self, kind: str) -> bool:
        """As Ctrl-C does: it undoes what it has done, then ends. Returns whether it ran."""
        with self._lock:
            if not self._runs(kind):
                return False
            self._children[kind].process.send_signal(signal.SIGINT)
            return True

    def interrupt_all(self) -> None:
        for kind in list(self._children):
            self.interrupt(kind)

    def as_json(self) -> Mapping[str, Any]:
        with self._lock:
            return {kind: child.as_json() for kind, child in self._children.items()}

    def read(self, arguments: Sequence[str]) -> str:
        """What a command that ends soon prints; raises `OSError` or `subprocess.SubprocessError`."""
        return subprocess.run(
            (*self._stack, *arguments),
            cwd=_ROOT,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_READ_WITHIN_S,
            check=True,
        ).stdout

    def _runs(self, kind: str) -> bool:
        child = self._children.get(kind)
        return child is not None and child.process.poll() is None


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
