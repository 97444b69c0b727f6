"""Looking for a trace, and at one."""

import re

from playwright.sync_api import Page, expect

from tests.pages.generated import HOSTILE, LONG_TRACE_ID, LONG_TRACE_SPANS, TRACE_ID

RANGE = "from=1790000000000&to=1790000900000"


def test_a_search_is_its_address(page: Page) -> None:
    page.goto(f"/traces?{RANGE}")
    page.get_by_label("Attributes").fill("http.response.status_code=503")
    page.get_by_label("Longer than").fill("250ms")
    page.get_by_role("button", name="Search", exact=True).last.click()

    expect(page).to_have_url(re.compile(r"tags=http\.response\.status_code%3D503&min=250ms"))
    expect(page.locator("table.traces tbody tr")).to_have_count(20)


def test_a_found_trace_opens_at_the_same_time(page: Page) -> None:
    page.goto(f"/traces?{RANGE}")
    page.locator("table.traces a").first.click()

    expect(page).to_have_url(re.compile(rf"/trace/[0-9a-f]+\?{RANGE}"))
    expect(page.locator(".span-row:not(.head)")).to_have_count(7)


def test_a_span_shows_its_attributes_events_and_links_as_text(page: Page) -> None:
    page.goto(f"/trace/{TRACE_ID}?{RANGE}")
    page.get_by_role("button", name="payments POST /orders step 4").click()

    details = page.get_by_role("complementary", name="Span")
    expect(details).to_contain_text("exception.message")
    expect(details.get_by_text(HOSTILE[0], exact=True).first).to_be_visible()
    expect(details.locator("script, img")).to_have_count(0)

    page.get_by_role("button", name="orders POST /orders step 3").click()
    expect(details.get_by_role("link", name=f"trace {LONG_TRACE_ID[:8]}")).to_be_visible()


def test_the_log_lines_of_a_trace_stand_below_it(page: Page) -> None:
    page.goto(f"/trace/{TRACE_ID}?{RANGE}")

    expect(page.get_by_role("log", name="Log lines of the trace")).to_contain_text("POST /orders 201 number")


def test_a_thousand_spans_are_a_few_elements(page: Page) -> None:
    page.goto(f"/trace/{LONG_TRACE_ID}?{RANGE}")
    spans = page.locator(".spans")
    expect(page.get_by_text(f"{LONG_TRACE_SPANS} spans").first).to_be_visible()

    assert page.locator(".span-row").count() < 100
    spans.evaluate("element => element.scrollTo(0, element.scrollHeight)")
    expect(page.get_by_role("button", name=f"POST /orders step {LONG_TRACE_SPANS - 1}")).to_be_visible()


def test_folding_a_span_hides_what_is_below_it(page: Page) -> None:
    page.goto(f"/trace/{TRACE_ID}?{RANGE}")
    page.get_by_role("button", name="Fold POST /orders", exact=True).click()

    expect(page.locator(".span-row:not(.head)")).to_have_count(1)
