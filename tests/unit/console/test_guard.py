"""Whom the console answers, and what browsers may do with its pages."""

import pytest
from flask.testing import FlaskClient

from console.settings import Settings
from tests.unit.console.conftest import HOST, Asked

DATA = "/api/alertmanager/alerts"


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000", "console:8000"]
)
def test_answers_under_its_own_names(client: FlaskClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8000", "localhost.evil.example", "0.0.0.0:8000"]
)
@pytest.mark.parametrize("path", ["/", "/healthz", DATA])
def test_a_name_that_was_pointed_here_gets_nothing(
    client: FlaskClient, asked: Asked, host: str, path: str
) -> None:
    assert client.get(path, headers={"Host": host}).status_code == 421
    assert asked.requests == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_read_nothing(client: FlaskClient, asked: Asked, site: str) -> None:
    assert client.get(DATA, base_url=HOST, headers={"Sec-Fetch-Site": site}).status_code == 403
    assert asked.requests == []


@pytest.mark.parametrize("path", ["/", "/d/service", "/trace/x", "/nothing", DATA, "/api/nothing"])
def test_every_response_has_the_policy(client: FlaskClient, path: str) -> None:
    headers = client.get(path, base_url=HOST).headers
    policy = dict(each.split(" ", 1) for each in headers["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers


def test_the_page_has_nothing_inline(client: FlaskClient) -> None:
    text = client.get("/", base_url=HOST).text

    assert "<style" not in text
    assert "style=" not in text
    assert all("src=" in tag for tag in text.split("<script")[1:])
    assert "http://" not in text and "https://" not in text


def test_further_names_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_ALLOWED_HOSTS", "dev.example, Other.example")
    monkeypatch.setenv("PROMETHEUS_HOST", "127.0.0.1")
    settings = Settings.from_env()

    assert {"dev.example", "other.example", "localhost"} <= settings.hosts
    assert settings.urls["prometheus"] == "http://127.0.0.1:9090"
    assert settings.urls["loki"] == "http://loki:3100"
