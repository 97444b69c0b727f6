"""Everything that may be started from a page: commands of ./stack, with the arguments that they take."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from console.reads import Refused

_NAME: Final = re.compile(r"[a-z][a-z-]{0,59}")
_RATE: Final = re.compile(r"[1-9]\d{0,2}")
_DURATION: Final = re.compile(r"[1-9]\d{0,3}[sm]")
_SEED: Final = re.compile(r"\d{1,9}")
_RUN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")


@dataclass(frozen=True)
class Command:
    """`words` begin it; `options` have a value each, `flags` none; `argument` stands alone at its end."""

    words: tuple[str, ...]
    options: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    argument: tuple[str, re.Pattern[str]] | None = None

    def arguments(self, asked: Mapping[str, object]) -> tuple[str, ...]:
        """What to give to ./stack; raises `Refused` with the reason."""
        options: list[str] = []
        argument: list[str] = []
        for name, value in sorted(asked.items()):
            if name in self.flags and value is True:
                options.append(f"--{name}")
            elif name in self.options:
                options += [f"--{name}", _checked(name, self.options[name], value)]
            elif self.argument and name == self.argument[0]:
                argument = [_checked(name, self.argument[1], value)]
            else:
                raise Refused(f"{self.words[0]} does not take {name!r}")
        return (*self.words, *options, *argument)


def _checked(name: str, allowed: re.Pattern[str], value: object) -> str:
    if not isinstance(value, str) or not allowed.fullmatch(value):
        raise Refused(f"{name} is not valid")
    return value


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "drill": Command(("drill",), flags=frozenset({"hide", "keep"}), argument=("name", _NAME)),
        "heal": Command(("drill", "--heal")),
        "reveal": Command(("drill", "--reveal")),
        "traffic": Command(
            ("traffic",), {"rate": _RATE, "duration": _DURATION, "seed": _SEED, "profile": _NAME}
        ),
        "verify": Command(("verify", "--steps"), {"run": _RUN}),
    }
)

LIST_DRILLS: Final = ("drill", "--list", "--json")
