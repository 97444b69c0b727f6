"""Every dashboard in a browser: all its panels are drawn, and the page does what it says."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.grafana import dashboards, panels
from tests.pages.generated import TRACE_ID

UIDS = sorted(dashboards())
RANGE = "from=1790000000000&to=1790000900000"


def open_dashboard(page: Page, uid: str, more: str = "") -> None:
    page.goto(f"/d/{uid}?{RANGE}{more}")
    expect(page.locator("[data-panel]").first).to_be_visible()
    expect(page.locator('[data-state="loading"]')).to_have_count(0)


@pytest.mark.parametrize("uid", UIDS)
def test_draws_every_panel_that_is_provisioned(page: Page, uid: str) -> None:
    open_dashboard(page, uid)

    expected = [panel["title"] for panel in panels(dashboards()[uid])]
    assert page.locator("[data-panel]").evaluate_all("all => all.map(each => each.dataset.panel)") == expected
    states = page.locator("[data-panel]").evaluate_all("all => all.map(each => each.dataset.state)")
    assert set(states) == {"drawn"}


def exported(page: Page, module: str, expression: str) -> set[str]:
    """Of a module of the console, as the browser has loaded it."""
    path = page.locator(f'link[href$="{module}"]').get_attribute("href")
    found: list[str] = page.evaluate(f"path => import(path).then(module => {expression})", path)
    return set(found)


def fields(key: str) -> list[Any]:
    """What is under this key, in the settings of all fields."""
    found = []
    for dashboard in dashboards().values():
        for panel in panels(dashboard):
            defaults, overrides = panel["fieldConfig"]["defaults"], panel["fieldConfig"]["overrides"]
            found += [defaults[key]] if key in defaults else []
            changed = [each for override in overrides for each in override["properties"]]
            found += [each["value"] for each in changed if each["id"] == key]
    return found


def test_knows_everything_that_dashboards_use(page: Page) -> None:
    page.goto("/dashboards")
    all_panels = [panel for dashboard in dashboards().values() for panel in panels(dashboard)]
    overrides = [each for panel in all_panels for each in panel["fieldConfig"]["overrides"]]

    transformations = {each["id"] for panel in all_panels for each in panel.get("transformations", [])}
    assert transformations <= exported(page, "transformations.js", "Object.keys(module.TRANSFORMATIONS)")

    matchers = {each["matcher"]["id"] for each in overrides}
    assert matchers <= exported(page, "fields.js", "module.SUPPORTED.matchers")

    properties = {each["id"] for override in overrides for each in override["properties"]}
    assert properties <= exported(page, "fields.js", "module.SUPPORTED.properties")

    assert set(fields("unit")) <= exported(page, "format.js", "module.UNIT_NAMES")

    reductions = {
        calc for panel in all_panels for calc in panel["options"].get("reduceOptions", {}).get("calcs", [])
    }
    legends = {calc for panel in all_panels for calc in panel["options"].get("legend", {}).get("calcs", [])}
    assert reductions | legends <= exported(page, "fields.js", "module.CALCULATION_NAMES")


def test_chooses_values_of_variables(page: Page) -> None:
    open_dashboard(page, "service")
    page.get_by_label("Service", exact=True).select_option("payments")

    expect(page).to_have_url(re.compile(r"var-service=payments"))
    page.get_by_role("button", name="Instance", exact=True).click()
    page.get_by_role("group", name="Instance").get_by_label("127.0.0.1:5000").check()
    expect(page).to_have_url(re.compile(r"var-instance=127\.0\.0\.1%3A5000"))


def test_drags_over_a_chart_to_zoom(page: Page) -> None:
    open_dashboard(page, "shop-overview")
    box = page.locator('[data-panel="Traffic"] .u-over').bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 50, steps=5)
    page.mouse.up()

    expect(page).not_to_have_url(re.compile("from=1790000000000"))
    start, end = (int(found) for found in re.findall(r"(?:from|to)=(\d+)", page.url))
    assert 1790000200000 < start < end < 1790000500000


def test_moves_one_crosshair_over_all_charts(page: Page) -> None:
    open_dashboard(page, "shop-overview")
    page.locator('[data-panel="Traffic"] .u-over').hover(position={"x": 200, "y": 60})

    expect(page.locator('[data-panel="Traffic"] .tip')).to_contain_text("gateway")
    other = page.locator('[data-panel="Errors"] .u-cursor-x')
    expect(other).to_be_visible()
    expect(page.locator('[data-panel="Errors"] .tip')).to_be_hidden()


def test_shows_one_series_alone_and_hides_one(page: Page) -> None:
    open_dashboard(page, "shop-overview")
    names = page.locator('[data-panel="Traffic"] .legend-entry button')
    names.filter(has_text="orders").click()
    expect(page.locator('[data-panel="Traffic"] .legend-entry.off')).to_have_count(6)

    names.filter(has_text="orders").click()
    expect(page.locator('[data-panel="Traffic"] .legend-entry.off')).to_have_count(0)

    names.filter(has_text="orders").click(modifiers=["Control"])
    expect(page.locator('[data-panel="Traffic"] .legend-entry.off')).to_have_count(1)


def test_tells_what_a_panel_says_and_asks(page: Page) -> None:
    open_dashboard(page, "shop-overview")
    panel = page.locator('[data-panel="Traffic"]')
    panel.hover()
    panel.get_by_role("button", name="About Traffic").click()

    dialog = page.get_by_role("dialog", name="Traffic")
    expect(dialog).to_contain_text("Requests answered per second")
    expect(dialog.locator("pre")).to_contain_text("[20s]")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_an_exemplar_leads_to_its_trace(page: Page) -> None:
    open_dashboard(page, "shop-overview")
    over = page.locator('[data-panel="Latency (p95)"] .u-over')
    box = over.bounding_box()
    assert box
    # The made-up exemplars are a minute apart, of 15, and slower than the scale is high: at its top.
    page.mouse.move(box["x"] + box["width"] * 14 / 15, box["y"] + 3)
    expect(page.locator('[data-panel="Latency (p95)"] .tip')).to_contain_text("its trace")
    page.mouse.down()
    page.mouse.up()

    expect(page).to_have_url(re.compile(f"/trace/{TRACE_ID}\\?from=1790000000000"))


def test_one_panel_alone_has_an_address(page: Page) -> None:
    open_dashboard(page, "slos", "&viewPanel=2")

    expect(page.locator("[data-panel]")).to_have_count(1)


def test_a_failing_backend_is_told_and_the_rest_is_drawn(page: Page) -> None:
    page.route(
        "**/api/loki/**",
        lambda route: route.fulfill(status=200, json={"data": {"resultType": "streams", "result": []}}),
    )
    open_dashboard(page, "shop-overview")

    expect(page.locator('[data-panel="Newest warnings and errors"]')).to_contain_text("Nothing in this time")
    expect(page.locator('[data-panel="Traffic"]')).to_have_attribute("data-state", "drawn")
