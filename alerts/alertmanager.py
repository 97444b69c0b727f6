"""Alertmanager's file for a profile and a place: it expands no variables itself."""

from collections.abc import Mapping
from typing import Any

import yaml

from alerts.profiles import Profile, duration, seconds

_PAUSES = ("group_wait", "group_interval", "repeat_interval")


def quickened(text: str, profile: Profile) -> dict[str, Any]:
    """The file of production with pauses as many times shorter as the windows of the profile."""
    config: dict[str, Any] = yaml.safe_load(text)
    _shorten(config["route"], profile)
    return config


def placed(text: str, places: Mapping[str, str]) -> str:
    """With other addresses: `host:port` by `host:port`."""
    for name, place in places.items():
        text = text.replace(name, place)
    return f"# As ./stack runs it, with local addresses; what follows is a file of alertmanager/.\n{text}"


def _shorten(route: dict[str, Any], profile: Profile) -> None:
    for pause in set(_PAUSES) & route.keys():
        shorter_s = seconds(str(route[pause])) // profile.factor
        route[pause] = duration(max(1, shorter_s))
    for child in route.get("routes", ()):
        _shorten(child, profile)
