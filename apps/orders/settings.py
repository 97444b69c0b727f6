"""What the environment tells this service. No other module of it reads environment variables."""

from dataclasses import dataclass
from pathlib import Path

from chassis import environment
from chassis.saga_mode import Mode


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
        registry = environment.text("SERVICE_REGISTRY")
        return cls(
            database_url=environment.text("DATABASE_URL", cls.database_url),
            users_url=environment.text("USERS_URL", cls.users_url),
            products_url=environment.text("PRODUCTS_URL", cls.products_url),
            registry_file=Path(registry) if registry else None,
            connect_timeout_s=environment.seconds("CONNECT_TIMEOUT_SECONDS", cls.connect_timeout_s),
            read_timeout_s=environment.seconds("READ_TIMEOUT_SECONDS", cls.read_timeout_s),
            seed=environment.flag("SEED_DATA", cls.seed),
            saga_mode=environment.choice("SAGA_MODE", cls.saga_mode),
            broker_url=environment.text("BROKER_URL", cls.broker_url),
            payments_url=environment.text("PAYMENTS_URL", cls.payments_url),
            inventory_target=environment.text("INVENTORY_TARGET", cls.inventory_target),
            default_card_token=environment.text(
                "DEFAULT_CARD_TOKEN", cls.default_card_token, may_be_empty=True
            ),
            saga_workers=environment.whole("SAGA_WORKERS", cls.saga_workers, at_least=1),
            saga_call_timeout_s=environment.seconds("SAGA_CALL_TIMEOUT_SECONDS", cls.saga_call_timeout_s),
            saga_lease_s=environment.seconds("SAGA_LEASE_SECONDS", cls.saga_lease_s),
            saga_stuck_after_s=environment.seconds("SAGA_STUCK_AFTER_SECONDS", cls.saga_stuck_after_s),
            saga_timeout_s=environment.seconds("SAGA_TIMEOUT_SECONDS", cls.saga_timeout_s),
        )

    def peers(self) -> dict[str, str]:
        """The addresses of the services that this one calls, and their names."""
        return {self.users_url: "users", self.products_url: "products", self.payments_url: "payments"}
