"""What a person sees of a canary: both versions side by side, look by look."""

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from stackctl.deploy.counts import Counts
from stackctl.deploy.judging import Limits, Look, Verdict

_STYLES = {Verdict.GOOD: "green", Verdict.BAD: "bold red", Verdict.STARVED: "red"}


class LiveTable:
    """A table per step that changes with each look on a terminal; elsewhere a plain line per look."""

    def __init__(self, console: Console, new: str, old: str, limits: Limits) -> None:
        self._console = console
        self._new, self._old = new, old
        self._limits = limits
        self._share = 0.0
        self._live: Live | None = None

    def step(self, share: float) -> None:
        self._close()
        self._share = share
        self._console.print(f"[bold]{share:g} % of the requests to {self._new}[/]")
        if self._console.is_terminal:
            self._live = Live(Text("  waiting for the first scrape …", "dim"), console=self._console)
            self._live.start()

    def look(self, look: Look, verdict: Verdict) -> None:
        if self._live:
            self._live.update(self._table(look, verdict), refresh=True)
        else:
            self._console.print(self._line(look, verdict), soft_wrap=True)

    def note(self, text: str) -> None:
        self._console.print(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._live:
            self._live.stop()
            self._live = None

    def _table(self, look: Look, verdict: Verdict) -> Table:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("version", "share", "requests", "errors", "p95", "mean"):
            table.add_column(column, justify="left" if column == "version" else "right")
        table.add_column("")
        said = list(self._said(look, verdict))
        table.add_row(*_cells(self._new, self._share, look.new), said[0])
        table.add_row(*_cells(self._old, 100 - self._share, look.old), said[1])
        return table

    def _said(self, look: Look, verdict: Verdict) -> Iterator[Text]:
        yield Text(f"  after {look.seconds:.0f} s: {verdict.value}", _STYLES.get(verdict, ""))
        yield Text(f"  p-values: {self._p_values(look)}", "dim")

    def _line(self, look: Look, verdict: Verdict) -> str:
        new, old = (" ".join(_cells(name, None, counts)) for name, counts in self._pair(look))
        return f"  {look.seconds:3.0f} s  {new} | {old} | p: {self._p_values(look)} | {verdict.value}"

    def _pair(self, look: Look) -> tuple[tuple[str, Counts], tuple[str, Counts]]:
        return (self._new, look.new), (self._old, look.old)

    def _p_values(self, look: Look) -> str:
        shown = ", ".join(f"{check.name} {check.p_value:.2g}" for check in look.checks)
        return f"{shown} (counts below {self._limits.significant:.1g})"


def _cells(name: str, share: float | None, counts: Counts) -> Iterator[str]:
    yield name
    if share is not None:
        yield f"{share:g} %"
    yield f"{counts.requests:,}" if share is not None else f"{counts.requests:,} requests"
    yield f"{counts.errors} ({counts.error_ratio:.1%})" if share is not None else f"{counts.errors} errors"
    yield _ms(counts.quantile(0.95)) if share is not None else f"p95 {_ms(counts.quantile(0.95))}"
    if share is not None:
        yield _ms(counts.mean)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
