"""Alertmanager's file for a place and a profile: it expands no variables itself."""

from collections.abc import Mapping
from typing import Any

import yaml

from alerts.profiles import Profile, duration, seconds

_PAUSES = ("group_wait", "group_interval", "repeat_interval")


def adapted(text: str, places: Mapping[str, str], profile: Profile) -> str:
    """With other addresses (`host:port` by `host:port`), and pauses that many times shorter."""
    for name, place in places.items():
        text = text.replace(name, place)
    config: dict[str, Any] = yaml.safe_load(text)
    _shorten(config["route"], profile)
    head = f"# alertmanager/alertmanager.yml as ./stack runs it: local addresses, profile {profile.name}.\n"
    return head + yaml.safe_dump(config, sort_keys=False)


def _shorten(route: dict[str, Any], profile: Profile) -> None:
    for pause in set(_PAUSES) & route.keys():
        shorter_s = seconds(str(route[pause])) // profile.factor
        route[pause] = duration(max(1, shorter_s))
    for child in route.get("routes", ()):
        _shorten(child, profile)
