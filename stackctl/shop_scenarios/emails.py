"""The mails of a run: those that its ledger leads to, and those that the mail sink holds."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from proof.ledger.rows import Row
from proof.ledger.runs import Run
from stackctl.mail import mailbox
from stackctl.shop_scenarios.clients import CUSTOMERS, email_of_customer
from stackctl.shop_scenarios.contents import email_of_new_user
from stackctl.shop_scenarios.expected_outcomes import ExpectedOutcomes
from stackctl.shop_scenarios.outcomes import Email

# The customers of a run sign up a little before it begins.
_BEFORE_SECONDS = 120.0

_ORDER_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def expected_emails(
    run: Run, rows: Iterable[Row], outcomes: ExpectedOutcomes
) -> tuple[Counter[Email], Counter[Email]]:
    """Return what must have come, and what may: whoever is gone, or got no answer, may have been welcomed."""
    due = Counter(Email(email_of_customer(name, run.run_id), "") for name in CUSTOMERS)
    allowed: Counter[Email] = Counter()
    for row in rows:
        if row.created_id in outcomes.orders:
            due[Email(email_of_customer(row.client, run.run_id), row.created_id or "")] += 1
        elif row.kind == "user_create":
            is_sure = row.created_id in outcomes.users - outcomes.gone
            welcome = Email(email_of_new_user(run.run_id, row.n), "")
            (due if is_sure else allowed)[welcome] += 1
    return due, allowed


def emails_in(folder: Path, run: Run, outcomes: ExpectedOutcomes) -> Counter[Email]:
    """Those to people of the run: their addresses bear its id. Of unknown orders nobody can say anything."""
    new = [path for path in mailbox.files(folder) if _is_recent(path, run)]
    letters = Counter(
        Email(recipient, _order_in(mail.text))
        for mail in map(mailbox.read, new)
        for recipient in mail.to
        if run.run_id in recipient
    )
    known = {"", *outcomes.orders}
    return Counter({letter: amount for letter, amount in letters.items() if letter.order_id in known})


def _is_recent(path: Path, run: Run) -> bool:
    return path.stat().st_mtime >= run.started_at - _BEFORE_SECONDS


def _order_in(text: str) -> str:
    found = _ORDER_ID.search(text)
    return found.group() if found else ""
