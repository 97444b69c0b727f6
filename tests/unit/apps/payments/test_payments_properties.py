"""Whatever comes twice, in disorder, at once or breaks off: money, payment and processor agree."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.payments.lifecycle import Status
from apps.payments.payments import Payments
from chassis.facts import Fact
from tests.unit.apps.payments.ledger import Failure, LedgerProcessor
from tests.unit.apps.payments.memory import MemoryStore

AMOUNT = 4_200
TOKENS = st.sampled_from(["tok_visa", "tok_declined", "tok_error"])
FAILURES = st.sampled_from([None, None, "before", "after"])
ASKED = st.sampled_from(["authorize", "capture", "refund", "cancel"])


@dataclass(frozen=True)
class Step:
    """What is asked for, what fails on the way, and what another asks for while the processor works."""

    asked: str
    token: str
    failures: list[Failure | None]
    meanwhile: str | None


STEPS = st.lists(
    st.builds(Step, ASKED, TOKENS, st.lists(FAILURES, max_size=3), st.one_of(st.none(), ASKED)),
    max_size=8,
)


@dataclass
class Shop:
    """One order's payment, and everything that may be asked of it."""

    order_id: str = field(default_factory=lambda: str(uuid4()))
    store: MemoryStore = field(default_factory=MemoryStore)
    processor: LedgerProcessor = field(default_factory=LedgerProcessor)

    def __post_init__(self) -> None:
        self.payments = Payments(self.store, self.processor)

    def ask(self, asked: str, token: str = "tok_visa") -> None:
        actions: dict[str, Callable[[], object]] = {
            "authorize": lambda: self.payments.authorize(self.order_id, AMOUNT, token),
            "capture": lambda: self.payments.capture(self.payments.of_order(self.order_id).id),
            "refund": lambda: self.payments.refund(self.payments.of_order(self.order_id).id),
            "cancel": lambda: self.payments.cancel_for_order(self.order_id),
        }
        with suppress(Fact):
            actions[asked]()

    def take(self, step: Step) -> None:
        self.processor.failures = list(step.failures)
        self.processor.meanwhile = lambda: self._interrupt(step)
        self.ask(step.asked, step.token)
        self.processor.failures, self.processor.meanwhile = [], lambda: None

    def _interrupt(self, step: Step) -> None:
        self.processor.meanwhile = lambda: None
        if step.meanwhile is not None:
            self.ask(step.meanwhile, step.token)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_the_processor_never_moves_more_than_was_allowed(steps: list[Step]) -> None:
    shop = Shop()  # its processor asserts the order of things as well: no capture after a void, and so on
    for step in steps:
        shop.take(step)
        assert len(shop.store.payments) <= 1
        for payment_id in shop.store.payments:
            ledger = shop.processor
            captured, refunded = ledger.captured.get(payment_id, 0), ledger.refunded.get(payment_id, 0)
            assert refunded <= captured <= ledger.authorized.get(payment_id, 0) <= AMOUNT


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_once_all_is_quiet_the_payment_says_what_the_processor_did(steps: list[Step]) -> None:
    shop = Shop()
    for step in steps:
        shop.take(step)
    shop.ask("authorize")
    shop.ask("capture")
    payment = shop.payments.of_order(shop.order_id)
    assert payment.status not in {Status.PENDING, Status.AUTHORIZED, Status.CAPTURING}
    assert payment.captured_cents == shop.processor.captured.get(payment.id, 0)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_a_cancelled_order_has_paid_nothing_in_the_end(steps: list[Step]) -> None:
    shop = Shop()
    for step in steps:
        shop.take(step)
    shop.ask("cancel")
    for late in ("authorize", "capture", "cancel"):
        shop.ask(late)
    payment = shop.payments.of_order(shop.order_id)
    assert payment.status in {Status.VOIDED, Status.REFUNDED, Status.DECLINED, Status.CANCELLED}
    assert (shop.processor.held(payment.id), shop.processor.kept(payment.id)) == (0, 0)
    assert payment.captured_cents - payment.refunded_cents == 0
