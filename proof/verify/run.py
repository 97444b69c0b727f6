"""A verification as a person sees it: how far it is while it lasts, then the table or JSON."""

import json

from rich.console import Console

from proof.verify.announcement import announce
from proof.verify.display import LiveStates, print_report
from proof.verify.verification import verify_run
from stackctl.system.terminal import new_console


def run_verify(
    console: Console, *, run_id: str | None = None, timeout: float = 60.0, as_json: bool = False
) -> bool:
    """Verify a run (the last one by default), print the outcome, and return whether all is complete.

    Args:
        run_id: as `traffic` prints it.
        timeout: seconds that the backends have to show everything.
        as_json: print one JSON object (proof.verify.report documents it) instead of a table.
    """
    with LiveStates(new_console(stderr=True)) as states:
        report = verify_run(run_id, timeout, states.show)
    announce(report)
    if as_json:
        print(json.dumps(report.as_json(), indent=1))
    else:
        print_report(console, report)
    return report.ok
