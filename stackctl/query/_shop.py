"""The shop as its clients see it, through the gateway: for what comes before a run and after it."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from stackctl import ports
from stackctl.query._http import JsonApi, Params, TooManyRequests

_PAGE = 100

# Signing in is limited by the minute: whoever is told to wait longer is told wrong.
_LONGEST_WAIT_SECONDS = 61.0


class Shop:
    def __init__(self, base_url: str | None = None) -> None:
        self._api = JsonApi("The gateway", base_url or ports.url(ports.SERVICES["gateway"]))

    def register(self, email: str, name: str, password: str) -> str:
        """Return the user's id."""
        user = self._api.post("/users", {"email": email, "name": name, "password": password})
        return str(user["id"])

    def sign_in(self, email: str, password: str) -> str:
        """Return an access token. Waits when there were too many who wanted one."""
        credentials = {"email": email, "password": password}
        try:
            answer = self._api.post("/auth/token", credentials)
        except TooManyRequests as refusal:
            time.sleep(min(refusal.retry_after, _LONGEST_WAIT_SECONDS))
            answer = self._api.post("/auth/token", credentials)
        return str(answer["access_token"])

    def users(self, token: str, most: int) -> Iterator[Mapping[str, Any]]:
        return self._items("/users", _bearer(token), most=most)

    def products(self, most: int) -> Iterator[Mapping[str, Any]]:
        """By name."""
        return self._items("/products", search=[("sort", "name_asc")], most=most)

    def orders(self, token: str, search: Params) -> Iterator[Mapping[str, Any]]:
        return self._items("/orders", _bearer(token), search)

    def order(self, token: str, order_id: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._api.get(f"/orders/{order_id}", headers=_bearer(token))
        return found

    def _items(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        search: Params = (),
        most: int = 1_000_000,
    ) -> Iterator[Mapping[str, Any]]:
        for page in range(1, most // _PAGE + 1):
            paging = [("page", str(page)), ("limit", str(_PAGE))]
            answer = self._api.get(path, [*search, *paging], headers)
            yield from answer["items"]
            if page * _PAGE >= answer["total"]:
                return


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}
