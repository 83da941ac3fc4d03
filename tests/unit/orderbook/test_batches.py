"""Batches of progress: what stands under a number is replaced as a whole, and nothing older comes back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from decomposition.order import Order
from fulfillment.progress import Batch, Written
from fulfillment.states import OrderState, StepState
from orderbook.store import OrderBook
from orderbook.views import OrderView
from tests.unit.orderbook.builders import (
    a_batch,
    a_fallout,
    a_line,
    a_step,
    a_task,
    accept,
    an_entry,
    an_order,
    minutes,
)


def shown(book: OrderBook, number: str = "SO-1") -> OrderView:
    found = book.show(number)
    assert found is not None
    return found


def test_the_first_batch_is_what_the_order_shows(book: OrderBook) -> None:
    accept(book)

    written = book.write_batch(a_batch(lines=(a_line(),), steps=(a_step(started_at=minutes(1)),), at=minutes(2)))

    assert written == Written(replaced=False)
    order = shown(book)
    assert (order.state, order.started_at, order.updated_at, order.ended_at) == (
        OrderState.IN_PROGRESS,
        minutes(1),
        minutes(2),
        None,
    )
    assert order.lines == (a_line(),)
    assert order.steps[0].model_dump() == a_step(started_at=minutes(1)).model_dump()


def test_a_batch_changes_only_the_steps_it_names(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(1, steps=(a_step("g.a"), a_step("g.b"))))

    book.write_batch(a_batch(2, steps=(a_step("g.b", StepState.COMPLETED), a_step("g.c"))))

    assert [(each.id, each.state) for each in shown(book).steps] == [
        ("g.a", StepState.IN_PROGRESS),
        ("g.b", StepState.COMPLETED),
        ("g.c", StepState.IN_PROGRESS),
    ]


def test_a_full_batch_leaves_no_step_or_line_that_it_does_not_name(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(1, steps=(a_step("g.a"), a_step("g.b")), lines=(a_line("L1"), a_line("L2"))))

    book.write_batch(a_batch(2, full=True, steps=(a_step("g.b"),), lines=(a_line("L2"),)))

    order = shown(book)
    assert [each.id for each in order.steps] == ["g.b"]
    assert [each.id for each in order.lines] == ["L2"]


def test_the_same_batch_again_changes_nothing(book: OrderBook) -> None:
    accept(book)
    batch = a_batch(steps=(a_step(),), fallouts=(a_fallout(),), tasks=(a_task(),), audit=(an_entry("retry"),))
    book.write_batch(batch)
    before = shown(book)

    assert book.write_batch(batch) == Written(replaced=False)

    assert shown(book) == before
    assert len(book.audit("SO-1")) == 1


def test_a_lost_batch_whose_redo_has_other_content_is_replaced_and_says_so(book: OrderBook) -> None:
    accept(book)
    lost = a_batch(
        1,
        steps=(a_step("g.a", StepState.FAILED),),
        fallouts=(a_fallout("g.a"),),
        tasks=(a_task("g.t"),),
        audit=(an_entry("retry"), an_entry("skip")),
    )
    book.write_batch(lost)

    written = book.write_batch(a_batch(1, steps=(a_step("g.a"),), audit=(an_entry("hold"),)))

    assert written == Written(replaced=True)
    order = shown(book)
    assert order.steps[0].state is StepState.IN_PROGRESS
    assert order.fallouts == ()
    assert order.tasks == ()
    assert [each.action for each in book.audit("SO-1")] == ["hold"]


def test_a_redo_whose_answer_was_lost_says_again_that_it_replaced_something(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(1, steps=(a_step("g.a"),)))
    redo = a_batch(1, steps=(a_step("g.b"),))

    assert [book.write_batch(redo).replaced for _ in range(3)] == [True, True, True]


def test_what_was_replaced_under_one_number_says_nothing_about_the_next(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(1, steps=(a_step("g.a"),)))
    book.write_batch(a_batch(1, steps=(a_step("g.b"),)))

    assert book.write_batch(a_batch(2, full=True)) == Written(replaced=False)
    assert book.write_batch(a_batch(2, full=True)) == Written(replaced=False)


def test_a_fallout_opened_by_an_earlier_batch_survives_the_replacing_of_a_later_one(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(1, fallouts=(a_fallout("g.a"),)))
    book.write_batch(a_batch(2, fallouts=(a_fallout("g.a", resolution="retry"), a_fallout("g.b"))))

    book.write_batch(a_batch(2))

    assert [each.step for each in shown(book).fallouts] == ["g.a"]


def test_a_task_opened_by_an_earlier_batch_survives_the_replacing_of_a_later_one(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(1, tasks=(a_task("g.a"),)))
    book.write_batch(a_batch(2, tasks=(a_task("g.a", completed_at=minutes(1)), a_task("g.b"))))

    book.write_batch(a_batch(2))

    assert [each.step for each in shown(book).tasks] == ["g.a"]


def test_a_full_batch_puts_right_what_a_replaced_one_said_of_an_earlier_fallout(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(1, fallouts=(a_fallout("g.a"),)))
    book.write_batch(a_batch(2, fallouts=(a_fallout("g.a", resolution="retry"),)))
    assert book.write_batch(a_batch(2)).replaced

    book.write_batch(a_batch(3, full=True, fallouts=(a_fallout("g.a"),)))

    assert [(each.step, each.resolution, each.resolved_at) for each in shown(book).fallouts] == [("g.a", "", None)]


def test_a_stale_batch_is_ignored(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(1, steps=(a_step("g.a"),)))
    book.write_batch(a_batch(2, steps=(a_step("g.a", StepState.COMPLETED),), audit=(an_entry("complete"),)))
    before = shown(book)

    stale = a_batch(1, steps=(a_step("g.a", StepState.FAILED),), fallouts=(a_fallout(),), audit=(an_entry("retry"),))

    assert book.write_batch(stale) == Written(replaced=False)
    assert shown(book) == before
    assert [each.action for each in book.audit("SO-1")] == ["complete"]
    assert book.last_batch("SO-1") == 2


def test_an_order_without_progress_has_no_last_batch(book: OrderBook) -> None:
    assert book.last_batch("SO-1") == 0


def test_an_order_ends_when_a_batch_first_says_so(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(1, state=OrderState.COMPLETED, at=minutes(1)))
    book.write_batch(a_batch(2, state=OrderState.COMPLETED, at=minutes(2), audit=(an_entry("hold"),)))

    assert shown(book).ended_at == minutes(1)


def test_an_end_that_was_replaced_is_no_end(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(1, state=OrderState.COMPLETED, at=minutes(1)))
    book.write_batch(a_batch(1, state=OrderState.IN_PROGRESS, at=minutes(2)))
    assert shown(book).ended_at is None

    book.write_batch(a_batch(2, state=OrderState.PARTIAL, at=minutes(3)))
    book.write_batch(a_batch(2, state=OrderState.PARTIAL, at=minutes(4)))
    assert shown(book).ended_at == minutes(4)


def test_one_orders_batch_leaves_another_orders_rows_alone(book: OrderBook) -> None:
    accept(book)
    accept(book, an_order("SO-2"))
    book.write_batch(a_batch(1, steps=(a_step("g.a"),), fallouts=(a_fallout(),), audit=(an_entry("hold"),)))
    before = shown(book), book.audit("SO-1")

    book.write_batch(a_batch(1, number="SO-2", full=True, steps=(a_step("g.b"),)))
    book.write_batch(a_batch(1, number="SO-2", full=True))

    assert (shown(book), book.audit("SO-1")) == before


def test_two_threads_write_the_same_first_batch_and_one_set_of_rows_stands(book: OrderBook) -> None:
    accept(book)
    batch = a_batch(1, steps=(a_step("g.a"), a_step("g.b")), fallouts=(a_fallout(),), audit=(an_entry("hold"),))

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(book.write_batch, [batch] * 8))

    assert answers == [Written(replaced=False)] * 8
    assert len(shown(book).steps) == 2
    assert len(book.audit("SO-1")) == 1


def test_threads_that_write_different_orders_lose_nothing(book: OrderBook) -> None:
    orders: list[Order] = [an_order(f"SO-{count}") for count in range(8)]
    for order in orders:
        accept(book, order)

    def progress(order: Order) -> list[Written]:
        batches: list[Batch] = [a_batch(n, number=order.number, steps=(a_step(f"g.s{n}"),)) for n in range(1, 11)]
        return [book.write_batch(each) for each in batches]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(progress, orders))

    assert answers == [[Written()] * 10] * 8
    assert [len(shown(book, order.number).steps) for order in orders] == [10] * 8


def test_of_threads_that_tell_different_stories_under_one_number_only_the_first_replaces_nothing(
    book: OrderBook,
) -> None:
    accept(book)
    for n in range(1, 6):
        stories = [a_batch(n, steps=(a_step(f"g.s{story}"),)) for story in range(4)]
        with ThreadPoolExecutor(4) as threads:
            answers = sorted(each.replaced for each in threads.map(book.write_batch, stories))

        assert answers == [False, True, True, True]
