"""The queues of the shop, declared and looked after by `python -m chassis.events`, a process of its own.

Nothing here knows how queues work.
"""

import json
import os
import subprocess
import sys
from typing import Any

from stackctl.errors import StackError
from stackctl.paths import ROOT
from stackctl.run import brokers
from stackctl.settings import saved_options
from stackctl.settings.saved_options import SavedOptions
from stackctl.system.polling import NotYet, poll_until

Line = dict[str, Any]

# Of all the services; one that nobody has declared is as empty as it looks.
QUEUES = ("orders", "order_history", "payments", "inventory", "notifications")

# A queue gets what is published after it was declared. Before this one is there, nobody would get a mail.
DECLARED_FIRST = ("notifications", "user_events", "order_events")

_ANSWERS_WITHIN_SECONDS = 15.0


def declare_first(chosen: SavedOptions) -> None:
    """Before any service runs that publishes; what is there already stays as it is."""
    poll_until(
        lambda: _answer(chosen, "declare", *DECLARED_FIRST), "the broker's answer", _ANSWERS_WITHIN_SECONDS
    )


def ask(*arguments: str) -> list[Line]:
    """What the broker of this stack answers."""
    answer = _answer(saved_options.load(), *arguments)
    if isinstance(answer, NotYet):
        raise StackError(str(answer), "Is the stack up? ./stack status")
    return answer


def _answer(chosen: SavedOptions, *arguments: str) -> list[Line] | NotYet:
    """Its URL may hold a password, so it is no argument."""
    environment = {**os.environ, "BROKER_URL": brokers.url(chosen)}
    command = (sys.executable, "-m", "chassis.events", *arguments)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        return NotYet(done.stderr.strip())
    return [json.loads(line) for line in done.stdout.splitlines()]
