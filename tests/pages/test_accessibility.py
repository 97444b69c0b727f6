"""No serious finding of axe on any page, in the light and in the dark."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.grafana import dashboards
from tests.pages.generated import TRACE_ID

RANGE = "from=1790000000000&to=1790000900000"
VIEWS = (
    "/",
    "/dashboards",
    *(f"/d/{uid}" for uid in sorted(dashboards())),
    "/traces",
    f"/trace/{TRACE_ID}",
    "/logs",
    "/alerts",
    "/alerts/AvailabilityBudgetBurn",
    "/runbooks/AvailabilityBudgetBurn",
    "/drills",
)
# Between them, these use every colour there is.
IN_LIGHT = (
    "/",
    "/d/shop-overview",
    "/d/slos",
    f"/trace/{TRACE_ID}",
    "/logs",
    "/runbooks/AvailabilityBudgetBurn",
)
_AXE = Axe()


@pytest.mark.parametrize(
    ("view", "theme"), [*((view, "dark") for view in VIEWS), *((view, "light") for view in IN_LIGHT)]
)
def test_has_no_serious_finding(page: Page, view: str, theme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(f"{view}?{RANGE}")
    expect(page.locator("main h1").first).to_be_visible()
    expect(page.locator('[data-state="loading"]')).to_have_count(0)

    findings = _AXE.run(page).response["violations"]
    serious = [_told(finding) for finding in findings if finding["impact"] in ("serious", "critical")]
    assert serious == []


def _told(finding: dict[str, object]) -> str:
    nodes = finding["nodes"]
    assert isinstance(nodes, list)
    places = [(each["target"], each["any"] and each["any"][0]["message"]) for each in nodes[:6]]
    return f"{finding['id']}: {places}"
