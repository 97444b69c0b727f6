"""The rules of the gateway: who is let through, and how far their request reaches."""

import json
from typing import Any
from urllib.parse import unquote_plus, urlencode

from apps.gateway import metrics
from apps.gateway.policy import ADMIN_ROLE, Access
from chassis.errors import Conflict, NotFound
from chassis.http_errors import Forbidden, Unauthenticated
from chassis.tokens import Identity
from chassis.transport import HttpResponse

OWNER = "user_id"
PENDING, CANCELLED = "PENDING", "CANCELLED"


class OrderNotFound(NotFound):
    """Exactly what orders answers for an id that does not exist."""

    code = "order_not_found"

    def __init__(self) -> None:
        super().__init__("No order has this id.")


class NotPending(Conflict):
    code = "invalid_transition"

    def __init__(self) -> None:
        super().__init__("Only an order that is pending can be cancelled by who has placed it.")


def authorize(access: Access, caller: Identity | None, user_id: str | None = None) -> None:
    """`user_id` is the user whom the path names. Raises Unauthenticated or Forbidden."""
    if access is Access.OPEN:
        return
    if caller is None:
        metrics.auth_failures.labels("missing").inc()
        raise Unauthenticated
    if ADMIN_ROLE in caller.roles:
        return
    if access is Access.ADMIN or (access is Access.SELF and user_id != caller.subject):
        raise _forbidden()


def confined_to(caller: Identity | None) -> str | None:
    """The user whose things alone this caller may see; None when there is no such limit."""
    return None if caller is None or ADMIN_ROLE in caller.roles else caller.subject


def own_list(query: str, owner: str) -> str:
    """The query, as it was but for whose things it asks for."""
    others = [part for part in query.split("&") if part and unquote_plus(part.partition("=")[0]) != OWNER]
    return "&".join([*others, urlencode({OWNER: owner})])


def own_body(document: Any, owner: str) -> Any:
    """The body with its owner filled in; it must name no other. What is no object is left to the service."""
    if not isinstance(document, dict):
        return document
    if document.get(OWNER, owner) != owner:
        raise _forbidden("You may do this for yourself only.")
    return document | {OWNER: owner}


def own_item(answer: HttpResponse, owner: str) -> HttpResponse:
    """The answer, if it is about something of theirs or about nothing. Raises OrderNotFound."""
    if 200 <= answer.status < 300 and _owner(answer.body) != owner:
        raise OrderNotFound
    return answer


def own_cancellation(document: Any) -> None:
    """Raises Forbidden when it asks for anything else."""
    if document != {"status": CANCELLED}:
        raise _forbidden("You may cancel your order, nothing else.")


def pending(answer: HttpResponse) -> None:
    """Raises NotPending: what is paid is the shop's to give back."""
    if json.loads(answer.body).get("status") != PENDING:
        raise NotPending


def _forbidden(message: str = "You may not do this.") -> Forbidden:
    metrics.auth_failures.labels("forbidden").inc()
    return Forbidden(message)


def _owner(body: bytes) -> object:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    return document.get(OWNER) if isinstance(document, dict) else None
