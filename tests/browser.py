"""A real browser, and pages of which nothing may be wrong when a test ends."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.installed import require

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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each file of tests: while it is there, no other test of the process may run an event loop."""
    require(None if _CHROMIUM else "no chromium: sudo apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


@contextmanager
def faultless_page(browser: Browser, base: str) -> Iterator[Page]:
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
