"""What the environment tells this service. No other module of it reads environment variables."""

from dataclasses import dataclass, field

from chassis import environment


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
            database_url=environment.text("DATABASE_URL", cls.database_url),
            broker_url=environment.text("BROKER_URL", cls.broker_url),
            admin_email=environment.text("ADMIN_EMAIL", cls.admin_email).lower(),
            admin_password=environment.text("ADMIN_PASSWORD"),
            seed=environment.flag("SEED_DATA", cls.seed),
        )
