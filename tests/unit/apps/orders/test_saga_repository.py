"""Claims: of several coordinators one takes a step; when it dies another does, and the dead come too late."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from apps.orders.saga import Step
from apps.orders.saga_repository import Claim, SagaRepository
from chassis.database import Database
from chassis.unit_of_work import UnitOfWork
from tests.databases import NewDatabase

LEASE = timedelta(seconds=10)


class Clock:
    now = datetime(2026, 11, 21, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sagas(new_database: NewDatabase, clock: Clock) -> Iterator[SagaRepository]:
    database = Database(new_database("orders"))
    yield SagaRepository(UnitOfWork(database), clock)
    database.close()


def begin(sagas: SagaRepository, order_id: str = "1", first_in: timedelta = timedelta()) -> None:
    sagas.begin(order_id, "tok_visa", {"traceparent": "00-1-2-01"}, first_in)


def claimed(sagas: SagaRepository) -> Claim:
    claim = sagas.claim(LEASE)
    assert claim is not None
    return claim


def test_a_claim_has_all_that_its_step_needs(sagas: SagaRepository) -> None:
    begin(sagas)
    assert claimed(sagas) == Claim("1", Step.AUTHORIZE, 1, {"traceparent": "00-1-2-01"}, "tok_visa")


def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(sagas: SagaRepository, clock: Clock) -> None:
    begin(sagas)
    claimed(sagas)
    clock.pass_by(9.9)
    assert sagas.claim(LEASE) is None
    clock.pass_by(0.2)
    assert claimed(sagas).attempts == 2


def test_who_comes_after_the_lease_has_ended_changes_nothing(sagas: SagaRepository, clock: Clock) -> None:
    begin(sagas)
    late = claimed(sagas)
    clock.pass_by(11)
    current = claimed(sagas)
    assert not sagas.move(late, Step.RESERVE)
    sagas.postpone(late, 1_000)
    assert sagas.move(current, Step.RESERVE)
    assert claimed(sagas).step == Step.RESERVE


def test_who_works_on_an_order_that_is_cancelled_meanwhile_does_not_undo_that(sagas: SagaRepository) -> None:
    begin(sagas)
    claim = claimed(sagas)
    sagas.enter("1", Step.GIVE_BACK)
    assert not sagas.move(claim, Step.RESERVE)
    assert claimed(sagas).step == Step.GIVE_BACK


def test_what_is_put_off_is_due_again_then(sagas: SagaRepository, clock: Clock) -> None:
    begin(sagas)
    sagas.postpone(claimed(sagas), 5)
    clock.pass_by(4.9)
    assert sagas.claim(LEASE) is None
    clock.pass_by(0.2)
    assert claimed(sagas).attempts == 2


def test_a_step_that_is_entered_is_due_at_once_and_was_never_tried(sagas: SagaRepository) -> None:
    begin(sagas)
    assert sagas.move(claimed(sagas), Step.RESERVE)
    claim = claimed(sagas)
    assert (claim.step, claim.attempts, claim.card_token) == (Step.RESERVE, 1, None)


def test_what_is_done_is_never_claimed_again(sagas: SagaRepository, clock: Clock) -> None:
    begin(sagas)
    assert sagas.move(claimed(sagas), Step.DONE)
    clock.pass_by(1_000_000)
    assert sagas.claim(LEASE) is None


def test_an_order_that_never_had_a_saga_gets_one_when_it_needs_one(sagas: SagaRepository) -> None:
    sagas.enter("placed long ago", Step.GIVE_BACK)
    assert claimed(sagas).order_id == "placed long ago"


def test_only_an_order_that_waits_for_its_payment_goes_on_to_its_stock(sagas: SagaRepository) -> None:
    begin(sagas)
    sagas.enter("1", Step.DONE)
    sagas.reserve_next("1", timedelta())
    assert sagas.claim(LEASE) is None


def test_who_waits_for_stock_has_no_need_of_the_card_any_more(sagas: SagaRepository, clock: Clock) -> None:
    begin(sagas)
    sagas.reserve_next("1", timedelta(seconds=30))
    assert sagas.claim(LEASE) is None
    clock.pass_by(31)
    claim = claimed(sagas)
    assert (claim.step, claim.card_token) == (Step.RESERVE, None)


def test_many_who_claim_at_once_get_different_sagas(sagas: SagaRepository) -> None:
    for number in range(8):
        begin(sagas, str(number))

    def claim_all(_: int) -> list[str]:
        return [claim.order_id for _ in range(20) if (claim := sagas.claim(LEASE)) is not None]

    with ThreadPoolExecutor(4) as pool:
        order_ids = [order_id for each in pool.map(claim_all, range(4)) for order_id in each]
    assert sorted(order_ids) == [str(number) for number in range(8)]


def test_those_that_stay_at_a_step_for_too_long_are_counted_by_step(
    sagas: SagaRepository, clock: Clock
) -> None:
    for number in range(4):
        begin(sagas, str(number), first_in=timedelta(hours=1))
    sagas.enter("0", Step.DONE)
    sagas.enter("1", Step.CAPTURE)
    clock.pass_by(31)
    begin(sagas, "young")
    stuck = {step: number for step, number in sagas.stuck(timedelta(seconds=30)).items() if number}
    assert stuck == {"authorize": 2, "capture": 1}


def test_a_cards_token_is_in_no_representation(sagas: SagaRepository) -> None:
    begin(sagas)
    assert "tok_visa" not in repr(claimed(sagas))
