"""What people have stopped, as the order book keeps it: holds with their batches, switches of systems, who waits."""

from __future__ import annotations

from datetime import timedelta

from fulfillment.outcomes import Park
from fulfillment.progress import Batch, HoldProgress, StepProgress
from fulfillment.states import StepState
from orderbook.store import OrderBook
from orderbook.switches import SystemSwitch
from orderbook.system_figures import SystemFigures, WaitingForSystem
from tests.unit.orderbook.builders import NOON, a_batch, a_failure, a_fallout, a_step, accept, an_order, minutes

HOLD = HoldProgress(number=1, lines=("L1",), actor="ann", role="operator", reason="credit check", placed_at=NOON)
RELEASED = HOLD.model_copy(update={"released_at": minutes(5), "released_by": "bob", "release_reason": "credit is fine"})


def with_holds(n: int, *holds: HoldProgress) -> Batch:
    return a_batch(n).model_copy(update={"holds": holds})


def holds(book: OrderBook) -> tuple[HoldProgress, ...]:
    order = book.show("SO-1")
    assert order is not None
    return order.holds


def test_a_hold_is_shown_with_its_order_and_so_is_its_release(book: OrderBook) -> None:
    accept(book)
    book.write_batch(with_holds(1, HOLD))
    assert holds(book) == (HOLD,)
    book.write_batch(with_holds(2, RELEASED))
    assert holds(book) == (RELEASED,)


def test_holds_are_part_of_what_a_restarted_run_goes_on_from(book: OrderBook) -> None:
    accept(book)
    second = HOLD.model_copy(update={"number": 2, "lines": ()})
    book.write_batch(with_holds(1, HOLD))
    book.write_batch(with_holds(2, second))
    known = book.progress("SO-1")
    assert known is not None
    assert known.holds == (HOLD, second)


def test_a_hold_that_a_replaced_batch_placed_is_gone_and_one_that_it_only_released_stays(book: OrderBook) -> None:
    accept(book)
    book.write_batch(with_holds(1, HOLD))
    book.write_batch(with_holds(2, RELEASED, HOLD.model_copy(update={"number": 2})))
    assert book.write_batch(a_batch(2)).replaced
    assert [each.number for each in holds(book)] == [1]


def switch(system: str = "shipping", *, offline: bool = True, at: int = 0, actor: str = "ann") -> SystemSwitch:
    return SystemSwitch(system=system, offline=offline, since=minutes(at), actor=actor, reason="maintenance")


def test_a_system_is_switched_off_and_on_and_both_are_audited(book: OrderBook) -> None:
    assert book.switches() == ()
    assert book.switch(switch(), role="operator")
    assert book.switch(switch(offline=False, at=9, actor="bob"))
    assert book.switches() == (switch(offline=False, at=9, actor="bob"),)
    assert [(each.action, each.actor, each.role, each.detail, each.reason) for each in book.audit("")] == [
        ("system offline", "ann", "operator", "shipping", "maintenance"),
        ("system online", "bob", "", "shipping", "maintenance"),
    ]


def test_switching_to_where_the_switch_stands_changes_nothing(book: OrderBook) -> None:
    assert not book.switch(switch(offline=False))
    assert book.switch(switch())
    assert not book.switch(switch(at=9, actor="bob"))
    assert book.switches() == (switch(),)
    assert len(book.audit("")) == 1


def a_call(step: str, state: StepState, system: str, ended: int | None = None) -> StepProgress:
    ended_at = None if ended is None else minutes(ended)
    return a_step(step, state).model_copy(update={"system": system, "ended_at": ended_at})


def test_figures_count_by_system_what_waits_and_how_its_calls_went(book: OrderBook) -> None:
    accept(book)
    steps = (
        a_call("a", StepState.IN_PROGRESS, "stock"),
        a_call("b", StepState.ON_HOLD, "stock"),
        a_call("c", StepState.FAILED, "stock"),
        a_call("d", StepState.READY, "stock"),
        a_call("e", StepState.COMPLETED, "stock", ended=3),
        a_call("f", StepState.COMPLETED, "stock", ended=7),
        a_call("g", StepState.COMPLETED, "billing", ended=2),
        a_call("h", StepState.COMPLETED, "billing", ended=9).model_copy(update={"actor": "ann"}),
        a_call("i", StepState.IN_PROGRESS, ""),
    )
    book.write_batch(a_batch(steps=steps, fallouts=(a_fallout("a"), a_fallout("b", resolution="retried"))))
    for attempt, at in enumerate((-90, -10, -5), start=1):
        book.record_attempt("SO-1", "c", 1, attempt, at=minutes(at), failure=a_failure(), decision=Park())
    assert book.system_figures(minutes(-60)) == (
        SystemFigures(system="billing", last_success_at=minutes(2)),
        SystemFigures(
            system="stock",
            in_progress=1,
            waiting=1,
            on_hold=1,
            failed=1,
            open_fallouts=1,
            failures=2,
            last_failure_at=minutes(-5),
            last_success_at=minutes(7),
        ),
    )


def test_an_empty_book_has_no_figures_of_systems(book: OrderBook) -> None:
    assert (book.system_figures(NOON - timedelta(hours=1)), book.waiting_for_systems()) == ((), ())


def test_orders_that_wait_for_a_system_are_named_once_for_each(book: OrderBook) -> None:
    for number in ("SO-1", "SO-2"):
        accept(book, an_order(number))
    held = [a_call(name, StepState.ON_HOLD, system) for name, system in (("a", "stock"), ("b", "stock"), ("c", "pay"))]
    book.write_batch(a_batch(steps=(*held, a_call("d", StepState.READY, "billing"))))
    book.write_batch(a_batch(number="SO-2", steps=(held[0],)))
    assert book.waiting_for_systems() == (
        WaitingForSystem(number="SO-1", system="pay"),
        WaitingForSystem(number="SO-1", system="stock"),
        WaitingForSystem(number="SO-2", system="stock"),
    )
