"""The only reader of the environment."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    database_url: str = "sqlite:///.stack/data/payments/payments.db"
    card_slow_for_s: float = 1.5  # what the fake card processor takes for a slow card
    seed: bool = True

    @classmethod
    def from_env(cls) -> "Settings":
        return cls(
            database_url=os.environ.get("DATABASE_URL", cls.database_url),
            card_slow_for_s=float(os.environ.get("CARD_SLOW_FOR_SECONDS", cls.card_slow_for_s)),
            seed=os.environ.get("SEED_DATA", "true").lower() == "true",
        )
