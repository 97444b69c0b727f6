"""Every alert has a runbook that tells all it must, and every runbook an alert."""

import re

import pytest

from alerts import logs
from alerts.build import ROOT
from alerts.profiles import PRODUCTION
from alerts.rules import all_alerts

FOLDER = ROOT / "docs" / "runbooks"
ALERTS = sorted({alert.name for alert in [*all_alerts(PRODUCTION), *logs.ALERTS]})
HEADINGS = ["What it means", "Confirm", "Find the cause", "Mitigation", "Drill"]


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.md")) == ALERTS


@pytest.mark.parametrize("name", ALERTS)
def test_a_runbook_tells_all_that_one_needs(name: str) -> None:
    title, *parts = re.split(r"^#+ (.+)$", text_of(name), flags=re.MULTILINE)[1:]
    headings, texts = parts[1::2], [text.strip() for text in parts[2::2]]
    assert (title, headings) == (name, HEADINGS)
    assert all(texts)
    assert re.fullmatch(r"`\./stack drill [a-z-]+`(, `\./stack drill [a-z-]+`)*", texts[-1])


@pytest.mark.parametrize("name", ALERTS)
def test_a_runbook_leads_to_runbooks_that_exist(name: str) -> None:
    assert set(re.findall(r"\]\((\w+)\.md\)", text_of(name))) <= set(ALERTS)


def test_the_guide_names_every_alert() -> None:
    guide = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    assert [name for name in ALERTS if f"`{name}`" not in guide] == []
