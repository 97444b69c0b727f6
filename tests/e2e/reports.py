"""What `verify` says of a run, in the form that a failing test shows."""

from proof.ledger.runs import Run
from proof.verify.report import Report
from proof.verify.verification import verify_run

SECONDS_TO_SETTLE = 90.0


def verified(run: Run, within: float = SECONDS_TO_SETTLE) -> Report:
    return verify_run(run.run_id, within, lambda signal, state: None)


def defects(report: Report) -> list[str]:
    """What is missing or there twice, for the message of a failing test."""
    return [
        f"{check.signal}, {check.name}: {finding.defect} {finding.subject} ({finding.detail}) {finding.query}"
        for check in report.checks
        if not check.ok
        for finding in check.findings[:5]
    ]
