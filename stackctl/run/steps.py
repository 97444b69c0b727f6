"""Several things that go on at once, shown as they begin and end."""

import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn


class Steps(Protocol):
    """Is told what begins and what has ended; the supervisor speaks to this and knows of no terminal."""

    def begin(self, name: str, doing: str) -> None: ...

    def finish(self, name: str, outcome: str) -> None: ...


class LiveSteps:
    """A line per step with spinner and seconds on a terminal; elsewhere a plain line per ended step."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:<16}"),
            TextColumn("{task.fields[doing]}"),
            TextColumn("[dim]{task.elapsed:.1f} s"),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}
        self._began: dict[str, float] = {}

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._progress.stop()

    def begin(self, name: str, doing: str) -> None:
        self._began[name] = time.monotonic()
        if name in self._tasks:
            self._progress.reset(self._tasks[name], doing=doing)
        else:
            self._tasks[name] = self._progress.add_task(name, total=1, doing=doing)

    def finish(self, name: str, outcome: str) -> None:
        seconds = time.monotonic() - self._began[name]
        if self._console.is_terminal:
            self._progress.update(self._tasks[name], completed=1, doing=outcome)
            self._progress.stop_task(self._tasks[name])
        else:
            self._console.print(f"  {name:<16} {outcome} ({seconds:.1f} s)")
