"""What each service is told through its environment, beyond what all are: addresses, files and secrets."""

import os

from stackctl import ports
from stackctl.run import brokers, databases
from stackctl.settings import credentials, discovery
from stackctl.settings.saved_options import SavedOptions
from stackctl.settings.versions import setting

# Secrets go to those alone that use them.
_TOLD = {
    "gateway": ("GATEWAY_REGISTRY", "INVENTORY_TARGET", "JWT_SECRET", "TRACE_KEY", "GUNICORN_CMD_ARGS"),
    "users": ("DATABASE_URL", "BROKER_URL", "ADMIN_PASSWORD"),
    "products": ("DATABASE_URL",),
    "orders": (
        *("DATABASE_URL", "BROKER_URL", "SAGA_MODE"),
        *("SERVICE_REGISTRY", "USERS_URL", "PRODUCTS_URL", "PAYMENTS_URL", "INVENTORY_TARGET"),
    ),
    "payments": ("DATABASE_URL", "BROKER_URL", "SAGA_MODE"),
    "inventory": ("DATABASE_URL", "BROKER_URL", "SAGA_MODE"),
    "notifications": ("DATABASE_URL", "BROKER_URL", "SERVICE_REGISTRY", "USERS_URL", "SMTP_URL"),
}


def settings_of(service: str, chosen: SavedOptions) -> dict[str, str]:
    values = {
        "DATABASE_URL": databases.url_of(service, chosen),
        "BROKER_URL": brokers.url(chosen),
        "SAGA_MODE": saga_mode(),
        "USERS_URL": ports.url(ports.SERVICES["users"]),
        "PRODUCTS_URL": ports.url(ports.SERVICES["products"]),
        "PAYMENTS_URL": ports.url(ports.SERVICES["payments"]),
        "INVENTORY_TARGET": ports.address(ports.INVENTORY_GRPC),
        "SMTP_URL": os.environ.get("SMTP_URL") or f"smtp://{ports.address(ports.SMTP)}",
        "SERVICE_REGISTRY": str(discovery.registry_file()),
        "GATEWAY_REGISTRY": str(discovery.registry_file()),
        "JWT_SECRET": credentials.read(credentials.JWT_SECRET),
        "TRACE_KEY": credentials.read(credentials.TRACE_KEY),
        "ADMIN_PASSWORD": credentials.read(credentials.ADMIN_PASSWORD),
        # A request waits in the gateway for the answer of a service: more of them are under way there.
        "GUNICORN_CMD_ARGS": "--threads=32",
    }
    return {name: values[name] for name in _TOLD[service]}


def saga_mode() -> str:
    return os.environ.get("SAGA_MODE") or setting("SAGA_MODE")
