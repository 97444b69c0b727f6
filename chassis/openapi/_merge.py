"""One document for whoever stands in front of several services."""

from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from chassis.http_errors import Forbidden, Unauthenticated
from chassis.openapi._document import Document, Operation, refer_to, references, schema_name, schemas
from chassis.openapi._errors import add_domain_errors
from chassis.openapi._sharing import unshare_errors

TOKEN = "token"
_SCHEME = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class Forwarded(NamedTuple):
    """An operation that clients reach under the same method and path as the service has."""

    service: str
    method: str
    path: str


def merge(own: Document, services: Mapping[str, Document], forwarded: Collection[Forwarded]) -> None:
    """Add what is forwarded to `own`, with the schemas that it needs. KeyError when a service has it not."""
    for service in sorted({operation.service for operation in forwarded}):
        document = _apart_from(own, service, services[service])
        tags: set[str] = set()
        for _, method, path in (operation for operation in forwarded if operation.service == service):
            operation = document["paths"][path][method]
            own["paths"].setdefault(path, {})[method] = operation
            tags.update(operation["tags"])
        own["tags"] += [tag for tag in document.get("tags", []) if tag["name"] in tags]
        schemas(own).update(schemas(document))
    _drop_unused_schemas(own)


def require_token(document: Document, operations: Iterable[Operation]) -> None:
    """Say of these operations that they want an access token, and perhaps another than yours."""
    document["components"]["securitySchemes"] = {TOKEN: _SCHEME}
    for operation in operations:
        operation["security"] = [{TOKEN: []}]
        add_domain_errors(operation, (Unauthenticated(), Forbidden()))


def _apart_from(own: Document, service: str, document: Document) -> Document:
    """A copy in which a schema that has another's name bears the service's as well."""
    copy = deepcopy(document)
    unshare_errors(copy)
    taken = {name for name, schema in schemas(copy).items() if schemas(own).get(name, schema) != schema}
    names = {name: f"{service.capitalize()}{name}" if name in taken else name for name in schemas(copy)}
    for reference in references(copy):
        reference.update(refer_to(names[schema_name(reference)]))
    copy["components"]["schemas"] = {names[name]: schema for name, schema in schemas(copy).items()}
    return copy


def _drop_unused_schemas(document: Document) -> None:
    """Those of operations that are not forwarded."""
    used: dict[str, Any] = {}
    waiting = [schema_name(reference) for reference in references(document["paths"])]
    while waiting:
        name = waiting.pop()
        if name not in used:
            used[name] = schemas(document)[name]
            waiting.extend(schema_name(reference) for reference in references(used[name]))
    document["components"]["schemas"] = dict(sorted(used.items()))
