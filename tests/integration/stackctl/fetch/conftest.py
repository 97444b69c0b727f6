"""For each test a site with archives, an empty cache, a PATH with a fake `go`, and a sample release."""

from collections.abc import Iterator

import pytest

from tests.integration.stackctl.fetch.site import Site, running_site
from tests.unit.stackctl.fetch.conftest import cache, go, hello, path, report

__all__ = ["cache", "go", "hello", "path", "report", "site"]


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site
