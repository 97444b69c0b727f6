"""The only reader of the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

from apps.orders.saga import Mode


@dataclass(frozen=True)
class Settings:
    """Without a `broker_url`, events wait in the outbox. Where a `registry_file` is, it says where users and
    products are; their URLs are for what it does not know.

    `default_card_token` pays for orders that name no card: the demo's, to be empty where cards are real.
    """

    database_url: str = "sqlite:///.stack/data/orders/orders.db"
    users_url: str = "http://users:5001"
    products_url: str = "http://products:5002"
    registry_file: Path | None = None
    connect_timeout_s: float = 0.5
    read_timeout_s: float = 2.0
    seed: bool = True
    saga_mode: Mode = Mode.OFF
    broker_url: str = ""
    payments_url: str = "http://payments:5004"
    inventory_target: str = "inventory:50055"
    default_card_token: str = "tok_visa"
    saga_workers: int = 4
    saga_call_timeout_s: float = 3.0
    saga_lease_s: float = 10.0
    saga_stuck_after_s: float = 30.0
    saga_timeout_s: float = 600.0

    @classmethod
    def from_env(cls) -> "Settings":
        def number(name: str, default: float) -> float:
            return float(os.environ.get(name, default))

        registry = os.environ.get("SERVICE_REGISTRY")
        return cls(
            database_url=os.environ.get("DATABASE_URL", cls.database_url),
            users_url=os.environ.get("USERS_URL", cls.users_url),
            products_url=os.environ.get("PRODUCTS_URL", cls.products_url),
            registry_file=Path(registry) if registry else None,
            connect_timeout_s=number("CONNECT_TIMEOUT_SECONDS", cls.connect_timeout_s),
            read_timeout_s=number("READ_TIMEOUT_SECONDS", cls.read_timeout_s),
            seed=os.environ.get("SEED_DATA", "true").lower() == "true",
            saga_mode=Mode(os.environ.get("SAGA_MODE", cls.saga_mode).lower()),
            broker_url=os.environ.get("BROKER_URL", cls.broker_url),
            payments_url=os.environ.get("PAYMENTS_URL", cls.payments_url),
            inventory_target=os.environ.get("INVENTORY_TARGET", cls.inventory_target),
            default_card_token=os.environ.get("DEFAULT_CARD_TOKEN", cls.default_card_token),
            saga_workers=int(os.environ.get("SAGA_WORKERS", cls.saga_workers)),
            saga_call_timeout_s=number("SAGA_CALL_TIMEOUT_SECONDS", cls.saga_call_timeout_s),
            saga_lease_s=number("SAGA_LEASE_SECONDS", cls.saga_lease_s),
            saga_stuck_after_s=number("SAGA_STUCK_AFTER_SECONDS", cls.saga_stuck_after_s),
            saga_timeout_s=number("SAGA_TIMEOUT_SECONDS", cls.saga_timeout_s),
        )

    def peers(self) -> dict[str, str]:
        """The addresses of the services that this one calls, and their names."""
        return {self.users_url: "users", self.products_url: "products", self.payments_url: "payments"}
