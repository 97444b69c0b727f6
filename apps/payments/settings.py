"""The only reader of the environment."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """It reacts to events where there is a `broker_url`, unless another service coordinates the saga."""

    database_url: str = "sqlite:///.stack/data/payments/payments.db"
    card_slow_for_s: float = 1.5  # what the fake card processor takes for a slow card
    seed: bool = True
    broker_url: str = ""
    reacts_to_events: bool = True

    @classmethod
    def from_env(cls) -> "Settings":
        return cls(
            database_url=os.environ.get("DATABASE_URL", cls.database_url),
            broker_url=os.environ.get("BROKER_URL", cls.broker_url),
            reacts_to_events=os.environ.get("SAGA_MODE", "choreography").lower() == "choreography",
            card_slow_for_s=float(os.environ.get("CARD_SLOW_FOR_SECONDS", cls.card_slow_for_s)),
            seed=os.environ.get("SEED_DATA", "true").lower() == "true",
        )
