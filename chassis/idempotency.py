"""`Idempotency-Key`: a request that a client repeats, since it cannot know what became of it, is done once.

As draft-ietf-httpapi-idempotency-key-header has it: the same key and request get the first answer again,
another request gets 422, and while the first is under way there is 409. What ended in 5xx is tried again.

The answer is kept after the work is done, not with it: after a crash between the two the work is done again
once the lease has ended. So what stands behind it must bear repetition (one payment for an order).
"""

import functools
import re
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from flask import Response, current_app, make_response, request
from prometheus_client import Counter
from werkzeug.exceptions import BadRequest
from werkzeug.http import unquote_header_value

from chassis.errors import DomainError
from chassis.idempotency_keys import (
    Claim,
    IdempotencyKeyReused,
    IdempotencyKeys,
    RequestUnderWay,
    StoredResponse,
)
from chassis.openapi import accepts_header, raises
from chassis.service import resolve

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"

P = ParamSpec("P")
T = TypeVar("T")

_PATTERN = r"^[\x21-\x7E]{1,255}$"
_EXAMPLE = "6f0d1aa2-5f3c-4a0d-8e1c-94c0f8a54b7f"
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")

outcomes = Counter(
    "shop_idempotent_requests",
    "Requests with an Idempotency-Key: kept, replayed, abandoned, or refused with an error's code.",
    ["outcome"],
)


def idempotent(view: Callable[P, T]) -> Callable[P, T | Response]:
    """Honour the header of requests that have it. Belongs directly below the route, above the input."""

    @functools.wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> T | Response:
        key = request.headers.get(HEADER)
        if key is None:
            return view(*args, **kwargs)
        return _answer_once(_checked(key), lambda: view(*args, **kwargs))

    described = accepts_header(HEADER, "Done once for each, however often it comes.", _EXAMPLE, _PATTERN)
    return described(raises(RequestUnderWay(), IdempotencyKeyReused())(answer))


def _answer_once(key: str, view: Callable[[], Any]) -> Response:
    keys = resolve(IdempotencyKeys)
    claim = _begin(keys, key)
    if isinstance(claim, StoredResponse):
        return _replay(claim)
    kept: StoredResponse | None = None
    try:
        response = _response_of(view)
        if response.status_code < 500:
            kept = _kept(response)
        return response
    finally:
        if kept is not None:
            keys.keep(claim, kept)
        else:
            keys.abandon(claim)
        outcomes.labels("kept" if kept else "abandoned").inc()


def _begin(keys: IdempotencyKeys, key: str) -> Claim | StoredResponse:
    try:
        return keys.begin(
            _of_sender(key), b"%b %b\n%b" % (request.method.encode(), request.path.encode(), request.data)
        )
    except DomainError as refusal:
        outcomes.labels(refusal.code).inc()
        raise


def _of_sender(key: str) -> str:
    """Two users who choose the same key have nothing to do with each other. The gateway sees to `user_id`."""
    document = request.get_json(silent=True) if request.is_json else None
    owner = document.get("user_id") if isinstance(document, dict) else None
    return f"{owner} {key}" if isinstance(owner, str) else key


def _response_of(view: Callable[[], Any]) -> Response:
    """A domain error is an answer too; a request that was not valid has never begun."""
    try:
        return make_response(view())
    except DomainError as error:
        return make_response(current_app.handle_user_exception(error))


def _kept(response: Response) -> StoredResponse:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return StoredResponse(response.status_code, headers, response.get_data())


def _replay(answer: StoredResponse) -> Response:
    outcomes.labels("replayed").inc()
    return Response(answer.body, answer.status, {**answer.headers, REPLAYED: "true"})


def _checked(key: str) -> str:
    """The draft has it in quotes; most clients send it without."""
    if not re.fullmatch(_PATTERN, unquoted := unquote_header_value(key)):
        raise BadRequest(f"{HEADER} must be 1 to 255 visible ASCII characters.")
    return unquoted
