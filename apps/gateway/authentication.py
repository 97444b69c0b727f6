"""Who somebody is: by their password once, by their token from then on."""

import json
from typing import Protocol

from pydantic import BaseModel

from apps.gateway import metrics
from apps.gateway.upstreams import Upstreams
from chassis.errors import UpstreamRefused
from chassis.http_errors import Unauthenticated
from chassis.tokens import Identity, InvalidToken, Tokens
from chassis.transport import Call

# As RFC 6750 has it; why a token is not valid is told only where that gives nothing away.
_MESSAGES = {
    "expired": "The access token has expired.",
    "not_yet_valid": "The access token is not valid yet.",
}


# What users answers when they belong to nobody: they do not fit, or cannot be anybody's.
_NOBODY = frozenset({"bad_credentials", "validation_failed"})


class Credentials(Protocol):
    """Whose e-mail address and password these are; None when they belong to nobody."""

    def verify(self, email: str, password: str) -> Identity | None: ...


class Authenticator:
    def __init__(self, credentials: Credentials, tokens: Tokens) -> None:
        self._credentials = credentials
        self._tokens = tokens

    @property
    def lifetime_s(self) -> int:
        return self._tokens.lifetime_s

    def token_for(self, email: str, password: str) -> str:
        """Raises Unauthenticated, the same for an unknown address as for a wrong password."""
        identity = self._credentials.verify(email, password)
        if identity is None:
            metrics.auth_failures.labels("bad_credentials").inc()
            raise BadCredentials
        metrics.tokens_issued.inc()
        return self._tokens.issue(identity)

    def caller(self, authorization: str | None) -> Identity | None:
        """Of a request with this `Authorization`; None when it has none. Raises Unauthenticated."""
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise InvalidToken("malformed")
            return self._tokens.read(token.strip())
        except InvalidToken as invalid:
            metrics.auth_failures.labels(invalid.reason).inc()
            message = _MESSAGES.get(invalid.reason, "The access token is not valid.")
            raise Unauthenticated(message, "invalid_token") from None


class BadCredentials(Unauthenticated):
    code = "bad_credentials"

    def __init__(self) -> None:
        super().__init__("This e-mail address and password do not belong together.")


class _Account(BaseModel):
    id: str
    roles: frozenset[str] = frozenset()


class UsersCredentials:
    """Asks users, by a route that no client can reach."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams

    def verify(self, email: str, password: str) -> Identity | None:
        body = json.dumps({"email": email, "password": password}).encode()
        headers = [("Content-Type", "application/json")]
        try:
            account = self._upstreams.ask(
                "users", Call("POST", "/credentials/verify", headers, body), _Account
            )
        except UpstreamRefused as refusal:
            if refusal.answer_code in _NOBODY:
                return None
            raise
        return Identity(account.id, account.roles)
