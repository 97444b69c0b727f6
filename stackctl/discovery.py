"""Where the instances of the services are: written by `up`, read again by the gateway whenever it changes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stackctl import whole_files
from stackctl.paths import discovery_dir

# Those that the gateway forwards to (apps/gateway/policy.py); others talk to each other directly.
BEHIND_GATEWAY = ("users", "products", "orders")

# The version of a service that runs from this folder.
VERSION = "v1"


def registry_file() -> Path:
    return discovery_dir() / "registry.json"


def announce(addresses: Mapping[str, Sequence[str]]) -> None:
    """Tell the gateway the URLs of the services' instances.

    Weights and further versions that somebody has written into the file stay. Nothing is written when nothing
    changes.
    """
    before = _read(registry_file())
    try:
        registry = {
            service: _versions(before.get(service, {}), addresses[service]) for service in BEHIND_GATEWAY
        }
    except (AttributeError, TypeError):  # valid JSON, but no registry
        registry = {service: _versions({}, addresses[service]) for service in BEHIND_GATEWAY}
    if registry != before:
        whole_files.write(registry_file(), json.dumps(registry, indent=2) + "\n")


def _versions(before: Mapping[str, Any], instances: Sequence[str]) -> dict[str, Any]:
    ours = {"weight": 100, **before.get(VERSION, {}), "instances": list(instances)}
    return {**before, VERSION: ours}


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
