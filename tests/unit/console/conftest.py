"""The console before backends that note what they are asked."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from console import create_app
from console.settings import Settings
from tests.unit.stackctl.fake_backend import Params, Raw, fake_backend

NAMES = ("prometheus", "loki", "jaeger", "alertmanager", "grafana")
HOST = "http://127.0.0.1:8000"


@dataclass
class Asked:
    """What came through: (backend, path, parameters), and what is answered to it."""

    requests: list[tuple[str, str, Params]] = field(default_factory=list)
    answer: Any = field(default_factory=lambda: {"status": "success"})

    def of(self, backend: str) -> Any:
        def answer(path: str, params: Params) -> Any:
            self.requests.append((backend, path, params))
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer if not isinstance(self.answer, bytes) else Raw(self.answer)

        return answer


@pytest.fixture(autouse=True)
def unobserved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEMETRY_LOG_FILE", str(tmp_path / "log.jsonl"))
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def client(asked: Asked) -> Iterator[FlaskClient]:
    with ExitStack() as stack:
        urls = {name: stack.enter_context(fake_backend(asked.of(name))) for name in NAMES}
        app = create_app(Settings(urls=urls))
        yield stack.enter_context(app.test_client())
