"""Health for whoever starts or watches the process: alive, and able to work."""

from collections.abc import Callable

from flask import Blueprint, Flask


def add_health(app: Flask, *checks: Callable[[], None]) -> None:
    """`/healthz` always answers 200; `/readyz` does when none of the checks raises."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def alive() -> dict[str, str]:
        return {"status": "ok"}

    @health.get("/readyz")
    def ready() -> dict[str, str]:
        for check in checks:
            check()
        return {"status": "ready"}

    app.register_blueprint(health)
