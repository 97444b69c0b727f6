"""The rule files are what their definitions say."""

from alerts.alert import SERVICES
from alerts.build import ROOT, generated, strays
from alerts.profiles import PRODUCTION
from alerts.rules import all_alerts
from stackctl import ports


def test_every_generated_file_is_committed_as_generated() -> None:
    stale = [str(path) for path, text in generated().items() if (ROOT / path).read_text() != text]
    assert stale == [], "run python -m alerts.build"


def test_nothing_lies_among_the_generated_files_that_is_not_generated() -> None:
    assert strays(generated()) == []


def test_the_alerts_know_every_service() -> None:
    assert set(SERVICES) == set(ports.SERVICES)


def test_every_description_tells_the_value() -> None:
    assert [alert.name for alert in all_alerts(PRODUCTION) if "$value" not in alert.description] == []
