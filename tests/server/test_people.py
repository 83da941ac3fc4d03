"""Two people at one task: one completes it, and the other is told who did and when, by order and command line alike."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from catalog.base import Refused
from fulfillment.commands import Answer, CompleteTask, GivenValue
from orderbook.views import TaskView
from service.desk import ask
from tests.server.conftest import Shop

pytestmark = pytest.mark.server


async def an_open_task(shop: Shop) -> TaskView:
    """Return the task of an order that waits for nothing else."""
    lines = {"L11": {"product": "PREMIUM-SUPPORT", "price": "960.00", "term": 24}}
    number = await shop.order("office-move", lines=lines)
    view = await shop.until(number, lambda view: bool(view.tasks))
    return view.tasks[0]


async def complete(shop: Shop, task: TaskView, actor: str) -> Answer | Refused:
    given = (GivenValue(name="date_agreed", value="2026-12-01"), GivenValue(name="technician", value=actor))
    command = CompleteTask(step=task.step, values=given, actor=actor)
    return await ask(shop.stack.client, task.order, command, f"{actor}/{task.step}")


async def dro(shop: Shop, *arguments: str) -> tuple[int, str]:
    """Run `dro tasks` as a process of its own; return its exit code and all that it says."""
    environ = {**os.environ, "DRO_HOME": str(shop.settings.home), "TEMPORAL_ADDRESS": shop.stack.server.address}
    pipe, both = asyncio.subprocess.PIPE, asyncio.subprocess.STDOUT
    command = (sys.executable, "-m", "cli", "tasks", *arguments)
    process = await asyncio.create_subprocess_exec(*command, env=environ, stdout=pipe, stderr=both)
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def test_of_two_who_complete_a_task_at_once_one_does_and_the_other_is_told(shop: Shop) -> None:
    task = await an_open_task(shop)

    answers = await asyncio.gather(complete(shop, task, "ada"), complete(shop, task, "bob"))

    refused = [each for each in answers if isinstance(each, Refused)]
    assert len(refused) == 1
    view = await shop.ended(task.order)
    winner = view.tasks[0].actor
    assert {each.name: each.text for each in view.tasks[0].values}["technician"] == winner
    assert f"was completed by `{winner}` at 20" in str(refused[0].issues[0])


async def test_who_comes_to_a_task_after_its_order_has_ended_is_told_who_did_it(shop: Shop) -> None:
    task = await an_open_task(shop)
    values = ("--value", "date_agreed=2026-12-01", "--value", "technician=Grace")
    assert (await dro(shop, "claim", task.order, task.step, "--actor", "kim"))[0] == 0
    code, said = await dro(shop, "claim", task.order, task.step, "--actor", "lee")
    assert (code, "is with `kim` since" in said) == (1, True)
    assert (await dro(shop, "complete", task.order, task.step, *values, "--actor", "kim"))[0] == 0
    await shop.ended(task.order)

    code, said = await dro(shop, "complete", task.order, task.step, *values, "--actor", "lee")

    assert code == 1
    assert "was completed by `kim` at 20" in said
