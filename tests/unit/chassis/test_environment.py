"""A setting has a value that it can have, or the start ends with a sentence that names it."""

from collections.abc import Callable

import pytest

from apps.inventory.settings import Settings as InventorySettings
from apps.orders.settings import Settings as OrdersSettings
from apps.payments.settings import Settings as PaymentsSettings
from chassis import environment
from chassis.environment import InvalidSetting
from chassis.saga_mode import Mode


@pytest.mark.parametrize(
    ("written", "value"), [("1", True), ("TRUE", True), ("on", True), ("0", False), ("No", False), ("", True)]
)
def test_a_flag_is_read_as_people_write_it(
    monkeypatch: pytest.MonkeyPatch, written: str, value: bool
) -> None:
    monkeypatch.setenv("SEED_DATA", written)
    assert environment.flag("SEED_DATA", default=True) is value


@pytest.mark.parametrize(
    ("read", "written"),
    [
        (lambda: environment.flag("X", True), "maybe"),
        (lambda: environment.whole("X", 1), "1.5"),
        (lambda: environment.whole("X", 1), "-1"),
        (lambda: environment.whole("X", 1, at_least=1), "0"),
        (lambda: environment.seconds("X", 1), "soon"),
        (lambda: environment.seconds("X", 1), "nan"),
        (lambda: environment.seconds("X", 1), "-0.1"),
        (lambda: environment.choice("X", Mode.OFF), "choreographed"),
    ],
)
def test_what_is_no_value_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], written: str
) -> None:
    monkeypatch.setenv("X", written)
    with pytest.raises(InvalidSetting, match=rf"^X is '{written}'; it must be "):
        read()


@pytest.mark.parametrize("settings", [OrdersSettings, PaymentsSettings, InventorySettings])
def test_a_wrong_saga_mode_starts_no_service(
    monkeypatch: pytest.MonkeyPatch,
    settings: type[OrdersSettings | PaymentsSettings | InventorySettings],
) -> None:
    monkeypatch.setenv("SAGA_MODE", "choreo")
    with pytest.raises(InvalidSetting, match="SAGA_MODE is 'choreo'; it must be one of off, choreography"):
        settings.from_env()


def test_empty_is_not_set_but_where_it_means_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_URL", "")
    monkeypatch.setenv("DEFAULT_CARD_TOKEN", "")
    settings = OrdersSettings.from_env()
    assert (settings.broker_url, settings.default_card_token) == (OrdersSettings.broker_url, "")
