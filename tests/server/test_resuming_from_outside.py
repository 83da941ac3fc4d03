"""A stuck order resumed with nothing but Temporal's own command."""

from __future__ import annotations

import asyncio
import json
import os
import sys

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


async def dro(shop: Shop, *arguments: str) -> tuple[int, str]:
    """Run `dro` as a process of its own; return its exit code and what it wrote to stdout."""
    environ = {**os.environ, "DRO_HOME": str(shop.settings.home), "TEMPORAL_ADDRESS": shop.stack.server.address}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", *arguments, env=environ, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def test_a_program_resumes_a_step_and_follows_the_order_by_json_alone(shop: Shop) -> None:
    await shop.fault("warranty", "register", kind="status", status=422, code="PROVIDER_CLOSED")
    number = await shop.order("laptop-bundle")
    step = await shop.stuck(number)
    watching = asyncio.create_task(dro(shop, "orders", "watch", number, "--json"))
    assert (await dro(shop, "steps", "retry", number, step.id, "--reason", "open again"))[0] == 0
    code, out = await watching
    states = [json.loads(line)["state"] for line in out.splitlines()]
    assert (code, states[-1]) == (0, "completed")


async def test_a_program_completes_a_task_by_json_alone(shop: Shop) -> None:
    number = await shop.order("office-move")
    view = await shop.until(number, lambda view: bool(view.tasks))
    values = ("--value", "date_agreed=2026-12-01", "--value", "technician=Kim")
    code, out = await dro(shop, "tasks", "complete", number, view.tasks[0].step, *values, "--json")
    assert (code, number in json.loads(out)["message"]) == (0, True)
    assert (await shop.ended(number)).state is OrderState.COMPLETED
