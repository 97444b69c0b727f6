"""What a web page in somebody's browser, or a stranger on the machine, may not do to the backends."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from stackctl import ports
from tests.private_backends import PrivateBackends


@pytest.fixture(scope="module")
def backends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateBackends]:
    folder: Path = tmp_path_factory.mktemp("backends")
    with PrivateBackends(folder, ("prometheus", "loki", "alertmanager")) as running:
        yield running


@pytest.mark.parametrize("path", ["/api/v1/query?query=up", "/api/v1/rules", "/api/v1/status/config"])
def test_no_page_of_another_site_reads_metrics(backends: PrivateBackends, path: str) -> None:
    for origin in ("http://evil.example", "null"):
        answer = requests.get(backends.url(ports.PROMETHEUS, path), headers={"Origin": origin}, timeout=10)
        assert answer.status_code == 200
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/-/reload", 403),
        ("/-/quit", 403),
        ("/api/v1/admin/tsdb/delete_series?match[]=up", 500),
        ("/api/v1/admin/tsdb/snapshot", 500),
        ("/api/v1/write", 404),
    ],
)
def test_nobody_stops_reloads_or_empties_prometheus(
    backends: PrivateBackends, path: str, status: int
) -> None:
    answer = requests.post(backends.url(ports.PROMETHEUS, path), timeout=10)
    assert answer.status_code == status
    assert "enabled" in answer.text or "disabled" in answer.text


def test_nobody_deletes_log_lines(backends: PrivateBackends) -> None:
    url = backends.url(ports.LOKI_HTTP, "/loki/api/v1/delete")
    wanted = {"query": '{service_name="users"}', "start": "1700000000", "end": "1700000100"}
    answer = requests.post(url, params=wanted, timeout=10)
    assert (answer.status_code, answer.text.strip()) == (403, "deletion is not available for this tenant")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/metrics"),
        ("GET", "/api/v2/alerts"),
        ("POST", "/api/v2/alerts"),
        ("POST", "/api/v2/silences"),
        ("OPTIONS", "/api/v2/silences"),
        ("POST", "/-/reload"),
        ("GET", "/debug/pprof/heap"),
    ],
)
@pytest.mark.parametrize("login", [None, ("admin", ""), ("admin", "admin")])
def test_alertmanager_answers_nobody_without_the_password(
    backends: PrivateBackends, method: str, path: str, login: tuple[str, str] | None
) -> None:
    url = backends.url(ports.ALERTMANAGER, path)
    answer = requests.request(method, url, headers={"Origin": "http://evil.example"}, auth=login, timeout=10)
    assert (answer.status_code, answer.text.strip()) == (401, "Unauthorized")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_page_of_another_site_silences_nothing_with_a_login_that_a_browser_remembers(
    backends: PrivateBackends,
) -> None:
    """Without asking first, a page can send no JSON; and when it asks, the browser shows no login."""
    login = backends.components["alertmanager"].authorization
    headers = {"Authorization": login, "Origin": "http://evil.example", "Content-Type": "text/plain"}
    silences = backends.url(ports.ALERTMANAGER, "/api/v2/silences")
    assert requests.post(silences, "{}", headers=headers, timeout=10).status_code == 415
    assert requests.get(silences, headers={"Authorization": login}, timeout=10).json() == []
