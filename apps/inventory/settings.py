"""The only reader of the environment."""

import os
from dataclasses import dataclass


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
        host = os.environ.get("BIND_HOST", "0.0.0.0")
        return cls(
            database_url=os.environ.get("DATABASE_URL", cls.database_url),
            broker_url=os.environ.get("BROKER_URL", cls.broker_url),
            reacts_to_events=os.environ.get("SAGA_MODE", "choreography").lower() == "choreography",
            grpc_address=f"{host}:{os.environ.get('GRPC_PORT', '50055')}",
            seed=os.environ.get("SEED_DATA", "true").lower() == "true",
        )
