"""A verification as a person sees it: how far it is, then the table or JSON, and a file for CI."""

import json
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from proof.ledger.runs import Run, load_run, runs_of_apps
from proof.own_app.verification import verify_app
from proof.verify import junit
from proof.verify.announcement import announce
from proof.verify.display import LiveStates, print_report
from proof.verify.report import check_as_json
from proof.verify.retry_until_complete import Checks
from proof.verify.verification import verify_run
from stackctl.errors import StackError
from stackctl.system.terminal import new_console


def run_verify(
    console: Console,
    *,
    app: str = "",
    run_id: str | None = None,
    timeout: float = 60.0,
    as_json: bool = False,
    steps: bool = False,
    junit_file: Path | None = None,
) -> bool:
    """Verify a run (the last one by default), print the outcome, and return whether all is complete.

    Args:
        app: the service name of an app of your own, when its last run is meant.
        run_id: as `traffic` prints it.
        timeout: seconds that the backends have to show everything.
        as_json: print one JSON object (proof.verify.report documents it) instead of a table.
        steps: print a JSON object per line, {"checks": […]} as they are found and {"report": …} at the end.
        junit_file: write the checks there as test cases.
    """
    if junit_file is not None:
        junit.require_writable(junit_file)
    run = _run(app, run_id)
    if "to" in run.details:
        verification = partial(verify_app, run, app, timeout)
    else:
        verification = partial(verify_run, run.run_id, timeout)
    with LiveStates(new_console(stderr=True)) as states:
        report = verification(states.show, _print_checks if steps else lambda checks: None)
    announce(report)
    if junit_file is not None:
        junit.write(report, junit_file)
    if steps:
        _print_line({"report": report.as_json()})
    elif as_json:
        print(json.dumps(report.as_json(), indent=1))
    else:
        print_report(console, report)
    return report.ok


def _print_checks(checks: Checks) -> None:
    """Without findings: until the end most of them are only late."""
    _print_line({"checks": [{**check_as_json(check), "findings": []} for check in checks]})


def _print_line(content: Mapping[str, Any]) -> None:
    """At once and in one piece: threads print side by side."""
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


def _run(app: str, run_id: str | None) -> Run:
    if not app:
        return load_run(run_id)
    hint = "./stack traffic --to URL --requests FILE sends one, ./stack record --to URL keeps what you send."
    if run_id is None:
        run = next(iter(runs_of_apps()), None)
        if run is None:
            raise StackError("No run of an app of yours is there yet.", hint)
        return run
    run = load_run(run_id)
    if "to" not in run.details:
        raise StackError(f"Run {run_id} was sent to the shop, not to {app}.", hint)
    return run
