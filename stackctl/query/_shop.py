"""The shop as its clients see it, through the gateway: for what comes before a run and after it."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from stackctl import ports
from stackctl.expectations import GATEWAY
from stackctl.query._http import JsonApi, Params, TooManyRequests

_PAGE = 100

# Signing in is limited by the minute: whoever is told to wait longer is told wrong.
_LONGEST_WAIT_SECONDS = 61.0


class Shop:
    """`on_answer` is told the kind of every request that was answered (a name in KINDS)."""

    def __init__(
        self, base_url: str | None = None, on_answer: Callable[[str], object] = lambda kind: None
    ) -> None:
        self._api = JsonApi("The gateway", base_url or ports.url(ports.SERVICES[GATEWAY]))
        self._on_answer = on_answer

    def register(self, email: str, name: str, password: str) -> str:
        """Return the user's id."""
        user = self._api.post("/users", {"email": email, "name": name, "password": password})
        self._on_answer("user_create")
        return str(user["id"])

    def sign_in(self, email: str, password: str) -> str:
        """Return an access token. Waits when there were too many who wanted one."""
        credentials = {"email": email, "password": password}
        try:
            answer = self._api.post("/auth/token", credentials)
        except TooManyRequests as refusal:
            time.sleep(min(refusal.retry_after, _LONGEST_WAIT_SECONDS))
            answer = self._api.post("/auth/token", credentials)
        self._on_answer("login")
        return str(answer["access_token"])

    def users(self, token: str, most: int) -> Iterator[Mapping[str, Any]]:
        return self._items("/users", "user_list", _bearer(token), most=most)

    def products(self, most: int) -> Iterator[Mapping[str, Any]]:
        """By name."""
        return self._items("/products", "product_list", search=[("sort", "name_asc")], most=most)

    def orders(self, token: str, search: Params) -> Iterator[Mapping[str, Any]]:
        return self._items("/orders", "order_list", _bearer(token), search)

    def count_orders(self, token: str, search: Params) -> int:
        page = self._api.get("/orders", [*search, ("limit", "1")], _bearer(token))
        self._on_answer("order_list")
        return int(page["total"])

    def _items(
        self,
        path: str,
        kind: str,
        headers: Mapping[str, str] | None = None,
        search: Params = (),
        most: int = 1_000_000,
    ) -> Iterator[Mapping[str, Any]]:
        for page in range(1, most // _PAGE + 1):
            paging = [("page", str(page)), ("limit", str(_PAGE))]
            answer = self._api.get(path, [*search, *paging], headers)
            self._on_answer(kind)
            yield from answer["items"]
            if page * _PAGE >= answer["total"]:
                return


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}
