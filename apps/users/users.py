"""The rules of users: an e-mail address belongs to one of them; who knows its password is that user."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from apps.users import faults, metrics
from apps.users.passwords import Passwords
from chassis.errors import Conflict, NotFound
from chassis.http_errors import Unauthenticated
from chassis.identity import new_id, utc_now
from chassis.paging import Page, PageRequest

logger = logging.getLogger(__name__)

CUSTOMER: Final = "customer"
ADMIN: Final = "admin"


@dataclass(frozen=True)
class User:
    id: str
    email: str
    name: str
    created_at: datetime


@dataclass(frozen=True)
class Credentials:
    """Apart from the user, so that whoever reads or shows users never has a hash in hand."""

    user_id: str
    password_hash: str = field(repr=False)
    roles: frozenset[str] = frozenset({CUSTOMER})


class UserNotFound(NotFound):
    code = "user_not_found"

    def __init__(self) -> None:
        super().__init__("No user has this id.")


class EmailTaken(Conflict):
    code = "email_taken"

    def __init__(self) -> None:
        super().__init__("Another user has this e-mail address.", {"email": "is taken"})


class BadCredentials(Unauthenticated):
    """The same for an address that nobody has as for a wrong password."""

    code = "bad_credentials"

    def __init__(self) -> None:
        super().__init__("This e-mail address and password do not belong together.")


class Repository(Protocol):
    """Where users are kept. `add` and `change` raise EmailTaken; a user that is missing is None or False.

    `add` stores the event UserRegistered with the user. `appoint` gives these credentials to whoever has
    the user's e-mail address, and adds the user when nobody has.
    """

    def add(self, user: User, credentials: Credentials | None) -> None: ...
    def appoint(self, user: User, credentials: Credentials) -> None: ...
    def get(self, user_id: str) -> User | None: ...
    def credentials_of(self, email: str) -> Credentials | None: ...
    def change(self, user_id: str, changes: Mapping[str, Any]) -> User | None: ...
    def remove(self, user_id: str) -> bool: ...
    def page(self, request: PageRequest) -> Page[User]: ...


class Users:
    def __init__(self, repository: Repository, passwords: Passwords) -> None:
        self._repository = repository
        self._passwords = passwords

    def register(self, email: str, name: str, password: str | None = None) -> User:
        """Without a password they are known, but cannot sign in."""
        user = User(new_id(), email, name, utc_now())
        credentials = Credentials(user.id, self._passwords.hash(password)) if password is not None else None
        self._repository.add(user, credentials)
        metrics.registered.inc()
        logger.info("user registered", extra={"user.id": user.id})
        return user

    def verify(self, email: str, password: str) -> Credentials:
        """Of the user who has both; raises BadCredentials."""
        credentials = self._repository.credentials_of(email)
        password_hash = credentials.password_hash if credentials else None
        if not self._passwords.is_right(password, password_hash) or credentials is None:
            raise BadCredentials
        return credentials

    def appoint_admin(self, email: str, password: str) -> None:
        """See to it that this address and password are an administrator's. No request leads here."""
        known = self._repository.credentials_of(email)
        if known and ADMIN in known.roles and self._passwords.is_right(password, known.password_hash):
            return
        user = User(new_id(), email, "Administrator", utc_now())
        roles = frozenset({CUSTOMER, ADMIN})
        self._repository.appoint(user, Credentials(user.id, self._passwords.hash(password), roles))
        logger.info("administrator appointed")

    def get(self, user_id: str) -> User:
        faults.flood_log(logger)
        return _known(self._repository.get(user_id))

    def page(self, request: PageRequest) -> Page[User]:
        return self._repository.page(request)

    def change(self, user_id: str, changes: Mapping[str, Any]) -> User:
        user = _known(self._repository.change(user_id, changes))
        logger.info("user changed", extra={"user.id": user.id, "user.changed": sorted(changes)})
        return user

    def remove(self, user_id: str) -> None:
        if not self._repository.remove(user_id):
            raise UserNotFound
        metrics.removed.inc()
        logger.info("user removed", extra={"user.id": user_id})


def _known(user: User | None) -> User:
    if user is None:
        raise UserNotFound
    return user
