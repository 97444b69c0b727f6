"""What the environment tells this service. No other module of it reads environment variables."""

from dataclasses import dataclass, field
from pathlib import Path

from chassis import environment
from chassis.registry import Registry, Version, parse_registry

SERVICES: Registry = {
    "users": {"v1": Version(instances=("http://users:5001",))},
    "products": {"v1": Version(instances=("http://products:5002",))},
    "orders": {"v1": Version(instances=("http://orders:5003",))},
}


@dataclass(frozen=True)
class Settings:
    """`token_keys`: the first signs access tokens, the others are still accepted. They have no default.

    `registry_file` wins over `services`. Limits are written as `limits` has them: "100/second;2000/minute".
    `trusted_proxies`: how many stand in front of us and set X-Forwarded-For; with 0 it is not believed.
    `trace_key`: who sends it goes on with a trace of their own (chassis/trace_boundary.py); "" for nobody.
    """

    token_keys: tuple[str, ...] = field(repr=False)
    token_lifetime_s: int = 900
    registry_file: Path | None = None
    services: Registry = field(default_factory=lambda: SERVICES)
    inventory_target: str = "inventory:50055"
    inventory_timeout_s: float = 2.0
    connect_timeout_s: float = 0.5
    read_timeout_s: float = 6.0
    deadline_s: float = 8.0
    calls_per_instance: int = 16
    health_check_interval_s: float = 1.0
    rate_limit: str = "100/second"
    token_rate_limit: str = "30/minute"
    rate_limit_storage: str = "memory://"
    trusted_proxies: int = 0
    trace_key: str = field(default="", repr=False)

    @classmethod
    def from_env(cls) -> "Settings":
        file = environment.text("GATEWAY_REGISTRY")
        services = environment.text("SERVICES_JSON")
        return cls(
            token_keys=_token_keys(),
            token_lifetime_s=environment.whole("ACCESS_TOKEN_SECONDS", cls.token_lifetime_s, at_least=1),
            registry_file=Path(file) if file else None,
            services=parse_registry(services) if services else SERVICES,
            inventory_target=environment.text("INVENTORY_TARGET", cls.inventory_target),
            inventory_timeout_s=environment.seconds("INVENTORY_TIMEOUT_SECONDS", cls.inventory_timeout_s),
            connect_timeout_s=environment.seconds("CONNECT_TIMEOUT_SECONDS", cls.connect_timeout_s),
            read_timeout_s=environment.seconds("READ_TIMEOUT_SECONDS", cls.read_timeout_s),
            deadline_s=environment.seconds("DEADLINE_SECONDS", cls.deadline_s),
            calls_per_instance=environment.whole("CALLS_PER_INSTANCE", cls.calls_per_instance, at_least=1),
            health_check_interval_s=environment.seconds("HEALTH_CHECK_SECONDS", cls.health_check_interval_s),
            rate_limit=environment.text("RATE_LIMIT", cls.rate_limit),
            token_rate_limit=environment.text("TOKEN_RATE_LIMIT", cls.token_rate_limit),
            rate_limit_storage=environment.text("RATE_LIMIT_STORAGE", cls.rate_limit_storage),
            trusted_proxies=environment.whole("TRUSTED_PROXIES", cls.trusted_proxies),
            trace_key=environment.text("TRACE_KEY"),
        )


def _token_keys() -> tuple[str, ...]:
    """JWT_SECRET, and while keys rotate JWT_SECRET_PREVIOUS."""
    current = environment.text("JWT_SECRET")
    if not current:
        raise RuntimeError(
            "JWT_SECRET is not set; `openssl rand -hex 32` makes one. It belongs in no repository."
        )
    previous = environment.text("JWT_SECRET_PREVIOUS")
    return (current, previous) if previous else (current,)
