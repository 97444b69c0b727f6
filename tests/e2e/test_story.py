"""One order's story: seven services, two protocols, a queue, databases and a mail, and how to follow it."""

import time

import pytest

from proof.ledger.runs import Run
from stackctl.mail import mailbox, received
from stackctl.query import Loki
from stackctl.run.service_settings import saga_mode
from stackctl.shop_scenarios import (
    SERVICES,
    OrderOutcome,
    SagaMode,
    async_steps_of_order,
    event_edges,
    saga_mode_of,
)
from stackctl.shop_scenarios.clients import email_of_customer
from tests.e2e.followed import Followed

MODE = SagaMode(saga_mode())


def test_links_lead_from_the_request_to_all_that_came_of_it(run: Run, followed: Followed) -> None:
    due = sorted(map(str, async_steps_of_order(OrderOutcome.CONFIRMED, saga_mode_of(run))))
    roots = [span for spans in followed.others.values() for span in spans if span.parent_id is None]
    told = [
        (
            root.service,
            root.name,
            root.attributes.get("event.type"),
            root.attributes.get("messaging.consumer.group.name"),
        )
        for root in roots
    ]
    assert sorted(" ".join(filter(None, each)) for each in told) == due


def test_every_service_takes_part_in_an_order(followed: Followed) -> None:
    assert {span.service for span in followed.spans} == {*SERVICES, "traffic"}


def test_every_trace_of_the_story_has_one_root(followed: Followed) -> None:
    traces = [followed.request, *followed.others.values()]
    assert [sum(span.parent_id is None for span in spans) for spans in traces] == [1] * len(traces)


def test_producers_and_consumers_and_databases_and_the_card_and_the_mail_are_spans(
    followed: Followed,
) -> None:
    kinds = {(span.service, span.kind) for span in followed.spans}
    assert {("orders", "producer"), ("notifications", "consumer")} <= kinds
    with_database = {span.service for span in followed.spans if "db.system.name" in span.attributes}
    assert with_database == set(SERVICES) - {"gateway"}
    peers = {(span.service, span.attributes.get("service.peer.name")) for span in followed.spans}
    assert {("payments", "card-processor"), ("notifications", "mail")} <= peers


@pytest.mark.parametrize("producer, consumer", sorted(event_edges(OrderOutcome.CONFIRMED, MODE)))
def test_an_event_leads_from_its_producer_to_its_consumer(
    followed: Followed, producer: str, consumer: str
) -> None:
    by_id = {(span.trace_id, span.span_id): span for span in followed.spans}
    edges = {
        (by_id[link].service, span.service) for span in followed.spans for link in span.links if link in by_id
    }
    assert (producer, consumer) in edges


def test_the_request_id_finds_the_lines_of_all_services(run: Run, followed: Followed) -> None:
    query = f'{{service_name=~".+"}} | request_id="{followed.row.request_id}"'
    lines = Loki().lines(query, int(run.started_at * 1e9), time.time_ns())
    assert {line.service for line in lines} == set(SERVICES)


def test_one_mail_tells_the_customer_and_leads_back_to_the_trace_that_has_sent_it(
    run: Run, followed: Followed
) -> None:
    mails = [mailbox.read(path) for path in mailbox.files(received.folder())]
    (told,) = [each for each in mails if followed.row.created_id and followed.row.created_id in each.text]
    assert told.to == (email_of_customer(followed.row.client, run.run_id),)
    sent = next(span for span in followed.spans if span.name == "smtp send")
    assert str(told.message["traceparent"]).split("-")[1:3] == [sent.trace_id, sent.span_id]
    event = next(span for span in followed.others[sent.trace_id] if span.parent_id is None)
    assert told.id.partition("@")[0] == event.attributes["messaging.message.id"]


def test_the_card_is_in_no_signal(run: Run, followed: Followed) -> None:
    lines = Loki().lines('{service_name=~".+"} |= "tok_visa"', int(run.started_at * 1e9), time.time_ns())
    assert list(lines) == []
    assert "tok_visa" not in repr(followed.spans)
