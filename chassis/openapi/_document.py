"""A document is plain JSON; these are its parts that more than one module handles."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Document = dict[str, Any]
Operation = dict[str, Any]
Schema = dict[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")
SCHEMA_REF = "#/components/schemas/"


def operations(document: Document) -> Iterator[tuple[str, str, Operation]]:
    """Path, method and operation."""
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def schemas(document: Document) -> dict[str, Schema]:
    found: dict[str, Schema] = document.setdefault("components", {}).setdefault("schemas", {})
    return found


def resolve(schema: Schema, document: Document) -> Schema:
    """The schema itself, when this is a reference to it; what is said beside the reference counts as well."""
    while "$ref" in schema:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**schemas(document)[schema_name(schema)], **beside}
    return schema


def references(node: Any) -> Iterator[dict[str, Any]]:
    """All that refer to a schema, within a document or a part of one."""
    if isinstance(node, dict):
        if str(node.get("$ref")).startswith(SCHEMA_REF):
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from references(part)


def schema_name(reference: Mapping[str, str]) -> str:
    return reference["$ref"].removeprefix(SCHEMA_REF)


def refer_to(name: str) -> dict[str, str]:
    return {"$ref": SCHEMA_REF + name}


def document_path(rule: str) -> str:
    """As documents write it, of a path as Flask does."""
    return re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule)
