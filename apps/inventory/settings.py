"""What the environment tells this service. No other module of it reads environment variables."""

from dataclasses import dataclass

from chassis import environment
from chassis.saga_mode import Mode


@dataclass(frozen=True)
class Settings:
    """Without a `grpc_address` there is HTTP only; with its port 0 any free one is taken.

    It reacts to events where there is a `broker_url`, unless another service coordinates the saga.
    """

    database_url: str = "sqlite:///.stack/data/inventory/inventory.db"
    grpc_address: str | None = "0.0.0.0:50055"
    seed: bool = True
    broker_url: str = ""
    reacts_to_events: bool = True

    @classmethod
    def from_env(cls) -> "Settings":
        host = environment.text("BIND_HOST", "0.0.0.0")
        return cls(
            database_url=environment.text("DATABASE_URL", cls.database_url),
            broker_url=environment.text("BROKER_URL", cls.broker_url),
            reacts_to_events=environment.choice("SAGA_MODE", Mode.CHOREOGRAPHY) is Mode.CHOREOGRAPHY,
            grpc_address=f"{host}:{environment.whole('GRPC_PORT', 50055)}",
            seed=environment.flag("SEED_DATA", cls.seed),
        )
