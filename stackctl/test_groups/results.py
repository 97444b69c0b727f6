"""What came of a group of tests: how many ran, how long it took, and what is not accepted on CI."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table

_FAILED = 1


@dataclass(frozen=True)
class Counts:
    """`skipped` are tests that did not run; those that are expected to fail have run."""

    total: int = 0
    skipped: tuple[str, ...] = ()

    @property
    def ran(self) -> int:
        return self.total - len(self.skipped)


@dataclass(frozen=True)
class Result:
    """Without `counts` nobody knows how many tests there were: no tests at all, or none was begun."""

    group: str
    code: int
    seconds: float
    counts: Counts | None = None
    complaint: str = ""

    def as_whole(self, floor: int) -> "Result":
        """The same for a group whose tests nobody has chosen from: as a failure if it has too few of them."""
        if self.code or self.counts is None or self.counts.total >= floor:
            return self
        complaint = (
            f"too few tests: {self.counts.total:,} of at least {floor:,}. "
            "If some were removed on purpose, lower the number in tests/floors.json."
        )
        return replace(self, code=_FAILED, complaint=complaint)

    def on_ci(self) -> "Result":
        """The same where nothing may be left out: as a failure if something was."""
        if self.code or (self.counts and self.counts.ran and not self.counts.skipped):
            return self
        skipped = self.counts.skipped if self.counts else ()
        complaint = f"skipped on CI: {'; '.join(skipped)}" if skipped else "no test ran"
        return replace(self, code=_FAILED, complaint=complaint)


def read_counts(report: Path) -> Counts | None:
    """Read pytest's JUnit XML; None where it was not written."""
    if not report.exists():
        return None
    cases = list(ElementTree.parse(report).iter("testcase"))
    skipped = [
        f"{case.get('name')} ({mark.get('message')})"
        for case in cases
        for mark in case.iter("skipped")
        if mark.get("type") != "pytest.xfail"
    ]
    return Counts(len(cases), tuple(skipped))


def print_results(console: Console, names: Sequence[str], results: Sequence[Result]) -> None:
    """A table of all groups, those that were not run included."""
    console.rule(align="left")
    table = Table("group", "result", box=None, pad_edge=False, header_style="bold")
    for title in ("tests", "skipped", "seconds"):
        table.add_column(title, justify="right")
    for result in results:
        counts = (f"{result.counts.ran:,}", f"{len(result.counts.skipped):,}") if result.counts else ("", "")
        table.add_row(result.group, _verdict(result), *counts, f"{result.seconds:,.0f}")
    for name in names[len(results) :]:
        table.add_row(name, "[dim]not run[/]")
    total = sum(result.counts.ran for result in results if result.counts)
    table.add_row(
        "total", "", f"{total:,}", "", f"{sum(result.seconds for result in results):,.0f}", style="bold"
    )
    console.print(table)
    for result in results:
        if result.complaint:
            console.print(f"{result.group}: {result.complaint}", style="bold red", markup=False)


def _verdict(result: Result) -> str:
    if result.code:
        return f"[bold red]failed[/] (exit code {result.code})"
    return "[green]passed[/]" if result.counts is None or result.counts.ran else "[yellow]no test ran[/]"
