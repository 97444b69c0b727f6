"""Alert rules that are quick enough to wait for: the demo profile, as long as a drill lasts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from stackctl.drills.environment import environment
from stackctl.run import alert_profiles

QUICK = "demo"
_SETTING = "ALERTS_PROFILE"


@contextmanager
def quick_rules(console: Console) -> Iterator[None]:
    """The profile that is set comes back at the end of the block.

    By the environment, too: whatever is started again meanwhile takes this profile and no other.
    """
    before = os.environ.get(_SETTING)
    os.environ[_SETTING] = QUICK
    try:
        if environment().use_profile(QUICK):
            console.print(
                f"Alert rules: the {QUICK} profile, windows a fifteenth as long, until this is over."
            )
        yield
    finally:
        os.environ.pop(_SETTING)
        if before is not None:
            os.environ[_SETTING] = before
        if environment().use_profile(alert_profiles.configured()):
            console.print(f"Alert rules: back to the {alert_profiles.configured()} profile.")
