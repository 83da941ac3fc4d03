"""What the book knows of an order as one batch: with it a run goes on whose execution was lost."""

from __future__ import annotations

from catalog.values import ValueType, named
from fulfillment.progress import FactsMemory, LineFacts, StepKept
from fulfillment.states import OrderState, StepState
from orderbook.store import OrderBook
from tests.unit.orderbook.builders import (
    NOON,
    a_batch,
    a_fallout,
    a_line,
    a_step,
    a_task,
    accept,
    an_entry,
    minutes,
)

SIGNED = named("signed_off", ValueType.BOOLEAN, True)
KEPT = StepKept(
    tries=2, unknown=True, awaiting=True, wake="callback/ship.pick/1/2", due=minutes(90), callback='{"ok": true}',
    met=True, in_skipped_branch=True, waived=True, task_opened=True, facts=(SIGNED,), line_facts=(SIGNED,),
)  # fmt: skip
FACTS = FactsMemory(order=(SIGNED,), lines=(LineFacts(line="L1", values=(named("agreed", ValueType.TEXT, None),)),))
OUTPUTS = (named("price", ValueType.MONEY, None), named("tracking", ValueType.TEXT, "1Z-999"))
DONE = a_task("ship.sign", completed_at=minutes(3)).model_copy(update={"actor": "kim", "values": (SIGNED,)})
WHOLE = a_batch(
    7,
    full=True,
    state=OrderState.HELD,
    at=minutes(4),
    lines=(a_line("L1"), a_line("L2", OrderState.COMPLETED)),
    steps=(
        a_step("ship.pack", StepState.COMPLETED, minutes(1), OUTPUTS),
        a_step("ship.pick").model_copy(update={"kept": KEPT, "round": 2, "attempts": 5, "actor": "kim"}),
    ),
    fallouts=(a_fallout("ship.pick", 1, resolution="retry"), a_fallout("ship.pick", 2)),
    tasks=(a_task("ship.check"), DONE),
).model_copy(update={"facts": FACTS})


def test_a_full_batch_with_everything_in_it_is_what_the_book_knows(book: OrderBook) -> None:
    accept(book)
    book.write_batch(WHOLE.model_copy(update={"audit": (an_entry("hold"),)}))

    assert book.progress("SO-1") == WHOLE


def test_what_many_small_batches_told_is_known_as_one(book: OrderBook) -> None:
    accept(book)
    earlier = a_step("ship.pick", StepState.READY)
    book.write_batch(
        a_batch(5, steps=(earlier, WHOLE.steps[0]), lines=(a_line("L1", OrderState.PENDING), a_line("L2")))
    )
    book.write_batch(a_batch(6, tasks=WHOLE.tasks, fallouts=(a_fallout("ship.pick", 1),), lines=WHOLE.lines))
    last = WHOLE.model_copy(update={"full": False, "steps": WHOLE.steps[1:], "lines": (), "tasks": ()})
    book.write_batch(last)

    assert book.progress("SO-1") == WHOLE


def test_a_batch_that_brings_no_facts_leaves_those_that_are_set(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(1).model_copy(update={"facts": FACTS}))
    book.write_batch(a_batch(2))

    known = book.progress("SO-1")
    shown = book.show("SO-1")

    assert known is not None
    assert known.facts == FACTS
    assert shown is not None
    assert (shown.facts.order, shown.facts.lines[0].line) == ((SIGNED,), "L1")


def test_facts_of_a_later_batch_replace_those_of_an_earlier_one(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(1).model_copy(update={"facts": FACTS}))
    book.write_batch(a_batch(2).model_copy(update={"facts": FactsMemory()}))

    known = book.progress("SO-1")

    assert known is not None
    assert known.facts == FactsMemory()


def test_facts_are_plain_in_json(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(1).model_copy(update={"facts": FACTS}))

    shown = book.show("SO-1")

    assert shown is not None
    assert shown.model_dump(mode="json")["facts"] == {
        "order": {"signed_off": True},
        "lines": [{"line": "L1", "values": {"agreed": None}}],
    }


def test_nothing_is_known_of_an_order_before_its_first_batch(book: OrderBook) -> None:
    accept(book, at=NOON)

    assert book.progress("SO-1") is None
