"""The settings of the console, from its environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from console.guard import LOCAL_HOSTS

# Backend, the variable that names its host, and its port. Without the variable it has its name in containers.
_BACKENDS = {
    "prometheus": ("PROMETHEUS_HOST", 9090),
    "loki": ("LOKI_HOST", 3100),
    "jaeger": ("JAEGER_HOST", 16686),
    "alertmanager": ("ALERTMANAGER_HOST", 9093),
    "grafana": ("GRAFANA_HOST", 3000),
}
_LOCAL = LOCAL_HOSTS | {"console"}


@dataclass(frozen=True)
class Settings:
    """`urls` maps each backend to its base address, `authorizations` those that want a login to their header.
    `hosts` are the names under which the console may be asked for: any other in the `Host` header is a page
    elsewhere whose name was pointed here. `state` is the folder of the stack that ./stack runs on this
    machine; without it nothing can be started here. `stack` is the command that ./stack is.
    """

    urls: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(_urls({})))
    authorizations: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    hosts: frozenset[str] = _LOCAL
    state: Path | None = None
    stack: tuple[str, ...] = (sys.executable, "-m", "stackctl")

    @classmethod
    def from_env(cls) -> "Settings":
        further = os.environ.get("CONSOLE_ALLOWED_HOSTS", "")
        named = {host.strip().lower() for host in further.split(",") if host.strip()}
        state = os.environ.get("GLASSHOUSE_STATE_DIR")
        return cls(
            urls=MappingProxyType(_urls(os.environ)),
            authorizations=MappingProxyType(_authorizations(os.environ)),
            hosts=_LOCAL | named,
            state=Path(state) if state else None,
        )


def _urls(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: f"http://{environment.get(variable) or name}:{port}"
        for name, (variable, port) in _BACKENDS.items()
    }


def _authorizations(environment: Mapping[str, str]) -> dict[str, str]:
    file = environment.get("ALERTMANAGER_AUTHORIZATION_FILE")
    return {"alertmanager": f"Basic {Path(file).read_text(encoding='utf-8').strip()}"} if file else {}
