"""Which errors an operation answers, and what they look like: the chassis's own and those that it raises."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from chassis.error_responses import status_of
from chassis.errors import DomainError
from chassis.openapi._document import Operation, refer_to

NAME = "Error"
_REQUEST_ID = "5f3c7a0de1c94c0f8a54b7f2f6f0d1aa"

# What the chassis answers without the service's doing; else a status tells by its own name.
_MESSAGES = {
    400: "The body is not valid JSON.",
    413: "The data value transmitted exceeds the capacity limit.",
    415: "The body must be JSON, with the content type application/json.",
    422: "The request is not valid.",
    500: "The server encountered an internal error.",
    503: "The database is not available.",
}
_CODES = {413: "request_entity_too_large", 422: "validation_failed", 503: "database_unavailable"}


def add_errors(operation: Operation, errors: Iterable[DomainError], uses_database: bool) -> None:
    """Those documented already stay; each gets its examples, and all the same schema."""
    documented = (int(status) for status in operation["responses"] if status >= "400")
    examples: dict[int, dict[str, Any]] = {status: {} for status in documented}
    for status in _automatic(operation, uses_database):
        examples.setdefault(status, {}).update(_general(status))
    for error in errors:
        examples.setdefault(status_of(error), {}).update(_example(error.code, error.message, error.fields))
    for status, known in sorted(examples.items()):
        operation["responses"][str(status)] = _response(status, known or _general(status))


def add_statuses(operation: Operation, *statuses: int) -> None:
    """Those that are there stay as they are."""
    for status in statuses:
        operation["responses"].setdefault(str(status), _response(status, _general(status)))


def add_domain_errors(operation: Operation, errors: Iterable[DomainError]) -> None:
    """Further errors of an operation whose errors are otherwise complete."""
    for error in errors:
        status = status_of(error)
        response = operation["responses"].setdefault(str(status), _response(status, {}))
        known = response["content"]["application/json"]["examples"]
        known.update(_example(error.code, error.message, error.fields))


def _automatic(operation: Operation, uses_database: bool) -> set[int]:
    places = {parameter["in"] for parameter in operation["parameters"]}
    return {
        500,
        *((400,) if "header" in places else ()),
        *((400, 413, 415, 422) if "requestBody" in operation else ()),
        *((422,) if "query" in places else ()),
        *((503,) if uses_database else ()),
    }


def _response(status: int, examples: dict[str, Any]) -> dict[str, Any]:
    media = {"schema": refer_to(NAME), "examples": examples}
    return {"description": HTTPStatus(status).phrase, "content": {"application/json": media}}


def _general(status: int) -> dict[str, Any]:
    phrase = HTTPStatus(status).phrase
    code = _CODES.get(status, phrase.lower().replace(" ", "_"))
    fields = {"name_of_a_field": "Field required"} if status == 422 else {}
    return _example(code, _MESSAGES.get(status, phrase + "."), fields)


def _example(code: str, message: str, fields: Mapping[str, str]) -> dict[str, Any]:
    error = {"code": code, "message": message, "request_id": _REQUEST_ID}
    return {code: {"value": {"error": {**error, "fields": dict(fields)} if fields else error}}}
