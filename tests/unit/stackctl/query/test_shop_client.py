"""The shop is asked as its clients ask it."""

from typing import Any

import pytest

from stackctl.query import QueryError, Shop
from tests.unit.stackctl.fake_backend import Params, Raw, Refusal, fake_backend


def no_get(path: str, params: Params) -> Any:
    raise Refusal(404, Raw(b"nothing here"))


def test_somebody_registers_and_signs_in() -> None:
    def take(path: str, body: Any) -> Any:
        assert body["password"] == "secret"
        return {"/users": {"id": "u1"}, "/auth/token": {"access_token": "token"}}[path]

    with fake_backend(no_get, take) as url:
        shop = Shop(url)
        assert shop.register("ada@traffic.example", "Ada", "secret") == "u1"
        assert shop.sign_in("ada@traffic.example", "secret") == "token"


def test_who_signs_in_too_often_waits_as_long_as_they_are_told() -> None:
    answers = iter([Refusal(429, Raw(b"too many"), {"Retry-After": "0"}), None])

    def take(path: str, body: Any) -> Any:
        if (refusal := next(answers)) is not None:
            raise refusal
        return {"access_token": "token"}

    with fake_backend(no_get, take) as url:
        assert Shop(url).sign_in("ada@traffic.example", "secret") == "token"


def test_a_wrong_password_is_an_error_for_people() -> None:
    def take(path: str, body: Any) -> Any:
        raise Refusal(401, Raw(b"bad_credentials"))

    with fake_backend(no_get, take) as url, pytest.raises(QueryError, match="refused /auth/token with 401"):
        Shop(url).sign_in("ada@traffic.example", "wrong")


def test_orders_are_read_page_by_page() -> None:
    def answer(path: str, params: Params) -> object:
        assert (path, params["user_id"]) == ("/orders", ["u1"])
        page, limit = int(params["page"][0]), int(params["limit"][0])
        items = [{"id": f"o{n}"} for n in range(150)][(page - 1) * limit : page * limit]
        return {"items": items, "page": page, "limit": limit, "total": 150}

    with fake_backend(answer) as url:
        orders = list(Shop(url).orders("token", [("user_id", "u1")]))
    assert [order["id"] for order in orders] == [f"o{n}" for n in range(150)]
