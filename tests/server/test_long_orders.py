"""Orders whose history grows long: the workflow continues as new, and nobody who works with the order notices."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from catalog.base import Refused
from fulfillment.commands import Amend, Answer, CompleteTask, GivenValue, Retry, SetFacts
from fulfillment.standing import Standing
from fulfillment.states import OrderState, StepState
from orderbook.views import OrderView
from service import desk
from service.changes import Amendment, amendment
from service.changing import HowToAsk, change
from service.orders import submit
from service.server_program import find_program
from service.settings import load
from tests.replay.recording import histories_of, keep
from tests.replay.replay import replay
from tests.server.changing import cancel, order_under_way
from tests.server.conftest import PATIENCE, Shop, open_shop, parked
from workflows.ids import workflow_id

pytestmark = pytest.mark.server

LONG = 60
"""Events after which this file's server suggests to continue as new; Temporal's own figure is 4,096."""
LINES = 60

CATALOG = """
name: Parcels
order_facts:
  released: {type: boolean}
products:
  PARCEL: {name: Parcel}
scenarios:
  PARCEL: {product: PARCEL, group: parcels}
step_groups:
  parcels:
    steps:
      weigh: {type: manual_task, scope: plan, form: {grams: {type: integer, required: true}}}
      release: {type: pause, scope: plan, until: "coalesce(facts.released, false)", timeout: 30d}
      send: {type: callout, scope: line, operation: shipping.ship}
      back: {type: callout, scope: line, operation: shipping.ship, after: [send]}
      close: {type: milestone, scope: plan, after: [weigh, release, back]}
systems:
  shipping:
    operations:
      ship:
        path: /ship
        request:
          order: order.number
          step: step.id
          lines: {each: lines, as: {line: item.id, quantity: item.quantity}}
          ship_to: order.account
          callback: {url: callback.url, correlation: callback.correlation}
        success: response.status == 202
        outputs:
          shipment_id: {type: text, value: response.body.shipment_id}
        callback:
          deadline: 5d
          success: coalesce(response.body.outcome, '') == 'delivered'
          outputs:
            delivered_at: {type: datetime, value: response.body.delivered_at}
"""


@pytest.fixture(scope="module")
async def parcels(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """A shop on a server that suggests early to continue as new."""
    home, orders = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("orders")
    program = orders / "temporal"
    real = find_program(load({"home": str(home)}, {}))
    early = f"--dynamic-config-value limit.historyCount.suggestContinueAsNew={LONG}"
    program.write_text(f'#!/bin/sh\ncase "$1" in server) set -- "$@" {early};; esac\nexec "{real}" "$@"\n')
    program.chmod(0o755)
    (orders / "catalog").mkdir()
    (orders / "catalog/parcels.yaml").write_text(CATALOG)
    async with open_shop(home, orders, temporal_server=str(program), catalog=str(orders / "catalog")) as shop:
        yield shop


def written(shop: Shop, number: str, lines: int) -> Path:
    """Return the file of an order of so many parcels."""
    file = shop.folder / f"{number}-{lines}.json"
    content = {f"L{at:04d}": {"product": "PARCEL"} for at in range(lines)}
    file.write_text(json.dumps({"number": number, "account": "ACME", "currency": "USD", "lines": content}))
    return file


async def ordered(shop: Shop, lines: int) -> str:
    """Submit an order of so many parcels; return its number."""
    number = f"P-{next(shop.numbers)}"
    file = written(shop, number, lines)
    submitted = await submit(file, shop.stack.client, shop.stack.book, shop.settings)
    assert not isinstance(submitted, Refused), "\n".join(str(issue) for issue in submitted.issues)
    return number


def handle(shop: Shop, number: str) -> WorkflowHandle[object, object]:
    return shop.stack.client.get_workflow_handle(workflow_id(number))


async def runs(shop: Shop, number: str) -> int:
    """Return in how many runs the order's workflow went so far."""
    query = f'WorkflowId = "{workflow_id(number)}"'
    return len([each async for each in shop.stack.client.list_workflows(query)])


async def details(shop: Shop, number: str) -> str:
    """Return what the Web UI shows of an order; a run that has just begun shows nothing until it has read the plan."""
    async with asyncio.timeout(PATIENCE):
        while True:
            shown = await handle(shop, number).query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
            text: str = shown.current_details
            if text:
                return text
            await asyncio.sleep(0.05)


async def say(shop: Shop, number: str, command: CompleteTask | Retry | SetFacts) -> None:
    answer = await desk.ask(shop.stack.client, number, command, command.kind)
    assert not isinstance(answer, Refused), answer.issues


def quiet(view: OrderView) -> bool:
    """Tell whether only people keep the order waiting."""
    moving = {each.id for each in view.steps if each.state in (StepState.READY, StepState.IN_PROGRESS)}
    waiting = [each for each in view.steps if each.state is StepState.PENDING]
    return moving == {"parcels.weigh", "parcels.release"} and len(parked(view)) == 1 and len(waiting) == 2


async def sent_once(shop: Shop, number: str) -> bool:
    """Tell whether every parcel went there and back exactly once."""
    ledger = await shop.ledger(number)
    return len(ledger) == len({(each["key"], each["line"]) for each in ledger}) == 2 * LINES


async def test_an_order_continues_as_new_with_its_tasks_pauses_facts_and_fallouts(parcels: Shop) -> None:
    await parcels.fault("shipping", "ship", kind="status", status=422, code="NO_CARRIER")
    number = await ordered(parcels, LINES)
    view = await parcels.until(number, quiet)
    (stuck,) = parked(view)
    before = await runs(parcels, number)
    assert before > 1

    described = await handle(parcels, number).describe()
    assert described.status is WorkflowExecutionStatus.RUNNING
    assert described.search_attributes["OpenFallouts"] == [1]
    assert described.search_attributes["Account"] == ["ACME"]
    # The summary that the start gave stays with the first run, so what each run shows names order and account itself.
    shown = await details(parcels, number)
    assert shown.startswith(f"**Order {number}** of account ACME, priority normal: in_progress")

    await say(parcels, number, Retry(steps=(stuck.id,), actor="kim"))
    await say(parcels, number, SetFacts(values=(GivenValue(name="released", value="true"),), actor="kim"))
    weighed = (GivenValue(name="grams", value="700"),)
    await say(parcels, number, CompleteTask(step="parcels.weigh", values=weighed, actor="kim"))
    view = await parcels.ended(number)
    assert view.state is OrderState.COMPLETED
    assert {each.state for each in view.steps} == {StepState.COMPLETED}
    assert await sent_once(parcels, number)

    await handle(parcels, number).result()
    standing = await handle(parcels, number).query("standing", result_type=Standing)
    assert {each.id: (each.state, each.round) for each in standing.steps} == {
        each.id: (each.state, each.round) for each in view.steps
    }
    audit = await asyncio.to_thread(parcels.stack.book.audit, number)
    assert [each.action for each in audit if each.actor == "kim"] == ["retry", "set", "complete_task"]


async def amended(shop: Shop, number: str, lines: int) -> Answer:
    """Have the order be one of so many parcels."""
    found = await order_under_way(shop, number)
    version = await asyncio.to_thread(amendment, shop.stack.book, found, written(shop, number, lines), None)
    assert isinstance(version, Amendment), version
    wanted = Amend(actor="kim", order=version.order.digest, base=version.base)
    how = HowToAsk(f"{number}-{lines}")
    answer = await change(shop.stack.client, shop.stack.book, number, wanted, version, how)
    assert isinstance(answer, Answer), answer
    return answer


def delivered(lines: int) -> Callable[[OrderView], bool]:
    """Tell whether so many parcels have gone there and back."""
    return lambda view: sum(each.state is StepState.COMPLETED for each in view.steps) >= 2 * lines


async def test_an_order_is_changed_again_and_again_while_it_continues_as_new(parcels: Shop) -> None:
    number = await ordered(parcels, 20)
    seen = [0]
    for lines in (20, 40, 60):
        if lines > 20:
            await amended(parcels, number, lines)
        await parcels.until(number, delivered(lines))
        seen.append(await runs(parcels, number))
    assert seen == sorted(set(seen))  # between two changes it went on in another run
    await cancel(parcels, number, "L0000", "L0021", "L0042")

    await say(parcels, number, SetFacts(values=(GivenValue(name="released", value="true"),), actor="kim"))
    view = await parcels.view(number)
    (weigh,) = [
        each for each in view.steps if each.id.startswith("parcels.weigh") and each.state is StepState.IN_PROGRESS
    ]
    await say(parcels, number, CompleteTask(step=weigh.id, values=(GivenValue(name="grams", value="1"),), actor="kim"))
    view = await parcels.ended(number)

    assert (view.state, view.version) == (OrderState.PARTIAL, 4)
    assert [each.id for each in view.lines if each.state is OrderState.CANCELLED] == ["L0000", "L0021", "L0042"]
    assert await sent_once(parcels, number)


async def test_what_is_asked_of_an_order_while_it_continues_as_new_is_done_once(parcels: Shop) -> None:
    number = await ordered(parcels, LINES)
    answers = 0
    while not (view := await parcels.view(number)).steps or {each.state for each in view.steps} - {
        StepState.COMPLETED,
        StepState.PENDING,
    } > {StepState.IN_PROGRESS}:
        fact = SetFacts(values=(GivenValue(name="released", value="false"),), actor=f"kim {answers}")
        answer = await desk.ask(parcels.stack.client, number, fact, f"set-{answers}")
        assert not isinstance(answer, Refused), answer.issues
        answers += 1
    assert await runs(parcels, number) > 1
    await say(parcels, number, SetFacts(values=(GivenValue(name="released", value="true"),), actor="lee"))
    await say(parcels, number, CompleteTask(step="parcels.weigh", values=(GivenValue(name="grams", value="1"),)))
    view = await parcels.ended(number)
    assert view.state is OrderState.COMPLETED
    assert await sent_once(parcels, number)
    told = [each.actor for each in await asyncio.to_thread(parcels.stack.book.audit, number) if each.action == "set"]
    assert told == [*(f"kim {at}" for at in range(answers)), "lee"]


async def test_each_run_of_an_order_that_continues_as_new_is_short_and_replays(
    parcels: Shop, pytestconfig: pytest.Config
) -> None:
    number = await ordered(parcels, 16)
    await say(parcels, number, SetFacts(values=(GivenValue(name="released", value="true"),), actor="lee"))
    await say(parcels, number, CompleteTask(step="parcels.weigh", values=(GivenValue(name="grams", value="1"),)))
    await handle(parcels, number).result()
    histories = await histories_of(parcels.stack.client, number)
    for each in histories:
        await replay(each)
    assert len(histories) > 1
    # What is in flight when the server suggests it is still answered: eight calls, and every callback waited for.
    assert max(len(each.events) for each in histories) < LONG + 150
    if pytestconfig.getoption("--record-histories"):
        keep("continued_as_new", histories)
