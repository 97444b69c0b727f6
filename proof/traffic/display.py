"""What a person sees of a run: a live line while it lasts, tables when it is over."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from proof.ledger.rows import Row
from proof.ledger.runs import Run
from proof.ledger.summary import LATE_SECONDS, QUANTILES, Summary

_PLAIN_EVERY_SECONDS = 10.0

# Kinds of requests in the table: all of the shop's; an app of somebody's may have thousands.
_MOST_KINDS = 60


class LiveCounts:
    """How many were answered, with a bar on a terminal; elsewhere a plain line every ten seconds."""

    def __init__(self, console: Console, planned: int) -> None:
        self._console = console
        self._planned = planned
        self._done = self._unanswered = self._unexpected = 0
        self._next_line_at = time.monotonic() + _PLAIN_EVERY_SECONDS
        self._progress = Progress(
            TextColumn("  sending"),
            BarColumn(),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f}  {task.fields[troubles]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            refresh_per_second=4,
            transient=True,
        )
        self._task = self._progress.add_task("", total=planned, troubles="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def count(self, row: Row) -> None:
        self._done += 1
        self._unanswered += not row.answered
        self._unexpected += row.answered and not row.as_expected
        self._progress.update(self._task, advance=1, troubles=self._troubles())
        if not self._console.is_terminal and time.monotonic() >= self._next_line_at:
            self._next_line_at += _PLAIN_EVERY_SECONDS
            self._console.print(f"  {self._done:,} of {self._planned:,} {self._troubles()}".rstrip())

    def _troubles(self) -> str:
        troubles = {"without an answer": self._unanswered, "unexpected": self._unexpected}
        return ", ".join(f"{amount:,} {what}" for what, amount in troubles.items() if amount)


def print_summary(console: Console, run: Run, summary: Summary) -> None:
    console.print(_status_table(summary))
    console.print(_latency_table(summary))
    ended = " (interrupted)" if run.interrupted else ""
    console.print(
        f"{summary.sent:,} requests{ended}; "
        f"rate asked {summary.rate_asked:g}/s, reached {summary.rate_reached:.1f}/s; "
        f"sent more than {LATE_SECONDS * 1000:.0f} ms late: {summary.late:,}"
    )
    console.print(
        f"Answers that were not expected: {summary.unexpected:,}; no answer: {summary.unanswered:,}"
    )
    console.print(f"Run {run.run_id}; its ledger: {run.ledger}", soft_wrap=True)


def _status_table(summary: Summary) -> Table:
    table = Table("request", "answers", box=None, header_style="bold", pad_edge=False)
    by_amount = sorted(summary.statuses.items(), key=lambda each: -each[1].total())
    for kind, outcomes in sorted(by_amount[:_MOST_KINDS]):
        troubles = summary.troubles[kind]
        answers = [
            f"[bold red]{status}: {times:,}[/]" if status in troubles else f"{status}: {times:,}"
            for status, times in sorted(outcomes.items())
        ]
        table.add_row(escape(kind), "  ".join(answers))
    if len(by_amount) > _MOST_KINDS:
        table.add_row(f"… and {len(by_amount) - _MOST_KINDS:,} more", "")
    return table


def _latency_table(summary: Summary) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("milliseconds")
    for quantile in QUANTILES:
        table.add_column("max" if quantile == 1 else f"p{quantile * 100:g}", justify="right")
    table.add_row("since the time it was due", *(f"{value:.1f}" for value in summary.latency))
    table.add_row("since it was sent", *(f"{value:.1f}" for value in summary.service_time))
    return table
