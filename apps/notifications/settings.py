"""What the environment tells this service. No other module of it reads environment variables."""

from dataclasses import dataclass, field
from pathlib import Path

from chassis import environment


@dataclass(frozen=True)
class Settings:
    """Without a `broker_url` nothing is consumed. Where a `registry_file` is, it says where users is.

    `smtp_url`: smtp://host:port takes up encryption when the server offers it, smtps:// begins with it;
    user:password@ before the host. `smtp_timeout_s` is for a mail as a whole. Together with the time-outs of
    users it must stay below the broker's visibility time-out (10 s), or two instances work on one mail.
    `alerts_to` gets the mails about alerts. `watchdog_patience_s` is how long alerting may be silent; 0: for
    ever. `mail_tries`, with delays of up to a minute: 60 are some 45 minutes; then it is a dead letter.
    """

    database_url: str = "sqlite:///.stack/data/notifications/notifications.db"
    broker_url: str = ""
    users_url: str = "http://users:5001"
    registry_file: Path | None = None
    connect_timeout_s: float = 0.5
    read_timeout_s: float = 2.0
    smtp_url: str = field(default="smtp://127.0.0.1:1025", repr=False)
    smtp_timeout_s: float = 6.0
    mail_from: str = "Glasshouse <shop@example.com>"
    mail_tries: int = 60
    mail_threads: int = 1
    alerts_to: str = "On call <oncall@example.com>"
    watchdog_patience_s: float = 180.0

    @classmethod
    def from_env(cls) -> "Settings":
        registry = environment.text("SERVICE_REGISTRY")
        return cls(
            database_url=environment.text("DATABASE_URL", cls.database_url),
            broker_url=environment.text("BROKER_URL", cls.broker_url),
            users_url=environment.text("USERS_URL", cls.users_url),
            registry_file=Path(registry) if registry else None,
            connect_timeout_s=environment.seconds("CONNECT_TIMEOUT_SECONDS", cls.connect_timeout_s),
            read_timeout_s=environment.seconds("READ_TIMEOUT_SECONDS", cls.read_timeout_s),
            smtp_url=environment.text("SMTP_URL", cls.smtp_url),
            smtp_timeout_s=environment.seconds("SMTP_TIMEOUT_SECONDS", cls.smtp_timeout_s),
            mail_from=environment.text("MAIL_FROM", cls.mail_from),
            mail_tries=environment.whole("MAIL_TRIES", cls.mail_tries, at_least=1),
            alerts_to=environment.text("ALERTS_TO", cls.alerts_to),
            watchdog_patience_s=environment.seconds("WATCHDOG_PATIENCE_SECONDS", cls.watchdog_patience_s),
            mail_threads=environment.whole("MAIL_THREADS", cls.mail_threads, at_least=1),
        )
