"""What services show each other: SERVICE_TOKEN. Where none is set, whoever reaches a port may ask.

It says that a service asks, not which one: for that, use a service mesh (docs/threat-model.md).
"""

import hmac
from collections.abc import Mapping
from typing import Any, Final

import grpc
from flask import Flask, request

from chassis import environment
from chassis.environment import InvalidSetting
from chassis.grpc_interceptors import Behaviour, UnaryInterceptor
from chassis.http_errors import Unauthenticated

HEADER: Final = "X-Service-Token"
_SHORTEST: Final = 32

# Asked by machines that have no token; they read or change nothing of the shop's. /alerts is Alertmanager's.
OPEN: Final = frozenset({"/healthz", "/readyz", "/openapi.json", "/docs", "/docs/<name>", "/alerts"})


def current() -> str:
    token = environment.text("SERVICE_TOKEN")
    if token and len(token) < _SHORTEST:
        raise InvalidSetting("SERVICE_TOKEN", "…", f"at least {_SHORTEST} characters long")
    return token


def headers() -> Mapping[str, str]:
    """For a call of another service."""
    token = current()
    return {HEADER: token} if token else {}


def is_right(token: str, offered: str) -> bool:
    return hmac.compare_digest(offered.encode(), token.encode())


def require(app: Flask) -> None:
    """Of every request to a service that no client is to reach; nothing where no token is set."""
    token = current()
    if not token:
        return

    @app.before_request
    def check() -> None:
        rule = request.url_rule.rule if request.url_rule else ""
        if rule not in OPEN and not is_right(token, request.headers.get(HEADER, "")):
            raise Unauthenticated("This service answers the other services only.")


class RequireToken(UnaryInterceptor):
    """The same for gRPC."""

    def __init__(self) -> None:
        self._token = current()

    def serve(self, method: str, behaviour: Behaviour, request: Any, context: grpc.ServicerContext) -> Any:
        offered = str(dict(context.invocation_metadata()).get(HEADER.lower(), ""))
        if self._token and not is_right(self._token, offered):
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "This service answers the other services only.")
        return behaviour(request, context)
