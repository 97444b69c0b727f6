"""What is being fetched or built and how far it is: bars on a terminal, a line now and then anywhere else."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

Measure = Callable[[int, int | None], str]


def megabytes(done: int, total: int | None) -> str:
    return f"{done / 1e6:.1f} MB" if total is None else f"{done / 1e6:.1f} of {total / 1e6:.1f} MB"


def packages(done: int, total: int | None) -> str:
    return f"{done} packages" if total is None else f"{done} of {total} packages"


def modules(done: int, total: int | None) -> str:
    return f"{done} modules"


def elapsed(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


class Report:
    """Speaks to whoever waits. Use it as a context manager; lines and bars may come from any thread."""

    def __init__(self, console: Console, plain_every: float = 20.0) -> None:
        self.plain_every = plain_every
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[amount]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars.live.is_started:
            self._bars.stop()

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def track(self, what: str, measure: Measure, total: int | None = None, done: int = 0) -> "Track":
        """Start showing how far something is."""
        if not self._console.is_terminal:
            return PlainTrack(self, what, measure, total, done)
        self._bars.start()
        return BarTrack(self._bars, what, measure, total, done)


class Track:
    """One thing in progress, `done` of `total` (None: nobody knows). Close it by leaving its context."""

    def __init__(self, what: str, measure: Measure, total: int | None, done: int) -> None:
        self.what, self.measure, self.total, self.done = what, measure, total, done

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def advance(self, by: int = 1) -> None:
        self.done += by
        self.show()

    def reset(self, total: int | None, done: int) -> None:
        self.total, self.done = total, done
        self.show()

    def rename(self, what: str) -> None:
        self.what = what
        self.show()

    def show(self) -> None: ...

    def close(self) -> None: ...


class BarTrack(Track):
    def __init__(self, bars: Progress, what: str, measure: Measure, total: int | None, done: int) -> None:
        super().__init__(what, measure, total, done)
        self._bars = bars
        self._task: TaskID = bars.add_task(what, total=total, completed=done, amount=measure(done, total))

    def show(self) -> None:
        amount = self.measure(self.done, self.total)
        self._bars.update(
            self._task, description=self.what, total=self.total, completed=self.done, amount=amount
        )

    def close(self) -> None:
        self._bars.remove_task(self._task)


class PlainTrack(Track):
    def __init__(self, report: Report, what: str, measure: Measure, total: int | None, done: int) -> None:
        super().__init__(what, measure, total, done)
        self._report = report
        self._start = self._last = time.monotonic()

    def show(self) -> None:
        now = time.monotonic()
        if now - self._last >= self._report.plain_every:
            self._last = now
            self._report.say(
                f"{self.what}: {self.measure(self.done, self.total)}, {elapsed(now - self._start)}"
            )
