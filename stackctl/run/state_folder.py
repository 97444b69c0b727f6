"""The folder that holds all that a stack writes: marked as ours, locked while it changes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from rich.console import Console

from stackctl.errors import StackError
from stackctl.paths import (
    ROOT,
    configs_dir,
    discovery_dir,
    faults_file,
    logs_dir,
    pids_dir,
    runs_dir,
    secrets_dir,
    state_dir,
    tests_dir,
)
from stackctl.settings import saved_options

_MARK = "This folder holds the state of a Glasshouse stack; ./stack down --clean empties it.\n"


@contextmanager
def locked(console: Console) -> Iterator[None]:
    """Make the folder when it is missing, and let one `up` or `down` at a time work on it."""
    _prepare(state_dir())
    lock = FileLock(state_dir() / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        console.print("Waiting for another ./stack command that is at work on this stack …")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def clean() -> list[Path]:
    """Remove all that a stack and its tests have written, and what was chosen; return the folders."""
    _require_ours(state_dir())
    own = [state_dir() / name for name in ("data", "drills", "console", "packages")]
    written = [*own, logs_dir(), runs_dir(), pids_dir()]
    contents = [*written, configs_dir(), discovery_dir(), secrets_dir(), tests_dir()]
    removed = [folder for folder in contents if folder.exists()]
    for folder in removed:
        shutil.rmtree(folder)
    faults_file().unlink(missing_ok=True)
    saved_options.forget()
    return removed


def _prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _require_ours(folder)
    _mark(folder).write_text(_MARK, encoding="utf-8")


def _require_ours(folder: Path) -> None:
    if not _is_ours(folder):
        raise StackError(
            f"{folder} is not the state folder of a stack: it holds other things.",
            "Let GLASSHOUSE_STATE_DIR name a folder that is new or empty.",
        )


def _is_ours(folder: Path) -> bool:
    return folder == ROOT / ".stack" or _mark(folder).exists() or not any(folder.iterdir())


def _mark(folder: Path) -> Path:
    return folder / "GLASSHOUSE.txt"
