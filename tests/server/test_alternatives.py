"""A back-up shipper takes over what the shipper refuses: by a rule, by a person, through a real server and the book."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from catalog.base import Refused
from commands.looking import explanation
from fulfillment.commands import Alternative, Command, CompleteTask, GivenValue
from fulfillment.states import OrderState, StepState
from orderbook.views import OrderView, StepView
from service import desk
from service.clock import PATIENCE
from service.lost import find_lost, restart
from service.reconcile import Reconciliation, reconcile
from tests.server.conftest import Shop
from workflows.ids import workflow_id

pytestmark = pytest.mark.server

SENT = {"carrier": "Pigeons", "tracking_number": "PGN-1", "delivered_at": "2026-12-01T08:00:00+00:00"}


async def tell(shop: Shop, number: str, command: Command) -> None:
    """Have a person command something that fits."""
    answer = await desk.ask(shop.stack.client, number, command, f"{command.kind}-{number}")
    assert not isinstance(answer, Refused), answer


async def send(shop: Shop, number: str) -> OrderView:
    """Play the person who books the back-up shipper; return the order once it has ended."""
    view = await shop.until(number, lambda view: bool(view.tasks))
    (task,) = view.tasks
    values = tuple(GivenValue(name=name, value=value) for name, value in SENT.items())
    await tell(shop, number, CompleteTask(step=task.step, values=values, actor="kim"))
    return await shop.ended(number)


def step_of(view: OrderView, group: str) -> StepView:
    """Return the only callout or task of a lane."""
    (found,) = [each for each in view.steps if each.group == group and each.type != "milestone"]
    return found


async def test_a_rule_has_the_backup_shipper_take_over_and_the_order_completes(shop: Shop) -> None:
    await shop.fault("shipping", "ship", kind="status", status=422, code="CARRIER_GONE")
    number = await shop.order("laptop-bundle")
    view = await send(shop, number)
    ship, backup = step_of(view, "shipping"), step_of(view, "backup_shipping")
    assert (view.state, ship.state, backup.state) == (OrderState.COMPLETED, StepState.SKIPPED, StepState.COMPLETED)
    assert ship.reason == f"replaced by `{backup.id}`, its alternative `backup_shipping`, chosen by rule `carrier_gone`"
    assert ship.outputs == backup.outputs
    assert {"carrier": "Pigeons", "tracking_number": "PGN-1"}.items() <= {
        each.name: each.text for each in ship.outputs
    }.items()
    (fallout,) = view.fallouts
    assert (fallout.resolution, fallout.rule) == ("replaced by `backup_shipping`", "carrier_gone")
    assert {each.id: each.after for each in view.steps}["shipping.delivered"] == (backup.id,)
    assert all(each.waived == () for each in view.lines)
    assert not [each for each in await shop.ledger(number) if each["system"] == "shipping"]
    assert await shop.doubled(number) == []
    told = (await asyncio.to_thread(explanation, number, backup.id, shop.settings)).explanation
    chosen = "as its alternative `backup_shipping`, by rule `carrier_gone` after fallout 1"
    assert any("It is there because it does the work of Ship the goods" in each and chosen in each for each in told)


async def test_a_person_has_it_take_over_after_a_group_that_does_not_fit_was_refused_with_the_reason(
    shop: Shop,
) -> None:
    await shop.fault("shipping", "ship", kind="status", status=422, code="ADDRESS_UNKNOWN")
    number = await shop.order("laptop-bundle")
    step = await shop.stuck(number)
    wrong = Alternative(steps=(step.id,), group="support", actor="kim")
    await tell(shop, number, wrong)
    view = await shop.until(number, lambda view: "cannot be run" in view.fallouts[0].why)
    assert "the steps of the group `support` do not give them all, each of its type" in view.fallouts[0].why
    assert (view.fallouts[0].resolution, step_of(view, "shipping").state) == ("", StepState.FATALLY_FAILED)
    right = wrong.model_copy(update={"group": "backup_shipping", "actor": "ada", "reason": "they know the place"})
    answer = await desk.ask(shop.stack.client, number, right, f"right-{number}")
    assert not isinstance(answer, Refused), answer
    view = await send(shop, number)
    assert view.state is OrderState.COMPLETED
    (fallout,) = view.fallouts
    assert (fallout.resolution, fallout.actor, fallout.reason) == (
        "replaced by `backup_shipping`",
        "ada",
        "they know the place",
    )
    since = datetime.now(UTC) - timedelta(days=1)
    assert await reconcile(shop.stack.client, shop.stack.book, since, (number,)) == Reconciliation(compared=1)


async def test_a_lost_order_goes_on_with_the_plan_that_has_grown(shop: Shop) -> None:
    await shop.fault("shipping", "ship", kind="status", status=422, code="CARRIER_GONE")
    number = await shop.order("laptop-bundle")
    await shop.until(number, lambda view: bool(view.tasks))
    await shop.stack.client.get_workflow_handle(workflow_id(number)).terminate(reason="a mistake")
    await find_lost(shop.stack.client, shop.stack.book, datetime.now(UTC) + 2 * PATIENCE, PATIENCE)
    answer = await restart(shop.stack.client, shop.stack.book, shop.settings, number, "go on")
    assert not isinstance(answer, Refused), answer
    view = await send(shop, number)
    assert (view.state, step_of(view, "shipping").state) == (OrderState.COMPLETED, StepState.SKIPPED)
    assert await shop.doubled(number) == []
