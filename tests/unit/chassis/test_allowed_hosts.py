"""Under which names a service answers."""

import pytest
from flask import Flask

from chassis import allowed_hosts
from chassis.environment import InvalidSetting
from chassis.service import new_service


def serving(monkeypatch: pytest.MonkeyPatch, names: str) -> Flask:
    monkeypatch.setenv("ALLOWED_HOSTS", names)
    app = Flask(__name__)
    allowed_hosts.require(app)
    for path in ("/kites", "/healthz"):
        app.add_url_rule(path, path, view_func=lambda: "ok")
    return app


def status(app: Flask, host: str, path: str = "/kites") -> int:
    return app.test_client().get(path, headers={"Host": host}).status_code


@pytest.mark.parametrize("host", ["shop.example", "SHOP.example:8443", "eu.shop.example", "127.0.0.1:5000"])
def test_it_answers_under_its_own_names(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    assert status(serving(monkeypatch, "shop.example, .shop.example,127.0.0.1"), host) == 200


@pytest.mark.parametrize("host", ["evil.example", "shop.example.evil.example", "notshop.example", "", "a b"])
@pytest.mark.parametrize("path", ["/kites", "/nowhere"])
def test_it_answers_under_no_other(monkeypatch: pytest.MonkeyPatch, host: str, path: str) -> None:
    assert status(serving(monkeypatch, "shop.example,.shop.example"), host, path) == 421


def test_its_health_is_asked_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert status(serving(monkeypatch, "shop.example"), "10.0.0.7:5000", "/healthz") == 200


def test_without_names_it_answers_under_all(monkeypatch: pytest.MonkeyPatch) -> None:
    assert status(serving(monkeypatch, ""), "anything.example") == 200


@pytest.mark.parametrize("names", ["https://shop.example", "shop.example:5000", "*", "shop.example,?"])
def test_a_setting_that_would_match_nothing_ends_the_start(
    monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    with pytest.raises(InvalidSetting, match="ALLOWED_HOSTS"):
        serving(monkeypatch, names)


def test_every_service_holds_to_it_and_says_so_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "shop.example")
    answer = new_service("kites", "1").test_client().get("/", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (421, "misdirected_request")
