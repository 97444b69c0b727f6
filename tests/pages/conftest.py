"""A real browser before the console, whose backends are made up."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import browser, faultless_page
from tests.pages.serving import console_on_made_up_backends

__all__ = ["base", "browser", "page"]


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The console's address."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TELEMETRY_LOG_FILE", str(tmp_path_factory.mktemp("log") / "log.jsonl"))
        environment.setenv("OTEL_TRACES_EXPORTER", "none")
        state = tmp_path_factory.mktemp("state")
        environment.setenv("GLASSHOUSE_STATE_DIR", str(state))
        with console_on_made_up_backends(state) as address:
            yield address


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    with faultless_page(browser, base) as page:
        yield page
