"""What the console asks of the backends: the reads that are listed, and nothing else."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from console import create_app
from console.reads import READS
from console.settings import Settings
from tests.unit.console.conftest import HOST, NAMES, Asked
from tests.unit.stackctl.fake_backend import Raw, Refusal, fake_backend

RANGE = "/api/prometheus/query_range?query=up&start=1000&end=1900&step=15"


def get(client: FlaskClient, path: str) -> tuple[int, object]:
    response = client.get(path, base_url=HOST)
    return response.status_code, response.get_json()


def test_passes_a_listed_read_on(client: FlaskClient, asked: Asked) -> None:
    assert get(client, RANGE) == (200, {"status": "success"})
    assert asked.requests == [
        (
            "prometheus",
            "/api/v1/query_range",
            {"query": ["up"], "start": ["990"], "end": ["1890"], "step": ["15"]},
        )
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/api/prometheus/admin",
        "/api/prometheus/admin/tsdb/delete_series?match[]=up",
        "/api/prometheus/../-/reload",
        "/api/prometheus/%2e%2e/-/quit",
        "/api/prometheus/query_range/../../-/reload",
        "/api/loki/delete?query={a=%22b%22}",
        "/api/loki/push",
        "/api/loki/config",
        "/api/alertmanager/silence/1",
        "/api/alertmanager/reload",
        "/api/jaeger/archive",
        "/api/grafana/health",
        "/api/gateway/users",
        "/api/http://127.0.0.1:5000/users",
    ],
)
def test_refuses_what_is_not_listed(client: FlaskClient, asked: Asked, path: str) -> None:
    status, _ = get(client, path)

    assert status in {400, 404}
    assert asked.requests == []


@pytest.mark.parametrize(
    "query",
    [
        "query=up&start=1000&end=1900",
        "query=up&start=1000&end=1900&step=0",
        "query=up&start=1000&end=1900&step=15&timeout=1h",
        "query=up&start=1000&end=1900&step=15&step=30;x",
        "query=up&start=now&end=1900&step=15",
        "query=&start=1000&end=1900&step=15",
        f"query={'u' * 8001}&start=1000&end=1900&step=15",
    ],
)
def test_refuses_parameters_that_a_read_does_not_take(client: FlaskClient, asked: Asked, query: str) -> None:
    assert get(client, f"/api/prometheus/query_range?{query}")[0] == 400
    assert asked.requests == []


@pytest.mark.parametrize("trace_id", ["", "../services", "4bf9/../../services", "4BF92F3577B34DA6", "é" * 16])
def test_a_trace_id_is_nothing_but_an_id(client: FlaskClient, asked: Asked, trace_id: str) -> None:
    assert get(client, f"/api/jaeger/trace?trace_id={trace_id}")[0] == 400
    assert asked.requests == []


def test_a_name_in_a_path_stays_one_segment(client: FlaskClient, asked: Asked) -> None:
    get(client, "/api/jaeger/operations?service=a/../../b%3Fc")

    assert asked.requests[0][1] == "/api/services/a%2F..%2F..%2Fb%3Fc/operations"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_is_ever_sent(client: FlaskClient, asked: Asked, method: str) -> None:
    response = client.open(RANGE, method=method, base_url=HOST, data=b"x")

    assert response.status_code == 405
    assert asked.requests == []


def test_every_read_is_by_a_path_that_reads() -> None:
    """Of paths that change something, none begins like these."""
    starts = (
        "/api/v1/query",
        "/api/v1/label/",
        "/api/v1/rules",
        "/loki/api/v1/query_range",
        "/loki/api/v1/label/",
    )
    reads = ("/prometheus/api/v1/rules", "/api/services", "/api/traces", "/api/v2/alerts", "/api/v2/silences")
    assert [read.path for read in READS.values() if not read.path.startswith(starts + reads)] == []


def test_viewers_share_one_query(client: FlaskClient, asked: Asked) -> None:
    app = client.application

    def look(moment: int) -> int:
        path = f"/api/prometheus/query_range?query=up&start={1000 + moment}&end={1900 + moment}&step=15"
        return app.test_client().get(path, base_url=HOST).status_code

    with ThreadPoolExecutor(8) as viewers:
        assert set(viewers.map(look, [5, 6, 7, 8, 9, 10, 11, 12])) == {200}
    assert len(asked.requests) == 1


def test_what_a_backend_refuses_is_told_and_not_kept(client: FlaskClient, asked: Asked) -> None:
    asked.answer = Refusal(400, Raw(b'{"status":"error","error":"parse error"}'))
    first = get(client, RANGE)
    second = get(client, RANGE)

    assert first == second == (400, {"error": '{"status":"error","error":"parse error"}'})
    assert len(asked.requests) == 2


def test_a_failure_of_a_backend_is_not_the_consoles(client: FlaskClient, asked: Asked) -> None:
    asked.answer = Refusal(500, Raw(b"<script>alert(1)</script>"))
    response = client.get(RANGE, base_url=HOST)

    assert response.status_code == 502
    assert response.mimetype == "application/json"


def test_a_backend_that_is_away_is_named(asked: Asked) -> None:
    from console import create_app
    from console.settings import Settings

    gone = dict.fromkeys(("prometheus", "loki", "jaeger", "alertmanager", "grafana"), "http://127.0.0.1:9")
    response = create_app(Settings(urls=gone)).test_client().get(RANGE, base_url=HOST)

    assert (response.status_code, response.get_json()) == (502, {"error": "prometheus does not answer"})


def test_an_answer_is_json_whatever_the_backend_says(client: FlaskClient, asked: Asked) -> None:
    asked.answer = json.dumps("<script>").encode()
    response = client.get(RANGE, base_url=HOST)

    assert response.mimetype == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_it_logs_in_to_alertmanager_and_shows_the_password_to_nobody_else(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "login").write_text("YWRtaW46c2VjcmV0")
    monkeypatch.setenv("ALERTMANAGER_AUTHORIZATION_FILE", str(tmp_path / "login"))
    with fake_backend(asked.of("any"), wants="Basic YWRtaW46c2VjcmV0") as url:
        settings = replace(Settings.from_env(), urls=dict.fromkeys(NAMES, url))
        client = create_app(settings).test_client()
        assert get(client, "/api/alertmanager/silences")[0] == 200
        assert get(client, "/api/loki/rules")[0] == 401
    assert "YWRt" not in repr(settings)
