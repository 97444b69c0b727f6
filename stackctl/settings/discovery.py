"""Where the instances of the services are: written by `up`, read again whenever it changes.

The gateway balances over those in its registry; the Collector scrapes the first of each service by its own
configuration, further ones and the console by a file.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stackctl import ports
from stackctl.paths import discovery_dir
from stackctl.settings.instances import MOST_INSTANCES, Instance, instances
from stackctl.settings.rollouts import Rollout
from stackctl.system import atomic_write

# Those that the gateway forwards to (apps/gateway/policy.py), and so can share out between versions.
BEHIND_GATEWAY = ("users", "products", "orders")


def registry_file() -> Path:
    return discovery_dir() / "registry.json"


def scrape_file() -> Path:
    return discovery_dir() / "instances.json"


def announce(
    found: Iterable[Instance],
    rollouts: Mapping[str, Rollout] = MappingProxyType({}),
    leaving: Collection[Instance] = (),
) -> None:
    """Tell the gateway and the Collector; a file that would not change is not written.

    In the gateway's, weights and further versions that somebody has written into it stay. Those of `found`
    that are `leaving` get no requests any more, but are still scraped: their last counts are yet to be seen.
    """
    running = list(found)
    staying = [each for each in running if each not in leaving]
    before = _read(registry_file())
    try:
        registry = _registry(before, staying, rollouts)
    except (AttributeError, TypeError, KeyError):  # valid JSON, but no registry
        registry = _registry({}, staying, rollouts)
    _update(registry_file(), before, registry)
    _update(scrape_file(), _read(scrape_file()), _scraped(running))


def _registry(
    before: Mapping[str, Any], running: Sequence[Instance], rollouts: Mapping[str, Rollout]
) -> dict[str, Any]:
    return {
        service: {
            **_of_others(service, before.get(service, {})),
            **_versions(
                before.get(service, {}),
                [each for each in running if each.service == service],
                rollouts.get(service, Rollout()),
            ),
        }
        for service in BEHIND_GATEWAY
    }


def _of_others(service: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """Versions on ports that are not ours to give were added by somebody else."""
    ours = {ports.url(each.port) for each in instances({service: MOST_INSTANCES}, {service: "new"})}
    return {name: version for name, version in before.items() if set(version["instances"]) - ours}


def _versions(before: Mapping[str, Any], running: Sequence[Instance], rollout: Rollout) -> dict[str, Any]:
    stable = {"instances": [ports.url(each.port) for each in running if not each.candidate]}
    candidate = {"instances": [ports.url(each.port) for each in running if each.candidate]}
    name, new = rollout.stable.name, rollout.candidate
    if new is None or not candidate["instances"]:
        return {name: {"weight": before.get(name, {}).get("weight") or 100, **stable}}
    if new.name == name:
        return {name: {"weight": 100, "instances": stable["instances"] + candidate["instances"]}}
    share = rollout.share if stable["instances"] else 100
    return {name: {"weight": 100 - share, **stable}, new.name: {"weight": share, **candidate}}


def _scraped(running: Sequence[Instance]) -> list[dict[str, Any]]:
    """As Prometheus' file_sd has it."""
    return [
        {"targets": [f"{ports.HOST}:{ports.CONSOLE}"], "labels": {"job": "console"}},
        *(
            {"targets": [f"{ports.HOST}:{each.metrics_port}"], "labels": {"job": each.service}}
            for each in running
            if not each.is_known
        ),
    ]


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _update(path: Path, before: object, now: object) -> None:
    if now != before:
        atomic_write.write(path, json.dumps(now, indent=2) + "\n")
