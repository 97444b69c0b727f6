"""Versions get their share, and of each the instances that are well and least busy."""

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from random import Random

import pytest

from chassis.balancing import Balancer, Instance
from chassis.http_errors import UpstreamUnavailable
from chassis.registry import Version
from glasshouse_telemetry.testing import capture_logs


def version(*hosts: str, weight: float = 100) -> Version:
    return Version(weight=weight, instances=tuple(f"http://{host}" for host in hosts))


def balancer_of(**versions: Version) -> Balancer:
    return Balancer("products", versions, calls_per_instance=4, random=Random(1))


def picks(balancer: Balancer, times: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for _ in range(times):
        with balancer.instance() as instance:
            found[instance.url.removeprefix("http://")] += 1
    return found


def named(balancer: Balancer, host: str) -> Instance:
    return next(instance for instance in balancer.instances if instance.url == f"http://{host}")


def test_idle_instances_take_turns() -> None:
    assert picks(balancer_of(v1=version("a", "b", "c")), 30) == {"a": 10, "b": 10, "c": 10}


def test_the_least_busy_instance_is_next() -> None:
    balancer = balancer_of(v1=version("a", "b", "c"))
    with ExitStack() as stack:
        first, second = (stack.enter_context(balancer.instance()) for _ in range(2))
        with balancer.instance() as third:
            assert len({first, second, third}) == 3
            assert [instance.outstanding for instance in balancer.instances] == [1, 1, 1]
        for _ in range(5):
            with balancer.instance() as idle:
                assert idle is third
    assert [instance.outstanding for instance in balancer.instances] == [0, 0, 0]


def test_a_call_that_fails_is_no_longer_outstanding() -> None:
    balancer = balancer_of(v1=version("a"))
    with pytest.raises(RuntimeError), balancer.instance():
        raise RuntimeError
    assert named(balancer, "a").outstanding == 0


def test_versions_get_their_share() -> None:
    balancer = balancer_of(v1=version("a", "b", weight=90), v2=version("c", weight=10))
    found = picks(balancer, 10_000)
    # Five standard deviations of a binomial distribution: 5 x sqrt(10,000 x 0.1 x 0.9).
    assert abs(found["c"] - 1_000) < 150
    assert abs(found["a"] - found["b"]) < 150


def test_a_version_without_weight_gets_nothing_even_when_the_others_are_ill() -> None:
    balancer = balancer_of(v1=version("a", weight=1), v2=version("b", weight=0))
    named(balancer, "a").refused()
    assert picks(balancer, 50) == {"a": 50}


def test_an_ill_instance_is_left_out() -> None:
    balancer = balancer_of(v1=version("a", "b"))
    named(balancer, "a").refused()
    assert picks(balancer, 20) == {"b": 20}
    named(balancer, "a").checked(True)
    assert picks(balancer, 20) == {"a": 10, "b": 10}


def test_the_share_of_a_version_that_is_ill_goes_to_the_others() -> None:
    balancer = balancer_of(v1=version("a", weight=10), v2=version("b", weight=90))
    named(balancer, "b").refused()
    assert picks(balancer, 20) == {"a": 20}


def test_when_all_are_ill_all_are_tried() -> None:
    balancer = balancer_of(v1=version("a", "b"))
    for instance in balancer.instances:
        instance.refused()
    assert picks(balancer, 20) == {"a": 10, "b": 10}


def test_what_was_tried_comes_last() -> None:
    balancer = balancer_of(v1=version("a", "b", "c"))
    a, b, c = (named(balancer, host) for host in "abc")
    c.refused()
    with balancer.instance(tried=[a]) as chosen:
        assert chosen is b
    with balancer.instance(tried=[a, b]) as chosen:
        assert chosen in (a, b)
    a.refused()
    b.refused()
    with balancer.instance(tried=[a, b]) as chosen:
        assert chosen is c


def test_one_failed_check_is_bad_luck_and_two_are_not() -> None:
    instance = named(balancer_of(v1=version("a")), "a")
    for passed, healthy in [(False, True), (True, True), (False, True), (False, False), (True, True)]:
        instance.checked(passed)
        assert instance.healthy is healthy


def test_going_and_coming_back_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    instance = named(balancer_of(v1=version("a")), "a")
    with capture_logs() as lines:
        for _ in range(3):
            instance.refused()
        for _ in range(3):
            instance.checked(True)
    assert [line["message"] for line in lines] == ["instance taken out", "instance put back"]
    assert lines[0]["service.peer.name"] == "products"


def test_an_update_keeps_what_is_known_of_instances_that_stay() -> None:
    balancer = balancer_of(v1=version("a", "b"))
    a = named(balancer, "a")
    a.refused()
    with balancer.instance() as b:
        balancer.update({"v1": version("b", "a"), "v2": version("c")})
        assert [instance.url[-1] for instance in balancer.instances] == ["b", "a", "c"]
        assert (named(balancer, "a") is a, a.healthy) == (True, False)
        balancer.update({"v2": version("c", weight=3)})
        assert picks(balancer, 5) == {"c": 5}
    assert b.outstanding == 0
    assert (balancer.weight("v2"), balancer.weight("v1")) == (3, 0)


def test_an_instance_that_is_busy_leaves_the_calls_to_others_and_then_refuses() -> None:
    balancer = balancer_of(v1=version("a", weight=99), v2=version("b", weight=1))
    with ExitStack() as stack:
        hosts = [stack.enter_context(balancer.instance()).url[-1] for _ in range(8)]
        assert Counter(hosts) == {"a": 4, "b": 4}
        with pytest.raises(UpstreamUnavailable, match="busy"), balancer.instance():
            pytest.fail("there was room")
    assert picks(balancer, 1).total() == 1


def test_without_any_instance_it_is_unavailable() -> None:
    with pytest.raises(UpstreamUnavailable), balancer_of(v1=version()).instance():
        pytest.fail("there was one")


def test_many_threads_leave_nothing_outstanding() -> None:
    balancer = balancer_of(v1=version("a", "b"), v2=version("c"))
    with ThreadPoolExecutor(12) as pool:
        found = sum(pool.map(lambda _: picks(balancer, 200), range(12)), Counter())
    assert found.total() == 2_400
    assert [instance.outstanding for instance in balancer.instances] == [0, 0, 0]
