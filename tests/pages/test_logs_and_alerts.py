"""Log lines and alerts; and that what others wrote is only ever text."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.pages.generated import HOSTILE, TRACE_ID

RANGE = "from=1790000000000&to=1790000900000"


def test_a_line_opens_to_its_fields_and_leads_to_its_trace(page: Page) -> None:
    page.goto(f"/logs?{RANGE}")
    page.locator(".line").filter(has_text="number 7").first.click()
    expect(page.locator(".line-details")).to_contain_text("detected_level")

    page.get_by_role("link", name=f"Trace {TRACE_ID[:8]}").click()
    expect(page).to_have_url(re.compile(f"/trace/{TRACE_ID}"))


def test_a_field_narrows_the_query(page: Page) -> None:
    page.goto(f"/logs?{RANGE}")
    page.locator(".line").filter(has_text="number 7").first.click()
    page.get_by_title("Only lines with this service_name").click()

    expect(page.get_by_label("LogQL")).to_have_value(re.compile(r'service_name="(orders|gateway)"}'))


def test_levels_have_addresses(page: Page) -> None:
    page.goto(f"/logs?{RANGE}")
    page.get_by_role("group", name="Level").get_by_role("button", name="error").click()

    expect(page).to_have_url(re.compile("level=error"))


def test_a_live_tail_adds_lines(page: Page) -> None:
    page.goto("/logs")
    page.get_by_role("button", name="▶ Live").click()

    expect(page.get_by_text(re.compile(r"^Live: \d{3,} lines"))).to_be_visible()


def test_hostile_lines_are_text(page: Page) -> None:
    page.goto(f"/logs?{RANGE}")
    expect(page.locator(".line").filter(has_text="<script>").first).to_be_visible()

    longest = page.locator(".line").filter(has_text="x" * 100).first
    assert len(longest.text_content() or "") < 3000
    longest.click()
    assert HOSTILE[3] in (page.locator(".line-details .whole").text_content() or "")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_alert_shows_its_state_rule_and_runbook(page: Page) -> None:
    page.goto("/alerts")
    page.get_by_role("link", name="LatencyBudgetBurn").click()

    details = page.get_by_role("complementary", name="LatencyBudgetBurn")
    expect(details).to_contain_text("What it means")
    expect(details).to_contain_text("slo:burn_rate:ratio_rate5m > 14.4")
    expect(details).to_contain_text(f"orders is slow {HOSTILE[0]}")
    details.get_by_role("link", name="Its dashboard").click()
    expect(page).to_have_url(re.compile(r"/d/service\?.*var-service=orders"))


def test_silences_are_listed_as_text(page: Page) -> None:
    page.goto("/alerts")

    expect(page.get_by_text("alertname=DiskFilling")).to_be_visible()
    expect(page.get_by_text(HOSTILE[0], exact=True)).to_be_visible()


def test_runbooks_link_to_each_other(page: Page) -> None:
    page.goto("/runbooks/LatencyBudgetBurn")
    page.get_by_role("link", name="DatabaseSlow").first.click()

    expect(page).to_have_url(re.compile("/runbooks/DatabaseSlow"))


def test_the_home_page_says_how_the_shop_is(page: Page) -> None:
    page.goto("/")

    expect(page.get_by_role("status")).to_contain_text("The shop works, with alerts to look at")
    expect(page.locator('[data-panel="Service map"] .node')).to_have_count(8)
    expect(page.get_by_text("What runs")).to_be_visible()


@pytest.mark.parametrize(
    ("key", "path"), [("d", "/dashboards"), ("t", "/traces"), ("l", "/logs"), ("a", "/alerts")]
)
def test_keys_go_places(page: Page, key: str, path: str) -> None:
    page.goto("/")
    page.locator("nav").first.wait_for()
    page.keyboard.press("g")
    page.keyboard.press(key)

    expect(page).to_have_url(re.compile(path))


def test_searching_finds_a_trace_by_its_id(page: Page) -> None:
    page.goto(f"/?{RANGE}")
    page.locator("nav").first.wait_for()
    page.keyboard.press("/")
    page.get_by_label("A trace id, or words in log lines").fill(TRACE_ID)
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(f"/trace/{TRACE_ID}"))


@pytest.mark.parametrize(
    "path", ["/", "/d/shop-overview", "/traces", f"/trace/{TRACE_ID}", "/logs", "/alerts"]
)
def test_nothing_is_wider_than_a_phone(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{path}?{RANGE}")
    page.locator("main .view h1").first.wait_for()

    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_theme_is_kept(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Light or dark").click()
    chosen = page.evaluate("document.documentElement.dataset.theme")
    page.reload()

    assert page.evaluate("document.documentElement.dataset.theme") == chosen
