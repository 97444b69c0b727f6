"""Old rows go in small steps, but faster than new ones come."""

from sqlalchemy.orm import Session

from chassis.database import Database
from chassis.events._cleanup import AT_ONCE, Cleanup


class Rows:
    def __init__(self, count: int) -> None:
        self.count = count
        self.deletions = 0

    def forget(self, session: Session, most: int) -> int:
        self.deletions += 1
        forgotten = min(self.count, most)
        self.count -= forgotten
        return forgotten


def test_a_backlog_is_worked_off_step_by_step_without_a_minute_in_between(database: Database) -> None:
    rows = Rows(2 * AT_ONCE + 1)
    tidying = Cleanup(database, rows.forget)

    left = []
    for _ in range(3):
        tidying.step()
        left.append(rows.count)

    assert left == [AT_ONCE + 1, 1, 0]


def test_when_there_is_nothing_more_it_rests(database: Database) -> None:
    rows = Rows(1)
    tidying = Cleanup(database, rows.forget)

    tidying.step()
    rows.count = 1
    tidying.step()

    assert (rows.deletions, rows.count) == (1, 1)
