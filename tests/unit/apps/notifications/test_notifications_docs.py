"""What docs/notifications.md says of settings, metrics and attributes is so."""

import re

import pytest
from flask.testing import FlaskClient

from apps.notifications.notification import Outcome
from apps.notifications.settings import Settings
from stackctl.paths import ROOT

TEXT = (ROOT / "docs/notifications.md").read_text(encoding="utf-8")
SETTINGS = ROOT / "apps/notifications/settings.py"


def test_the_guide_names_every_setting() -> None:
    read = set(re.findall(r'"([A-Z_]{3,})"', SETTINGS.read_text(encoding="utf-8")))
    assert {name for name in read if f"`{name}`" not in TEXT} == set()


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("SMTP_URL", Settings.smtp_url),
        ("MAIL_FROM", Settings.mail_from),
        ("MAIL_TRIES", Settings.mail_tries),
        ("MAIL_THREADS", Settings.mail_threads),
        ("ALERTS_TO", Settings.alerts_to),
        ("WATCHDOG_PATIENCE_SECONDS", f"{Settings.watchdog_patience_s:g}"),
    ],
)
def test_the_guide_names_the_defaults(name: str, default: object) -> None:
    [row] = re.findall(rf"^\| `{name}` \| (.+?) \|", TEXT, re.MULTILINE)
    assert row.strip("`") == str(default)


def test_the_guide_names_every_metric_and_outcome(client: FlaskClient) -> None:
    types = r"^# TYPE (notifications_\w+) (?:counter|histogram)"
    exported = re.findall(types, client.get("/metrics").text, re.MULTILINE)
    assert len(exported) == 3
    assert [name for name in exported if f"`{name}{{" not in TEXT] == []
    assert {outcome for outcome in Outcome if f"`{outcome}`" not in TEXT} == set()
