"""Counters: short, too high, reset, and exemplars that lead nowhere."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import pytest

from proof.expectations import EVENT_COUNTERS, Counted, Protocol, Served, counted, ends_among
from proof.expectations import handled as expected_handled
from proof.ledger.joined_instances import Joined
from proof.ledger.rows import Row
from proof.verify.counter_baselines import CounterBaseline, counter_baselines
from proof.verify.exemplars import reconcile_exemplars, sample_trace_ids
from proof.verify.findings import Check
from proof.verify.metrics import (
    NO_OTHER_TRAFFIC,
    increase,
    increases,
    reconcile_calls_served,
    reconcile_counts,
)
from proof.verify.other_traffic import OtherTraffic
from proof.verify.restarts import Restart, Restarts
from stackctl.query import Exemplar, Jaeger, Series
from tests.unit.proof.builders import demand, http, row

GET_USER = http("users", "GET /users/<user_id>", 200)
ASK_GATEWAY = http("gateway", "GET /users/<user_id>", 200)


SELECTOR = (
    'http_server_request_duration_seconds_count{job="users",http_request_method="GET",'
    'http_route="/users/<user_id>",http_response_status_code="200"}'
)


def served(rows: list[Row], rose: Counter[Counted], others: OtherTraffic = NO_OTHER_TRAFFIC) -> Check:
    return reconcile_calls_served(map(demand, rows), rose, others=others)


def series(values: list[tuple[float, float]], instance: str = "users:1") -> Series:
    labels = {
        "__name__": "http_server_request_duration_seconds_count",
        "job": "users",
        "instance": instance,
        "http_request_method": "GET",
        "http_route": "/users/<user_id>",
        "http_response_status_code": "200",
    }
    return Series(labels, tuple(values))


Baseline = Mapping[str, Mapping[Counted, float]]
Begun = Callable[[str], Sequence[CounterBaseline]]


def from_baseline(baseline: Baseline, restarts: Iterable[Restart] = ()) -> Begun:
    return lambda instance: counter_baselines(instance, baseline, (), Restarts(restarts))


def killed(start: float, end: float, instance: str = "users:1") -> Restart:
    return Restart("users", start, end, instance)


def risen(
    samples: Iterable[tuple[float, float]],
    baseline: float,
    restarts: Iterable[Restart] = (),
    joined: Iterable[Joined] = (),
) -> float:
    begun = counter_baselines("users:1", {"users:1": {GET_USER: baseline}}, joined, Restarts(restarts))
    return increase(samples, GET_USER, begun)


@pytest.mark.parametrize(
    ("values", "baseline", "rose"),
    [
        ([10, 12, 15], 10, 5),
        ([], 10, 0),
        ([3], 0, 3),
        ([12, 2, 5], 10, 7),
        ([4], 10, 4),
        ([12, 1, 0, 2], 10, 5),
    ],
    ids=["rises", "no sample", "new", "reset between", "reset before the first", "reset twice"],
)
def test_an_increase_counts_from_the_baseline_and_over_resets(
    values: list[float], baseline: float, rose: float
) -> None:
    assert risen(enumerate(values), baseline) == rose


def test_a_counter_that_was_killed_and_outran_its_old_value_before_anybody_looked_began_anew() -> None:
    samples = [(5.0, 12.0), (10.0, 14.0), (20.0, 30.0), (25.0, 33.0)]
    assert risen(samples, 10, [killed(10, 15)]) == 4 + 30 + 3
    assert risen(samples[2:], 10, [killed(1, 15)]) == 30 + 3


def test_a_version_that_joined_where_another_one_was_before_counts_from_its_own_smoke_test() -> None:
    samples = [(5.0, 120.0), (10.0, 150.0), (20.0, 170.0), (25.0, 175.0)]
    second = Joined("users:1", 16, {GET_USER: 120})
    assert risen(samples, 100, [killed(10, 15)], [second]) == 50 + 50 + 5


def test_what_a_scrape_saw_of_a_smoke_test_under_way_is_no_increment() -> None:
    samples = [(5.0, 30.0), (10.0, 60.0), (12.0, 20.0), (17.0, 128.0)]
    second = Joined("users:1", 13, {GET_USER: 120})
    assert risen(samples, 30, [killed(10, 11)], [second]) == 30 + 8


def test_a_switch_to_and_fro_brings_two_processes_each_with_a_smoke_test() -> None:
    """One address, one run: the version that comes again is another process."""
    samples = [(10.0, 125.0), (15.0, 140.0), (30.0, 150.0), (35.0, 160.0)]
    twice = [Joined("users:2", at, {GET_USER: 120}) for at in (8, 28)]
    rose = increase(
        samples, GET_USER, counter_baselines("users:2", {}, twice, Restarts([killed(15, 26, "users:2")]))
    )
    assert rose == 20 + 40


def test_one_that_joined_and_was_never_seen_takes_nothing_from_the_one_before() -> None:
    samples = [(5.0, 125.0), (10.0, 140.0)]
    twice = [Joined("users:2", at, {GET_USER: 120}) for at in (3, 12)]
    assert increase(samples, GET_USER, counter_baselines("users:2", {}, twice)) == 20


def test_samples_after_the_last_scrape_of_the_run_do_not_count() -> None:
    counted = [series([(5, 12), (10, 14), (15, 99)])]
    rose = increases(counted, from_baseline({"users:1": {GET_USER: 10}}), {"users:1": 10})
    assert rose == Counter({GET_USER: 4})


def test_a_kill_of_an_instance_is_known_for_all_its_counters() -> None:
    restarts = [killed(5, 6, "users:1"), killed(5, 6, "users:2")]
    begun = from_baseline({"users:1": {GET_USER: 10}}, restarts)
    rose = increases([series([(5, 12), (10, 14)])], begun, {"users:1": 10})
    assert rose == Counter({GET_USER: 2 + 14})


def test_an_instance_that_was_not_scraped_after_the_run_has_no_increase_yet() -> None:
    assert increases([series([(5, 12)])], from_baseline({}), {}) == Counter()


def test_instances_of_a_service_are_summed_up_each_from_its_own_baseline_to_its_own_last_scrape() -> None:
    both = [series([(5, 12), (9, 13)]), series([(5, 4), (9, 6)], instance="users:2")]
    baseline = {"users:1": {GET_USER: 10.0}, "users:2": {GET_USER: 1.0}}
    rose = increases(both, from_baseline(baseline), {"users:1": 6, "users:2": 10})
    assert rose == Counter({GET_USER: 7})


def test_an_absent_route_is_the_empty_route() -> None:
    labels = {"job": "users", "instance": "users:1", "http_request_method": "GET"}
    labels |= {"__name__": "http_server_request_duration_seconds_count", "http_response_status_code": "404"}
    rose = increases([Series(labels, ((5, 1),))], from_baseline({}), {"users:1": 10})
    assert rose == Counter({http("users", "GET", 404): 1})


def test_counters_that_rose_as_the_ledger_says_are_complete() -> None:
    rows = [row("user_get"), row("user_get"), row("order_create")]
    rose = Counter(
        {
            ASK_GATEWAY: 2,
            GET_USER: 3,
            http("gateway", "POST /orders", 201): 1,
            http("orders", "POST /orders", 201): 1,
            http("products", "GET /products", 200): 1,
        }
    )
    check = served(rows, rose)
    assert (check.expected, check.found, check.missing, check.duplicated) == (8, 8, 0, 0)


def test_a_counter_that_is_short_is_named_with_its_selector() -> None:
    check = served([row("user_get"), row("user_get")], Counter({ASK_GATEWAY: 2, GET_USER: 1}))
    assert (check.missing, check.found) == (1, 3)
    assert check.findings[0].detail == "1 of 2 increments"
    assert check.findings[0].query == SELECTOR


def test_a_counter_that_rose_too_much_is_named() -> None:
    check = served([row("user_get")], Counter({ASK_GATEWAY: 1, GET_USER: 3}))
    assert (check.missing, check.duplicated) == (0, 2)
    assert check.findings[0].detail.startswith("2 more than the 1 that")


def test_a_counter_that_nobody_asked_for_is_too_much() -> None:
    rose = Counter({ASK_GATEWAY: 1, GET_USER: 1, http("users", "GET", 404): 1})
    assert served([row("user_get")], rose).duplicated == 1


OTHERS = Served("users", Protocol.HTTP, "GET /users/<user_id>", "200")


def test_other_traffic_is_counted_exactly() -> None:
    others = OtherTraffic(calls=Counter({OTHERS: 2}))
    rows = [row("user_get")]
    found = {times: served(rows, Counter({ASK_GATEWAY: 1, GET_USER: times}), others) for times in (2, 3, 4)}
    assert [(found[n].missing, found[n].duplicated) for n in (2, 3, 4)] == [(1, 0), (0, 0), (0, 1)]


def test_other_traffic_close_to_a_reading_may_be_counted_or_not() -> None:
    others = OtherTraffic(perhaps=Counter({OTHERS: 1}))
    rows = [row("user_get")]
    found = {
        times: served(rows, Counter({ASK_GATEWAY: 1, GET_USER: times}), others) for times in (0, 1, 2, 3)
    }
    assert [(check.missing, check.duplicated) for check in found.values()] == [(1, 0), (0, 0), (0, 0), (0, 1)]


def test_a_request_without_an_answer_may_have_been_counted_or_not() -> None:
    rows = [row("user_get"), row("user_get", None)]
    for amount in (1, 2):
        assert served(rows, Counter({ASK_GATEWAY: 1, GET_USER: amount})).ok
    assert not served(rows, Counter({ASK_GATEWAY: 1, GET_USER: 3})).ok


def test_what_a_process_took_with_it_may_be_missing_but_never_too_much() -> None:
    rows = [demand(row("user_get")), demand(row("user_get"))]
    lost = reconcile_calls_served(rows, Counter({ASK_GATEWAY: 2, GET_USER: 1}), lossy={"users"})
    assert (lost.ok, lost.expected, lost.found, lost.lost) == (True, 4, 3, 1)
    assert not reconcile_calls_served(rows, Counter({ASK_GATEWAY: 1, GET_USER: 2}), lossy={"users"}).ok
    assert not reconcile_calls_served(rows, Counter({ASK_GATEWAY: 2, GET_USER: 3}), lossy={"users"}).ok


CONFIRMED = Counted("orders", "shop_orders_total", (("status", "CONFIRMED"),))
CANCELLED = Counted("orders", "shop_orders_total", (("status", "CANCELLED"),))


def test_counters_of_the_business_rise_by_what_is_due_and_at_most_by_what_may_be() -> None:
    demanded, allowed = Counter({CONFIRMED: 2}), Counter({CANCELLED: 1})

    def check(**amounts: int) -> Check:
        rose = Counter({CONFIRMED: amounts["confirmed"], CANCELLED: amounts.get("cancelled", 0)})
        return reconcile_counts("outcomes", "business counters", demanded, allowed, rose)

    assert check(confirmed=2).ok
    assert check(confirmed=2, cancelled=1).ok
    assert check(confirmed=1).missing == 1
    assert check(confirmed=3).duplicated == 1
    assert check(confirmed=2, cancelled=2).duplicated == 1
    assert check(confirmed=1).findings[0].query == 'shop_orders_total{job="orders",status="CONFIRMED"}'


def test_tries_are_no_ends_and_labels_that_do_not_matter_are_summed_up() -> None:
    def handled(outcome: str, exchange: str = "order_events") -> Counted:
        labels = {
            "event_outcome": outcome,
            "event_type": "OrderPlaced",
            "messaging_consumer_group_name": "order_history",
            "messaging_destination_name": exchange,
        }
        return counted("orders", "messaging_client_consumed_messages_total", labels)

    rose = Counter({handled("handled"): 2, handled("handled", "elsewhere"): 1, handled("retried"): 5})
    assert ends_among(rose, EVENT_COUNTERS) == Counter(
        {expected_handled("orders", "order_history", "OrderPlaced"): 3}
    )


def exemplar(number: int) -> Exemplar:
    return Exemplar({}, f"{number:032x}", "", 0.1, 0.0)


def test_an_exemplar_that_leads_to_no_trace_is_missing() -> None:
    known, dangling = exemplar(1).trace_id, exemplar(2).trace_id
    check = reconcile_exemplars([known, dangling], {known}, Jaeger("http://jaeger"))
    assert (check.expected, check.missing) == (2, 1)
    assert dangling in check.findings[0].query


def test_no_exemplar_at_all_is_a_defect() -> None:
    assert reconcile_exemplars([], {}, Jaeger("http://jaeger")).missing == 1


def test_none_is_no_defect_where_none_is_due() -> None:
    assert reconcile_exemplars([], {}, Jaeger("http://jaeger"), some_expected=False).ok


def test_many_exemplars_are_sampled_evenly_and_each_trace_once() -> None:
    sample = sample_trace_ids(exemplar(number // 2) for number in range(2000))
    assert len(sample) == len(set(sample)) == 200
    assert sample[-1] > exemplar(950).trace_id
