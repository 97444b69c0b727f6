"""How patient the rules are: as in production, or so that a drill on this machine takes a minute or two.

Expressions are written with the windows of production in angle brackets, `rate(up[<5m>])`; a profile puts its
own in their place. `<5m:s>` becomes a number of seconds, for what an expression compares.
"""

import re
from dataclasses import dataclass
from typing import Final

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_WINDOW: Final = re.compile(r"<(\d+[smhd])(:s)?>")


@dataclass(frozen=True)
class Profile:
    """`factor` divides every window. None gets shorter than `shortest_range_s`: a rate needs some scrapes
    (every 5 s); no alert waits less than `shortest_wait_s`: a start, or one scrape that is missed, is no
    incident. `slo_interval_s`: how often the rules of the SLOs are evaluated; their long windows are sums
    over all of it.
    """

    name: str
    factor: int
    shortest_range_s: int
    shortest_wait_s: int
    slo_interval_s: int

    def range_s(self, window: str) -> int:
        """A window of production in this profile, in seconds."""
        return max(seconds(window) // self.factor, min(seconds(window), self.shortest_range_s))

    def wait_s(self, wait: str) -> int:
        """A `for` of production in this profile, in seconds."""
        return max(seconds(wait) // self.factor, min(seconds(wait), self.shortest_wait_s))

    def expand(self, expression: str) -> str:
        """PromQL or LogQL with this profile's windows."""

        def window(match: re.Match[str]) -> str:
            length = self.range_s(match[1])
            return str(length) if match[2] else duration(length)

        return _WINDOW.sub(window, expression)


PRODUCTION: Final = Profile("production", 1, 20, 20, 30)
DEMO: Final = Profile("demo", 15, 20, 20, 5)
PROFILES: Final = {profile.name: profile for profile in (PRODUCTION, DEMO)}


def seconds(window: str) -> int:
    """`5m` is 300."""
    return int(window[:-1]) * _UNITS[window[-1]]


def duration(length_s: int) -> str:
    """300 is `5m`: in the largest unit that it is a whole number of; 0 is `0s`."""
    unit = next((unit for unit in "dhm" if length_s and length_s % _UNITS[unit] == 0), "s")
    return f"{length_s // _UNITS[unit]}{unit}"
