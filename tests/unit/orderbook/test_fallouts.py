"""Fallouts found by what they have in common, who looks after them, and the answers that came too late."""

from __future__ import annotations

import pytest

from fulfillment.outcomes import Park
from fulfillment.progress import LateAnswerProgress
from fulfillment.states import StepState
from orderbook.fallouts import FalloutFilter
from orderbook.store import OrderBook
from orderbook.views import FalloutState
from tests.unit.orderbook.builders import (
    NOON,
    a_batch,
    a_fallout,
    a_line,
    a_step,
    accept,
    an_entry,
    an_order,
    minutes,
)


@pytest.fixture
def desk(book: OrderBook) -> OrderBook:
    """Three orders: one parked at the stock for a laptop, one at the carrier for the bundle, one for a key."""
    for number in ("SO-1", "SO-2", "SO-3"):
        accept(book, an_order(number))
    parked = StepState.FATALLY_FAILED
    pick = a_step("ship.pick@LAPTOP", parked).model_copy(update={"sources": ("LAPTOP@L1",)})
    send = a_step("ship.send~0123456789", parked).model_copy(update={"sources": ("PARCEL@L7#2", "CASE")})
    sent = a_fallout("ship.send~0123456789", 2, system="carrier")
    declined = sent.failure.model_copy(update={"code": "NO_ROUTE"})
    phone = a_line("L7").model_copy(update={"product": "PHONE"})
    book.write_batch(a_batch(lines=(a_line(),), steps=(pick,), fallouts=(a_fallout("ship.pick@LAPTOP"),)))
    book.write_batch(
        a_batch(
            number="SO-2",
            lines=(phone,),
            steps=(send,),
            fallouts=(sent.model_copy(update={"failure": declined, "queue": None}),),
        )
    )
    done = a_fallout("ship.picked", 3, resolution="retried")
    book.write_batch(a_batch(number="SO-3", steps=(a_step("ship.picked"),), fallouts=(done,)))
    return book


@pytest.mark.parametrize(
    ("chosen", "orders"),
    [
        (FalloutFilter(), ["SO-1", "SO-2"]),
        (FalloutFilter(system="stock"), ["SO-1"]),
        (FalloutFilter(error="503"), ["SO-1"]),
        (FalloutFilter(error="HTTP_503"), ["SO-1"]),
        (FalloutFilter(error="HTTP_50"), []),
        (FalloutFilter(error="NO_ROUTE"), ["SO-2"]),
        (FalloutFilter(queue="logistics"), ["SO-1"]),
        (FalloutFilter(step="ship.pick"), ["SO-1"]),
        (FalloutFilter(step="ship.pick@LAPTOP"), ["SO-1"]),
        (FalloutFilter(step="ship.send"), ["SO-2"]),
        (FalloutFilter(step="ship"), []),
        (FalloutFilter(product="LAPTOP"), ["SO-1"]),
        (FalloutFilter(product="PHONE"), ["SO-2"]),
        (FalloutFilter(product="PARCEL"), ["SO-2"]),
        (FalloutFilter(product="CASE"), ["SO-2"]),
        (FalloutFilter(product="L7"), []),
        (FalloutFilter(opened_before=minutes(1.5)), ["SO-1"]),
        (FalloutFilter(system="stock", error="NO_ROUTE"), []),
    ],
)
def test_open_fallouts_are_found_by_what_they_have_in_common(
    desk: OrderBook, chosen: FalloutFilter, orders: list[str]
) -> None:
    assert [each.order for each in desk.stuck(chosen)] == orders
    assert [each.order for each in desk.fallouts(chosen=chosen)] == orders


def assign(book: OrderBook, owner: str, step: str = "ship.pick@LAPTOP") -> None:
    audit = an_entry("assign")
    book.assign_fallout("SO-1", step, 1, owner=owner, at=NOON, actor="ada", reason="", audit=audit)


def test_a_fallout_is_open_until_somebody_has_it_and_resolved_in_the_end(desk: OrderBook) -> None:
    assert [each.state for each in desk.fallouts(open_only=False)] == [
        FalloutState.OPEN,
        FalloutState.OPEN,
        FalloutState.RESOLVED,
    ]
    assign(desk, "bob")
    mine, nobodys = FalloutFilter(owner="bob"), FalloutFilter(owner="nobody")
    assert [(each.order, each.owner, each.state) for each in desk.stuck(mine)] == [
        ("SO-1", "bob", FalloutState.ASSIGNED)
    ]
    assert [each.order for each in desk.fallouts(chosen=nobodys)] == ["SO-2"]
    assert [each.action for each in desk.audit("SO-1")] == ["assign"]
    assign(desk, "")
    assert desk.stuck(mine) == ()


def test_the_attempts_of_a_fallout_come_with_it_whoever_has_it(desk: OrderBook) -> None:
    assign(desk, "bob")
    failure = a_fallout().failure
    desk.record_attempt("SO-1", "ship.pick@LAPTOP", 1, 1, at=NOON, failure=failure, decision=Park(why="3 tries failed"))
    [found] = desk.fallouts(chosen=FalloutFilter(owner="bob", system="stock"))
    assert [each.attempt for each in found.history] == [1]


LATE = LateAnswerProgress(
    step="ship.pick@LAPTOP", number=1, round=1, at=minutes(2), why="the step is parked", answer='{"ok": true}'
)


def test_late_answers_of_a_run_have_a_number_and_those_that_reached_none_have_not(desk: OrderBook) -> None:
    desk.write_batch(a_batch(2).model_copy(update={"late_answers": (LATE,)}))
    desk.record_late_answer("SO-1", "ship.pick@LAPTOP", 1, at=minutes(1), why="over", answer="{}")
    shown = desk.show("SO-1")
    assert shown is not None
    assert [(each.number, each.why, each.answer) for each in shown.late_answers] == [
        (None, "over", "{}"),
        (1, "the step is parked", '{"ok": true}'),
    ]


def test_a_batch_written_again_takes_back_the_late_answers_that_it_told(desk: OrderBook) -> None:
    desk.write_batch(a_batch(2).model_copy(update={"late_answers": (LATE,)}))
    assert desk.write_batch(a_batch(2, at=minutes(1))).replaced
    shown = desk.show("SO-1")
    assert shown is not None
    assert shown.late_answers == ()
