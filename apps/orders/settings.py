"""The only reader of the environment."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    database_url: str = "sqlite:///.stack/data/orders/orders.db"
    users_url: str = "http://users:5001"
    products_url: str = "http://products:5002"
    connect_timeout_s: float = 0.5
    read_timeout_s: float = 2.0
    seed: bool = True

    @classmethod
    def from_env(cls) -> "Settings":
        return cls(
            database_url=os.environ.get("DATABASE_URL", cls.database_url),
            users_url=os.environ.get("USERS_URL", cls.users_url),
            products_url=os.environ.get("PRODUCTS_URL", cls.products_url),
            connect_timeout_s=float(os.environ.get("CONNECT_TIMEOUT_SECONDS", cls.connect_timeout_s)),
            read_timeout_s=float(os.environ.get("READ_TIMEOUT_SECONDS", cls.read_timeout_s)),
            seed=os.environ.get("SEED_DATA", "true").lower() == "true",
        )
