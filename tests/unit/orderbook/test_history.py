"""The history of an order has every command and every decision, in the order of time, each once."""

from __future__ import annotations

from datetime import datetime, timedelta

from fulfillment.outcomes import Decision, Park, RetryLater
from fulfillment.progress import AuditEntry
from orderbook.history import HistoryEntry, HistoryKind
from orderbook.store import OrderBook
from service.notify import Notification, notify
from tests.unit.orderbook.builders import a_batch, a_failure, accept, an_entry, minutes

RETRY = RetryLater(delay=timedelta(seconds=5), rule="busy")


def try_once(book: OrderBook, attempt: int, at: datetime, decision: Decision, step: str = "ship.pick") -> None:
    book.record_attempt("SO-1", step, 1, attempt, at=at, failure=a_failure(), decision=decision)


def decided(action: str, at: datetime, step: str = "ship.pick") -> AuditEntry:
    return AuditEntry(at=at, actor="system", action=action, step=step, accepted=True, detail=f"the run: {action}")


def kinds(entries: tuple[HistoryEntry, ...]) -> list[tuple[str, str]]:
    return [(each.kind.value, each.action) for each in entries]


def test_what_both_writers_and_the_calls_recorded_comes_by_time(book: OrderBook) -> None:
    accept(book)
    book.add_audit("SO-1", an_entry("submit"))
    try_once(book, 1, minutes(1), RETRY)
    try_once(book, 2, minutes(2), Park(queue="logistics", rule="busy", why="2 tries failed"))
    told = (decided("park", minutes(2)), an_entry("retry", minutes(3)))
    book.write_batch(a_batch(audit=told))
    book.record_late_answer("SO-1", "ship.pick", 1, at=minutes(4), why="over", answer="{}")

    assert kinds(book.history("SO-1")) == [
        ("command", "submit"),
        ("attempt", "attempt"),
        ("attempt", "attempt"),
        ("decision", "park"),
        ("command", "retry"),
        ("message", "callback"),
    ]


def test_an_attempt_tells_what_the_rules_decided(book: OrderBook) -> None:
    try_once(book, 1, minutes(1), RETRY)
    try_once(book, 2, minutes(2), Park(queue="logistics", rule="busy", why="2 tries failed"))

    first, second = (each.detail for each in book.history("SO-1"))

    known = "failed with `HTTP_503` (whether it worked is unknown): no stock server"
    assert first == f"try 1 {known}; by rule `busy` tried again after 5 seconds"
    assert second == f"try 2 {known}; by rule `busy` parked: 2 tries failed"


def test_a_retry_is_told_once_where_attempt_and_run_both_tell_it(book: OrderBook) -> None:
    try_once(book, 1, minutes(1), RETRY)
    unwritten = decided("retry", minutes(3))
    book.write_batch(
        a_batch(audit=(decided("retry", minutes(1)), decided("retry", minutes(1), "ship.send"), unwritten))
    )

    assert [(each.action, each.step, each.at) for each in book.history("SO-1")] == [
        ("attempt", "ship.pick", minutes(1)),
        ("retry", "ship.send", minutes(1)),
        ("retry", "ship.pick", minutes(3)),
    ]


def test_who_was_told_of_an_order_is_in_its_history_and_in_no_other_one(book: OrderBook) -> None:
    for subject in ("SO-1", "SO-1/ship.pick", "SO-10", "SO_1/ship.pick"):
        told = Notification(kind="jeopardy", subject=subject, level="late", text="Late.", webhook="ops", to=("ada",))
        notify(book, told, minutes(1))

    assert [(each.step, each.detail) for each in book.history("SO-1")] == [
        ("", "Late. Told to ada, webhook `ops`."),
        ("ship.pick", "Late. Told to ada, webhook `ops`."),
    ]


def test_what_concerns_no_order_has_the_empty_number(book: OrderBook) -> None:
    accept(book)
    book.add_audit("", an_entry("publish"))
    book.add_audit("SO-1", an_entry("submit"))
    notify(book, Notification(kind="k", subject="/x", level="l", text="t"), minutes(1))

    assert kinds(book.history("")) == [(HistoryKind.COMMAND.value, "publish")]
