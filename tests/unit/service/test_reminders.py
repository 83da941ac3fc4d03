"""Tasks and fallouts that wait too long: reminded of once, escalated once, in working time, whatever the clocks do."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from catalog.environment import Environment
from fulfillment.progress import TaskProgress
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from orderbook.tasks import HandOver
from service.handing import By
from service.reminders import Looked, keep_people, look_after_people
from service.tasks import Task, claim
from tests.unit.orderbook.builders import NOON, a_batch, a_fallout, a_task, accept, minutes
from tests.unit.service.shop import Shop

CHECK = Task("SO-1", "ship.check")
# Opened at noon on a Wednesday, UTC, when the office has closed until one.
HOURS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-12:00,13:00-17:00")
ONE, TWO, THREE = (NOON + timedelta(hours=hours) for hours in (1, 2, 3))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[OrderBook]:
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    opened = OrderBook(url)
    accept(opened)
    yield opened
    opened.close()


def environment(**logistics: object) -> Environment:
    queue = {"members": ["bob"], "calendar": "office", **logistics}
    queues = {"logistics": queue, "chiefs": {"members": ["ada"], "assignment": "round_robin"}}
    return Environment.model_validate({"queues": queues, "calendars": {"office": {"hours": HOURS}}})


PATIENT = environment(reminder_after="1h", escalate_after="2h", escalate_to="chiefs")


def opened(book: OrderBook, task: TaskProgress) -> None:
    book.write_batch(a_batch(tasks=(task,)))


def told(book: OrderBook) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.text, each.to) for each in book.notifications()]


def looks(book: OrderBook, here: Environment, *times: datetime) -> list[Looked]:
    return [look_after_people(book, here, each) for each in times]


def test_a_task_is_reminded_of_once_when_it_has_waited_so_much_working_time(book: OrderBook) -> None:
    opened(book, a_task())

    assert looks(book, PATIENT, minutes(119), TWO, minutes(121)) == [(1, 0, 0), (0, 1, 0), (0, 0, 0)]
    text = "Task `Check the box` (ship.check) of order SO-1 waits in the queue `logistics` since 2026-11-25 12:00 UTC."
    assert told(book) == [(text, ("bob",))]


def test_who_has_a_task_is_reminded_of_it(book: OrderBook) -> None:
    opened(book, a_task())
    claim(book, PATIENT, CHECK, By("cy", minutes(1)))

    looks(book, PATIENT, TWO)

    assert [to for _, to in told(book)] == [("cy",)]


def test_a_task_is_reminded_of_once_when_it_is_past_its_due_date(book: OrderBook) -> None:
    opened(book, a_task().model_copy(update={"due_after": timedelta(hours=4)}))

    assert looks(book, environment(), minutes(299), minutes(300), minutes(400)) == [(1, 0, 0), (0, 1, 0), (0, 0, 0)]
    assert told(book) == [
        ("Task `Check the box` (ship.check) of order SO-1 was due at 2026-11-25 17:00 UTC.", ("bob",)),
    ]


def test_a_task_that_waits_longer_still_is_escalated_once_and_audited_by_rule(book: OrderBook) -> None:
    opened(book, a_task())

    assert looks(book, PATIENT, TWO, THREE, THREE) == [(1, 1, 0), (0, 0, 1), (0, 0, 0)]

    [task] = book.tasks()
    assert (task.queue, task.assignee) == ("chiefs", "ada")
    assert told(book)[-1] == (
        "Task `Check the box` (ship.check) of order SO-1 is escalated from the queue `logistics` to `chiefs`.",
        ("ada",),
    )
    entry = book.audit("SO-1")[-1]
    assert (entry.actor, entry.action, entry.reason) == ("system", "escalate", "waited 2 h in the queue `logistics`")


def test_clocks_that_look_at_the_same_time_escalate_a_task_once(book: OrderBook) -> None:
    opened(book, a_task())

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: look_after_people(book, PATIENT, THREE), range(4)))

    assert [sum(each) for each in zip(*found, strict=True)] == [1, 1, 1]
    assert [each.how for each in book.claims(*CHECK)] == [HandOver.ASSIGNED, HandOver.ESCALATED]


def test_a_task_that_is_done_is_not_reminded_of(book: OrderBook) -> None:
    opened(book, a_task(completed_at=minutes(30)))

    assert looks(book, PATIENT, THREE) == [(0, 0, 0)]


def test_a_fallout_is_reminded_of_and_told_to_the_queue_above_once(book: OrderBook) -> None:
    book.write_batch(a_batch(fallouts=(a_fallout(),)))

    assert looks(book, PATIENT, ONE, TWO, THREE, THREE) == [(0, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)]
    fallout = "Fallout 1 of ship.pick of order SO-1 (HTTP_503)"
    assert told(book) == [
        (f"{fallout} waits in the queue `logistics` since 2026-11-25 12:01 UTC.", ("bob",)),
        (f"{fallout} is escalated from the queue `logistics` to `chiefs`.", ("ada",)),
    ]


def test_every_webhook_of_a_queue_is_told(book: OrderBook) -> None:
    opened(book, a_task())

    looks(book, environment(reminder_after="1h", notify=["chat", "mail"]), TWO, THREE)

    assert [each.webhook for each in book.notifications()] == ["chat", "mail"]


async def test_without_an_environment_that_can_be_read_nothing_is_done(book: OrderBook, shop: Shop) -> None:
    opened(book, a_task())
    (shop.environment / "environment.yaml").write_text("queues: 7\n")

    assert tuple(await keep_people(book, shop.settings(), TWO)) == (0, 0, 0)


async def test_the_environment_in_force_hands_out(book: OrderBook, shop: Shop) -> None:
    opened(book, a_task())

    assert (await keep_people(book, shop.settings(), TWO)).handed_out == 1
