"""Changing orders that run: new versions in files, asked for as the command line does, and what is left then."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import yaml
from typer.testing import CliRunner, Result

from catalog.base import Refused
from catalog.cardinality import definition_of
from commands.app import build
from fulfillment.commands import Amend, Answer, Cancel
from fulfillment.states import StepState
from orderbook.views import OrderView, StepView
from service.changes import Amendment, UnderWay, amendment, proposal, under_way
from service.changing import HowToAsk, change
from service.proposals import Proposal
from tests.server.conftest import ORDERS, Shop

Lines: TypeAlias = Mapping[str, object] | None
"""Lines of a new version other than in the example, by id; None leaves a line out."""
_INVOCATIONS = itertools.count(1)


def content(number: str, lines: Lines, name: str = "laptop-bundle-amended") -> dict[str, Any]:
    """Return the content of an example order under another number; lines given as None are left out."""
    found: dict[str, Any] = yaml.safe_load((ORDERS / f"{name}.yaml").read_text())
    wanted = {**found["lines"], **(lines or {})}
    return {**found, "number": number, "lines": {name: line for name, line in wanted.items() if line is not None}}


async def parked_after_delivery(shop: Shop, name: str = "laptop-bundle") -> str:
    """Return an order whose goods have arrived, and which waits for a person before its invoice."""
    await shop.fault("billing", "invoice", kind="status", status=422, code="NO_ADDRESS")
    number = await shop.order(name)
    view = await shop.until(
        number,
        lambda view: (
            stands(view, "billing.invoice") is StepState.FATALLY_FAILED
            and all(
                each.state is StepState.COMPLETED
                for each in view.steps
                if each.id.startswith(("warranty", "revenue", "ship"))
            )
        ),
    )
    assert view.open_fallouts == 1
    return number


async def order_under_way(shop: Shop, number: str) -> UnderWay:
    """Return the order as the book has it."""
    found = await asyncio.to_thread(under_way, shop.stack.book, number)
    assert not isinstance(found, Refused), found
    return found


async def new_version(shop: Shop, number: str, lines: Lines = None, base: int | None = None) -> Amendment | Refused:
    """Return the amended laptop bundle, with these lines, as a version of an order, or why it cannot be one."""
    file = shop.folder / f"{number}-{next(_INVOCATIONS)}.yaml"
    file.write_text(yaml.safe_dump(content(number, lines)))
    order = await order_under_way(shop, number)
    return await asyncio.to_thread(amendment, shop.stack.book, order, file, base)


async def amend(
    shop: Shop,
    number: str,
    lines: Lines = None,
    *,
    override: bool = False,
    role: str = "",
    reason: str = "",
    base: int = 0,
) -> Answer | Refused:
    """Amend an order to the amended laptop bundle with these lines."""
    version = await new_version(shop, number, lines)
    assert isinstance(version, Amendment), version
    wanted = Amend(
        actor="ann", role=role, reason=reason, order=version.order.digest, base=base or version.base, override=override
    )
    return await change(shop.stack.client, shop.stack.book, number, wanted, version, _how())


async def cancel(shop: Shop, number: str, *lines: str, wait: bool = True) -> Answer | Refused:
    """Cancel an order, or lines of it."""
    wanted = Cancel(actor="ann", reason="changed their mind", lines=lines)
    return await change(shop.stack.client, shop.stack.book, number, wanted, None, _how()._replace(wait=wait))


async def shown(
    shop: Shop, number: str, wanted: Amend | Cancel, version: Amendment | None = None
) -> Proposal | Refused:
    """Return what a change would mean, by the order book."""
    order = await order_under_way(shop, number)
    content_ = version.order if version else None
    return await asyncio.to_thread(proposal, shop.stack.book, order, wanted, content_, datetime.now(UTC))


async def net(shop: Shop, number: str) -> dict[tuple[str, str, str], int]:
    """Return what is left of each effect of an order, by system, operation and line, over all amounts."""
    answer = (await shop.http.get("/ledger/net", params={"order": number})).raise_for_status()
    found: dict[tuple[str, str, str], int] = {}
    for each in answer.json()["net"]:
        subject = each["system"], each["operation"], each["line"]
        found[subject] = found.get(subject, 0) + each["net"]
    return found


def step(view: OrderView, definition: str) -> StepView:
    """Return the first step of a definition."""
    return next(each for each in view.steps if definition_of(each.id) == definition)


def stands(view: OrderView, definition: str) -> StepState | None:
    """Return where the first step of a definition stands, None before there is one."""
    return next((each.state for each in view.steps if definition_of(each.id) == definition), None)


def words(refused: Answer | Refused) -> str:
    """Return why something was refused."""
    assert isinstance(refused, Refused), refused
    return " ".join(str(each) for each in refused.issues)


def _how() -> HowToAsk:
    return HowToAsk(f"change-{next(_INVOCATIONS)}")


async def dro(shop: Shop, *words: object) -> Result:
    """Run a command of the command line against the shop."""
    environ = {
        "DRO_HOME": str(shop.settings.home),
        "DRO_ENVIRONMENT": str(shop.settings.home / "environment"),
        "TEMPORAL_ADDRESS": shop.stack.server.address,
        "DRO_ACTOR": "ann",
    }
    runner = CliRunner(env=environ)
    return await asyncio.to_thread(runner.invoke, build(), [str(each) for each in words])
