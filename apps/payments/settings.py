"""What the environment tells this service. No other module of it reads environment variables."""

from dataclasses import dataclass

from chassis import environment
from chassis.saga_mode import Mode


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
            database_url=environment.text("DATABASE_URL", cls.database_url),
            broker_url=environment.text("BROKER_URL", cls.broker_url),
            reacts_to_events=environment.choice("SAGA_MODE", Mode.CHOREOGRAPHY) is Mode.CHOREOGRAPHY,
            card_slow_for_s=environment.seconds("CARD_SLOW_FOR_SECONDS", cls.card_slow_for_s),
            seed=environment.flag("SEED_DATA", cls.seed),
        )
