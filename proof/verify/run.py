"""A verification as a person sees it: how far it is while it lasts, then the table or JSON."""

import json
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from proof.verify.announcement import announce
from proof.verify.display import LiveStates, print_report
from proof.verify.report import check_as_json
from proof.verify.retry_until_complete import Checks
from proof.verify.verification import verify_run
from stackctl.system.terminal import new_console


def run_verify(
    console: Console,
    *,
    run_id: str | None = None,
    timeout: float = 60.0,
    as_json: bool = False,
    steps: bool = False,
) -> bool:
    """Verify a run (the last one by default), print the outcome, and return whether all is complete.

    Args:
        run_id: as `traffic` prints it.
        timeout: seconds that the backends have to show everything.
        as_json: print one JSON object (proof.verify.report documents it) instead of a table.
        steps: print a JSON object per line, {"checks": […]} as they are found and {"report": …} at the end.
    """
    with LiveStates(new_console(stderr=True)) as states:
        report = verify_run(run_id, timeout, states.show, _print_checks if steps else lambda checks: None)
    announce(report)
    if steps:
        _print_line({"report": report.as_json()})
    elif as_json:
        print(json.dumps(report.as_json(), indent=1))
    else:
        print_report(console, report)
    return report.ok


def _print_checks(checks: Checks) -> None:
    _print_line({"checks": [check_as_json(check) for check in checks]})


def _print_line(content: Mapping[str, Any]) -> None:
    """At once and in one piece: threads print side by side."""
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()
