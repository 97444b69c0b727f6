"""What docs/loss.md promises rests on a few settings that no program misses when they are gone."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from stackctl.fetch import Program
from stackctl.paths import ROOT
from stackctl.run import backends


def config(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


COLLECTOR = config("otel-collector/config.yaml")
SAMPLING = config("otel-collector/sampling.yaml")
PIPELINES = COLLECTOR["service"]["pipelines"]


@pytest.mark.parametrize("exporter", COLLECTOR["exporters"])
def test_every_exporter_queues_on_disk_and_never_gives_up(exporter: str) -> None:
    settings = COLLECTOR["exporters"][exporter]
    assert settings["sending_queue"]["storage"] == "file_storage"
    assert settings["sending_queue"]["queue_size"] > 0
    assert settings["retry_on_failure"]["max_elapsed_time"] == 0


def test_batches_reach_loki_one_after_the_other() -> None:
    assert COLLECTOR["exporters"]["otlp_http/loki"]["sending_queue"]["num_consumers"] == 1


def test_log_files_are_read_from_the_beginning_and_the_position_is_kept_on_disk() -> None:
    receiver = COLLECTOR["receivers"]["file_log"]
    assert (receiver["start_at"], receiver["storage"]) == ("beginning", "file_storage")
    assert (
        receiver["retry_on_failure"] | {"enabled": True, "max_elapsed_time": 0}
        == receiver["retry_on_failure"]
    )


def test_a_position_is_saved_only_after_its_lines_are_queued() -> None:
    programs = {name: Program(name, Path("/bin/true"), "test", "0") for name in backends.PROGRAMS}
    collector = next(each for each in backends.backends(programs) if each.name == "otel-collector")
    assert "--feature-gates=stanza.synchronousLogEmitter" in collector.argv


def test_a_line_that_is_read_again_is_equal_to_its_first_copy() -> None:
    assert "transform/logs" in PIPELINES["logs"]["processors"]
    first, *_ = COLLECTOR["processors"]["transform/logs"]["log_statements"]
    assert first == {"statements": ["set(log.observed_time_unix_nano, 0)"]}


@pytest.mark.parametrize(
    "file", ["otel-collector/config.yaml", "otel-collector/sampling.yaml", "jaeger/config.yaml"]
)
def test_nothing_is_acknowledged_while_it_is_only_in_the_memory_of_a_batch(file: str) -> None:
    pipelines = config(file)["service"]["pipelines"].values()
    assert [
        name for pipeline in pipelines for name in pipeline.get("processors", []) if "batch" in name
    ] == []


@pytest.mark.parametrize("signal", ["traces", "logs"])
def test_the_collector_redacts_what_may_hold_personal_data(signal: str) -> None:
    assert "redaction" in PIPELINES[signal]["processors"]


def test_no_sampler_stands_in_the_path_unless_asked_for() -> None:
    assert "tail_sampling" not in COLLECTOR["processors"]


@pytest.mark.parametrize(
    "pipelines", [PIPELINES, SAMPLING["service"]["pipelines"]], ids=["all kept", "sampled"]
)
def test_rates_are_counted_before_any_sampling(pipelines: dict[str, Any]) -> None:
    assert "span_metrics" in pipelines["traces"]["exporters"]
    assert "tail_sampling" not in pipelines["traces"].get("processors", [])
    assert "span_metrics" in PIPELINES["metrics"]["receivers"]


def test_metrics_are_scraped_every_five_seconds() -> None:
    assert COLLECTOR["receivers"]["prometheus"]["config"]["global"]["scrape_interval"] == "5s"


def test_every_backend_keeps_its_data_on_disk_for_a_bounded_time() -> None:
    loki, prometheus = config("loki/config.yaml"), config("prometheus/prometheus.yml")
    badger = config("jaeger/config.yaml")["extensions"]["jaeger_storage"]["backends"]["disk"]["badger"]
    assert (
        loki["compactor"] | {"retention_enabled": True, "delete_request_store": "filesystem"}
        == loki["compactor"]
    )
    assert loki["limits_config"]["retention_period"] == "168h"
    assert prometheus["storage"]["tsdb"]["retention"].keys() == {"time", "size"}
    assert (badger["ephemeral"], badger["ttl"]) == (False, {"spans": "168h"})
