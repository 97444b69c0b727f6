"""From a registration to the mail in the sink, while everything in between is killed and comes back."""

import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from chassis.events import new_message
from stackctl.mail.mailbox import Mailbox
from stackctl.mail.sink import receiving
from stackctl.ports import HOST
from tests.integration.notifications.shop import QUEUE, Shop

# What registering may take, with the hashing of the password and on a busy machine.
AT_ONCE_S = 2.0


def test_a_registration_is_a_welcome_mail_once_although_its_event_comes_twice(shop: Shop) -> None:
    user = shop.register("ada").json()
    [mail] = shop.wait_for_mails(1)
    assert (mail.to, mail.subject, mail.deliveries) == (("ada@example.com",), "Welcome to Glasshouse", 1)
    assert mail.text.startswith("Hello Ada,\n")

    shop.wait_until_settled()
    [record] = shop.records()
    assert (record["user_id"], f"{record['id']}@example.com") == (user["id"], mail.id)
    again = new_message("user_events", "UserRegistered", {"user_id": user["id"]}, key=user["id"])
    shop.broker.publish(replace(again, id=record["id"]))
    shop.wait_until_settled()
    assert [each.deliveries for each in shop.sink.mails()] == [1]
    assert len(shop.records()) == 1


def test_while_the_mail_server_is_down_people_register_and_their_mails_come_later(shop: Shop) -> None:
    assert shop.sink.end() == 0
    names = [f"user{number}" for number in range(10)]
    with ThreadPoolExecutor(4) as pool:
        longest_s = max(answer.elapsed.total_seconds() for answer in pool.map(shop.register, names))
    assert longest_s < AT_ONCE_S
    shop.sink.start()
    mails = shop.wait_for_mails(len(names))
    assert sorted(mail.to[0] for mail in mails) == sorted(f"{name}@example.com" for name in names)
    assert {mail.deliveries for mail in mails} == {1}


def test_while_notifications_is_down_people_register_and_their_mails_come_later(shop: Shop) -> None:
    shop.notifications.kill()
    shop.notifications.wait()
    assert max(shop.register(f"user{number}").elapsed.total_seconds() for number in range(5)) < AT_ONCE_S
    assert shop.sink.mails() == []
    shop.notifications.start()
    assert {mail.deliveries for mail in shop.wait_for_mails(5)} == {1}


def test_while_users_is_down_mails_wait_for_it_to_say_where_to(shop: Shop) -> None:
    shop.notifications.kill(signal.SIGTERM)
    shop.notifications.wait()
    shop.register("ada")
    shop.users.kill()
    shop.users.wait()
    shop.notifications.start()
    shop.notifications.wait_until_ready()
    shop.users.start()
    [mail] = shop.wait_for_mails(1)
    assert (mail.to, mail.deliveries) == (("ada@example.com",), 1)


def test_notifications_killed_in_the_middle_again_and_again_sends_each_mail(shop: Shop) -> None:
    people = 60
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(shop.register, [f"user{number}" for number in range(people)])
        for so_far in (10, 30):
            shop.wait_for_mails(so_far)
            shop.restart_notifications()
        user_ids = {answer.json()["id"] for answer in answers}
    shop.wait_until_settled()
    mails, records = shop.sink.mails(), shop.records()
    assert len(mails) == len(records) == people
    assert {mail.id for mail in mails} == {f"{record['id']}@example.com" for record in records}
    assert {record["user_id"] for record in records} == user_ids
    assert shop.broker.dead_letters(QUEUE) == []
    # Sent again were at most those that were on their way when it was killed: one each time.
    assert sum(mail.deliveries - 1 for mail in mails) <= 2


def test_the_mail_sink_killed_in_the_middle_has_every_mail_that_was_sent(shop: Shop) -> None:
    people = 60
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(shop.register, [f"user{number}" for number in range(people)])
        for so_far in (10, 30):
            shop.wait_for_mails(so_far)
            shop.sink.end(signal.SIGKILL)
            shop.sink.start()
        list(answers)
    shop.wait_until_settled()
    assert {mail.id for mail in shop.sink.mails()} == {f"{each['id']}@example.com" for each in shop.records()}
    assert len(shop.records()) == people


class Assassin(Mailbox):
    """Kills who sends the first mail, after it was stored and before that is said."""

    def __init__(self, folder: Path, kill: Callable[[], None]) -> None:
        super().__init__(folder)
        self._kill: Callable[[], None] | None = kill

    def store(self, sender: str, recipients: Sequence[str], text: bytes) -> None:
        super().store(sender, recipients, text)
        if self._kill is not None:
            self._kill()
            self._kill = None


def test_killed_between_the_servers_yes_and_its_own_commit_it_sends_again_under_the_same_id(
    shop: Shop,
) -> None:
    shop.sink.end()
    assassin = Assassin(shop.sink.folder, shop.notifications.kill)
    with receiving(assassin, HOST, shop.sink.port):
        shop.register("ada")
        shop.wait_for_mails(1)
        shop.notifications.wait()
        shop.notifications.start()
        shop.wait_until_settled()
        shop.notifications.wait_until_ready()
    [mail], [record] = shop.sink.mails(), shop.records()
    assert (mail.id, mail.deliveries) == (f"{record['id']}@example.com", 2)
