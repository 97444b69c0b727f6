"""Durations as people write them: 60s, 2m, 1h, 90."""

import re

from stackctl.errors import StackError

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


def parse_duration(text: str) -> float:
    """Return the seconds; a bare number is seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip())
    if match is None or float(match[1]) == 0:
        raise StackError(f"{text!r} is not a duration.", "Write for example 60s, 2m or 1h.")
    return float(match[1]) * _SECONDS[match[2]]
