"""What the contract tests tell at the end: how much was tried of each service."""

from collections.abc import Iterator

import pytest

from tests.integration.contract.contract import Findings

_FOUND = pytest.StashKey[dict[str, Findings]]()


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    monkeypatch.setenv("TELEMETRY_LOG_FILE", str(tmp_path_factory.mktemp("log") / "log.jsonl"))


@pytest.fixture
def found(request: pytest.FixtureRequest) -> Iterator[dict[str, Findings]]:
    """By service; for the summary."""
    yield request.config.stash.setdefault(_FOUND, {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for service, findings in config.stash.get(_FOUND, {}).items():
        counts = f"{findings.cases} cases, {len(findings.failures)} failures"
        terminalreporter.write_line(f"schemathesis on {service}: {counts}")
