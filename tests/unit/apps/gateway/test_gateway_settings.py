"""Settings come from the environment; without a key there is no gateway."""

import pytest

from apps import gateway
from apps.gateway.settings import Settings
from tests.unit.apps.gateway.conftest import KEY


def test_without_a_key_there_is_no_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JWT_SECRET", raising=False)
    with pytest.raises(RuntimeError, match="JWT_SECRET is not set"):
        gateway.create_app()
    monkeypatch.setenv("JWT_SECRET", "too short")
    with pytest.raises(ValueError, match="32 bytes"):
        gateway.create_app()


def test_settings_do_not_show_the_keys() -> None:
    assert KEY not in repr(Settings((KEY,)))


def test_the_environment_sets_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", "a" * 32)
    monkeypatch.setenv("JWT_SECRET_PREVIOUS", "b" * 32)
    monkeypatch.setenv("SERVICES_JSON", '{"users": {"v1": {"instances": ["http://u:1"]}}}')
    monkeypatch.setenv("READ_TIMEOUT_SECONDS", "1.5")
    monkeypatch.setenv("RATE_LIMIT", "1/second")
    settings = Settings.from_env()
    assert settings.token_keys == ("a" * 32, "b" * 32)
    assert settings.services["users"]["v1"].instances == ("http://u:1",)
    assert (settings.read_timeout_s, settings.rate_limit, settings.registry_file) == (1.5, "1/second", None)
