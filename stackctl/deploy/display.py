"""What a person sees of a canary: both versions side by side, look by look."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from stackctl.deploy.analysis import Limits, Look, Verdict
from stackctl.deploy.counts import Counts

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
        table.add_row(*_row(self._new, self._share, look.new), self._said(look, verdict))
        p_values = Text(f"  p-values: {self._p_values(look)}", "dim")
        table.add_row(*_row(self._old, 100 - self._share, look.old), p_values)
        return table

    def _said(self, look: Look, verdict: Verdict) -> Text:
        return Text(f"  after {look.seconds:.0f} s: {verdict.value}", _STYLES.get(verdict, ""))

    def _line(self, look: Look, verdict: Verdict) -> str:
        counted = f"{_words(self._new, look.new)} | {_words(self._old, look.old)}"
        return f"  {look.seconds:3.0f} s  {counted} | p: {self._p_values(look)} | {verdict.value}"

    def _p_values(self, look: Look) -> str:
        shown = ", ".join(f"{check.name} {check.p_value:.2g}" for check in look.checks)
        return f"{shown} (counts below {self._limits.significant:.1g})"


def _row(name: str, share: float, counts: Counts) -> tuple[str, ...]:
    errors = f"{counts.errors} ({counts.error_ratio:.1%})"
    return name, f"{share:g} %", f"{counts.requests:,}", errors, _ms(counts.quantile(0.95)), _ms(counts.mean)


def _words(name: str, counts: Counts) -> str:
    return f"{name} {counts.requests:,} requests {counts.errors} errors p95 {_ms(counts.quantile(0.95))}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
