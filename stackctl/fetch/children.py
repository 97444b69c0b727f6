"""Child processes that write to a log and do not outlive us: each leads a process group that ends as one."""

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

from stackctl.errors import StackError

_GRACE_SECONDS = 5.0
_TAIL = 15
_Started = tuple[subprocess.Popen[str], IO[str]]


class Children:
    """The processes of one build. `stop` ends all that run and lets no other start."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False
        self._lock = threading.Lock()

    def run(
        self,
        what: str,
        argv: Sequence[str | Path],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: Path,
        is_progress: Callable[[str], bool] = lambda line: False,
    ) -> None:
        """Run a command to its end, its output appended to `log`.

        `is_progress` sees every line; when the command fails, the StackError has the last of those that it
        does not claim. When we are killed, the next line ends the command too: nobody reads the pipe then.
        """
        tail: deque[str] = deque(maxlen=_TAIL)
        with log.open("a", encoding="utf-8") as file:
            print("$", *argv, file=file, flush=True)
            child, output = self._start(argv, cwd, env)
            with output:
                for line in output:
                    file.write(line)
                    if not is_progress(line.rstrip("\n")):
                        tail.append(line)
            code = child.wait()
        with self._lock:
            self._running.discard(child)
        if code != 0:
            message = f"{what} failed (exit code {code}):\n{''.join(tail).rstrip()}"
            raise StackError(message, hint=f"All of its output: {log}")

    def stop(self) -> None:
        """End every group: first by an interrupt, on which go removes its temporary files, then by force."""
        with self._lock:
            self._stopped = True
            running = [child for child in self._running if child.poll() is None]
        for child in running:
            _signal(child, signal.SIGINT)
        for child in running:
            with suppress(subprocess.TimeoutExpired):
                child.wait(_GRACE_SECONDS)
            _signal(child, signal.SIGKILL)

    def _start(self, argv: Sequence[str | Path], cwd: Path, env: Mapping[str, str]) -> _Started:
        with self._lock:
            if self._stopped:
                raise StackError("interrupted")
            child = subprocess.Popen(
                argv,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            self._running.add(child)
        return child, cast(IO[str], child.stdout)


def _signal(child: subprocess.Popen[str], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)
