"""A system switched off keeps its steps waiting, uncounted, and they go on when it is back (`domain.md` F5)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from fulfillment.states import OrderState, StepState
from orderbook.switches import SystemSwitch
from orderbook.views import OrderView
from service.known_systems import all_systems
from service.systems import Health, SystemView, bring_online, take_offline, tell_waiting
from tests.server.conftest import Shop

pytestmark = pytest.mark.server

STEP = "payments.authorize"


def switch(*, offline: bool) -> SystemSwitch:
    return SystemSwitch(system="payments", offline=offline, since=datetime.now(UTC), actor="ann", reason="maintenance")


@pytest.fixture
async def payments_off(shop: Shop) -> AsyncIterator[None]:
    """The payment system is off, and on again after the test."""
    await asyncio.to_thread(take_offline, shop.stack.book, switch(offline=True))
    await asyncio.sleep(2.5)  # until every worker's copy has it
    yield
    await bring_online(shop.stack.client, shop.stack.book, switch(offline=False))


async def on_hold(shop: Shop, number: str) -> OrderView:
    return await shop.until(number, lambda view: any(each.state is StepState.ON_HOLD for each in view.steps))


async def seen(shop: Shop) -> SystemView:
    """Return the payment system as `dro systems list` shows it."""
    found = await asyncio.to_thread(all_systems, shop.settings, shop.stack.book, datetime.now(UTC))
    assert isinstance(found, tuple)
    return next(each for each in found if each.system == "payments")


@pytest.mark.usefixtures("payments_off")
async def test_steps_of_a_system_that_is_off_wait_uncounted_and_go_on_when_it_is_back(shop: Shop) -> None:
    number = await shop.order("laptop-bundle")
    view = await on_hold(shop, number)
    [step] = [each for each in view.steps if each.state is StepState.ON_HOLD]
    assert (step.id, step.attempts, step.system) == (STEP, 0, "payments")
    assert step.reason == "`payments` is offline: maintenance (ann); goes on when it is back"
    assert [each for each in await shop.calls(number) if each["system"] == "payments"] == []
    told = await seen(shop)
    assert (told.health, told.on_hold, told.actor, told.reason) == (Health.OFFLINE, 1, "ann", "maintenance")
    assert await tell_waiting(shop.stack.client, shop.stack.book) == 0  # it is off: nobody is told to go on

    done = await bring_online(shop.stack.client, shop.stack.book, switch(offline=False))

    assert (done.is_new, done.orders) == (True, 1)
    ended = await shop.ended(number)
    assert ended.state is OrderState.COMPLETED
    assert ended.fallouts == ()
    assert await shop.doubled(number) == []
    assert (await seen(shop)).health is Health.OK


async def test_the_clock_tells_an_order_that_nobody_told(shop: Shop) -> None:
    await asyncio.to_thread(take_offline, shop.stack.book, switch(offline=True))
    await asyncio.sleep(2.5)
    number = await shop.order("laptop-bundle")
    await on_hold(shop, number)
    # As if whoever brought it back had died before telling anybody.
    await asyncio.to_thread(shop.stack.book.switch, switch(offline=False))

    assert await tell_waiting(shop.stack.client, shop.stack.book) == 1

    assert (await shop.ended(number)).state is OrderState.COMPLETED
    assert await shop.doubled(number) == []


async def test_a_call_that_is_being_retried_when_its_system_goes_off_waits_with_what_is_known(shop: Shop) -> None:
    await shop.fault("payments", "authorize", kind="status", status=503, calls=50, retry_after=2)
    number = await shop.order("laptop-bundle")
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(shop.stack.book.attempts, number, STEP):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.05)
    await asyncio.to_thread(take_offline, shop.stack.book, switch(offline=True))
    view = await on_hold(shop, number)
    [step] = [each for each in view.steps if each.state is StepState.ON_HOLD]
    tried = await asyncio.to_thread(shop.stack.book.attempts, number, STEP)
    assert step.attempts == len(tried) > 0
    await shop.heal()
    await bring_online(shop.stack.client, shop.stack.book, switch(offline=False))
    ended = await shop.ended(number)
    assert ended.state is OrderState.COMPLETED
    assert await shop.doubled(number) == []
