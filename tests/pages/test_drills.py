"""Drills, traffic and a verification, started and watched on the page; and what other pages may do to it."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from stackctl.shop_scenarios.profiles import PROFILES
from tests.pages.generated import TRACE_ID


@pytest.fixture(autouse=True)
def nothing_is_left(page: Page) -> Iterator[None]:
    yield
    page.goto("/drills")
    expect(page.get_by_role("button", name="Start payments-slow")).to_be_visible()
    for name in ("Undo it", "Stop"):
        for button in page.get_by_role("button", name=name, exact=True).all():
            button.click()
    expect(page.get_by_role("button", name="Start payments-slow")).to_be_enabled()


def test_a_drill_is_started_watched_and_undone(page: Page) -> None:
    page.goto("/drills")
    page.get_by_role("button", name="Start payments-slow").click()

    drills = page.get_by_role("region", name="Drills")
    expect(drills.get_by_role("status")).to_contain_text("Broken: payments-slow")
    expect(page.get_by_role("button", name="Start loki-down")).to_be_disabled()
    expect(drills.get_by_role("link", name=f"./stack trace {TRACE_ID}")).to_be_visible()

    page.get_by_role("button", name="Undo it").click()
    expect(drills.get_by_label("Output of Drill")).to_contain_text("Healed.")
    expect(drills.get_by_role("status")).to_contain_text("Nothing is broken")


def test_a_hidden_drill_is_revealed_when_asked(page: Page) -> None:
    page.goto("/drills")
    page.get_by_role("button", name="Start a hidden one").click()
    drills = page.get_by_role("region", name="Drills")
    expect(drills.get_by_role("status")).to_contain_text("Something is broken")
    expect(drills.locator("code")).to_have_text("./stack drill --hide")

    page.get_by_role("button", name="Reveal it").click()
    expect(drills.get_by_label("Output of Answer")).to_contain_text("payments-slow: Payments answers late.")
    drills.get_by_role("link", name="docs/runbooks/LatencyBudgetBurn.md").click()
    expect(page).to_have_url(re.compile("/runbooks/LatencyBudgetBurn"))


def test_traffic_is_sent_and_stopped(page: Page) -> None:
    page.goto("/drills")
    traffic = page.get_by_role("region", name="Traffic")
    traffic.get_by_label("Requests per second").fill("40")
    traffic.get_by_label("Mix").select_option("browse")
    traffic.get_by_role("button", name="Send").click()

    expect(traffic.locator("code")).to_have_text(
        "./stack traffic --duration 60s --profile browse --rate 40 --seed 1"
    )
    expect(traffic.get_by_label("Output of Traffic")).to_contain_text("1,200 requests")
    traffic.get_by_role("button", name="Stop").click()
    expect(traffic.get_by_label("Output of Traffic")).to_contain_text("interrupted")


def test_the_mixes_are_those_of_the_command_line(page: Page) -> None:
    page.goto("/drills")
    expect(page.get_by_label("Mix").locator("option")).to_have_count(len(PROFILES))
    assert set(page.get_by_label("Mix").locator("option").all_text_contents()) == set(PROFILES)


def test_a_verification_fills_its_table(page: Page) -> None:
    page.goto("/drills")
    verification = page.get_by_role("region", name="Verification")
    verification.get_by_role("button", name="Verify the last run").click()

    expect(verification.get_by_role("status")).to_contain_text("Complete: run 1, 1,200 answered requests")
    expect(verification.locator("tbody td").all()[3]).to_have_text("1,200")


@pytest.fixture
def elsewhere(base: str) -> Iterator[str]:
    """Another page on this machine: another origin, the same site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            form = (
                f'<form method=post action="{base}/api/control/drill"><input name=name value=payments-slow>'
            )
            self.wfile.write(f"<title>elsewhere</title>{form}<button>Send</button></form>".encode())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


ATTEMPTS = {
    "read the token": "fetch(`${base}/api/control`)",
    "start a drill": """fetch(`${base}/api/control/drill`, {method: 'POST', body: '{"name": "payments-slow"}',
        headers: {'Content-Type': 'application/json', 'X-Console-Token': 'guessed'}})""",
    "start one blindly": """fetch(`${base}/api/control/drill`, {method: 'POST', mode: 'no-cors',
        body: '{"name": "payments-slow"}'}).then(answer => {
            if (answer.type === 'opaque') throw new Error('not readable') })""",
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_another_page_starts_nothing_and_reads_no_token(
    browser: Browser, page: Page, base: str, elsewhere: str, attempt: str
) -> None:
    other = browser.new_page()
    other.goto(elsewhere)
    outcome = other.evaluate(
        f"base => {ATTEMPTS[attempt]}.then(answer => answer.status, error => 'refused')", base
    )
    other.close()
    assert outcome == "refused"
    expect_nothing_started(page)


def test_a_form_of_another_page_starts_nothing(
    browser: Browser, page: Page, base: str, elsewhere: str
) -> None:
    other = browser.new_page()
    other.goto(elsewhere)
    with other.expect_response(f"{base}/api/control/drill") as answered:
        other.get_by_role("button").click()
    assert answered.value.status == 403
    other.close()
    expect_nothing_started(page)


def expect_nothing_started(page: Page) -> None:
    page.goto("/drills")
    expect(page.get_by_role("region", name="Drills").get_by_role("status")).to_have_text("Nothing is broken.")
    expect(page.get_by_role("button", name="Start payments-slow")).to_be_enabled()
