"""Steps that call nobody, on a real stack: a pause waits for facts, a function computes, and calls read both."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

from catalog.base import Refused
from catalog.values import as_record
from fulfillment.states import OrderState, StepState
from orderbook.views import OrderView, StepView
from service.orders import submit
from service.server_program import find_program, surroundings
from tests.server.conftest import Shop

pytestmark = pytest.mark.server

CATALOG = """
name: Warranties by agreement
order_facts:
  signed_off: {type: boolean}
line_facts:
  years: {type: integer, min: 1, max: 5}
  starts_on: {type: date}
functions:
  add_days:
    inputs: {start: {type: date, required: true}, days: {type: integer, default: 1}}
    outputs: {date: {type: date, required: true}}
products:
  COVER: {name: Cover}
scenarios:
  COVER: {product: COVER, group: cover}
step_groups:
  cover:
    steps:
      agree:
        type: pause
        scope: line
        until: coalesce(facts.signed_off, false) and line_facts.years is not null
        timeout: 1h
      begin:
        type: auto_task
        scope: line
        function: add_days
        input: {start: "coalesce(line_facts.starts_on, date('2027-01-01'))"}
        after: agree
      register:
        type: callout
        scope: line
        operation: warranty.register
        after: begin
        input:
          years: line_facts.years
          starts_on: steps.cover.begin.date
systems:
  warranty:
    operations:
      register:
        path: /register
        request:
          order: order.number
          step: step.id
          lines:
            each: lines
            as: {line: item.id, quantity: item.quantity}
          years: input.years
          starts_on: input.starts_on
        outputs:
          valid_until: {type: date, value: response.body.valid_until}
"""


async def ordered(shop: Shop, folder: Path) -> str:
    """Submit an order of two lines on a catalog of its own; return its number."""
    (folder / "catalog").mkdir()
    (folder / "catalog/catalog.yaml").write_text(CATALOG)
    number = f"T-{next(shop.numbers)}"
    lines = {"L1": {"product": "COVER"}, "L2": {"product": "COVER"}}
    order = {"number": number, "account": "ACME", "currency": "USD", "lines": lines}
    (folder / "order.yaml").write_text(yaml.safe_dump(order))
    settings = shop.settings.model_copy(update={"catalog": str(folder / "catalog")})
    submitted = await submit(folder / "order.yaml", shop.stack.client, shop.stack.book, settings)
    assert not isinstance(submitted, Refused), "\n".join(str(issue) for issue in submitted.issues)
    return number


async def dro(shop: Shop, *arguments: str) -> tuple[int, str]:
    """Run `dro` as a shell does; return its exit code and what it told."""
    environ = {**os.environ, "DRO_HOME": str(shop.settings.home), "TEMPORAL_ADDRESS": shop.stack.server.address}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", *arguments, env=environ, stderr=asyncio.subprocess.PIPE
    )
    _, told = await process.communicate()
    return process.returncode or 0, told.decode()


def step(view: OrderView, step_id: str) -> StepView:
    return next(each for each in view.steps if each.id == step_id)


def pauses_wait(view: OrderView) -> bool:
    return [each.id for each in view.steps if each.state is StepState.IN_PROGRESS] == [
        "cover.agree@L1",
        "cover.agree@L2",
    ]


async def test_a_pause_goes_on_when_its_facts_are_set_and_calls_send_them_and_what_a_function_makes_of_them(
    shop: Shop, tmp_path: Path
) -> None:
    number = await ordered(shop, tmp_path)
    view = await shop.until(number, pauses_wait)
    assert step(view, "cover.agree@L1").reason.startswith("waits until `coalesce(facts.signed_off, false)")

    code, told = await dro(shop, "orders", "set", number, "signed_of=true", "signed_off=maybe")
    assert (code, "Did you mean `signed_off`" in told, "expected true or false" in told) == (1, True, True)
    assert (await dro(shop, "orders", "set", number, "signed_off=true", "--reason", "mail of today"))[0] == 0
    assert (await dro(shop, "orders", "set", number, "L1", "years=2", "starts_on=2027-01-01"))[0] == 0
    view = await shop.until(number, lambda view: step(view, "cover.register@L1").state is StepState.COMPLETED)
    assert as_record(step(view, "cover.register@L1").outputs) == {"valid_until": date(2029, 1, 2)}
    assert step(view, "cover.agree@L2").state is StepState.IN_PROGRESS

    payload = json.dumps({"line": "L2", "values": {"years": "3", "starts_on": "2027-01-01"}, "actor": "night shift"})
    arguments = ("workflow", "signal", "--address", shop.stack.server.address, "-w", f"order/{number}")
    process = await asyncio.create_subprocess_exec(
        find_program(shop.settings), *arguments, "--name", "set", "--input", payload, env=surroundings(shop.folder)
    )
    assert await process.wait() == 0
    view = await shop.ended(number)
    assert view.state is OrderState.COMPLETED
    assert as_record(step(view, "cover.register@L2").outputs) == {"valid_until": date(2030, 1, 2)}
    audit = await asyncio.to_thread(shop.stack.book.audit, number)
    told_facts = [(each.actor, each.accepted, each.detail) for each in audit if each.action == "set"]
    assert [each[1] for each in told_facts] == [False, True, True, True]
    assert told_facts[-1] == ("night shift", True, "line `L2`: `starts_on` = 2027-01-01, `years` = 3")
