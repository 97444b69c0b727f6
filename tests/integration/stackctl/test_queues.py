"""What is published before its consumer has ever run waits for it."""

from pathlib import Path

import pytest

from chassis.events import broker_from_url, new_message
from stackctl.run import brokers, queues
from stackctl.settings.saved_options import SavedOptions


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))


def test_who_registers_before_notifications_has_ever_run_will_get_a_mail() -> None:
    queues.declare_first(SavedOptions())
    broker = broker_from_url(brokers.url(SavedOptions()))

    broker.publish(new_message("user_events", "UserRegistered", {"user_id": "user-1"}, "user-1"))
    queues.declare_first(SavedOptions())

    assert broker.stats("notifications").depth == 1
    broker.close()
