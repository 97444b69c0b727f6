"""The only reader of the environment."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Without a `grpc_address` there is HTTP only; with its port 0 any free one is taken."""

    database_url: str = "sqlite:///.stack/data/inventory/inventory.db"
    grpc_address: str | None = "0.0.0.0:50055"
    seed: bool = True

    @classmethod
    def from_env(cls) -> "Settings":
        host = os.environ.get("BIND_HOST", "0.0.0.0")
        return cls(
            database_url=os.environ.get("DATABASE_URL", cls.database_url),
            grpc_address=f"{host}:{os.environ.get('GRPC_PORT', '50055')}",
            seed=os.environ.get("SEED_DATA", "true").lower() == "true",
        )
