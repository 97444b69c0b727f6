"""The only reader of the environment."""

import os
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    """Without a `broker_url`, events wait in the outbox; without an `admin_password`, there is no admin."""

    database_url: str = "sqlite:///.stack/data/users/users.db"
    broker_url: str = ""
    admin_email: str = "admin@example.com"
    admin_password: str = field(default="", repr=False)
    seed: bool = True

    @classmethod
    def from_env(cls) -> "Settings":
        return cls(
            database_url=os.environ.get("DATABASE_URL", cls.database_url),
            broker_url=os.environ.get("BROKER_URL", cls.broker_url),
            admin_email=os.environ.get("ADMIN_EMAIL", cls.admin_email).lower(),
            admin_password=os.environ.get("ADMIN_PASSWORD", ""),
            seed=os.environ.get("SEED_DATA", "true").lower() == "true",
        )
