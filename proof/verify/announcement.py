"""What a verification has found, as log lines: the console shows them."""

from contextlib import suppress

from proof.verify.report import Report
from stackctl.run import annotations


def announce(report: Report) -> None:
    """A line for each check, and one that says that it is over. Where no log can be written, none is."""
    run_id = report.run.run_id
    with suppress(OSError):
        for check in report.checks:
            annotations.write(
                "verify.check",
                check.name,
                run_id=run_id,
                signal=check.signal,
                check=check.name,
                expected=check.expected,
                found=check.found,
                missing=check.missing,
                duplicated=check.duplicated,
            )
        annotations.write("verify.end", run_id, run_id=run_id, ok=str(report.ok).lower())
