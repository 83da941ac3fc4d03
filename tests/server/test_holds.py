"""Hold and release of running orders: by update, and by stock Temporal signals alone (`domain.md` E6)."""

from __future__ import annotations

import asyncio

import pytest

from catalog.base import Refused
from fulfillment.commands import Hold, Release
from fulfillment.states import OrderState, StepState
from service.desk import ask
from tests.server.conftest import Shop
from workflows.ids import workflow_id

pytestmark = pytest.mark.server


async def test_a_held_order_stands_still_until_its_owner_releases_it(shop: Shop) -> None:
    await shop.fault("payments", "authorize", kind="latency", seconds=1)
    number = await shop.order("laptop-bundle")
    held = await ask(shop.stack.client, number, Hold(actor="ann", reason="credit check"), "hold-1")
    assert not isinstance(held, Refused)
    view = await shop.until(number, lambda view: view.state is OrderState.HELD)
    assert [(each.number, each.actor, each.reason) for each in view.holds] == [(1, "ann", "credit check")]
    waiting = [each for each in view.steps if each.state is StepState.READY]
    assert waiting
    assert {each.reason for each in waiting} == {"held by ann: credit check (hold 1)"}
    begun = len(await shop.calls(number))
    await asyncio.sleep(1)
    assert len(await shop.calls(number)) == begun

    refused = await ask(shop.stack.client, number, Release(actor="bob"), "release-1")
    assert isinstance(refused, Refused)
    released = await ask(shop.stack.client, number, Release(actor="ann", reason="credit is fine"), "release-2")

    assert not isinstance(released, Refused)
    ended = await shop.ended(number)
    assert ended.state is OrderState.COMPLETED
    assert [(each.released_by, each.release_reason) for each in ended.holds] == [("ann", "credit is fine")]
    assert await shop.doubled(number) == []


async def test_a_line_is_held_and_released_by_stock_signals_while_the_others_go_on(shop: Shop) -> None:
    await shop.fault("payments", "authorize", kind="latency", seconds=1)
    number = await shop.order("laptop-bundle")
    order = shop.stack.client.get_workflow_handle(workflow_id(number))
    await order.signal("hold", {"lines": ["L4"], "actor": "ann", "reason": "customer asks"})
    view = await shop.until(number, lambda view: view.state is OrderState.HELD)
    states = {each.id: each.state for each in view.lines}
    assert states["L4"] is OrderState.HELD
    await order.signal("release", {"hold": 1, "actor": "ann"})
    assert (await shop.ended(number)).state is OrderState.COMPLETED
