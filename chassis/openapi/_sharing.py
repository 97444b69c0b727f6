"""Errors that many operations answer alike are written once: under the codes that they may bear."""

from copy import deepcopy
from typing import Any

from chassis.openapi._document import Document, operations

_REF = "#/components/responses/"


def share_errors(document: Document) -> None:
    shared: dict[str, Any] = document["components"].setdefault("responses", {})
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            if status >= "400" and "$ref" not in response:
                name = ".".join(sorted(response["content"]["application/json"]["examples"]))
                if shared.setdefault(name, response) == response:
                    operation["responses"][status] = {"$ref": _REF + name}
    document["components"]["responses"] = dict(sorted(shared.items()))


def unshare_errors(document: Document) -> None:
    """Each in its place again, so that one can be changed without the others."""
    shared = document["components"].pop("responses", {})
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            if "$ref" in response:
                operation["responses"][status] = deepcopy(shared[response["$ref"].removeprefix(_REF)])
