"""People are told once; a webhook is posted to by one process at a time, and goes on where the last one stopped."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from orderbook.notices import Notification, WebhookState
from orderbook.store import OrderBook
from service.notify import notify
from tests.unit.orderbook.builders import NOON, minutes

LATE = Notification(kind="jeopardy", subject="SO-1", level="late", text="SO-1 is late", webhook="ops", to=("ada",))
LEASE = timedelta(seconds=30)


def claim(book: OrderBook, by: str, minute: float = 0) -> WebhookState | None:
    return book.claim_webhook("ops", by, minutes(minute), minutes(minute) + LEASE)


def test_the_same_is_told_once_and_another_level_again(book: OrderBook) -> None:
    told = [notify(book, each, NOON) for each in (LATE, LATE, LATE.model_copy(update={"level": "very late"}))]

    assert told == [True, False, True]
    assert [(each.level, each.to, each.told_at) for each in book.notifications()] == [
        ("late", ("ada",), NOON),
        ("very late", ("ada",), NOON),
    ]


def test_of_many_that_tell_the_same_at_once_one_does(book: OrderBook) -> None:
    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(lambda _: notify(book, LATE, NOON), range(8)))

    assert sorted(told) == [False] * 7 + [True]
    assert len(book.notifications()) == 1


def test_a_webhook_gets_its_own_notifications_and_if_it_hears_them_those_to_nobody_else(book: OrderBook) -> None:
    for subject, webhook in (("SO-1", "ops"), ("SO-2", None), ("SO-3", "others")):
        notify(book, LATE.model_copy(update={"subject": subject, "webhook": webhook}), NOON)

    hears_all = book.notifications_for("ops", hears_all=True, after=0, limit=10)
    its_own = book.notifications_for("ops", hears_all=False, after=0, limit=10)

    assert [each.subject for each in hears_all] == ["SO-1", "SO-2"]
    assert [each.subject for each in its_own] == ["SO-1"]
    assert book.notifications_for("ops", hears_all=True, after=hears_all[-1].id, limit=10) == ()


def test_a_new_webhook_is_told_only_what_comes_next(book: OrderBook) -> None:
    notify(book, LATE, NOON)
    book.add_webhook("ops", 7)
    book.add_webhook("ops", 9)

    assert [(each.position, each.notified) for each in book.webhooks()] == [(7, book.notifications_end())]


def test_one_process_at_a_time_posts_to_a_webhook_until_its_claim_ends(book: OrderBook) -> None:
    book.add_webhook("ops", 0)

    first, second, renewed = claim(book, "one"), claim(book, "two"), claim(book, "one", 0.25)
    after_the_end = claim(book, "two", 1)

    assert first is not None
    assert (first.claimed_by, second) == ("one", None)
    assert renewed is not None
    assert after_the_end is not None
    assert after_the_end.claimed_by == "two"


def test_what_a_process_keeps_that_lost_its_claim_changes_nothing(book: OrderBook) -> None:
    book.add_webhook("ops", 0)
    first = claim(book, "one")
    assert first is not None
    claim(book, "two", 1)

    kept = book.keep_webhook(first.model_copy(update={"position": 5}))

    assert not kept
    assert [(each.position, each.claimed_by) for each in book.webhooks()] == [(0, "two")]


def test_a_webhook_that_failed_is_not_claimed_before_its_next_try(book: OrderBook) -> None:
    book.add_webhook("ops", 0)
    first = claim(book, "one")
    assert first is not None
    failed = {"tries": 1, "last_error": "503", "next_try_at": minutes(2), "claimed_by": "one"}
    assert book.keep_webhook(first.model_copy(update=failed))

    too_early, in_time = claim(book, "one", 1), claim(book, "two", 2)

    assert too_early is None
    assert in_time is not None
    assert (in_time.tries, in_time.last_error) == (1, "503")


def test_the_webhook_that_nobody_knows_is_not_claimed(book: OrderBook) -> None:
    assert claim(book, "one") is None
