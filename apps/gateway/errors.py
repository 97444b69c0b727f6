"""Statuses and headers of the facts with which a request is turned away. To be merged into chassis.errors."""

from flask import Flask, Response, jsonify

import telemetry
from chassis.denials import Forbidden, TooManyRequests, Unauthenticated, UpstreamUnavailable

Denial = Unauthenticated | Forbidden | TooManyRequests | UpstreamUnavailable
STATUS: dict[type[Denial], int] = {
    Unauthenticated: 401,
    Forbidden: 403,
    TooManyRequests: 429,
    UpstreamUnavailable: 503,
}


def answer_denials_as_json(app: Flask) -> None:
    for kind in STATUS:
        app.register_error_handler(kind, _answer)


def _answer(denial: Denial) -> Response:
    response = jsonify(
        error={"code": denial.code, "message": denial.message, "request_id": telemetry.request_id()}
    )
    response.status_code = next(status for kind, status in STATUS.items() if isinstance(denial, kind))
    response.headers.update(denial.headers)
    return response
