"""What runs beside the requests: started in order, stopped in reverse, ready once nothing can be missed."""

from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest
from werkzeug.exceptions import ServiceUnavailable

from chassis.background import Background, Repeated
from chassis.database import Database
from chassis.events import Consumer, broker_from_url
from stackctl.system.polling import poll_until


@dataclass
class Part:
    name: str
    story: list[str]

    def start(self) -> None:
        self.story.append(f"start {self.name}")

    def stop(self, timeout_s: float = 5.0) -> bool:
        self.story.append(f"stop {self.name}")
        return True


def test_the_first_to_start_is_the_last_to_stop() -> None:
    story: list[str] = []
    background = Background(Part("relay", story), Part("consumer", story))
    background.start()
    background.stop()
    assert story == ["start relay", "start consumer", "stop consumer", "stop relay"]


def test_a_step_is_repeated_until_it_is_stopped_and_rests_unless_it_is_woken() -> None:
    wake, done = Event(), Event()
    steps: list[int] = []

    def step() -> float:
        steps.append(1)
        done.set()
        return 3_600.0

    repeated = Repeated("test", step, wake=wake)
    repeated.start()
    for number in (1, 2):
        assert done.wait(5)
        done.clear()
        assert len(steps) == number
        wake.set()
    assert done.wait(5)
    assert repeated.stop()


def test_a_service_is_ready_once_its_queues_are_declared(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/service.db")
    broker = broker_from_url(f"sqlite:///{tmp_path}/broker.db")
    background = Background(Consumer(broker, "payments", ["order_events"], {}, database))
    with pytest.raises(ServiceUnavailable):
        background.check()
    background.start()
    poll_until(lambda: _is_ready(background), "the queue's declaration")
    background.stop()
    database.close()


def _is_ready(background: Background) -> bool:
    try:
        background.check()
    except ServiceUnavailable:
        return False
    return True
