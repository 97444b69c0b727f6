"""Undoes the active faults when the drill that started it ends, however it ends.

`python -m stackctl.drills.watchdog_process`. Its standard input is the drill's end of a pipe: a process that
is killed closes it too.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from stackctl.drills import active_faults
from stackctl.drills.environment import environment
from stackctl.drills.healing import heal
from stackctl.paths import ROOT
from stackctl.system.interrupts import raise_when_terminated, uninterrupted


@contextmanager
def guarded() -> Iterator[None]:
    """What is still broken when this process dies within the block, or leaves it, is healed."""
    active_faults.folder().mkdir(parents=True, exist_ok=True)
    with (active_faults.folder() / "guard.log").open("wb") as log:
        guard = subprocess.Popen(
            (sys.executable, "-m", "stackctl.drills.watchdog_process"),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
    finally:
        if guard.stdin is not None:
            guard.stdin.close()
        guard.wait()


def main() -> None:
    raise_when_terminated()
    with uninterrupted():  # Ctrl-C is for the drill; its end is for us
        sys.stdin.read()
        if restarts := heal():
            environment().start(restarts)


if __name__ == "__main__":
    main()
