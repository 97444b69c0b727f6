"""Before each request: who sends it, how many they have sent, and whether they may."""

from flask import Flask, Response, g, request
from werkzeug.exceptions import NotFound

from apps.gateway.authentication import Authenticator
from apps.gateway.forwarding import is_safe
from apps.gateway.gateway import authorize
from apps.gateway.policy import Rule, rule_for
from apps.gateway.rate_limiting import RateLimits, RateLimitStatus
from chassis.http_errors import Forbidden, TooManyRequests, Unauthenticated
from chassis.service import resolve
from chassis.tokens import Identity

# Asked by machines that watch this process, not by clients.
_UNGUARDED = frozenset({"health"})


def guard(app: Flask) -> None:
    app.before_request(_admit)
    app.after_request(_add_rate_limit_headers)


def caller() -> Identity | None:
    """Who sends the current request; None for somebody unknown."""
    identity: Identity | None = g.get("caller")
    return identity


def current_rule() -> Rule:
    """The rule that has let the current request through."""
    rule: Rule = g.rule
    return rule


def client_address() -> str:
    """How a client is counted that is known by nothing else."""
    return f"address {request.remote_addr}"


def count_request(limit: str, client: str) -> None:
    """Raises TooManyRequests."""
    status = resolve(RateLimits).count(limit, client)
    if status is None:
        return
    g.rate_limit_status = status
    if not status.allowed:
        raise TooManyRequests(status.retry_after_s)


def _admit() -> None:
    if request.blueprint in _UNGUARDED:
        return
    try:
        g.caller = resolve(Authenticator).caller(request.headers.get("Authorization"))
    except Unauthenticated:
        count_request("general", client_address())  # who guesses tokens is slowed down, too
        raise
    count_request("general", f"user {g.caller.subject}" if g.caller else client_address())
    if request.url_rule is not None and request.method != "OPTIONS":
        _authorize(request.url_rule.rule)


def _authorize(path: str) -> None:
    if not is_safe(request.path):
        raise NotFound
    rule = rule_for(request.method, path)
    if rule is None:
        raise Forbidden
    authorize(rule.access, g.caller, (request.view_args or {}).get("user_id"))
    g.rule = rule


def _add_rate_limit_headers(response: Response) -> Response:
    status: RateLimitStatus | None = g.get("rate_limit_status")
    if status is not None:
        response.headers.update(status.headers())
    return response
