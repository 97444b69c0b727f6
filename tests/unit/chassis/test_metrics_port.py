"""Where metrics have a port of their own, clients cannot get them, and that port has nothing else."""

import pytest
from flask import Flask

from chassis.service import new_service

CLIENTS, METRICS = {"SERVER_PORT": "5000"}, {"SERVER_PORT": "9464"}


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setenv("METRICS_PORT", "9464")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    app = new_service("kites", "1")
    app.add_url_rule("/kites", view_func=lambda: "kites")
    return app


@pytest.mark.parametrize(
    ("path", "environ", "status"),
    [
        ("/metrics", CLIENTS, 404),
        ("/metrics/", CLIENTS, 404),
        ("/kites", CLIENTS, 200),
        ("/metrics", METRICS, 200),
        ("/kites", METRICS, 404),
    ],
)
def test_each_port_has_its_own(app: Flask, path: str, environ: dict[str, str], status: int) -> None:
    assert app.test_client().get(path, environ_overrides=environ).status_code == status


def test_a_header_does_not_change_the_port(app: Flask) -> None:
    headers = {"Host": "shop:9464", "X-Forwarded-Port": "9464"}
    answer = app.test_client().get("/metrics", headers=headers, environ_overrides=CLIENTS)
    assert answer.status_code == 404
