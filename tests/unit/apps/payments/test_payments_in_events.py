"""Payments as part of what the handler of an event does: all of it in one transaction, or nothing."""

import pytest
from flask import Flask

from apps.payments.lifecycle import Status
from apps.payments.payments import PaymentNotFound, Payments
from apps.payments.repository import PaymentRepository
from chassis.database import Database
from chassis.service import resolve
from chassis.unit_of_work import UnitOfWork
from glasshouse_telemetry.testing import capture_metrics
from tests.unit.apps.payments.ledger import LedgerProcessor


class Crash(Exception):
    pass


@pytest.fixture
def database(payments_app: Flask) -> Database:
    return resolve(Database, payments_app)


@pytest.fixture
def repository(database: Database) -> PaymentRepository:
    return PaymentRepository(UnitOfWork(database))


def test_what_a_handler_does_is_there_and_counted_once_it_commits(
    rules: Payments, database: Database, repository: PaymentRepository, processor: LedgerProcessor
) -> None:
    with capture_metrics() as metrics:
        with database.writing() as session:
            payments = Payments(repository.within(session), processor)
            payment = payments.authorize("order-1", 4_200, "tok_visa")
            payments.capture(payment.id)
            payments.cancel_for_order("order-2")
            assert payments.of_order("order-1").status is Status.CAPTURED
            with pytest.raises(PaymentNotFound):
                rules.of_order("order-1")
            assert metrics.increase("shop_payments_total") == 0
        assert metrics.increase("shop_payments_total") == 3
        assert metrics.increase("shop_payments_captured_cents_total") == 4_200
    assert rules.get(payment.id).status is Status.CAPTURED


def test_a_handler_that_fails_and_comes_again_charges_once(
    rules: Payments, database: Database, repository: PaymentRepository, processor: LedgerProcessor
) -> None:
    rules.authorize("order-1", 4_200, "tok_visa")
    with capture_metrics() as metrics:
        with pytest.raises(Crash), database.writing() as session:
            payments = Payments(repository.within(session), processor)
            payments.capture(payments.of_order("order-1").id)
            raise Crash
        assert metrics.increase("shop_payments_captured_cents_total") == 0
        captured = rules.capture(rules.of_order("order-1").id)
        assert metrics.increase("shop_payments_captured_cents_total") == 4_200
    assert processor.captured == {captured.order_id: 4_200}
