"""Webhooks are told what they hear: in order, at least once, whatever fails; over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from catalog.environment import Environment
from catalog.webhooks import Webhook
from fulfillment.states import OrderState, StepState
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service.notify import Notification, notify
from service.webhooks import PAGE, Poster, keep_posting, signature
from tests.unit.orderbook.builders import NOON, a_batch, a_fallout, a_step
from tests.unit.service.receiver import Receiver

ENVIRON = {"OPS_TOKEN": "s3cret"}


@pytest.fixture
def book(tmp_path: Path) -> Iterator[OrderBook]:
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    opened = OrderBook(url)
    yield opened
    opened.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver().listening() as found:
        yield found


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
def ops(receiver: Receiver) -> Webhook:
    return Webhook(name="ops", url=receiver.url, credentials="OPS_TOKEN", events=("step", "fallout_opened"))


@pytest.fixture
async def poster(book: OrderBook, http: httpx.AsyncClient, ops: Webhook) -> Poster:
    """A poster that has met the webhook: it is told what comes from now on."""
    found = Poster(book, http, ENVIRON, "one")
    await found.post_due(ops)
    return found


def run_steps(book: OrderBook, count: int = 3, number: str = "SO-1") -> None:
    for n in range(1, count + 1):
        book.write_batch(a_batch(n, number=number, steps=(a_step(f"ship.s{n}"),)))


def wait_no_more(book: OrderBook) -> None:
    """Let the time of the next try have come."""
    [state] = book.webhooks()
    book.keep_webhook(state.model_copy(update={"next_try_at": None}))


async def test_a_webhook_is_told_what_it_hears_in_order(
    book: OrderBook, receiver: Receiver, poster: Poster, ops: Webhook
) -> None:
    run_steps(book, PAGE + 5)
    book.write_batch(a_batch(PAGE + 6, state=OrderState.COMPLETED, fallouts=(a_fallout(resolution="retried"),)))

    await poster.post_due(ops)

    steps = [f"ship.s{n}" for n in range(1, PAGE + 6)]
    assert [each["subject"] for each in receiver.taken] == [*steps, "ship.pick/1"]
    assert {each["event"] for each in receiver.taken} == {"step_in_progress", "fallout_opened"}
    assert [each.position for each in book.webhooks()] == [book.events_end()]


async def test_a_post_proves_who_it_is_from_and_has_an_id(
    book: OrderBook, receiver: Receiver, poster: Poster, ops: Webhook
) -> None:
    run_steps(book, 1)

    await poster.post_due(ops)

    [headers], [body], [content] = receiver.headers, receiver.bodies, receiver.taken
    assert headers["authorization"] == "Bearer s3cret"
    assert headers["x-dro-signature"] == signature("s3cret", body)
    assert headers["x-dro-id"] == content["id"] == "event-1"
    assert (content["number"], content["kind"], content["state"]) == ("SO-1", "step", "in_progress")


async def test_what_was_told_is_not_told_again(
    book: OrderBook, receiver: Receiver, poster: Poster, ops: Webhook, http: httpx.AsyncClient
) -> None:
    run_steps(book)
    await poster.post_due(ops)

    await poster.post_due(ops)
    await Poster(book, http, ENVIRON, "two").post_due(ops)

    assert len(receiver.came) == 3


async def test_after_a_failure_it_goes_on_from_there_once_its_time_has_come(
    book: OrderBook, receiver: Receiver, poster: Poster, ops: Webhook
) -> None:
    run_steps(book)
    receiver.failures = [503, 302, 500]
    for _ in range(3):
        await poster.post_due(ops)
        await poster.post_due(ops)  # too early: nothing is posted
        wait_no_more(book)

    [failed] = book.webhooks()
    await poster.post_due(ops)

    [done] = book.webhooks()
    assert (failed.tries, failed.last_error) == (3, "it answered 500")
    assert receiver.came == ["event-1"] * 4 + ["event-3", "event-4"]
    assert [each["subject"] for each in receiver.taken] == ["ship.s1", "ship.s2", "ship.s3"]
    assert (done.tries, done.last_error) == (0, "")


async def test_each_failure_waits_longer_than_the_one_before(
    book: OrderBook, receiver: Receiver, poster: Poster, ops: Webhook
) -> None:
    run_steps(book, 1)
    receiver.failures = [500] * 3
    waits = []
    for _ in range(3):
        await poster.post_due(ops)
        [state] = book.webhooks()
        assert state.next_try_at
        waits.append(round((state.next_try_at - datetime.now(UTC)).total_seconds()))
        wait_no_more(book)

    assert waits == [1, 2, 4]


async def test_nothing_is_posted_without_the_secret_that_the_environment_names(
    book: OrderBook, receiver: Receiver, poster: Poster, ops: Webhook
) -> None:
    run_steps(book, 1)

    await Poster(book, poster.http, {}, "one").post_due(ops)

    assert receiver.came == []
    assert [each.last_error for each in book.webhooks()] == ["the environment variable `OPS_TOKEN` is not set"]


async def test_while_one_process_posts_no_other_one_does(
    book: OrderBook, receiver: Receiver, poster: Poster, ops: Webhook
) -> None:
    run_steps(book)
    receiver.block.clear()
    posting = asyncio.create_task(poster.post_due(ops))
    await receiver.until(came=1)

    await Poster(book, poster.http, ENVIRON, "two").post_due(ops)
    receiver.block.set()
    await posting

    assert [each["subject"] for each in receiver.taken] == ["ship.s1", "ship.s2", "ship.s3"]
    assert len(receiver.came) == 3


async def test_when_the_process_that_posts_dies_another_one_goes_on_and_nothing_is_missing(
    book: OrderBook, receiver: Receiver, poster: Poster, ops: Webhook
) -> None:
    run_steps(book)
    receiver.block.clear()
    dying = Poster(book, poster.http, ENVIRON, "dying", lease=timedelta(milliseconds=300))
    posting = asyncio.create_task(dying.post_due(ops))
    await receiver.until(came=1)
    posting.cancel()
    with suppress(asyncio.CancelledError):
        await posting
    receiver.block.set()

    await poster.post_due(ops)
    too_early = len(receiver.came)
    await asyncio.sleep(0.3)
    await poster.post_due(ops)

    assert too_early == 1
    assert receiver.came == ["event-1", "event-1", "event-3", "event-4"]


async def test_one_that_does_not_answer_keeps_no_other_one_waiting(
    book: OrderBook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    async with Receiver().listening() as silent:
        silent.block.clear()
        hooks = (
            Webhook(name="good", url=receiver.url, events=("step",)),
            Webhook(name="silent", url=silent.url, events=("step",)),
        )
        posting = asyncio.create_task(keep_posting(book, Environment(webhooks=hooks), timedelta(milliseconds=20)))
        while len(book.webhooks()) < 2:  # noqa: ASYNC110 - the order book sets no event
            await asyncio.sleep(0.01)
        run_steps(book)
        await silent.until(came=1)
        await receiver.until(came=3)
        posting.cancel()
        with suppress(asyncio.CancelledError):
            await posting
        silent.block.set()

    assert silent.came == ["event-1"]


async def test_notifications_reach_the_webhook_that_they_name_or_those_that_hear_all(
    book: OrderBook, receiver: Receiver, poster: Poster, ops: Webhook
) -> None:
    hears_all = Webhook(name="all", url=receiver.url, events=("notification",))
    await poster.post_due(hears_all)
    late = Notification(kind="jeopardy", subject="SO-1", level="late", text="SO-1 is late", to=("ada",))
    notify(book, late, NOON)
    notify(book, late.model_copy(update={"subject": "SO-2", "webhook": "ops"}), NOON)
    run_steps(book, 1)

    await poster.post_due(ops)
    await poster.post_due(hears_all)

    told = [(each["event"], each.get("level"), each["subject"]) for each in receiver.taken]
    assert told == [
        ("notification", "late", "SO-2"),
        ("step_in_progress", None, "ship.s1"),
        ("notification", "late", "SO-1"),
    ]
    assert receiver.taken[0]["to"] == ["ada"]


async def test_a_new_webhook_is_not_told_of_the_past(
    book: OrderBook, receiver: Receiver, http: httpx.AsyncClient
) -> None:
    run_steps(book)
    poster, webhook = Poster(book, http, ENVIRON, "one"), Webhook(name="new", url=receiver.url, events=("step",))
    await poster.post_due(webhook)
    book.write_batch(a_batch(4, steps=(a_step("ship.s3", StepState.COMPLETED),)))

    await poster.post_due(webhook)

    assert [each["state"] for each in receiver.taken] == ["completed"]


def test_an_event_that_does_not_exist_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ValidationError, match=r"no event `order_complete`\. Did you mean `order_completed`"):
        Webhook(name="ops", url="https://example.org/hook", events=("order_complete",))
