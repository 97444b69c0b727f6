"""The services of the shop as local processes: a gunicorn each; its environment says where everything is."""

import os
import sys

from stackctl import credentials, discovery, ports
from stackctl.choices import Choices
from stackctl.components import Component, Tier
from stackctl.instances import Instance, instances
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


def services(choices: Choices) -> list[Component]:
    return [_component(instance) for instance in instances(choices.scale)]


def saga_mode() -> str:
    return os.environ.get("SAGA_MODE") or setting("SAGA_MODE")


def _component(instance: Instance) -> Component:
    application = f"apps.{instance.service}:create_app()"
    return Component(
        name=instance.name,
        argv=(sys.executable, "-m", "gunicorn", "-c", "apps/gunicorn.conf.py", application),
        ready_url=ports.url(instance.port, "/readyz"),
        ports=instance.ports,
        env=_environment(instance),
        source="this repository",
        tier=Tier.GATEWAY if instance.service == "gateway" else Tier.SERVICE,
    )


def _environment(instance: Instance) -> dict[str, str]:
    resource = {
        "service.namespace": "shop",
        "service.instance.id": instance.name,
        "deployment.environment.name": "local",
    }
    return {
        "BIND_HOST": ports.HOST,
        "PORT": str(instance.port),
        "OTEL_SERVICE_NAME": instance.service,
        "OTEL_RESOURCE_ATTRIBUTES": ",".join(f"{name}={value}" for name, value in resource.items()),
        "OTEL_EXPORTER_OTLP_ENDPOINT": ports.url(ports.OTLP_HTTP),
        "TELEMETRY_LOG_FILE": str(logs_dir() / f"{instance.name}.jsonl"),
        **({"GRPC_PORT": str(instance.grpc_port)} if instance.grpc_port else {}),
        **_own_settings(instance.service),
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
        case _:
            return database | broker
