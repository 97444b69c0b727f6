"""Settings from the environment, checked: a wrong value ends the start, and says what would be right.

Empty counts as not set: compose and Kubernetes pass on variables that nobody has set.
"""

import os
from enum import StrEnum
from math import isfinite
from typing import Final, TypeVar

Choice = TypeVar("Choice", bound=StrEnum)

_TRUE: Final = frozenset({"true", "1", "yes", "on"})
_FALSE: Final = frozenset({"false", "0", "no", "off"})


class InvalidSetting(ValueError):
    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(f"{name} is {value!r}; it must be {expected}.")


def text(name: str, default: str = "", may_be_empty: bool = False) -> str:
    value = os.environ.get(name)
    return default if value is None or (value == "" and not may_be_empty) else value


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in _TRUE | _FALSE:
        raise InvalidSetting(name, value, "true or false")
    return value in _TRUE


def whole(name: str, default: int, at_least: int = 0) -> int:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or int(value) < at_least:
        raise InvalidSetting(name, value, f"a whole number, at least {at_least}")
    return int(value)


def seconds(name: str, default: float) -> float:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not isfinite(number) or number < 0:
        raise InvalidSetting(name, value, "a number of seconds, 0 or more")
    return number


def choice(name: str, default: Choice) -> Choice:
    """One of the values of `default`'s class, in upper or lower case."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    kind = type(default)
    if value not in set(kind):
        raise InvalidSetting(name, value, f"one of {', '.join(kind)}")
    return kind(value)
