"""Every error leaves a service as the same JSON: {"error": {"code", "message", "request_id", "fields"?}}."""

import logging
from collections.abc import Mapping

from apiflask import APIFlask, HTTPError
from flask import Response, jsonify
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

import glasshouse_telemetry as telemetry
from chassis.errors import (
    Conflict,
    DatabaseUnavailable,
    DomainError,
    NotFound,
    Refused,
    UpstreamFailed,
    UpstreamTimeout,
)
from chassis.http_errors import Forbidden, TooManyRequests, Unauthenticated, UpstreamUnavailable

STATUS: Mapping[type[DomainError], int] = {
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Refused: 422,
    TooManyRequests: 429,
    UpstreamFailed: 502,
    DatabaseUnavailable: 503,
    UpstreamUnavailable: 503,
    UpstreamTimeout: 504,
}

# In JSON Schema, for the OpenAPI document.
SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "request_id"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "request_id": {"type": "string"},
                "fields": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        }
    },
}

logger = logging.getLogger(__name__)


def answer_errors_as_json(app: APIFlask) -> None:
    """Replace the error pages of Flask and the error bodies of APIFlask, in what it answers and documents."""
    app.config["HTTP_ERROR_SCHEMA"] = app.config["VALIDATION_ERROR_SCHEMA"] = SCHEMA
    app.register_error_handler(DomainError, _answer_domain_error)
    app.register_error_handler(HTTPError, _answer_invalid_request)
    app.register_error_handler(HTTPException, _answer_http_exception)


def status_of(error: DomainError) -> int:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def _answer_domain_error(error: DomainError) -> Response:
    status = status_of(error)
    if status >= 500 and not isinstance(error, UpstreamUnavailable):  # whoever stopped asking has said why
        logger.error("%s", error.message, exc_info=error, extra={"error.type": error.code})
    response = _answer(status, error.code, error.message, error.fields)
    response.headers.update(getattr(error, "headers", {}))
    return response


def _answer_invalid_request(error: HTTPError) -> Response:
    """APIFlask raises this when a body or a query does not fit its model."""
    return _answer(error.status_code, "validation_failed", "The request is not valid.", _fields(error.detail))


def _answer_http_exception(error: HTTPException) -> Response:
    """What Flask and Werkzeug raise, and the 500 that Flask makes of any other exception once logged."""
    status = error.code or 500
    code = HTTP_STATUS_CODES[status].lower().replace(" ", "_")
    response = _answer(status, code, error.description or error.name, {})
    response.headers.extend((name, value) for name, value in error.get_headers() if name != "Content-Type")
    return response


def _answer(status: int, code: str, message: str, fields: Mapping[str, str]) -> Response:
    error: dict[str, object] = {"code": code, "message": message, "request_id": telemetry.request_id()}
    if fields:
        error["fields"] = dict(fields)
    response = jsonify(error=error)
    response.status_code = status
    return response


def _fields(detail: Mapping[str, Mapping[str, list[str]]]) -> dict[str, str]:
    """Flatten APIFlask's {location: {field: [messages]}}; an error of the whole comes under its location."""
    names = {"json": "body"}
    return {
        names.get(location, location) if field == "_schema" else field: "; ".join(
            message.removeprefix("Value error, ") for message in messages
        )
        for location, errors in detail.items()
        for field, messages in errors.items()
    }
