"""The API as a whole, as clients see it: the gateway's own operations and those that it forwards."""

import json
from pathlib import Path

from apps.gateway.policy import FORWARDED, RULES, Access, Rule
from chassis.errors import UpstreamFailed, UpstreamTimeout
from chassis.http_errors import TooManyRequests, Unauthenticated, UpstreamUnavailable
from chassis.openapi import (
    Document,
    Forwarded,
    add_domain_errors,
    add_statuses,
    document_path,
    merge,
    operations,
    require_token,
)

# What may come in place of any answer: a token that is no longer valid is refused even where none is needed.
ANYWHERE = (
    Unauthenticated(),
    TooManyRequests(1.0),
    UpstreamFailed("orders", ""),
    UpstreamUnavailable("orders", ""),
    UpstreamTimeout("orders", ""),
)


def complete(document: Document) -> None:
    """Join what the services have published, and say who may call what, as the policy has it."""
    published = {rule.service: _published(rule.service) for rule in FORWARDED}
    merge(document, published, [Forwarded(rule.service, *_place(rule)) for rule in FORWARDED])
    access = {_place(rule): rule.access for rule in RULES.values()}
    found = {(method, path): operation for path, method, operation in operations(document)}
    for (_, path), operation in found.items():
        add_domain_errors(operation, ANYWHERE)
        if "{" in path:
            add_statuses(operation, 400)  # a path that not everybody would understand in the same way
    require_token(document, [found[place] for place in found if access[place] is not Access.OPEN])


def _place(rule: Rule) -> tuple[str, str]:
    return rule.method.lower(), document_path(rule.path)


def _published(service: str) -> Document:
    """Beside the service's code; a test sees to it that it is true."""
    file = Path(__file__).parent.parent / service / "openapi.json"
    document: Document = json.loads(file.read_text(encoding="utf-8"))
    return document
