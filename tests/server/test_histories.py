"""Histories of orders that just ran replay; with `--record-histories` they become the recorded ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from fulfillment.commands import Retry, Skip
from service import desk
from tests.replay.test_recorded_histories import HISTORIES
from tests.server.conftest import Shop
from tests.server.test_orders_end_to_end import complete_tasks
from worker import workflow_runner
from workflows.fulfill_order import FulfillOrder
from workflows.ids import workflow_id

pytestmark = pytest.mark.server


async def untroubled(shop: Shop) -> str:
    return await shop.order("laptop-bundle")


async def with_people(shop: Shop) -> str:
    number = await shop.order("office-move")
    await complete_tasks(shop, number)
    return number


async def retried_and_resumed(shop: Shop) -> str:
    await shop.fault("inventory", "reserve", kind="status", status=503, calls=2)
    await shop.fault("warranty", "register", kind="status", status=422, code="PROVIDER_CLOSED", calls=2)
    number = await shop.order("laptop-bundle")
    step = await shop.stuck(number)
    await shop.stack.client.get_workflow_handle(workflow_id(number)).signal("retry")
    await desk.ask(shop.stack.client, number, Retry(steps=(step.id,), actor="kim"), "r1")
    await shop.until(number, lambda view: len(view.fallouts) == 2)
    await desk.ask(shop.stack.client, number, Skip(steps=(step.id,), reason="waived"), "r2")
    return number


ORDERS: list[Callable[[Shop], Awaitable[str]]] = [untroubled, with_people, retried_and_resumed]


@pytest.mark.parametrize("run", ORDERS)
async def test_the_history_of_an_order_replays(
    run: Callable[[Shop], Awaitable[str]], shop: Shop, pytestconfig: pytest.Config
) -> None:
    number = await run(shop)
    await shop.ended(number)
    handle = shop.stack.client.get_workflow_handle(workflow_id(number))
    await handle.result()
    history = await handle.fetch_history()
    replayer = Replayer(
        workflows=[FulfillOrder], data_converter=pydantic_data_converter, workflow_runner=workflow_runner()
    )
    await replayer.replay_workflow(history)
    if pytestconfig.getoption("--record-histories"):
        HISTORIES.mkdir(exist_ok=True)
        (HISTORIES / f"format-1-{run.__name__.replace('_', '-')}.json").write_text(history.to_json())
