"""What the environment tells this service. No other module of it reads environment variables."""

from dataclasses import dataclass

from chassis import environment


@dataclass(frozen=True)
class Settings:
    database_url: str = "sqlite:///.stack/data/products/products.db"
    seed: bool = True

    @classmethod
    def from_env(cls) -> "Settings":
        return cls(
            database_url=environment.text("DATABASE_URL", cls.database_url),
            seed=environment.flag("SEED_DATA", cls.seed),
        )
