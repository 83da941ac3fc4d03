"""What fallout rules decide, through a real server: outcomes other than a queue, told in the book and by `explain`."""

from __future__ import annotations

import asyncio

import pytest

from commands.looking import explanation
from fulfillment.states import OrderState, StepState
from tests.server.conftest import Shop

pytestmark = pytest.mark.server


async def test_a_rule_skips_a_step_of_its_products_and_the_order_completes_by_itself(shop: Shop) -> None:
    await shop.fault("warranty", "register", kind="status", status=422, code="COURTESY")
    number = await shop.order("laptop-bundle")
    view = await shop.ended(number)
    assert view.state is OrderState.COMPLETED
    [skipped] = [each for each in view.steps if each.state is StepState.SKIPPED]
    assert skipped.reason.endswith("(rule `courtesy`: no retries; it skips the step)")
    [fallout] = view.fallouts
    assert (fallout.step, fallout.rule, fallout.resolution) == (skipped.id, "courtesy", "skipped")
    assert all(each.waived == () for each in view.lines)
    told = (await asyncio.to_thread(explanation, number, skipped.id, shop.settings)).explanation
    assert told[-2].endswith("Rule `courtesy`: no retries; it skips the step.")
    assert "It was skipped by system" in told[-1]


async def test_an_order_says_which_rule_parked_its_step_and_what_it_did(shop: Shop) -> None:
    await shop.fault("inventory", "reserve", kind="status", status=422, code="BUSY", calls=6)
    number = await shop.order("laptop-bundle")
    step = await shop.stuck(number)
    of_step = (await asyncio.to_thread(explanation, number, step.id, shop.settings)).explanation
    assert sum("Rule `inventory_busy`: tried again after 300 ms." in each for each in of_step) == 5
    assert any("Parked, in queue `logistics`: rule `inventory_busy`: 5 retries used up." in each for each in of_step)
    of_order = (await asyncio.to_thread(explanation, number, None, shop.settings)).explanation
    assert of_order[-2] == "Waits for a decision"
    assert f"(`{step.id}`)" in of_order[-1]
    await shop.heal()
