"""Workflow against order book on a running stack: nothing differs, until somebody changes the book by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from catalog.base import Refused
from fulfillment.commands import Retry
from service import desk
from service.doctor.examination import examine
from service.reconcile import Difference, Reconciliation, reconcile
from tests.server.conftest import Shop

pytestmark = pytest.mark.server


async def compared(shop: Shop, *numbers: str) -> Reconciliation:
    """Return what differs of these orders."""
    since = datetime.now(UTC) - timedelta(days=1)
    return await reconcile(shop.stack.client, shop.stack.book, since, numbers)


async def write(shop: Shop, statement: str, **values: str) -> None:
    """Change the order book behind everybody's back."""
    engine = create_engine(shop.settings.database)
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


async def test_a_completed_and_a_stuck_order_differ_in_nothing_and_a_changed_row_is_found(shop: Shop) -> None:
    completed = await shop.order("laptop-bundle")
    await shop.ended(completed)
    await shop.fault("warranty", "register", kind="status", status=422, code="PROVIDER_CLOSED")
    stuck = await shop.order("laptop-bundle")
    step = await shop.stuck(stuck)
    assert await compared(shop, completed, stuck) == Reconciliation(compared=2)
    change = "UPDATE steps SET state = :state WHERE number = :number AND id = :id"
    await write(shop, change, state="completed", number=stuck, id=step.id)
    found = await compared(shop, completed, stuck)
    await write(shop, change, state="fatally_failed", number=stuck, id=step.id)
    expected = Difference(
        order=stuck,
        subject=step.id,
        book="completed, round 1",
        workflow="fatally_failed, round 1",
        next_step=found.differences[0].next_step,
    )
    assert found == Reconciliation(compared=2, differences=(expected,))
    assert not isinstance(await desk.ask(shop.stack.client, stuck, Retry(steps=(step.id,)), "reconciled"), Refused)
    await shop.ended(stuck)
    assert await compared(shop, stuck) == Reconciliation(compared=1)


async def test_orders_that_are_on_the_move_differ_in_nothing(shop: Shop) -> None:
    numbers = [await shop.order("laptop-bundle") for _ in range(3)]
    while not all([(await shop.view(each)).ended_at for each in numbers]):
        assert (await compared(shop, *numbers)).differences == ()
        await asyncio.sleep(0.05)


async def test_orders_that_have_just_ended_are_compared_without_being_named(shop: Shop) -> None:
    number = await shop.order("laptop-bundle")
    await shop.ended(number)
    assert number in shop.stack.book.numbers(datetime.now(UTC) - timedelta(days=1))
    assert number not in shop.stack.book.numbers(datetime.now(UTC) + timedelta(days=1))


async def test_the_doctor_finds_the_running_stack_well(shop: Shop) -> None:
    nothing_else = {"TEMPORAL_CONFIG_FILE": str(shop.settings.home / "none.toml")}
    found = {each.name: each for each in await examine(shop.settings, nothing_else)}
    assert "Ports" not in found
    for name in ("Temporal", "Namespace", "Search attributes", "Worker", "Order book", "Catalog", "Credentials"):
        assert found[name].ok, found[name]
