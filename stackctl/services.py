"""The services of the shop as local processes: a gunicorn each; its environment says where everything is."""

import sys

from stackctl import ports
from stackctl.components import Component, Tier
from stackctl.paths import data_dir, logs_dir

# Who calls whom: the callee's address, and the setting under which the caller expects it.
_CALLS = {"orders": {"USERS_URL": "users", "PRODUCTS_URL": "products"}}


def services() -> list[Component]:
    return [_service(name, port) for name, port in ports.SERVICES.items()]


def _service(name: str, port: int) -> Component:
    return Component(
        name=name,
        argv=(sys.executable, "-m", "gunicorn", "-c", "apps/gunicorn.conf.py", f"apps.{name}:create_app()"),
        ready_url=ports.url(port, "/readyz"),
        ports=(port,),
        env=_environment(name, port),
        source="this repository",
        tier=Tier.SERVICE,
    )


def _environment(name: str, port: int) -> dict[str, str]:
    return {
        "BIND_HOST": ports.HOST,
        "PORT": str(port),
        "OTEL_SERVICE_NAME": name,
        "OTEL_RESOURCE_ATTRIBUTES": "service.namespace=shop,deployment.environment.name=local",
        "OTEL_EXPORTER_OTLP_ENDPOINT": ports.url(ports.OTLP_HTTP),
        "TELEMETRY_LOG_FILE": str(logs_dir() / f"{name}.jsonl"),
        "DATABASE_URL": f"sqlite:///{data_dir(name) / name}.db",
        **{setting: ports.url(ports.SERVICES[callee]) for setting, callee in _CALLS.get(name, {}).items()},
    }
