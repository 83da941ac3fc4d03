"""Executions that are lost on a real Temporal server: found, told, and restarted with each effect exactly once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.service import RPCError
from typer.testing import CliRunner, Result

from catalog.base import Refused
from commands.app import build
from fulfillment.commands import Answer, Retry
from fulfillment.states import OrderState, StepState
from orderbook.views import NOBODY_RUNS
from service import desk
from service.clock import PATIENCE
from service.lost import find_lost, restart
from tests.server.conftest import Shop
from workflows.ids import workflow_id

pytestmark = pytest.mark.server

PROVIDER_CLOSED = {"kind": "status", "status": 422, "code": "PROVIDER_CLOSED"}


async def parked(shop: Shop) -> tuple[str, str]:
    """Return an order, and its step that waits for a person while all the rest has come to its end."""
    await shop.fault("warranty", "register", **PROVIDER_CLOSED)
    number = await shop.order("laptop-bundle")
    step = (await shop.stuck(number)).id
    waiting = (StepState.IN_PROGRESS, StepState.READY, StepState.FAILED)
    await shop.until(number, lambda view: not any(each.state in waiting for each in view.steps))
    return number, step


async def terminate(shop: Shop, number: str, reason: str = "a mistake") -> None:
    await shop.stack.client.get_workflow_handle(workflow_id(number)).terminate(reason=reason)


async def vanish(shop: Shop, number: str) -> None:
    """Delete the execution of an order, so that Temporal has no trace of it."""
    client = shop.stack.client
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=workflow_id(number))
        )
    )
    async with asyncio.timeout(20):
        while True:
            try:
                await client.get_workflow_handle(workflow_id(number)).describe()
            except RPCError:
                return
            await asyncio.sleep(0.05)


async def swept(shop: Shop) -> tuple[str, ...]:
    """Return what the sweeper finds lost, a while from now: its patience is over then."""
    later = datetime.now(UTC) + 2 * PATIENCE
    return await find_lost(shop.stack.client, shop.stack.book, later, PATIENCE)


async def restarted(shop: Shop, number: str) -> Answer | Refused:
    return await restart(shop.stack.client, shop.stack.book, shop.settings, number, "go on")


async def test_a_terminated_execution_is_found_told_and_restarted_with_each_effect_once(shop: Shop) -> None:
    number, step = await parked(shop)
    before = await shop.view(number)
    calls = await shop.calls(number)
    assert number not in await swept(shop)

    await terminate(shop, number)

    assert number in await swept(shop)
    assert number not in await swept(shop)
    lost = (await shop.view(number)).lost
    assert lost is not None
    assert (lost.how, lost.detail) == (
        "terminated",
        "The execution of the order was terminated on Temporal: a mistake.",
    )
    assert [each.failure.code for each in shop.stack.book.fallouts() if each.order == number and not each.step] == [
        "EXECUTION_LOST"
    ]

    assert isinstance(await restarted(shop, number), Answer)
    view = await shop.until(number, lambda view: view.updated_at != before.updated_at)
    assert (view.lost, [each.resolution for each in view.fallouts]) == (None, [""])
    answer = await desk.ask(shop.stack.client, number, Retry(steps=(step,), actor="kim"), "lost-1")
    assert not isinstance(answer, Refused), answer
    view = await shop.ended(number)
    assert (view.state, len(view.fallouts)) == (OrderState.COMPLETED, 1)
    assert {each.id: each.started_at for each in view.steps if each.state is StepState.COMPLETED}.items() >= {
        each.id: each.started_at for each in before.steps if each.state is StepState.COMPLETED
    }.items()
    assert await shop.doubled(number) == []
    assert (await shop.calls(number))[: len(calls)] == calls
    history = [(each.actor, each.action) for each in shop.stack.book.audit(number) if each.accepted]
    assert ("system", "execution lost") in history
    assert (shop.settings.actor, "restart") in history


async def test_a_vanished_execution_is_found_and_restarted(shop: Shop) -> None:
    number, step = await parked(shop)
    await vanish(shop, number)
    assert number in await swept(shop)
    lost = (await shop.view(number)).lost
    assert lost is not None
    assert (lost.how, lost.run_id) == ("gone", "")

    assert isinstance(await restarted(shop, number), Answer)
    handle = shop.stack.client.get_workflow_handle(workflow_id(number))
    await handle.signal("retry", {"steps": [step], "actor": "kim"})

    assert (await shop.ended(number)).state is OrderState.COMPLETED
    assert await shop.doubled(number) == []


async def test_a_restart_need_not_wait_for_the_sweeper_and_repeats_the_call_that_was_cut_off(shop: Shop) -> None:
    await shop.fault("payments", "authorize", kind="latency", seconds=6.0)
    number = await shop.order("laptop-bundle")
    await shop.until(
        number,
        lambda view: any(
            each.id.startswith("payments.authorize") and each.state is StepState.IN_PROGRESS for each in view.steps
        ),
    )
    await terminate(shop, number)

    both = await asyncio.gather(restarted(shop, number), restarted(shop, number))

    assert all(isinstance(each, Answer) for each in both)
    view = await shop.ended(number)
    assert (view.state, view.lost) == (OrderState.COMPLETED, None)
    assert await shop.doubled(number) == []
    losses = await asyncio.to_thread(shop.stack.book.losses, number)
    assert [(each.resolution, each.reason) for each in losses] == [("restarted", "go on")]


async def test_a_callback_that_came_while_the_execution_was_lost_is_passed_on_by_the_restart(shop: Shop) -> None:
    await shop.fault("shipping", "ship", kind="latency", seconds=6.0)
    number = await shop.order("laptop-bundle")
    await shop.until(
        number,
        lambda view: any(
            each.id.startswith("shipping.ship") and each.state is StepState.IN_PROGRESS for each in view.steps
        ),
    )
    await terminate(shop, number)
    view = await shop.until(number, lambda view: bool(view.late_answers))
    assert {each.why for each in view.late_answers} == {NOBODY_RUNS}

    assert isinstance(await restarted(shop, number), Answer)

    assert (await shop.ended(number)).state is OrderState.COMPLETED
    assert await shop.doubled(number) == []


async def test_an_order_that_runs_has_ended_or_is_unknown_is_not_restarted(shop: Shop) -> None:
    number, step = await parked(shop)
    running = await restarted(shop, number)
    await desk.ask(shop.stack.client, number, Retry(steps=(step,)), "lost-2")
    await shop.ended(number)
    await shop.stack.client.get_workflow_handle(workflow_id(number)).result()
    ended = await restarted(shop, number)
    unknown = await restarted(shop, "T-none")

    told = [each.issues[0].message for each in (running, ended, unknown) if isinstance(each, Refused)]
    assert [text.partition(":")[0] for text in told] == [
        f"Order `{number}` runs",
        f"Order `{number}` has ended",
        "There is no order `T-none`.",
    ]
    refused = [each.accepted for each in shop.stack.book.audit(number) if each.action == "restart"]
    assert refused == [False, False]


async def test_the_command_line_tells_of_a_lost_execution_and_restarts_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRO_HOME", str(shop.settings.home))

    async def dro(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, build(), arguments)

    number, step = await parked(shop)
    await terminate(shop, number)
    before = await dro("steps", "retry", number, step)
    assert before.exit_code == 1
    assert f"Temporal runs no execution of order `{number}`. `dro orders restart {number}` goes on" in before.stderr

    assert number in await swept(shop)

    shown = await dro("orders", "show", number)
    assert shown.stdout.startswith(f"Order {number} does not go on: its execution is lost")
    assert f"\n  dro orders restart {number}\n" in shown.stdout
    listed = await dro("orders", "list")
    assert any(number in line and "execution lost" in line for line in listed.stdout.splitlines())
    assert "EXECUTION_LOST" in (await dro("fallouts", "list")).stdout
    assert f"\n  dro orders restart {number}" in (await dro("fallouts", "show", number, "--", "")).stdout
    after = await dro("steps", "retry", number, step)
    assert "was terminated on Temporal: a mistake." in after.stderr

    assert (await dro("orders", "restart", number, "--reason", "a mistake")).exit_code == 0
    assert (await dro("steps", "retry", number, step)).exit_code == 0
    watched = await dro("orders", "watch", number)
    assert (watched.exit_code, watched.stdout.splitlines()[-1].endswith(f"order {number}: completed")) == (0, True)
    closed = await dro("steps", "retry", number, step)
    assert f"Order `{number}` has ended: completed at " in closed.stderr
    assert (await shop.view(number)).state is OrderState.COMPLETED
