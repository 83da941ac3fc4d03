"""Metrics of a process: the order book as gauges, and an address that cannot be had."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from activities.watch import SECONDS, STEPS
from fulfillment.states import OrderState
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service.gauges import keep_counting
from service.metrics import hosting_runtime
from service.running import CannotStart
from service.server_program import HOST, free_ports
from service.settings import Settings
from tests.unit.orderbook.builders import a_batch, a_fallout, a_step, a_task, accept, an_order, minutes

PERIOD = timedelta(milliseconds=20)
PATIENCE = 10.0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    migrate(f"sqlite:///{tmp_path}/orders.db")
    return tmp_path / "orders.db"


@pytest.fixture
def book(file: Path) -> Iterator[OrderBook]:
    opened = OrderBook(f"sqlite:///{file}")
    yield opened
    opened.close()


class Endpoint:
    """Where the metrics of the process are read."""

    def __init__(self, address: str) -> None:
        self._url = f"http://{address}/metrics"

    async def until(self, *wanted: str) -> list[str]:
        """Return our gauges once all wanted lines are among them."""
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as http:
            while True:
                lines = (await http.get(self._url)).text.splitlines()
                if set(wanted) <= set(lines):
                    return [each for each in lines if each.startswith("dro_")]
                await asyncio.sleep(PERIOD.total_seconds())


@pytest.fixture
async def endpoint(book: OrderBook, tmp_path: Path) -> AsyncIterator[Endpoint]:
    """The order book is counted all the time."""
    address = f"{HOST}:{free_ports(1)[0]}"
    runtime = hosting_runtime(Settings(home=tmp_path, actor="ada", metrics_address=address))
    client = await Client.connect("127.0.0.1:1", lazy=True, runtime=runtime)
    counting = asyncio.create_task(keep_counting(client, book, PERIOD))
    yield Endpoint(address)
    counting.cancel()
    with suppress(asyncio.CancelledError):
        await counting


def an_order_at_work(book: OrderBook) -> None:
    accept(book)
    fallouts = (a_fallout("pay", system="payments"), a_fallout("ship.pick"), a_fallout("ship.book", number=2))
    book.write_batch(a_batch(steps=(a_step(started_at=minutes(0)),), fallouts=fallouts, tasks=(a_task(),)))


async def test_gauges_tell_orders_by_state_and_what_waits_for_people(book: OrderBook, endpoint: Endpoint) -> None:
    an_order_at_work(book)
    accept(book, an_order("SO-2"))
    lines = await endpoint.until(
        'dro_orders{state="in_progress"} 1',
        'dro_orders{state="acknowledged"} 1',
        'dro_orders{state="completed"} 0',
        'dro_open_fallouts{queue="logistics",system="stock"} 2',
        'dro_open_fallouts{queue="logistics",system="payments"} 1',
        'dro_open_tasks{queue="logistics"} 1',
        'dro_steps_under_way{type="callout"} 1',
        "dro_order_book_read 1",
    )
    waiting = [each.rpartition(" ")[0] for each in lines if each.startswith("dro_waiting_seconds")]
    assert sorted(waiting) == [
        'dro_waiting_seconds{kind="fallout",queue="logistics",type=""}',
        'dro_waiting_seconds{kind="step",queue="",type="callout"}',
        'dro_waiting_seconds{kind="task",queue="logistics",type=""}',
    ]


async def test_what_has_gone_is_told_as_zero(book: OrderBook, endpoint: Endpoint) -> None:
    an_order_at_work(book)
    await endpoint.until('dro_open_tasks{queue="logistics"} 1')
    solved = tuple(
        a_fallout(step, number, "retried", system)
        for step, number, system in (("pay", 1, "payments"), ("ship.pick", 1, "stock"), ("ship.book", 2, "stock"))
    )
    book.write_batch(
        a_batch(2, full=True, state=OrderState.COMPLETED, fallouts=solved, tasks=(a_task(completed_at=minutes(1)),))
    )
    await endpoint.until(
        'dro_orders{state="in_progress"} 0',
        'dro_orders{state="completed"} 1',
        'dro_open_fallouts{queue="logistics",system="stock"} 0',
        'dro_open_tasks{queue="logistics"} 0',
        'dro_steps_under_way{type="callout"} 0',
        'dro_waiting_seconds{kind="fallout",queue="logistics",type=""} 0',
        'dro_waiting_seconds{kind="step",queue="",type="callout"} 0',
    )


async def test_an_order_book_that_is_away_is_told_once_and_counted_again_when_it_is_back(
    book: OrderBook, endpoint: Endpoint, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    accept(book)
    await endpoint.until('dro_orders{state="acknowledged"} 1')
    book.close()
    away = file.rename(file.with_suffix(".away"))
    await endpoint.until("dro_order_book_read 0", 'dro_orders{state="acknowledged"} 1')
    await asyncio.sleep(PERIOD.total_seconds() * 3)
    away.rename(file)
    await endpoint.until("dro_order_book_read 1")
    assert [each.levelname for each in caplog.records if each.name == "service.gauges"] == ["WARNING"]


async def test_the_operations_page_has_a_row_for_every_metric(book: OrderBook, endpoint: Endpoint) -> None:
    an_order_at_work(book)
    lines = await endpoint.until('dro_open_tasks{queue="logistics"} 1')
    served = {re.split(r"[{ ]", each)[0] for each in lines} | {STEPS, SECONDS}
    page = (Path(__file__).parents[3] / "docs/operations.md").read_text()
    assert set(re.findall(r"^\| `(dro_\w+)` \|", page, re.MULTILINE)) == served


async def test_without_metrics_nobody_counts(book: OrderBook, tmp_path: Path) -> None:
    client = await Client.connect(
        "127.0.0.1:1", lazy=True, runtime=hosting_runtime(Settings(home=tmp_path, actor="ada"))
    )
    await asyncio.wait_for(keep_counting(client, book), 1)


def test_a_taken_address_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        address = f"{HOST}:{taken.getsockname()[1]}"
        with pytest.raises(CannotStart) as caught:
            hosting_runtime(Settings(home=tmp_path, actor="ada", metrics_address=address))
    assert str(caught.value).startswith(f"Metrics cannot be served at {address}: Address already in use")
    assert "`DRO_METRICS_ADDRESS`" in str(caught.value)
