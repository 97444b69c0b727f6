"""Orders that wait too long: they are counted, set going again, and in the end given up."""

from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select, update

from apps.orders import metrics as instruments
from apps.orders.repositories import Repositories
from apps.orders.saga import Step
from apps.orders.settings import Settings
from apps.orders.tables import OrderRow, SagaRow
from apps.orders.workers import ObservedState, reconciler
from chassis.events._tables import outbox
from chassis.identity import utc_now
from chassis.saga_mode import Mode
from glasshouse_telemetry.testing import capture_logs, capture_metrics


def test_an_order_that_is_stuck_is_named_and_its_payment_asked_for_again(
    settings: Settings, placed: dict[str, Any], repositories: Repositories, mode: Mode
) -> None:
    make_due(repositories)
    with capture_logs() as lines, capture_metrics() as metrics:
        reconciler(settings, repositories).step()
    is_choreographed = mode is Mode.CHOREOGRAPHY
    assert requests(repositories) == (2 if is_choreographed else 0)
    assert metrics.increase("shop_saga_nudges_total", step="authorize") == is_choreographed
    named = [(line["severity"], line["message"], line["order.id"]) for line in lines]
    assert named == ([("WARNING", "order is stuck", placed["id"])] if is_choreographed else [])


def test_it_is_not_asked_for_again_before_it_had_its_time(
    settings: Settings, placed: dict[str, Any], repositories: Repositories, mode: Mode
) -> None:
    for _ in range(3):
        reconciler(settings, repositories).step()
    assert requests(repositories) == (1 if mode is Mode.CHOREOGRAPHY else 0)


def test_a_saga_that_another_mode_has_begun_is_named_only(
    settings: Settings, placed: dict[str, Any], repositories: Repositories, mode: Mode
) -> None:
    repositories.sagas.enter(placed["id"], Step.CAPTURE)
    before = requests(repositories)
    with capture_logs() as lines:
        reconciler(settings, repositories).step()
    assert requests(repositories) == before
    assert len(lines) == (1 if mode is Mode.CHOREOGRAPHY else 0)


def test_an_order_without_an_end_is_given_up_in_the_end(
    client: FlaskClient, settings: Settings, placed: dict[str, Any], repositories: Repositories
) -> None:
    with repositories.database.writing() as session:
        session.execute(update(OrderRow).values(created_at=utc_now() - timedelta(seconds=601)))
    with capture_logs() as lines:
        reconciler(settings, repositories).step()
    order = client.get(f"/orders/{placed['id']}").get_json()
    assert (order["status"], order["reason"]) == ("CANCELLED", "timed_out")
    assert lines[0]["message"] == "order is given up: its saga has not ended in time"


def test_those_that_are_stuck_and_the_lag_of_the_history_are_metrics(
    placed: dict[str, Any], repositories: Repositories
) -> None:
    observed = ObservedState(lambda: repositories.sagas.stuck(timedelta()), repositories.history.lag_s)
    observed.start()
    try:
        families = {family.name: family for family in instruments.state.collect()}
    finally:
        observed.stop()
    stuck = {sample.labels["step"]: sample.value for sample in families["shop_orders_stuck"].samples}
    assert stuck == {step: float(step is Step.AUTHORIZE) for step in Step if step is not Step.DONE}
    assert families["shop_order_history_lag_seconds"].samples[0].value > 0
    assert list(instruments.state.collect()) == []


def make_due(repositories: Repositories) -> None:
    with repositories.database.writing() as session:
        session.execute(update(SagaRow).values(next_at=utc_now()))


def requests(repositories: Repositories) -> int:
    """How often payments was asked for the order's payment."""
    statement = select(outbox.c.position).where(outbox.c.exchange == "payment_requests")
    with repositories.database.reading() as session:
        return len(session.execute(statement).all())
