"""Where the instances of the services are: written by `up`, read again whenever it changes.

The gateway balances over those in its registry; the Collector scrapes the first of each service by its own
configuration and further ones by a file.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stackctl import ports, whole_files
from stackctl.instances import Instance
from stackctl.paths import discovery_dir

# Those that the gateway forwards to (apps/gateway/policy.py); others talk to each other directly.
BEHIND_GATEWAY = ("users", "products", "orders")

# The version of a service that runs from this folder.
VERSION = "v1"


def registry_file() -> Path:
    return discovery_dir() / "registry.json"


def scrape_file() -> Path:
    return discovery_dir() / "instances.json"


def announce(instances: Iterable[Instance]) -> None:
    """Tell the gateway and the Collector; a file that would not change is not written.

    In the gateway's, weights and further versions that somebody has written into it stay.
    """
    running = list(instances)
    before = _read(registry_file())
    try:
        registry = _registry(before, running)
    except (AttributeError, TypeError):  # valid JSON, but no registry
        registry = _registry({}, running)
    _update(registry_file(), before, registry)
    _update(scrape_file(), _read(scrape_file()), _scraped(running))


def _registry(before: Mapping[str, Any], running: Sequence[Instance]) -> dict[str, Any]:
    return {
        service: _versions(
            before.get(service, {}), [ports.url(each.port) for each in running if each.service == service]
        )
        for service in BEHIND_GATEWAY
    }


def _versions(before: Mapping[str, Any], urls: list[str]) -> dict[str, Any]:
    return {**before, VERSION: {"weight": 100, **before.get(VERSION, {}), "instances": urls}}


def _scraped(running: Sequence[Instance]) -> list[dict[str, Any]]:
    """As Prometheus' file_sd has it."""
    return [
        {"targets": [f"{ports.HOST}:{each.port}"], "labels": {"job": each.service}}
        for each in running
        if each.number > 1
    ]


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _update(path: Path, before: object, now: object) -> None:
    if now != before:
        whole_files.write(path, json.dumps(now, indent=2) + "\n")
