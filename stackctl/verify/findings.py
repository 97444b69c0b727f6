"""What a check comes to: how many were expected, found, missing, twice, and which."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Defect(StrEnum):
    MISSING = "missing"
    DUPLICATED = "duplicated"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be, with a query to paste that shows it."""

    defect: Defect
    subject: str
    detail: str
    query: str


@dataclass(frozen=True)
class Check:
    """One row of the table. `duplicated` counts whatever is there more often than expected."""

    signal: str
    name: str
    expected: int
    found: int
    missing: int
    duplicated: int
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.missing and not self.duplicated


def check_of(signal: str, name: str, expected: int, amounts: Iterable[tuple[int, Finding]]) -> Check:
    """Sum up findings, each given with how many it stands for."""
    listed = list(amounts)
    missing = sum(amount for amount, finding in listed if finding.defect is Defect.MISSING)
    duplicated = sum(amount for amount, finding in listed if finding.defect is Defect.DUPLICATED)
    found = max(0, expected - missing)
    return Check(signal, name, expected, found, missing, duplicated, tuple(finding for _, finding in listed))
