"""Takes the pictures of docs/pictures from the stack that runs: `python -m tests.pages.pictures`.

For those that the documentation shows: `./stack traffic --seed 1 --rate 8 --duration 10m`, while that runs
`./stack drill products-error-burst`, and this as soon as its alert fires.
"""

import base64
import shutil
import sys
import time
from collections.abc import Iterator

import requests
from playwright.sync_api import Browser, sync_playwright

from stackctl import ports
from stackctl.paths import ROOT

FOLDER = ROOT / "docs" / "pictures"
SIZE = {"width": 1280, "height": 860}
QUALITY = 78
FLAGS = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
SETTLED = """() => [...document.querySelectorAll('[data-state=loading], .spinner, .refreshing')]
    .every(each => each.getBoundingClientRect().top > innerHeight)"""
BASE = ports.url(ports.CONSOLE)


def views() -> Iterator[tuple[str, str]]:
    """The name of each picture, and the address that it shows."""
    yield "home", "/"
    yield "dashboard", "/d/dependencies"
    yield "trace", f"/trace/{_an_order()}"
    yield "alert", f"/alerts/{_an_alert()}"


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, address in views():
            for theme in ("dark", "light"):
                (FOLDER / f"{name}-{theme}.webp").write_bytes(_picture(browser, address, theme))
        browser.close()
    return 0


def _picture(browser: Browser, address: str, theme: str) -> bytes:
    context = browser.new_context(base_url=BASE, viewport=SIZE, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address, timeout=60_000)
    page.wait_for_selector("main h1", timeout=60_000)
    page.wait_for_timeout(2_000)  # the first queries are under way
    page.wait_for_function(SETTLED, timeout=60_000)
    shot = context.new_cdp_session(page).send(
        "Page.captureScreenshot", {"format": "webp", "quality": QUALITY}
    )
    context.close()
    return base64.b64decode(shot["data"])


def _an_order() -> str:
    """The trace of an order that crossed as many services as any."""
    now = time.time()
    params = {
        "service": "gateway",
        "operation": "POST /orders",
        "limit": "50",
        "start": f"{(now - 600) * 1e6:.0f}",
        "end": f"{(now - 20) * 1e6:.0f}",
    }
    found = requests.get(f"{BASE}/api/jaeger/traces", params, timeout=60).json()["data"]
    longest = max(found, key=lambda trace: (len(trace["processes"]), len(trace["spans"])))
    return str(longest["traceID"])


def _an_alert() -> str:
    """The one that concerns the fewest, so that its runbook is in the picture, too."""
    found = requests.get(f"{BASE}/api/alertmanager/alerts", timeout=60).json()
    concerned: dict[str, set[str]] = {}
    for each in found:
        concerned.setdefault(each["labels"]["alertname"], set()).add(each["annotations"]["summary"])
    concerned.pop("Watchdog", None)
    return min(concerned, key=lambda name: len(concerned[name]), default="AvailabilityBudgetBurn")


if __name__ == "__main__":
    sys.exit(main())
