"""The rules of users: an e-mail address belongs to one of them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from apps.users import metrics
from chassis.facts import Conflict, NotFound
from chassis.identity import new_id, utc_now
from chassis.paging import Page, PageRequest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class User:
    id: str
    email: str
    name: str
    created_at: datetime


class UserNotFound(NotFound):
    code = "user_not_found"

    def __init__(self) -> None:
        super().__init__("No user has this id.")


class EmailTaken(Conflict):
    code = "email_taken"

    def __init__(self) -> None:
        super().__init__("Another user has this e-mail address.", {"email": "is taken"})


class Store(Protocol):
    """Where users are kept. `add` and `change` raise EmailTaken; a user that is missing is None or False."""

    def add(self, user: User) -> None: ...
    def get(self, user_id: str) -> User | None: ...
    def change(self, user_id: str, changes: Mapping[str, Any]) -> User | None: ...
    def remove(self, user_id: str) -> bool: ...
    def page(self, request: PageRequest) -> Page[User]: ...


class Users:
    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, email: str, name: str) -> User:
        user = User(new_id(), email, name, utc_now())
        self._store.add(user)
        metrics.registered.inc()
        logger.info("user registered", extra={"user.id": user.id})
        return user

    def get(self, user_id: str) -> User:
        return _known(self._store.get(user_id))

    def page(self, request: PageRequest) -> Page[User]:
        return self._store.page(request)

    def change(self, user_id: str, changes: Mapping[str, Any]) -> User:
        user = _known(self._store.change(user_id, changes))
        logger.info("user changed", extra={"user.id": user.id, "user.changed": sorted(changes)})
        return user

    def remove(self, user_id: str) -> None:
        if not self._store.remove(user_id):
            raise UserNotFound
        metrics.removed.inc()
        logger.info("user removed", extra={"user.id": user_id})


def _known(user: User | None) -> User:
    if user is None:
        raise UserNotFound
    return user
