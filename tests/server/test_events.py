"""The feed of real orders, as a follower and as a webhook get it; both are processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from catalog.webhooks import Webhook
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service.webhooks import Poster
from tests.server.conftest import Shop
from tests.unit.orderbook.builders import a_batch, a_step
from tests.unit.service.receiver import Receiver

pytestmark = [pytest.mark.server, pytest.mark.processes]

LEASE = timedelta(seconds=1)
SENDER = f"""
import asyncio, sys, httpx
from datetime import timedelta
from catalog.webhooks import Webhook
from orderbook.store import OrderBook
from service.webhooks import Poster

async def main():
    webhook = Webhook(name="killed", url=sys.argv[2], events=("step",))
    lease = timedelta(seconds={LEASE.seconds})
    async with httpx.AsyncClient(trust_env=False) as http:
        await Poster(OrderBook(sys.argv[1]), http, {{}}, "process", lease).post_due(webhook)

asyncio.run(main())
"""


@pytest.fixture
def book(tmp_path: Path) -> Iterator[OrderBook]:
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    opened = OrderBook(url)
    yield opened
    opened.close()


@asynccontextmanager
async def process(*arguments: str, **environ: str) -> AsyncIterator[Process]:
    """Run Python with these arguments until the context ends, or it is killed."""
    found = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env={**os.environ, **environ}, stdout=PIPE, stderr=DEVNULL
    )
    try:
        yield found
    finally:
        if found.returncode is None:
            found.terminate()
        await found.communicate()


async def read_until_completed(follower: Process, number: str) -> list[dict[str, Any]]:
    assert follower.stdout
    found = []
    async with asyncio.timeout(45):
        while line := await follower.stdout.readline():
            found.append(json.loads(line))
            if (found[-1]["number"], found[-1]["kind"], found[-1]["state"]) == (number, "order", "completed"):
                break
    return found


async def test_a_follower_is_told_every_change_of_an_order_as_it_happens(shop: Shop) -> None:
    since = str(shop.stack.book.events_end())
    command = ("-m", "cli", "orders", "events", "--follow", "--since", since, "--json")
    async with process(*command, DRO_HOME=str(shop.settings.home)) as follower:
        number = await shop.order("laptop-bundle")
        told = [each for each in await read_until_completed(follower, number) if each["number"] == number]

    view = await shop.view(number)
    completed = Counter(each["subject"] for each in told if (each["kind"], each["state"]) == ("step", "completed"))
    assert completed == Counter(each.id for each in view.steps if each.state == "completed")
    positions = [each["position"] for each in told]
    assert positions == sorted(set(positions))
    assert positions == [each.position for each in shop.stack.book.events(number=number)]


async def test_when_a_sender_is_killed_another_one_goes_on_and_the_webhook_misses_nothing(book: OrderBook) -> None:
    async with Receiver().listening() as receiver, httpx.AsyncClient(trust_env=False) as http:
        webhook = Webhook(name="killed", url=receiver.url, events=("step",))
        poster = Poster(book, http, {}, "other", LEASE)
        await poster.post_due(webhook)
        for n in (1, 2, 3):
            book.write_batch(a_batch(n, steps=(a_step(f"ship.s{n}"),)))
        receiver.block.clear()
        async with process("-c", SENDER, book.url, receiver.url) as sender:
            await receiver.until(came=1, seconds=20)
            sender.kill()
        receiver.block.set()
        await poster.post_due(webhook)
        while_it_was_claimed = len(receiver.came)
        await asyncio.sleep(LEASE.total_seconds())
        await poster.post_due(webhook)

    assert while_it_was_claimed == 1
    assert receiver.came == ["event-1", "event-1", "event-3", "event-4"]
    assert list(dict.fromkeys(each["subject"] for each in receiver.taken)) == ["ship.s1", "ship.s2", "ship.s3"]
