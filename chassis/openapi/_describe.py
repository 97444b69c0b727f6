"""From what APIFlask generates to what is published."""

import inspect
import sys
from collections.abc import Callable
from copy import deepcopy
from http import HTTPStatus
from typing import Any, cast

from apiflask import APIFlask

from chassis.database import Database
from chassis.error_responses import SCHEMA
from chassis.openapi._document import METHODS, Document, Operation, document_path, operations, schemas
from chassis.openapi._errors import NAME, add_errors
from chassis.openapi._examples import add_examples
from chassis.openapi._page import page
from chassis.openapi._schemas import tidy_schemas
from chassis.openapi._sharing import share_errors
from chassis.openapi._views import Notes, notes_of

View = Callable[..., Any]

LOCATION = {"description": "Where what was made can be found.", "schema": {"type": "string"}}


def describe(app: APIFlask) -> None:
    """Complete the document of the app when it is asked for, and show it at /docs."""
    app.config["AUTO_SERVERS"] = False  # it would keep the host that the first client named
    app.description = inspect.cleandoc(getattr(sys.modules.get(app.import_name), "__doc__", None) or "")
    extend_document(app, lambda document: None)
    app.register_blueprint(page)


def extend_document(app: APIFlask, extend: Callable[[Document], None]) -> None:
    """Have `extend` change the document once it is complete."""

    def process(generated: Document | str) -> Document:
        document = cast(Document, generated)
        _complete(document, app)
        extend(document)
        share_errors(document)
        return document

    app.spec_processor(process)


def _complete(document: Document, app: APIFlask) -> None:
    for errors in ("HTTPError", "ValidationError"):  # the same as ours, twice
        schemas(document).pop(errors, None)
    schemas(document)[NAME] = deepcopy(SCHEMA)
    tidy_schemas(document)
    views = _views(app)
    uses_database = Database.__qualname__ in app.extensions
    for path, method, operation in operations(document):
        view = views[path, method]
        notes = notes_of(view)
        _name(operation, view)
        _add_request(operation, notes)
        _add_successes(operation, notes)
        add_errors(operation, notes.errors, uses_database)
    add_examples(document)


def _views(app: APIFlask) -> dict[tuple[str, str], View]:
    """By path, written as in a document, and method."""
    return {
        (document_path(rule.rule), method): app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        for method in METHODS
        if method.upper() in (rule.methods or ())
    }


def _name(operation: Operation, view: View) -> None:
    operation["operationId"] = view.__name__
    if not view.__doc__:
        operation["summary"] = view.__name__.replace("_", " ").capitalize()


def _add_request(operation: Operation, notes: Notes) -> None:
    for name, header in notes.request_headers.items():
        parameter = {"in": "header", "name": name, "required": False, **header.described()}
        operation["parameters"].append(parameter)
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True


def _add_successes(operation: Operation, notes: Notes) -> None:
    for status, response in operation["responses"].items():
        if status < "300":
            response["description"] = HTTPStatus(int(status)).phrase
            headers = {name: header.described() for name, header in notes.response_headers.items()}
            if status == "201":
                headers["Location"] = LOCATION
            if headers:
                response["headers"] = {name: {**header, "required": True} for name, header in headers.items()}
