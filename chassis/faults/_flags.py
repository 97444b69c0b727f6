"""The file of flags: which faults are on, for whom, and with which knobs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_KEYS = frozenset({"state", "value", "when"})
_STATES = ("on", "off")


class FlagsBroken(Exception):
    """The file is there, and is no file of flags."""


@dataclass(frozen=True)
class Flag:
    """`when` narrows it to processes with these attributes, such as `service.version`."""

    is_on: bool
    value: Mapping[str, Any] = field(default_factory=dict)
    when: Mapping[str, str] = field(default_factory=dict)

    def is_for(self, attributes: Mapping[str, Any]) -> bool:
        return all(attributes.get(name) == wanted for name, wanted in self.when.items())


def read_flags(path: Path) -> Mapping[str, Flag]:
    """None are on where there is no file. Raises FlagsBroken."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise FlagsBroken(str(error)) from error
    try:
        document = json.loads(text)
    except ValueError as error:
        raise FlagsBroken(f"no JSON: {error}") from error
    if not isinstance(document, dict):
        raise FlagsBroken("not an object of flags by name")
    return {name: _flag(name, fields) for name, fields in document.items()}


def _flag(name: str, fields: object) -> Flag:
    if not isinstance(fields, dict) or not fields.keys() <= _KEYS:
        raise FlagsBroken(f"{name}: a flag has {', '.join(sorted(_KEYS))} and nothing else")
    if fields.get("state") not in _STATES:
        raise FlagsBroken(f"{name}: its state is neither on nor off")
    value, when = fields.get("value", {}), fields.get("when", {})
    if not isinstance(value, dict) or not isinstance(when, dict):
        raise FlagsBroken(f"{name}: value and when are objects")
    return Flag(fields["state"] == "on", value, when)
