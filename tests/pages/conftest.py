"""A real browser before the console, whose backends are made up."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.installed import require
from tests.pages.serving import console_on_made_up_backends

_CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Machines that run tests are busy; nothing here says that a page is fast.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    require(None if _CHROMIUM else "no chromium: sudo apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


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
def page(browser: Browser, base: str, tmp_path: Path) -> Iterator[Page]:
    """A page with nothing wrong at its end: no error, and no request to anybody else."""
    context = browser.new_context(base_url=base, viewport={"width": 1280, "height": 6000})
    wrong: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on(
        "request", lambda asked: None if asked.url.startswith(base) else wrong.append(f"asked {asked.url}")
    )
    yield page
    title = page.title()
    context.close()
    assert wrong == []
    assert "owned" not in title
