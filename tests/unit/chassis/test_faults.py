"""Faults: off unless the file says otherwise, for as long as it does, and for whom it does."""

import time
from pathlib import Path

import pytest
from openfeature import api

from chassis.faults import Fault, ResourceLeak, Watch
from stackctl.system.polling import poll_until
from tests.unit.chassis.fake_clock import FakeClock
from tests.unit.conftest import ATTRIBUTES, Switch

# Measured: 28 ns (one look into a set, one call). OpenFeature evaluates in 8 µs, and only what is on.
MOST_SECONDS_WHEN_OFF = 2e-6

SLOW = Fault("test-slow", seconds=3.0, ratio=1.0)


def test_a_fault_is_off_without_a_file(watch: Watch) -> None:
    assert SLOW.current() is None
    assert not SLOW.strikes()


def test_a_fault_that_is_on_has_the_knobs_of_the_code(switch: Switch) -> None:
    switch("test-slow")
    assert SLOW.current() == {"seconds": 3.0, "ratio": 1.0}


def test_the_file_turns_single_knobs(switch: Switch) -> None:
    switch("test-slow", value={"seconds": 0.5})
    assert SLOW.current() == {"seconds": 0.5, "ratio": 1.0}


def test_a_fault_that_the_file_has_off_is_off(switch: Switch) -> None:
    switch("test-slow", "off")
    assert SLOW.current() is None


def test_a_change_of_the_file_holds_from_the_next_look_on(
    switch: Switch, faults_file: Path, watch: Watch
) -> None:
    switch("test-slow")
    faults_file.unlink()
    assert SLOW.is_on()
    watch.look()
    assert not SLOW.is_on()


@pytest.mark.parametrize(
    ("when", "is_on"),
    [
        ({"service.version": "2"}, True),
        ({"service.version": "1"}, False),
        ({"service.version": "2", "service.name": "products"}, True),
        ({"service.version": "2", "service.name": "users"}, False),
        ({"service.instance.id": "products-2"}, False),
    ],
)
def test_a_fault_can_be_for_one_version_or_instance_alone(
    switch: Switch, when: dict[str, str], is_on: bool
) -> None:
    switch("test-slow", when=when)
    assert SLOW.is_on() is is_on


@pytest.mark.parametrize(
    "content",
    [
        "{broken",
        "[]",
        '{"test-slow": true}',
        '{"test-slow": {"state": "maybe"}}',
        '{"test-slow": {"state": "on", "valeu": {}}}',
        '{"test-slow": {"state": "on", "value": 3}}',
        "\udcff",
    ],
)
def test_a_broken_file_switches_everything_off_and_says_so_once(
    switch: Switch, faults_file: Path, watch: Watch, caplog: pytest.LogCaptureFixture, content: str
) -> None:
    switch("test-slow")
    faults_file.write_bytes(content.encode("utf-8", "surrogateescape"))
    watch.look()
    watch.look()
    assert not SLOW.is_on()
    [line] = caplog.records
    assert line.levelname == "ERROR"
    assert str(faults_file) in line.getMessage()


def test_a_broken_file_that_is_mended_counts_again(switch: Switch, faults_file: Path, watch: Watch) -> None:
    faults_file.write_text("{broken", encoding="utf-8")
    watch.look()
    switch("test-slow")
    assert SLOW.is_on()


def test_switching_leaves_no_line_that_would_tell_a_person_who_practises(
    switch: Switch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", "chassis.faults"):
        switch("test-slow")
        switch("test-slow", "off")
    assert caplog.records == []


def test_a_fault_strikes_the_given_share_of_the_times(switch: Switch) -> None:
    switch("test-slow", value={"ratio": 0.25})
    struck = sum(SLOW.strikes() for _ in range(2_000))
    assert 350 < struck < 650  # 500, seven standard deviations either way


def test_a_delay_waits_only_while_the_fault_is_on(switch: Switch, watch: Watch, faults_file: Path) -> None:
    clock = FakeClock()
    SLOW.delay(clock.sleep)
    switch("test-slow", value={"seconds": 0.7})
    SLOW.delay(clock.sleep)
    assert clock.slept == [0.7]


def test_other_features_of_an_application_are_left_alone(switch: Switch) -> None:
    switch("test-slow")
    assert api.get_client(domain="shop").get_boolean_value("new-checkout", True) is True


def test_a_fault_that_is_off_costs_next_to_nothing(watch: Watch) -> None:
    times = 20_000
    best = min(_seconds_for(times) for _ in range(5)) / times
    assert best < MOST_SECONDS_WHEN_OFF, f"{best * 1e9:.0f} ns"


def test_what_was_hoarded_is_bounded_and_let_go_when_the_fault_is_off(switch: Switch) -> None:
    let_go: list[int] = []
    fault = Fault("test-leak", limit=3)
    hoard = ResourceLeak(fault, let_go.append)
    hoard.keep(lambda knobs: 0)
    switch("test-leak")
    for number in range(1, 6):
        hoard.keep(lambda knobs, number=number: number)  # type: ignore[misc]
    assert (len(hoard), let_go) == (3, [])
    switch("test-leak", "off")
    assert (len(hoard), let_go) == (0, [1, 2, 3])


def test_what_arrives_after_the_fault_was_switched_off_is_let_go_at_once(switch: Switch) -> None:
    let_go: list[str] = []
    hoard = ResourceLeak(Fault("test-leak", limit=3), let_go.append)
    switch("test-leak")

    def late(_: object) -> str:
        switch("test-leak", "off")
        return "late"

    hoard.keep(late)
    assert (len(hoard), let_go) == (0, ["late"])


def test_a_watch_follows_the_file_by_itself_and_leaves_nothing_on(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    watch = Watch(file, ATTRIBUTES)
    watch.start()
    file.write_text('{"test-slow": {"state": "on"}}', encoding="utf-8")
    poll_until(SLOW.is_on, "the fault to be on", timeout=10.0, interval=0.02)
    watch.stop()
    assert not SLOW.is_on()


def _seconds_for(times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        SLOW.strikes()
    return time.perf_counter() - began
