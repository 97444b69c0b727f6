"""What a check comes to: how many were expected, found, missing, twice, and which."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Defect(StrEnum):
    MISSING = "missing"
    DUPLICATED = "duplicated"
    # Not there either, but its process was killed before it could hand it over (docs/loss.md).
    LOST = "lost"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be, with a query to paste that shows it."""

    defect: Defect
    subject: str
    detail: str
    query: str


@dataclass(frozen=True)
class Check:
    """One row of the table. `duplicated` counts whatever is there more often than expected.

    What is `lost` is expected and not found, but no fault: a process that is killed takes it along.
    """

    signal: str
    name: str
    expected: int
    found: int
    missing: int
    duplicated: int
    findings: tuple[Finding, ...] = ()
    lost: int = 0

    @property
    def ok(self) -> bool:
        return not self.missing and not self.duplicated


@dataclass(frozen=True)
class NotChecked:
    """What cannot be said of this app, and why."""

    signal: str
    name: str
    reason: str


def check_of(signal: str, name: str, expected: int, amounts: Iterable[tuple[int, Finding]]) -> Check:
    """Sum up findings, each given with how many it stands for."""
    listed = list(amounts)
    missing, duplicated, lost = (
        sum(amount for amount, finding in listed if finding.defect is defect)
        for defect in (Defect.MISSING, Defect.DUPLICATED, Defect.LOST)
    )
    found = max(0, expected - missing - lost)
    findings = tuple(finding for _, finding in listed)
    return Check(signal, name, expected, found, missing, duplicated, findings, lost)
