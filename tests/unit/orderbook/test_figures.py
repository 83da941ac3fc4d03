"""The order book in figures: what is counted, and since when the oldest waits."""

from __future__ import annotations

from fulfillment.states import OrderState, StepState
from orderbook.figures import OpenFallouts, OpenTasks, StepsUnderWay
from orderbook.store import OrderBook
from tests.unit.orderbook.builders import NOON, a_batch, a_fallout, a_step, a_task, accept, an_order, minutes


def by_state(book: OrderBook) -> dict[str, int]:
    """Return the states that some order is in."""
    return {each.state.value: each.count for each in book.figures().orders if each.count}


def test_an_empty_book_counts_nothing_in_every_state(book: OrderBook) -> None:
    figures = book.figures()
    assert [(each.state, each.count) for each in figures.orders] == [(state, 0) for state in OrderState]
    assert (figures.fallouts, figures.tasks, figures.steps) == ((), (), ())


def test_orders_are_counted_by_state_and_one_without_progress_is_acknowledged(book: OrderBook) -> None:
    for number in ("SO-1", "SO-2", "SO-3", "SO-4"):
        accept(book, an_order(number))
    book.write_batch(a_batch(number="SO-2"))
    book.write_batch(a_batch(number="SO-3", state=OrderState.COMPLETED))
    book.write_batch(a_batch(number="SO-4", state=OrderState.ACKNOWLEDGED))
    assert by_state(book) == {"acknowledged": 2, "in_progress": 1, "completed": 1}


def test_open_fallouts_are_counted_by_queue_system_and_code_with_the_oldest(book: OrderBook) -> None:
    unclaimed = a_fallout("ship.book", number=4).model_copy(update={"queue": None})
    for number, fallouts in (
        ("SO-1", (a_fallout(number=1, resolution="retried"), a_fallout(number=3), unclaimed)),
        ("SO-2", (a_fallout(number=2), a_fallout("pay", number=5, system="payments"))),
    ):
        accept(book, an_order(number))
        book.write_batch(a_batch(number=number, fallouts=fallouts))
    assert book.figures().fallouts == (
        OpenFallouts(queue=None, system="stock", code="HTTP_503", count=1, oldest=minutes(4)),
        OpenFallouts(queue="logistics", system="payments", code="HTTP_503", count=1, oldest=minutes(5)),
        OpenFallouts(queue="logistics", system="stock", code="HTTP_503", count=2, oldest=minutes(2)),
    )


def test_only_tasks_that_are_not_done_are_counted(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(tasks=(a_task(), a_task("ship.label"), a_task("ship.wrap", completed_at=minutes(1)))))
    assert book.figures().tasks == (OpenTasks(queue="logistics", count=2, oldest=NOON),)


def test_steps_under_way_are_those_that_have_begun_and_not_ended(book: OrderBook) -> None:
    accept(book)
    steps = (
        a_step("a", started_at=minutes(3)),
        a_step("b", StepState.FAILED, minutes(1)),
        a_step("c", StepState.COMPLETED, minutes(0)),
        a_step("d", StepState.FATALLY_FAILED, minutes(0)),
        a_step("e", StepState.PENDING),
        a_step("f", started_at=minutes(2)).model_copy(update={"type": "pause"}),
    )
    book.write_batch(a_batch(steps=steps))
    assert book.figures().steps == (
        StepsUnderWay(type="callout", count=2, oldest=minutes(1)),
        StepsUnderWay(type="pause", count=1, oldest=minutes(2)),
    )
