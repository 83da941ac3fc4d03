"""What orders deliver on a real stack is the account's, and one order at a time changes an asset (`domain.md` A6)."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
import yaml

from catalog.base import Refused
from fulfillment.commands import Command, CompleteTask, GivenValue
from fulfillment.states import OrderState
from orderbook.views import OrderView
from service import desk
from service.orders import Submitted, submit
from tests.server.conftest import Shop

pytestmark = pytest.mark.server

CATALOG = """
name: Seats
products:
  SEATS: {name: Seats}
  DESKS: {name: Desks}
technical_products:
  POOL: {name: Pool, scope: account}
  FLOOR: {name: Floor, scope: account, claims: refuse}
decomposition_rules:
  SEATS-POOL: {product: SEATS, target: POOL}
  DESKS-FLOOR: {product: DESKS, target: FLOOR}
step_groups:
  pool:
    steps:
      provide: {type: manual_task, scope: line, form: {by: {type: text, required: true}}}
      hand_over: {type: staged_assetize, scope: line, after: provide}
      confirm: {type: manual_task, scope: line, form: {by: {type: text, required: true}}, after: hand_over}
scenarios:
  POOL: {product: POOL, actions: [add, amend, cancel], group: pool}
  FLOOR: {product: FLOOR, actions: [add, amend, cancel], group: pool}
"""


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    folder = tmp_path / "seats"
    folder.mkdir()
    (folder / "seats.yaml").write_text(CATALOG)
    return folder


async def hand_in(shop: Shop, catalog: Path, account: str, line: dict[str, object]) -> Submitted | Refused:
    number = f"A-{next(shop.numbers)}"
    file = shop.folder / f"{number}.yaml"
    file.write_text(yaml.safe_dump({"number": number, "account": account, "lines": {"L1": line}}))
    settings = shop.settings.model_copy(update={"catalog": str(catalog)})
    return await submit(file, shop.stack.client, shop.stack.book, settings)


async def order(shop: Shop, catalog: Path, account: str, line: dict[str, object]) -> str:
    submitted = await hand_in(shop, catalog, account, line)
    assert not isinstance(submitted, Refused), submitted
    return submitted.number


async def complete(shop: Shop, number: str, step: str) -> None:
    """Complete a task once it is open."""
    await shop.until(number, lambda view: any(each.step == step and each.is_open for each in view.tasks))
    command: Command = CompleteTask(step=step, values=(GivenValue(name="by", value="kim"),), actor="kim")
    assert not isinstance(await desk.ask(shop.stack.client, number, command, f"{number}/{step}"), Refused)


async def deliver(shop: Shop, number: str) -> OrderView:
    for step in ("pool.provide@POOL", "pool.confirm@POOL"):
        await complete(shop, number, step)
    return await shop.ended(number)


async def dro(shop: Shop, *arguments: str) -> str:
    environ = {**os.environ, "DRO_HOME": str(shop.settings.home)}
    command = (sys.executable, "-m", "cli", "assets", *arguments)
    process = await asyncio.create_subprocess_exec(*command, env=environ, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


async def test_a_second_order_waits_for_the_first_and_then_amends_what_it_delivered(shop: Shop, catalog: Path) -> None:
    first = await order(shop, catalog, "MILL", {"product": "SEATS", "quantity": 3})
    await shop.until(first, lambda view: bool(view.tasks))
    second = await order(shop, catalog, "MILL", {"product": "SEATS", "quantity": 2})
    waiting = await shop.until(second, lambda view: view.waits_for is not None)
    assert (waiting.waits_for, waiting.state, waiting.steps) == (first, OrderState.PENDING, ())

    await complete(shop, first, "pool.provide@POOL")
    await shop.until(first, lambda view: len(view.tasks) == 2)
    (pool,) = shop.stack.book.assets("MILL", "POOL")
    assert [pool.quantity, pool.made_by] == [3, first]
    assert pool.claimed_by == first
    await complete(shop, first, "pool.confirm@POOL")
    await shop.ended(first)
    assert (await deliver(shop, second)).waits_for is None

    (pool,) = shop.stack.book.assets("MILL", "POOL")
    assert [pool.quantity, pool.changed_by] == [5, second]
    assert pool.claimed_by is None
    assert len(shop.stack.book.assets("MILL", "SEATS")) == 2
    shown = json.loads(await dro(shop, "show", pool.id, "--json"))
    assert [(each["order"], each["after"]["quantity"]) for each in shown["history"]] == [(first, "3"), (second, "5")]
    assert pool.id in await dro(shop, "list", "--account", "MILL")


async def test_an_order_whose_asset_is_gone_when_its_turn_comes_is_rejected(shop: Shop, catalog: Path) -> None:
    await deliver(shop, await order(shop, catalog, "FARM", {"product": "SEATS", "quantity": 3}))
    ends = await order(shop, catalog, "FARM", {"product": "SEATS", "action": "cancel"})
    await shop.until(ends, lambda view: bool(view.tasks))
    late = await order(shop, catalog, "FARM", {"product": "SEATS", "action": "amend", "quantity": 9})
    await shop.until(late, lambda view: view.waits_for == ends)
    await deliver(shop, ends)

    rejected = await shop.ended(late)
    assert rejected.state is OrderState.REJECTED
    (entry,) = [each for each in shop.stack.book.audit(late) if each.action == "reject"]
    assert "there is no `SEATS` of the account to amend" in entry.detail
    assert shop.stack.book.assets("FARM") == ()
    assert len(shop.stack.book.assets("FARM", living_only=False)) == 2


async def test_an_asset_that_is_not_waited_for_refuses_the_second_order(shop: Shop, catalog: Path) -> None:
    first = await order(shop, catalog, "BARN", {"product": "DESKS"})
    await shop.until(first, lambda view: bool(view.tasks))
    refused = await hand_in(shop, catalog, "BARN", {"product": "DESKS"})

    assert isinstance(refused, Refused)
    assert [each.check for each in refused.issues] == ["asset_claimed"]
    assert f"order `{first}` is changing" in refused.issues[0].message
    for step in ("pool.provide@FLOOR", "pool.confirm@FLOOR"):
        await complete(shop, first, step)
    await shop.ended(first)
    assert await order(shop, catalog, "BARN", {"product": "DESKS"}) != first
