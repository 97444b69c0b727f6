"""What a deploy asks Prometheus before it stops an instance."""

from pathlib import Path

from alerts.profiles import PROFILES
from stackctl.deploy import queries
from tests.rules.promtool import promtool_says

ADDRESS = "127.0.0.1:5902"
SERIES = f'up{{job="products", instance="{ADDRESS}"}}'
LABELS = f'{{job="products", instance="{ADDRESS}"}}'


def complaint_about(ups: str, asked_at_s: int, scraped_at_s: int | None, folder: Path) -> str:
    found = [] if scraped_at_s is None else [{"labels": LABELS, "value": scraped_at_s}]
    story = {
        "interval": "5s",
        "input_series": [{"series": SERIES, "values": ups}],
        "promql_expr_test": [
            {"expr": queries.last_scrape_of(ADDRESS), "eval_time": f"{asked_at_s}s", "exp_samples": found}
        ],
    }
    return promtool_says([story], next(iter(PROFILES.values())), [], 5, folder)


def test_the_last_scrape_of_an_instance_is_when_it_was_scraped_not_when_somebody_asks(tmp_path: Path) -> None:
    assert not complaint_about("1 1 _ _", 14, 5, tmp_path)


def test_an_instance_that_did_not_answer_was_not_scraped(tmp_path: Path) -> None:
    assert not complaint_about("1 1 0", 12, None, tmp_path)
