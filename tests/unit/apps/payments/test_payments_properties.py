"""Whatever comes twice, in disorder, at once, breaks off or is rolled back: money and payment agree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.payments.lifecycle import Status
from apps.payments.payments import Payments
from chassis.errors import DomainError, UpstreamFailed
from tests.unit.apps.payments.ledger import Failure, LedgerProcessor
from tests.unit.apps.payments.memory import MemoryRepository

ORDER = "order-1"
AMOUNT = 4_200
TOKENS = st.sampled_from(["tok_visa", "tok_visa", "tok_declined"])
FAILURES = st.sampled_from([None, None, "before", "after"])
ASKED = st.sampled_from(["authorize", "capture", "refund", "cancel"])


@dataclass(frozen=True)
class Step:
    """What is asked for; what fails on the way; what another asks for while the processor works; and whether
    the transaction that it is part of is rolled back, so that whoever asked asks again later."""

    asked: str
    token: str
    failures: list[Failure | None]
    meanwhile: str | None
    is_rolled_back: bool


STEPS = st.lists(
    st.builds(Step, ASKED, TOKENS, st.lists(FAILURES, max_size=3), st.none() | ASKED, st.booleans()),
    max_size=8,
)


@dataclass
class Shop:
    """One order's payment, and everything that may be asked of it."""

    repository: MemoryRepository = field(default_factory=MemoryRepository)
    processor: LedgerProcessor = field(default_factory=LedgerProcessor)
    owed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.payments = Payments(self.repository, self.processor)

    def ask(self, asked: str, token: str = "tok_visa") -> bool:
        """Whether it was answered; what failed is to be asked for again."""
        actions: dict[str, Callable[[], object]] = {
            "authorize": lambda: self.payments.authorize(ORDER, AMOUNT, token),
            "capture": lambda: self.payments.capture(self.payments.of_order(ORDER).id),
            "refund": lambda: self.payments.refund(self.payments.of_order(ORDER).id),
            "cancel": lambda: self.payments.cancel_for_order(ORDER),
        }
        try:
            actions[asked]()
        except UpstreamFailed:
            return False
        except DomainError:
            return True
        return True

    def take(self, step: Step) -> None:
        self.processor.failures = list(step.failures)
        self.processor.meanwhile = lambda: self._interrupt(step)
        before = dict(self.repository.payments)
        if not self.ask(step.asked, step.token) or step.is_rolled_back:
            self.owed.append(step.asked)
        if step.is_rolled_back:
            self.repository.payments = before
        self.processor.failures, self.processor.meanwhile = [], lambda: None

    def settle(self) -> None:
        """What failed or was rolled back is asked for again, the last first, until all is answered."""
        for _ in range(3):
            self.owed = [asked for asked in reversed(self.owed) if not self.ask(asked)]
        assert self.owed == []

    def _interrupt(self, step: Step) -> None:
        self.processor.meanwhile = lambda: None
        if step.meanwhile is None or step.is_rolled_back:  # whose transaction holds the lock
            return
        if not self.ask(step.meanwhile, step.token):
            self.owed.append(step.meanwhile)


def after(steps: Sequence[Step]) -> Shop:
    shop = Shop()
    for step in steps:
        shop.take(step)
    return shop


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_the_processor_moves_no_more_than_was_authorized(steps: list[Step]) -> None:
    shop = after(steps)
    assert len(shop.repository.payments) <= 1
    for order_id, captured in shop.processor.captured.items():
        assert captured <= shop.processor.authorized[order_id] <= AMOUNT


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_once_everything_is_answered_the_payment_says_where_the_money_is(steps: list[Step]) -> None:
    shop = after(steps)
    shop.settle()
    for payment in shop.repository.payments.values():
        assert payment.captured_cents - payment.refunded_cents == shop.processor.kept(ORDER)
        held = payment.amount_cents if payment.status is Status.AUTHORIZED else 0
        assert shop.processor.held(ORDER) == held


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_a_cancelled_order_has_paid_nothing_in_the_end(steps: list[Step]) -> None:
    shop = after(steps)
    shop.owed.append("cancel")
    shop.settle()
    for late in ("authorize", "capture", "cancel"):
        shop.ask(late)
    payment = shop.payments.of_order(ORDER)
    assert payment.status in {Status.VOIDED, Status.REFUNDED, Status.DECLINED}
    assert payment.captured_cents == payment.refunded_cents
    assert (shop.processor.held(ORDER), shop.processor.kept(ORDER)) == (0, 0)
