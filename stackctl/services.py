"""The services of the shop as local processes: a gunicorn each; its environment says where everything is."""

import os
import sys

from stackctl import credentials, discovery, ports
from stackctl.components import Component, Tier
from stackctl.paths import data_dir, logs_dir
from stackctl.versions import setting

_INVENTORY = f"{ports.HOST}:{ports.INVENTORY_GRPC}"
# Whom orders calls.
_PARTNERS = {
    "USERS_URL": ports.url(ports.SERVICES["users"]),
    "PRODUCTS_URL": ports.url(ports.SERVICES["products"]),
    "PAYMENTS_URL": ports.url(ports.SERVICES["payments"]),
    "INVENTORY_TARGET": _INVENTORY,
}


def services() -> list[Component]:
    return [_service(name, port) for name, port in ports.SERVICES.items()]


def saga_mode() -> str:
    return os.environ.get("SAGA_MODE") or setting("SAGA_MODE")


def _service(name: str, port: int) -> Component:
    return Component(
        name=name,
        argv=(sys.executable, "-m", "gunicorn", "-c", "apps/gunicorn.conf.py", f"apps.{name}:create_app()"),
        ready_url=ports.url(port, "/readyz"),
        ports=(port, ports.INVENTORY_GRPC) if name == "inventory" else (port,),
        env=_environment(name, port),
        source="this repository",
        tier=Tier.GATEWAY if name == "gateway" else Tier.SERVICE,
    )


def _environment(name: str, port: int) -> dict[str, str]:
    return {
        "BIND_HOST": ports.HOST,
        "PORT": str(port),
        "OTEL_SERVICE_NAME": name,
        "OTEL_RESOURCE_ATTRIBUTES": "service.namespace=shop,deployment.environment.name=local",
        "OTEL_EXPORTER_OTLP_ENDPOINT": ports.url(ports.OTLP_HTTP),
        "TELEMETRY_LOG_FILE": str(logs_dir() / f"{name}.jsonl"),
        **_own_settings(name),
    }


def _own_settings(name: str) -> dict[str, str]:
    """What this service needs beyond what all need; secrets go to those alone that use them."""
    if name == "gateway":
        return {
            "JWT_SECRET": credentials.read(credentials.JWT_SECRET),
            "GATEWAY_REGISTRY": str(discovery.registry_file()),
            "INVENTORY_TARGET": _INVENTORY,
            # A request waits here for the answer of a service, so more of them are under way than there.
            "GUNICORN_CMD_ARGS": "--threads=32",
        }
    database = {"DATABASE_URL": f"sqlite:///{data_dir(name) / name}.db"}
    broker = {"BROKER_URL": f"sqlite:///{data_dir('broker')}/broker.db"}
    match name:
        case "users":
            return database | broker | {"ADMIN_PASSWORD": credentials.read(credentials.ADMIN_PASSWORD)}
        case "products":
            return database
        case "orders":
            return database | broker | _PARTNERS | {"SAGA_MODE": saga_mode()}
        case "inventory":
            return database | broker | {"GRPC_PORT": str(ports.INVENTORY_GRPC)}
        case _:
            return database | broker
