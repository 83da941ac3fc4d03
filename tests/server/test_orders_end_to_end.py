"""Orders run end to end: a real Temporal server, a real worker, real HTTP systems, a real order book."""

from __future__ import annotations

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata

from catalog.base import Refused
from fulfillment.commands import Complete, CompleteTask, GivenValue, Retry, Skip
from fulfillment.states import OrderState, StepState
from orderbook.views import StepView
from service import desk
from tests.server.conftest import Shop
from workflows.ids import workflow_id

pytestmark = pytest.mark.server

NINE = frozenset("billing compensation inventory licensing obligations payments revenue shipping warranty".split())  # noqa: SIM905
PROVIDER_CLOSED = {"kind": "status", "status": 422, "code": "PROVIDER_CLOSED"}


async def test_the_laptop_bundle_completes_with_each_effect_exactly_once(shop: Shop) -> None:
    number = await shop.order("laptop-bundle")
    view = await shop.ended(number)
    assert view.state is OrderState.COMPLETED
    assert {step.state for step in view.steps} == {StepState.COMPLETED}
    assert {entry["system"] for entry in await shop.ledger(number)} == NINE
    assert await shop.doubled(number) == []


async def test_the_office_move_ships_by_address_and_date_and_bills_each_account_after_delivery(shop: Shop) -> None:
    number = await shop.order("office-move")
    await complete_tasks(shop, number)
    view = await shop.ended(number)
    assert view.state is OrderState.COMPLETED
    ledger = await shop.ledger(number)
    shipments = [step for step in view.steps if step.id.startswith("shipping.ship")]
    invoices = [step for step in view.steps if step.id.startswith("billing.invoice")]
    assert len(shipments) >= 3
    assert len(invoices) == 2
    assert await shop.doubled(number) == []
    after = {each.id: each.after for each in view.steps}
    keys = {each.id: f"{number}/{each.id}/1" for each in view.steps}
    delivered = {each["shipment_id"]: each["sent_sequence"] for each in await shop.deliveries(number)}
    assert len(delivered) == len(shipments)
    arrival = {each.id: delivered[value_of(each, "shipment_id")] for each in shipments}
    for invoice in invoices:
        billed = min(entry["sequence"] for entry in ledger if entry["key"] == keys[invoice.id])
        waited = before(invoice.id, after) & set(arrival)
        assert waited, f"{invoice.id} waits for no shipment"
        assert all(arrival[shipment] < billed for shipment in waited)


def value_of(step: StepView, name: str) -> str | None:
    """Return an output of a step as text."""
    return next(each.text for each in step.outputs if each.name == name)


async def complete_tasks(shop: Shop, number: str) -> None:
    """Play the person: complete every task of the order with values that its form takes."""
    view = await shop.until(number, lambda view: bool(view.tasks) or view.ended_at is not None)
    samples = {"date": "2026-12-01", "text": "Kim", "boolean": "true", "integer": "1", "number": "1", "money": "1.00"}
    for task in view.tasks:
        values = tuple(
            GivenValue(name=field.name, value=field.choices[0] if field.choices else samples[field.type.value])
            for field in task.form
        )
        command = CompleteTask(step=task.step, values=values, actor="kim", role="operator")
        answer = await desk.ask(shop.stack.client, number, command, f"test-{task.step}")
        assert not isinstance(answer, Refused), answer


def before(step: str, after: dict[str, tuple[str, ...]]) -> set[str]:
    """Return all steps that a step depends on, directly or not."""
    found: set[str] = set()
    pending = list(after[step])
    while pending:
        each = pending.pop()
        if each not in found:
            found.add(each)
            pending.extend(after[each])
    return found


async def test_a_failure_that_a_rule_repairs_needs_no_person(shop: Shop) -> None:
    await shop.fault("inventory", "reserve", kind="status", status=503, calls=2)
    number = await shop.order("laptop-bundle")
    view = await shop.ended(number)
    reserve = next(step for step in view.steps if step.id.startswith("inventory.reserve"))
    assert (view.state, reserve.attempts, view.fallouts) == (OrderState.COMPLETED, 3, ())


async def test_a_parked_step_is_resumed_by_a_person_while_the_rest_goes_on(shop: Shop) -> None:
    await shop.fault("warranty", "register", **PROVIDER_CLOSED)
    number = await shop.order("laptop-bundle")
    step = await shop.stuck(number)
    view = await shop.view(number)
    assert [(each.step, each.failure.code, each.unknown) for each in view.fallouts] == [
        (step.id, "PROVIDER_CLOSED", False)
    ]
    await shop.until(
        number, lambda view: any(each.id.startswith("shipping.ship") and each.ended_at for each in view.steps)
    )
    answer = await desk.ask(shop.stack.client, number, Retry(steps=(step.id,), actor="kim", reason="open"), "t1")
    assert not isinstance(answer, Refused)
    view = await shop.ended(number)
    fallout = view.fallouts[0]
    assert (view.state, fallout.actor, fallout.reason) == (OrderState.COMPLETED, "kim", "open")
    assert fallout.resolution
    assert await shop.doubled(number) == []


async def test_a_command_that_the_state_does_not_allow_is_refused_with_the_reason(shop: Shop) -> None:
    await shop.fault("warranty", "register", **PROVIDER_CLOSED)
    number = await shop.order("laptop-bundle")
    step = await shop.stuck(number)
    wrong = await desk.ask(shop.stack.client, number, Retry(steps=("shipping.shp",)), "t2")
    assert isinstance(wrong, Refused)
    assert "shipping.shp" in wrong.issues[0].message
    lacking = await desk.ask(shop.stack.client, number, Complete(steps=(step.id,)), "t3")
    assert isinstance(lacking, Refused)
    answer = await desk.ask(shop.stack.client, number, Skip(steps=(step.id,), reason="waived"), "t4")
    assert not isinstance(answer, Refused)
    view = await shop.ended(number)
    assert view.state is OrderState.COMPLETED
    assert any(step.id in line.waived for line in view.lines)


async def test_signals_of_any_payload_leave_the_order_alive_and_the_right_one_resumes_it(shop: Shop) -> None:
    await shop.fault("warranty", "register", **PROVIDER_CLOSED)
    number = await shop.order("laptop-bundle")
    step = await shop.stuck(number)
    handle = shop.stack.client.get_workflow_handle(workflow_id(number))
    for name in ("retry", "skip", "complete", "complete_task", "set", "callback", "no_such_signal"):
        await handle.signal(name)
        await handle.signal(name, args=[{"steps": [step.id]}, {"steps": [step.id]}])
        await handle.signal(name, "not a command")
        await handle.signal(name, 42)
        await handle.signal(name, {"steps": 5})
        await handle.signal(name, {"steps": ["no.such_step"], "actor": "kim"})
    await handle.signal("cancel", {"line": "L4"})  # it would be `lines`; taken as written, nothing is named: all of it
    await handle.signal("retry", {"steps": [step.id], "actor": "kim", "reason": "by signal"})
    view = await shop.ended(number)
    assert view.state is OrderState.COMPLETED
    history = shop.stack.book.audit(number)
    assert sum(not entry.accepted for entry in history) >= 40
    assert any(entry.accepted and entry.reason == "by signal" for entry in history)


async def test_an_effect_whose_answer_was_lost_is_not_done_twice(shop: Shop) -> None:
    await shop.fault("payments", "authorize", kind="lost_answer")
    number = await shop.order("laptop-bundle")
    view = await shop.ended(number)
    assert view.state is OrderState.COMPLETED
    assert await shop.doubled(number) == []
    assert view.fallouts == ()
    asked = [each["operation"] for each in await shop.calls(number) if each["operation"].startswith("authorize")]
    assert asked == ["authorize", "authorize/lookup"]


async def test_without_the_lookups_answer_a_lost_one_is_asked_for_again_under_the_same_key(shop: Shop) -> None:
    await shop.fault("payments", "authorize/lookup", kind="status", status=503)
    await shop.fault("payments", "authorize", kind="lost_answer")
    number = await shop.order("laptop-bundle")
    assert (await shop.ended(number)).state is OrderState.COMPLETED
    assert await shop.doubled(number) == []
    assert len([each for each in await shop.calls(number) if each["operation"] == "authorize"]) == 2


async def test_after_an_unknown_outcome_skipping_needs_a_statement_with_a_reason(shop: Shop) -> None:
    await shop.fault("warranty", "register/lookup", kind="status", status=503, calls=50)
    await shop.fault("warranty", "register", kind="lost_answer")
    await shop.fault("warranty", "register", **PROVIDER_CLOSED, calls=50)
    number = await shop.order("laptop-bundle")
    step = await shop.stuck(number)
    assert (await shop.view(number)).fallouts[0].unknown
    client = shop.stack.client
    refused = await desk.ask(client, number, Skip(steps=(step.id,), reason="no need"), "t6")
    assert isinstance(refused, Refused)
    await shop.heal()
    stated = Skip(steps=(step.id,), reason="the provider has no such entry", nothing_happened=True)
    assert not isinstance(await desk.ask(client, number, stated, "t7"), Refused)
    assert (await shop.ended(number)).state is OrderState.COMPLETED


async def test_a_step_refused_at_every_try_is_known_to_have_done_nothing(shop: Shop) -> None:
    await shop.fault("inventory", "reserve", kind="status", status=422, code="BUSY", calls=50)
    number = await shop.order("laptop-bundle")
    step = await shop.stuck(number)
    fallout = (await shop.view(number)).fallouts[0]
    await shop.heal()
    assert (fallout.attempts, fallout.unknown) == (6, False)
    assert len(fallout.history) == 6
    await desk.ask(shop.stack.client, number, Retry(steps=(step.id,)), "t9")
    assert (await shop.ended(number)).state is OrderState.COMPLETED


async def test_the_web_ui_shows_number_account_lanes_and_the_command_that_resumes(shop: Shop) -> None:
    await shop.fault("warranty", "register", **PROVIDER_CLOSED)
    number = await shop.order("laptop-bundle")
    step = await shop.stuck(number)
    handle = shop.stack.client.get_workflow_handle(workflow_id(number))
    described = await handle.describe()
    summary = await described.static_summary()
    account = (await shop.view(number)).account
    assert summary
    assert number in summary
    assert account in summary
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    details = metadata.current_details
    assert all(text in details for text in (number, account, step.id, f"dro steps retry {number} {step.id}"))
    assert "PROVIDER_CLOSED" in details
    attributes = (await shop.stack.client.get_workflow_handle(workflow_id(number)).describe()).search_attributes
    assert attributes["OpenFallouts"] == [1]
    await desk.ask(shop.stack.client, number, Retry(steps=(step.id,)), "t8")
    await shop.ended(number)
