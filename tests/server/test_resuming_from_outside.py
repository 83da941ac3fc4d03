"""A stuck order resumed with nothing but Temporal's own command."""

from __future__ import annotations

import asyncio
import json

import pytest

from fulfillment.states import OrderState
from service.server_program import find_program, surroundings
from tests.server.conftest import Shop

pytestmark = pytest.mark.server


async def test_a_stuck_step_is_resumed_with_the_stock_temporal_command(shop: Shop) -> None:
    await shop.fault("warranty", "register", kind="status", status=422, code="PROVIDER_CLOSED")
    number = await shop.order("laptop-bundle")
    step = await shop.stuck(number)
    payload = json.dumps({"steps": [step.id], "actor": "night shift", "reason": "provider is open"})
    arguments = ("workflow", "signal", "--address", shop.stack.server.address, "-w", f"order/{number}")
    process = await asyncio.create_subprocess_exec(
        find_program(shop.settings), *arguments, "--name", "retry", "--input", payload, env=surroundings(shop.folder)
    )
    assert await process.wait() == 0
    view = await shop.ended(number)
    assert (view.state, view.fallouts[0].actor) == (OrderState.COMPLETED, "night shift")
