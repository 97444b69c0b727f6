"""Prometheus' answers become series and exemplars."""

from stackctl.query import Prometheus
from tests.unit.stackctl.fake_backend import Params, fake_backend


def test_a_vector_has_one_sample_per_series() -> None:
    result = [{"metric": {"job": "users"}, "value": [1000.5, "3"]}]
    with fake_backend(lambda path, params: {"data": {"resultType": "vector", "result": result}}) as url:
        (series,) = Prometheus(url).instant("up")
        assert (series.labels, series.samples) == ({"job": "users"}, ((1000.5, 3.0),))
        assert Prometheus(url).value("up") == 3.0


def test_a_scalar_is_a_series_without_labels() -> None:
    with fake_backend(lambda path, params: {"data": {"resultType": "scalar", "result": [1.0, "42"]}}) as url:
        assert Prometheus(url).value("42") == 42.0


def test_a_query_without_series_has_no_value() -> None:
    with fake_backend(lambda path, params: {"data": {"resultType": "vector", "result": []}}) as url:
        assert Prometheus(url).value("up") is None


def test_raw_samples_are_asked_for_by_a_range_that_ends_at_the_time_of_the_query() -> None:
    asked: list[Params] = []

    def answer(path: str, params: Params) -> object:
        asked.append(params)
        values = [[995.0, "1"], [1000.0, "2"]]
        return {"data": {"resultType": "matrix", "result": [{"metric": {}, "values": values}]}}

    with fake_backend(answer) as url:
        (series,) = Prometheus(url).raw_samples('up{job="users"}', 990.0, 1001.5)
    assert series.samples == ((995.0, 1.0), (1000.0, 2.0))
    assert asked == [{"query": ['up{job="users"}[11500ms]'], "time": ["1001.500"]}]


def test_exemplars_have_their_trace_ids() -> None:
    exemplars = [
        {"labels": {"trace_id": "abc", "span_id": "de"}, "value": "0.25", "timestamp": 1000.1},
        {"labels": {}, "value": "1", "timestamp": 1000.2},
    ]
    data = [{"seriesLabels": {"job": "users"}, "exemplars": exemplars}]
    with fake_backend(lambda path, params: {"data": data}) as url:
        first, second = Prometheus(url).exemplars("x_bucket", 0, 1)
    assert (first.trace_id, first.span_id, first.value, first.time) == ("abc", "de", 0.25, 1000.1)
    assert (second.trace_id, second.series) == ("", {"job": "users"})
