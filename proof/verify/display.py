"""What a person sees of a verification: how far it is, the table, the first defects with queries."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from proof.expectations import Served
from proof.verify.findings import Check
from proof.verify.freshness import Freshness
from proof.verify.report import Report

_SHOWN_PER_CHECK = 5


class LiveStates:
    """A line per signal on a terminal; nothing elsewhere, where the table alone counts."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<10} {task.fields[state]}"),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, signal: str, state: str) -> None:
        if signal not in self._tasks:
            self._tasks[signal] = self._progress.add_task(signal, total=None, state="")
        self._progress.update(self._tasks[signal], state=state)


def print_report(console: Console, report: Report) -> None:
    console.print(_table(report))
    _print_requests(console, report)
    for check in report.checks:
        _print_findings(console, check)
    for one in report.not_checked:
        console.print(
            f"[yellow]Not checked[/]: {one.signal}, {one.name}: {escape(one.reason)}", soft_wrap=True
        )
    console.print(_verdict(report))


def _table(report: Report) -> Table:
    table = Table("signal", "what", box=None, header_style="bold", pad_edge=False, title_justify="left")
    lost = ("lost",) if any(check.lost for check in report.checks) else ()
    for name in ("expected", "found", "missing", "duplicated", *lost, "fresh p50", "p95"):
        table.add_column(name, justify="right")
    told: set[str] = set()
    for check in report.checks:
        freshness = None if check.signal in told else report.freshness.get(check.signal)
        told.add(check.signal)
        table.add_row(
            check.signal,
            check.name,
            f"{check.expected:,}",
            f"{check.found:,}",
            _marked(check.missing),
            _marked(check.duplicated),
            *(f"{check.lost:,}" for _ in lost),
            *_fresh(freshness),
        )
    return table


def _marked(amount: int) -> Text:
    return Text(f"{amount:,}", "bold red" if amount else "green")


def _fresh(freshness: Freshness | None) -> tuple[str, str]:
    if freshness is None or freshness.p50 is None or freshness.p95 is None:
        return "", ""
    return f"{freshness.p50:.1f} s", f"{freshness.p95:.1f} s"


def _print_requests(console: Console, report: Report) -> None:
    """What the sums leave out, and signals that could not be measured in time."""
    requests = report.requests
    if report.run.ended_at is None:
        console.print("The run has not ended, or was killed: what it sent last may be unknown to its ledger.")
    if not report.all_traces_kept:
        console.print(
            "Traces are sampled (TRACES_KEPT_PERCENT): those wholly absent are not counted as missing."
        )
    if requests.unanswered:
        console.print(f"Requests without an answer: {requests.unanswered:,}; nothing is demanded for them.")
    if requests.unexpected:
        console.print(f"Unexpected answers: {requests.unexpected:,}; for these only the entry is demanded.")
    for service in sorted(report.restarted):
        console.print(
            f"{service} was restarted: what a process has not handed over yet is lost with it (docs/loss.md)."
        )
    if report.other_traffic:
        console.print(_other_traffic(report.other_traffic), soft_wrap=True)
    for other in report.others:
        console.print(f"Run {other} was sending at the same time: its requests are other traffic here.")
    for signal, freshness in report.freshness.items():
        if freshness.timed_out:
            console.print(
                f"{signal}: {freshness.timed_out} of {freshness.probes} freshness probes timed out."
            )


def _other_traffic(calls: Mapping[Served, int]) -> str:
    """What clients sent beside the run; the most frequent by name."""
    total = sum(calls.values())
    shown = sorted(calls.items(), key=lambda each: (-each[1], each[0]))[:_SHOWN_PER_CHECK]
    listed = ", ".join(f"{count:,} x {call.operation} {call.status}" for call, count in shown)
    rest = ", …" if len(calls) > len(shown) else ""
    requests = "1 request" if total == 1 else f"{total:,} requests"
    return f"Other traffic: {requests} that this run did not send ({listed}{rest})."


def _print_findings(console: Console, check: Check) -> None:
    if not check.findings:
        return
    shown = check.findings[:_SHOWN_PER_CHECK]
    console.print(
        f"\n[bold]{check.signal}, {check.name}[/]: the first {len(shown)} of {len(check.findings):,}"
    )
    for finding in shown:
        console.print(
            f"  {finding.defect}: {finding.subject}: {finding.detail}", markup=False, soft_wrap=True
        )
        console.print(f"    {finding.query}", style="dim", markup=False, soft_wrap=True)


def _verdict(report: Report) -> str:
    of_app = f" of {escape(report.app)}" if report.app else ""
    run = f"run {report.run.run_id}, {report.requests.answered:,} answered requests{of_app}"
    if report.ok:
        told = ", but for what was lost with processes that ended" if report.lost else ""
        beyond = " What was not checked is above." if report.not_checked else ""
        return f"[bold green]Complete[/]: {run}; nothing is missing{told}, nothing is duplicated.{beyond}"
    missing = sum(check.missing for check in report.checks)
    duplicated = sum(check.duplicated for check in report.checks)
    return f"[bold red]Not complete[/]: {run}; {missing:,} missing, {duplicated:,} too many."
