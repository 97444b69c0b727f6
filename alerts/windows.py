"""Multi-window, multi-burn-rate alerting: the windows of Google's SRE workbook (chapter 5), as Sloth has
them.

A burn rate of 1 uses up the error budget in exactly the period. A long window says that it matters, a short
one that it still goes on, so that an alert ends soon after its cause.
"""

from dataclasses import dataclass
from typing import Final

PAGE: Final = "page"
TICKET: Final = "ticket"

# The error ratio is recorded for each; the names are production's in every profile.
WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")

# A ratio of next to nothing proves nothing: so many bad events there must be in the long window.
FEWEST_BAD_EVENTS: Final = 10


@dataclass(frozen=True)
class Burn:
    """Fires when the budget burns `factor` times too fast in both windows, for so long."""

    long: str
    short: str
    factor: float
    wait: str
    severity: str


BURNS: Final = (
    Burn("1h", "5m", 14.4, "2m", PAGE),
    Burn("6h", "30m", 6, "15m", PAGE),
    Burn("1d", "2h", 3, "1h", TICKET),
    Burn("3d", "6h", 1, "3h", TICKET),
)
