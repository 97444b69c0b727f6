"""The console in a real browser, on the real stack, after mixed traffic."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboards.empty_when_healthy import EMPTY_WHEN_HEALTHY
from proof.ledger.runs import Run
from stackctl import ports
from stackctl.system.polling import NotYet, poll_until
from tests.browser import browser, faultless_page
from tests.e2e.followed import Followed
from tests.grafana import dashboards, panels

__all__ = ["browser"]

UIDS = sorted(dashboards())
WITHIN = 90.0


@pytest.fixture
def page(browser: Browser, followed: Followed) -> Iterator[Page]:
    with faultless_page(browser, ports.url(ports.CONSOLE)) as page:
        yield page


def empty(page: Page, uid: str, run: Run, until: float) -> set[str]:
    """The panels that show nothing, or an error, between the beginning of the run and then."""
    page.goto(f"/d/{uid}?from={run.started_at * 1000:.0f}&to={until * 1000:.0f}")
    expect(page.locator("[data-panel]")).to_have_count(len(panels(dashboards()[uid])))
    expect(page.locator('[data-panel][data-state="loading"]')).to_have_count(0)
    wrong = page.locator('[data-panel]:not([data-state="drawn"])')
    return set(wrong.evaluate_all("all => all.map(each => `${each.dataset.panel}`)"))


@pytest.mark.parametrize("uid", UIDS)
def test_no_panel_is_empty(page: Page, run: Run, uid: str) -> None:
    excused = {panel for dashboard, panel in EMPTY_WHEN_HEALTHY if dashboard == uid}
    ended_at = run.ended_at
    assert ended_at

    def filled() -> bool | NotYet:
        # As the traffic ends, and now: some rules are evaluated every 30 s only.
        left = empty(page, uid, run, ended_at + 10) - excused
        left = left and left & empty(page, uid, run, time.time())
        return not left or NotYet(sorted(left))

    poll_until(filled, f"something in every panel of {uid}", WITHIN, interval=5)


def test_leads_from_the_first_page_to_an_order_its_lines_and_back(
    page: Page, run: Run, followed: Followed
) -> None:
    page.goto("/")
    expect(page.get_by_role("status").first).to_contain_text(re.compile(r"processes answer|fire|answering"))

    page.get_by_role("navigation", name="Views").get_by_role("link", name="Traces").click()
    page.locator("select[name=service]").select_option("orders")
    page.get_by_label("Attributes").fill(f"order.id={followed.row.created_id}")
    page.get_by_role("button", name="Search", exact=True).last.click()
    link = page.locator(f'table.traces a[href*="{followed.row.trace_id}"]').first
    expect(link).to_be_visible()
    link.click()

    expect(page).to_have_url(re.compile(rf"/trace/{followed.row.trace_id}"))
    expect(page.locator(".span-row:not(.head)")).to_have_count(len(followed.request))
    lines = page.get_by_role("log", name="Log lines of the trace")
    expect(lines.get_by_text("POST /orders 201").first).to_be_visible()

    lines.get_by_text("POST /orders 201").first.click()
    expect(lines.locator(".line-details")).to_contain_text(followed.row.trace_id)
    page.go_back()
    expect(link).to_be_visible()
