"""What people read: both writers' tables joined, complete and in a fixed order."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.values import Scalar, ValueType, named
from fulfillment.outcomes import Decision, Failure, Park, RetryLater
from fulfillment.states import OrderState, StepState
from orderbook.store import OrderBook
from orderbook.views import OrderView
from tests.unit.orderbook.builders import (
    LAPTOP,
    NOON,
    a_batch,
    a_failure,
    a_fallout,
    a_step,
    a_task,
    accept,
    an_entry,
    an_order,
    minutes,
)

LATER = RetryLater(delay=timedelta(seconds=30), rule="busy")
PARKED = Park(queue="logistics", rule="busy", why="3 tries failed")


def shown(book: OrderBook) -> OrderView:
    found = book.show("SO-1")
    assert found is not None
    return found


def test_an_order_without_progress_is_acknowledged_and_has_no_steps(book: OrderBook) -> None:
    accept(book)

    order = shown(book)

    assert (order.number, order.account, order.priority) == ("SO-1", "ACME", "normal")
    assert (order.state, order.catalog, order.accepted_at) == (OrderState.ACKNOWLEDGED, LAPTOP.digest, NOON)
    assert (order.steps, order.lines, order.fallouts, order.tasks, order.plan) == ((), (), (), (), None)


def test_orders_come_latest_first_with_what_waits_for_people(book: OrderBook) -> None:
    accept(book)
    accept(book, an_order("SO-2"), minutes(1))
    book.write_batch(a_batch(fallouts=(a_fallout("g.a"), a_fallout("g.b", resolution="skip")), tasks=(a_task(),)))

    found = book.orders()

    assert [(each.number, each.state, each.open_fallouts, each.open_tasks) for each in found] == [
        ("SO-2", OrderState.ACKNOWLEDGED, 0, 0),
        ("SO-1", OrderState.IN_PROGRESS, 1, 1),
    ]


def test_orders_can_be_narrowed_by_state_account_and_count(book: OrderBook) -> None:
    accept(book, an_order("SO-1", account="ACME"))
    accept(book, an_order("SO-2", account="ACME"), minutes(1))
    accept(book, an_order("SO-3", account="EMCA"), minutes(2))
    book.write_batch(a_batch(number="SO-2", state=OrderState.HELD))

    def numbers(state: OrderState | None = None, account: str | None = None, limit: int = 9) -> list[str]:
        return [each.number for each in book.orders(state, account, limit)]

    assert numbers(OrderState.ACKNOWLEDGED) == ["SO-3", "SO-1"]
    assert numbers(OrderState.HELD) == ["SO-2"]
    assert numbers(account="ACME") == ["SO-2", "SO-1"]
    assert numbers(OrderState.HELD, "EMCA") == []
    assert numbers(limit=1) == ["SO-3"]


def test_unstarted_orders_are_old_ones_of_which_no_progress_is_known(book: OrderBook) -> None:
    accept(book, an_order("SO-1"), minutes(0))
    accept(book, an_order("SO-2"), minutes(1))
    accept(book, an_order("SO-3"), minutes(2))
    accept(book, an_order("SO-4"), minutes(3))
    book.write_batch(a_batch(number="SO-2"))

    assert [each.number for each in book.unstarted(minutes(3))] == ["SO-1", "SO-3"]


@pytest.mark.parametrize(
    ("kind", "value", "in_json"),
    [
        (ValueType.TEXT, "TRK-1", "TRK-1"),
        (ValueType.INTEGER, 3, 3),
        (ValueType.BOOLEAN, True, True),
        (ValueType.NUMBER, Decimal("2.5"), 2.5),
        (ValueType.NUMBER, Decimal("0.1234567890123456789"), "0.1234567890123456789"),
        (ValueType.MONEY, Decimal("10.50"), "10.50"),
        (ValueType.DATETIME, NOON, "2026-11-25T12:00:00Z"),
        (ValueType.DATE, NOON.date(), "2026-11-25"),
        (ValueType.TEXT, None, None),
    ],
)
def test_outputs_keep_their_type_in_the_book_and_are_plain_in_json(
    book: OrderBook, kind: ValueType, value: Scalar, in_json: object
) -> None:
    accept(book)
    outputs = (named("found", kind, value),)
    book.write_batch(a_batch(steps=(a_step(outputs=outputs),)))

    step = shown(book).steps[0]

    assert step.outputs == outputs
    assert step.outputs[0].value == value
    assert json.loads(step.model_dump_json())["outputs"] == {"found": in_json}


def test_a_fallout_shows_the_failed_attempts_of_its_round(book: OrderBook) -> None:
    accept(book)
    attempts: list[tuple[int, int, Decision]] = [(1, 2, PARKED), (1, 1, LATER), (2, 1, LATER)]
    for round_, attempt, decision in attempts:
        at = minutes(attempt)
        book.record_attempt("SO-1", "g.a", round_, attempt, at=at, failure=a_failure(), decision=decision)
    book.record_attempt("SO-1", "g.b", 1, 1, at=NOON, failure=a_failure(), decision=LATER)
    book.write_batch(a_batch(fallouts=(a_fallout("g.a"),)))

    fallout = shown(book).fallouts[0]

    assert [(each.round, each.attempt, each.at, each.decision) for each in fallout.history] == [
        (1, 1, minutes(1), LATER),
        (1, 2, minutes(2), PARKED),
    ]
    assert (fallout.order, fallout.step, fallout.number, fallout.attempts) == ("SO-1", "g.a", 1, 3)
    assert (fallout.failure, fallout.queue, fallout.why) == (a_failure(), "logistics", "3 tries failed")


def test_an_attempt_recorded_again_says_what_it_said_last(book: OrderBook) -> None:
    book.record_attempt("SO-1", "g.a", 1, 1, at=NOON, failure=a_failure("TIMEOUT"), decision=LATER)
    book.record_attempt("SO-1", "g.a", 1, 1, at=minutes(1), failure=a_failure("HTTP_500"), decision=PARKED)
    book.record_attempt("SO-1", "g.a", 2, 1, at=minutes(2), failure=a_failure(), decision=LATER)

    assert [(each.failure.code, each.at) for each in book.attempts("SO-1", "g.a", 1)] == [("HTTP_500", minutes(1))]
    assert [each.round for each in book.attempts("SO-1", "g.a")] == [1, 2]


def test_an_answer_with_a_nul_can_be_recorded(book: OrderBook) -> None:
    failure = Failure(code="WRONG_ANSWER", message="no \x00 JSON", answer="\x00\x01")
    book.record_attempt("SO-1", "g.a", 1, 1, at=NOON, failure=failure, decision=LATER)

    assert book.attempts("SO-1", "g.a")[0].failure.answer == "\ufffd\x01"


def test_open_fallouts_come_oldest_first_and_can_be_narrowed(book: OrderBook) -> None:
    accept(book)
    accept(book, an_order("SO-2"))
    book.write_batch(a_batch(fallouts=(a_fallout("g.a", 2), a_fallout("g.a", 1, resolution="retry"))))
    book.write_batch(a_batch(number="SO-2", fallouts=(a_fallout("g.b", 1, system="billing"),)))

    def found(*, open_only: bool = True, system: str | None = None, queue: str | None = None) -> list[tuple[str, int]]:
        return [(each.order, each.number) for each in book.fallouts(open_only=open_only, system=system, queue=queue)]

    assert found() == [("SO-2", 1), ("SO-1", 2)]
    assert found(open_only=False) == [("SO-1", 1), ("SO-2", 1), ("SO-1", 2)]
    assert found(system="billing") == [("SO-2", 1)]
    assert found(queue="nobody") == []


def test_one_fallout_is_found_by_order_step_and_number(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(fallouts=(a_fallout("g.a", 1, resolution="retry"), a_fallout("g.a", 2))))

    found = book.fallout("SO-1", "g.a", 1)

    assert found is not None
    assert (found.resolution, found.resolved_at) == ("retry", minutes(9))
    assert book.fallout("SO-1", "g.a", 3) is None


def test_tasks_show_what_is_open_or_all(book: OrderBook) -> None:
    accept(book)
    done = a_task("g.b", completed_at=minutes(3)).model_copy(update={"values": (named("ok", ValueType.BOOLEAN, True),)})
    book.write_batch(a_batch(tasks=(a_task("g.a"), done)))

    assert [(each.order, each.step) for each in book.tasks()] == [("SO-1", "g.a")]
    everything = book.tasks(open_only=False)
    assert [each.step for each in everything] == ["g.a", "g.b"]
    assert everything[1].values == done.values


def test_the_audit_of_both_writers_is_one_story_by_time(book: OrderBook) -> None:
    accept(book)
    book.add_audit("SO-1", an_entry("submit", minutes(0)))
    book.add_audit("SO-1", an_entry("claim", minutes(2)))
    book.write_batch(a_batch(1, audit=(an_entry("hold", minutes(1)), an_entry("release", minutes(3)))))
    book.write_batch(a_batch(2, audit=(an_entry("retry", minutes(3)),)))

    assert [each.action for each in book.audit("SO-1")] == ["submit", "hold", "claim", "release", "retry"]
    assert book.audit("SO-1")[1] == an_entry("hold", minutes(1))


def test_late_answers_stand_with_the_order(book: OrderBook) -> None:
    accept(book)
    book.record_late_answer("SO-1", "g.a", 1, at=minutes(1), why="round 2 is under way", answer='{"ok": true}')

    late = shown(book).late_answers[0]

    assert (late.step, late.round, late.why, late.answer) == ("g.a", 1, "round 2 is under way", '{"ok": true}')


def test_steps_come_by_id_whatever_the_database_thinks_of_letters(book: OrderBook) -> None:
    accept(book)
    ids = ("a.a", "B.a", "a.B", "a.a@L-1", "a.a@L1", "a_a.a")
    book.write_batch(a_batch(steps=tuple(a_step(each, StepState.READY) for each in ids)))

    assert [each.id for each in shown(book).steps] == sorted(ids)


def test_every_view_can_be_hashed(book: OrderBook) -> None:
    accept(book)
    book.record_attempt("SO-1", "ship.pick", 1, 1, at=NOON, failure=a_failure(), decision=LATER)
    steps = (a_step(outputs=(named("found", ValueType.TEXT, "x"),)),)
    book.write_batch(a_batch(steps=steps, fallouts=(a_fallout(),), tasks=(a_task(),)))
    book.record_late_answer("SO-1", "ship.pick", 1, at=NOON, why="over", answer="")

    assert len({shown(book), shown(book)}) == 1
    assert len({*book.orders(), *book.catalog_versions()}) == 2
