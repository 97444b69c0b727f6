"""A stack for the end-to-end tests alone: fresh, in its own folder, on the ports of one that makes way."""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from stackctl.paths import tests_dir
from stackctl.run import postgres, stack
from stackctl.run.external_services import INSTALL, PACKAGES
from stackctl.run.processes import STATE_MARK

# Runs a Python module with additions to the environment; returns its exit code.
Run = Callable[[Sequence[str], Mapping[str, str]], int]


def run_on_own_stack(console: Console, tests: Sequence[str], run: Run, parts: Sequence[str] = ()) -> int:
    """Run a module on a stack with these parts in place of embedded ones; return its exit code."""
    missing = [PACKAGES[part][0] for part in parts if not PACKAGES[part][1]()]
    if missing and not os.environ.get("CI"):
        console.print(f"Not run: {', '.join(missing)} missing. {INSTALL} {' '.join(missing)}", style="yellow")
        return 0
    with _folder(parts) as folder, _emptied(console, folder, run) as environment:
        up = ("stackctl", "up", "--with", ",".join(parts))
        return (run(up, environment) if parts else 0) or run(tests, environment)


@contextmanager
def _folder(parts: Sequence[str]) -> Iterator[Path]:
    """PostgreSQL, which runs as another user for root, must be able to enter it."""
    if not parts or postgres.may_enter(tests_dir()):
        yield tests_dir()
        return
    with tempfile.TemporaryDirectory(prefix="glasshouse-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def _emptied(console: Console, folder: Path, run: Run) -> Iterator[dict[str, str]]:
    """What to add to the environment. A stack that runs is stopped meanwhile: the ports are the same."""
    was_up = stack.is_up()
    if was_up:
        console.print("The stack is stopped while the tests need its ports, and started again afterwards.")
        stack.take_down(console)
    environment = {STATE_MARK: str(folder)}
    run(("stackctl", "down", "--clean"), environment)
    try:
        yield environment
    finally:
        run(("stackctl", "down"), environment)
        console.print(f"What the tests' stack wrote is in {folder}")
        if was_up:
            stack.bring_up(console)
