"""Each service keeps what its own document promises, whatever schemathesis sends."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import schemathesis
from apiflask import APIFlask

from chassis.openapi import operations
from chassis.tokens import Identity, Tokens
from tests.databases import NewDatabase
from tests.documents import document_of
from tests.integration.contract.contract import Findings, examine, settings
from tests.services import OPEN, TOKEN_KEY, opened, opened_gateway
from tests.unit.apps.serving import served

# Some seconds for each service.
EXAMPLES = 20
BEHIND_THE_GATEWAY = ("users", "products", "orders")
# Inventory speaks gRPC; what it offers in JSON, the gateway does.
OVER_HTTP = tuple(service for service in OPEN if service != "inventory")


@pytest.fixture
def gateway(new_database: NewDatabase) -> Iterator[APIFlask]:
    with ExitStack() as stack:
        apps = {each: stack.enter_context(opened(each, new_database(each))) for each in BEHIND_THE_GATEWAY}
        urls = {each: stack.enter_context(served(app)) for each, app in apps.items()}
        yield stack.enter_context(opened_gateway(urls))


@pytest.mark.parametrize("service", OVER_HTTP)
def test_a_service_keeps_its_contract(
    service: str, new_database: NewDatabase, found: dict[str, Findings]
) -> None:
    with opened(service, new_database(service)) as app:
        schema = schemathesis.openapi.from_wsgi("/openapi.json", app, config=settings(EXAMPLES))
        found[service] = examine(schema)
        assert found[service].failures == []
        assert found[service].cases
        assert never_done(app, found[service]) == []


def test_the_gateway_keeps_the_contract_of_the_whole(gateway: APIFlask, found: dict[str, Findings]) -> None:
    """On a real connection: schemathesis cannot leave the token out when it calls an app directly."""
    token = Tokens([TOKEN_KEY], 900).issue(Identity("root", frozenset({"admin"})))
    config = settings(EXAMPLES // 2, token)
    with served(gateway) as url:
        found["gateway"] = examine(schemathesis.openapi.from_url(f"{url}/openapi.json", config=config))
    assert found["gateway"].failures == []
    assert never_done(gateway, found["gateway"]) == []


def never_done(app: APIFlask, findings: Findings) -> list[str]:
    """Operations of which nothing succeeded: that they fail as they should would prove little."""
    done = {label for label, status in findings.statuses if status < 300}
    offered = {f"{method.upper()} {path}" for path, method, _ in operations(document_of(app))}
    return sorted(offered - done)
