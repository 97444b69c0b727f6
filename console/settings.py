"""The only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

# Backend, the variable that names its host, and its port. Without the variable it has its name in containers.
_BACKENDS = {
    "prometheus": ("PROMETHEUS_HOST", 9090),
    "loki": ("LOKI_HOST", 3100),
    "jaeger": ("JAEGER_HOST", 16686),
    "alertmanager": ("ALERTMANAGER_HOST", 9093),
    "grafana": ("GRAFANA_HOST", 3000),
}
_LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]", "console"})


@dataclass(frozen=True)
class Settings:
    """`urls` maps each backend to its base address; `hosts` are the names under which the console may be
    asked for: any other in the `Host` header is a page elsewhere whose name was pointed here.
    """

    urls: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(_urls({})))
    hosts: frozenset[str] = _LOCAL

    @classmethod
    def from_env(cls) -> "Settings":
        further = os.environ.get("CONSOLE_ALLOWED_HOSTS", "")
        named = {host.strip().lower() for host in further.split(",") if host.strip()}
        return cls(urls=MappingProxyType(_urls(os.environ)), hosts=_LOCAL | named)


def _urls(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: f"http://{environment.get(variable) or name}:{port}"
        for name, (variable, port) in _BACKENDS.items()
    }
