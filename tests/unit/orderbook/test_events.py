"""The feed tells every change of the book once and in order, and whoever follows it misses none."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait

from sqlmodel import Session

from catalog.webhooks import EVENTS
from fulfillment.progress import AuditEntry, Batch, HoldProgress
from fulfillment.states import OrderState, StepState
from orderbook.events import Event, Former, put_events
from orderbook.store import OrderBook
from tests.unit.orderbook.builders import (
    NOON,
    a_batch,
    a_fallout,
    a_line,
    a_step,
    a_task,
    an_entry,
    minutes,
)

STARTED = ("step", "ship.pick", "", "in_progress")
BEGUN = ("order", "", "", "in_progress")


def told(events: tuple[Event, ...]) -> list[tuple[str, str, str, str]]:
    return [(each.kind, each.subject, each.before, each.state) for each in events]


def after(book: OrderBook, batch: Batch) -> list[tuple[str, str, str, str]]:
    """Write the batch; return what it adds to the feed."""
    end = book.events_end()
    book.write_batch(batch)
    return told(book.events(end))


def test_a_batch_adds_each_change_that_it_tells(book: OrderBook) -> None:
    first = a_batch(steps=(a_step(), a_step("ship.send", StepState.PENDING)), lines=(a_line(),))
    second = a_batch(
        2, state=OrderState.COMPLETED, at=minutes(1), lines=(a_line(state=OrderState.COMPLETED),),
        steps=(a_step(state=StepState.COMPLETED),), audit=(an_entry("retry"),),
    )  # fmt: skip

    assert after(book, first) == [STARTED, ("line", "L1", "", "in_progress"), BEGUN]
    assert after(book, second) == [
        ("command", "", "", "accepted"),
        ("step", "ship.pick", "in_progress", "completed"),
        ("line", "L1", "in_progress", "completed"),
        ("order", "", "in_progress", "completed"),
    ]


def test_events_tell_who_when_and_what(book: OrderBook) -> None:
    book.write_batch(a_batch(audit=(an_entry("hold", minutes(1)),), fallouts=(a_fallout(),), at=minutes(2)))

    command, fallout, order = book.events()

    assert (command.actor, command.at, command.text) == ("ada", minutes(1), "hold: asked to")
    assert (fallout.subject, fallout.text) == ("ship.pick/1", "HTTP_503: no stock server")
    assert (order.number, order.batch, order.at, order.name) == ("SO-1", 1, minutes(2), "order_in_progress")


def test_a_batch_written_again_adds_nothing(book: OrderBook) -> None:
    batch = a_batch(steps=(a_step(),), audit=(an_entry("retry"),))
    book.write_batch(batch)

    assert after(book, batch) == []


def test_a_full_batch_adds_only_what_changed(book: OrderBook) -> None:
    first = a_batch(steps=(a_step(),), fallouts=(a_fallout(),), tasks=(a_task(),), lines=(a_line(),))
    book.write_batch(first)

    full = first.model_copy(update={"n": 2, "full": True, "steps": (a_step(state=StepState.COMPLETED),)})

    assert after(book, full) == [("step", "ship.pick", "in_progress", "completed")]


def test_a_batch_that_replaces_another_adds_how_it_differs_and_takes_nothing_back(book: OrderBook) -> None:
    entry, other = an_entry("retry"), an_entry("skip")
    book.write_batch(a_batch(steps=(a_step(),)))
    book.write_batch(a_batch(2, steps=(a_step(state=StepState.COMPLETED),), tasks=(a_task(),), audit=(entry,)))
    before = book.events()

    added = after(
        book, a_batch(2, steps=(a_step(state=StepState.FAILED),), fallouts=(a_fallout(),), audit=(entry, other))
    )

    assert book.events()[: len(before)] == before
    assert added == [
        ("command", "", "", "accepted"),
        ("step", "ship.pick", "completed", "failed"),
        ("fallout", "ship.pick/1", "", "opened"),
        ("task", "ship.check", "opened", "withdrawn"),
    ]


def test_fallouts_tasks_and_holds_open_once_and_end_once(book: OrderBook) -> None:
    hold = HoldProgress(number=1, actor="ada", reason="fraud?", placed_at=NOON)
    released = hold.model_copy(update={"released_at": minutes(3), "released_by": "bob"})
    opened = a_batch(fallouts=(a_fallout(),), tasks=(a_task(),)).model_copy(update={"holds": (hold,)})
    ended = a_batch(2, fallouts=(a_fallout(resolution="retried"),), tasks=(a_task(completed_at=minutes(4)),))
    ended = ended.model_copy(update={"holds": (released,)})

    assert after(book, opened) == [
        ("hold", "1", "", "placed"),
        ("fallout", "ship.pick/1", "", "opened"),
        ("task", "ship.check", "", "opened"),
        BEGUN,
    ]
    assert after(book, ended) == [
        ("hold", "1", "placed", "released"),
        ("fallout", "ship.pick/1", "opened", "resolved"),
        ("task", "ship.check", "opened", "completed"),
    ]
    assert after(book, ended.model_copy(update={"n": 3})) == []


def test_what_the_run_decides_by_itself_is_in_the_history_and_not_told_twice(book: OrderBook) -> None:
    entry = AuditEntry(at=NOON, actor="system", action="skip", step="ship.pick", accepted=True, detail="not needed")

    assert after(book, a_batch(steps=(a_step(state=StepState.SKIPPED),), audit=(entry,))) == [
        ("step", "ship.pick", "", "skipped"),
        BEGUN,
    ]


def test_one_order_and_some_kinds_can_be_asked_for(book: OrderBook) -> None:
    for number in ("SO-1", "SO-2"):
        book.write_batch(a_batch(number=number, steps=(a_step(),), fallouts=(a_fallout(),)))

    assert {each.number for each in book.events(number="SO-2")} == {"SO-2"}
    assert told(book.events(names=["order", "fallout_resolved"])) == [BEGUN, BEGUN]
    assert [each.number for each in book.events(names=["step_in_progress"])] == ["SO-1", "SO-2"]
    assert len(book.events(limit=2)) == 2


def test_a_follower_misses_nothing_while_many_write(book: OrderBook) -> None:
    numbers, done = [f"SO-{each}" for each in range(12)], threading.Event()
    followed: list[Event] = []

    def write(number: str) -> None:
        for n in range(1, 9):
            book.write_batch(a_batch(n, number=number, steps=(a_step(f"ship.s{n}"),)))

    def follow() -> None:
        last = False
        while not last:
            last = done.wait(0.005)  # a follower pauses between looks; one that spins would starve the writers
            while found := book.events(followed[-1].position if followed else 0, limit=7):
                followed.extend(found)

    with ThreadPoolExecutor(7) as threads:
        follower = threads.submit(follow)
        try:
            list(threads.map(write, numbers))
        finally:
            done.set()
        follower.result()

    assert len(followed) == len(numbers) * 9
    assert tuple(followed) == book.events()


def test_what_was_numbered_first_is_read_first_even_if_it_is_committed_last(book: OrderBook) -> None:
    slow, quick = a_batch(number="SO-1"), a_batch(number="SO-2")

    def write_and_read() -> tuple[Event, ...]:
        book.write_batch(quick)
        return book.events()

    with ThreadPoolExecutor(1) as thread, Session(book._writing) as session, session.begin():
        put_events(session, slow, Former())
        read = thread.submit(write_and_read)
        wait([read], timeout=0.3)
        session.commit()

    assert [each.number for each in read.result()] == ["SO-1", "SO-2"]


def test_a_position_is_never_used_again(book: OrderBook) -> None:
    book.write_batch(a_batch(steps=(a_step(),)))
    end = book.events_end()
    book._write(lambda session: session.connection().exec_driver_sql("DELETE FROM events"))  # as a clean-up by hand

    book.write_batch(a_batch(2, steps=(a_step(state=StepState.COMPLETED),)))

    assert [each.position for each in book.events()] == [end + 1]


def test_webhooks_can_name_every_state_there_is() -> None:
    assert EVENTS["order"] == EVENTS["line"] == tuple(OrderState)
    assert EVENTS["step"] == tuple(StepState)
