"""Whatever a system sends over HTTP is answered, changes only what it may, and is recorded."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from fulfillment.states import OrderState, StepState
from orderbook.history import HistoryEntry
from orderbook.views import OrderView
from tests.server.conftest import Shop

pytestmark = pytest.mark.server

DELIVERED = {"outcome": "delivered", "delivered_at": "2026-11-25T12:00:00Z"}


@dataclass
class Carrier:
    """The carrier as it calls back, with its token or without."""

    shop: Shop
    http: httpx.AsyncClient

    async def post(self, content: object, token: str = "") -> int:
        token = token or os.environ["SMARTBYTES_CALLBACK_TOKEN"]
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        url = f"{self.shop.stack.callbacks}/callbacks/shipping"
        return (await self.http.post(url, content=body, headers={"Authorization": f"Bearer {token}"})).status_code

    async def deliver(self, number: str, step: str, round_: int = 1, **more: Any) -> int:
        return await self.post({"correlation": f"{number}/{step}/{round_}", **DELIVERED, **more})

    def messages(self, number: str) -> list[HistoryEntry]:
        """Return the callbacks in the history of an order, or of none."""
        return [each for each in self.shop.stack.book.history(number) if each.action == "callback"]


@pytest.fixture
async def carrier(shop: Shop) -> AsyncIterator[Carrier]:
    async with httpx.AsyncClient(trust_env=False) as http:
        yield Carrier(shop, http)


def shipping(view: OrderView) -> str:
    return next(each.id for each in view.steps if each.id.startswith("shipping.ship"))


def is_calling(view: OrderView) -> bool:
    return any(each.id.startswith("shipping.ship") and each.state is StepState.IN_PROGRESS for each in view.steps)


async def test_early_duplicate_foreign_and_late_ones_are_each_recorded_with_the_order(carrier: Carrier) -> None:
    shop = carrier.shop
    await shop.fault("shipping", "ship", kind="latency", seconds=5)
    await shop.fault("warranty", "register", kind="status", status=422, code="PROVIDER_CLOSED")
    number = await shop.order("laptop-bundle")
    step = shipping(await shop.until(number, is_calling))

    answers = [await carrier.deliver(number, step) for _ in range(2)]
    answers += [await carrier.deliver(number, "shipping.nowhere"), await carrier.deliver(number, step, 7)]
    view = await shop.until(number, lambda view: any(each.id == step and each.ended_at for each in view.steps))
    answers.append(await carrier.deliver(number, step))
    await shop.stuck(number)
    view = await shop.until(number, lambda _: len(carrier.messages(number)) >= 6)
    told = [(each.step, each.accepted, each.detail.partition(":")[0]) for each in carrier.messages(number)]

    assert answers == [202] * 5
    assert told[0] == (step, True, "came early and is kept until the call is accepted")
    assert (step, False, "an earlier one is kept already") in told
    assert ("shipping.nowhere", False, "the order has no such step") in told
    assert (step, False, "it is for round 7, the step is in round 1") in told
    assert (step, False, "the step is completed") in told
    assert view.ended_at is None
    assert await shop.doubled(number) == []


async def test_one_without_the_systems_token_is_refused_and_changes_nothing(carrier: Carrier) -> None:
    before = carrier.messages("")

    assert await carrier.post({"correlation": "X/y/1"}, token="wrong") == 401

    assert carrier.messages("") == before


async def test_what_is_no_callback_or_names_no_order_is_recorded_with_its_system(carrier: Carrier) -> None:
    before = len(carrier.messages(""))

    answers = [await carrier.post(b"{"), await carrier.post({"outcome": "delivered"})]
    answers.append(await carrier.deliver("NO-SUCH-ORDER", "shipping.ship"))

    added = carrier.messages("")[before:]
    assert answers == [400, 400, 202]
    assert [(each.actor, each.accepted) for each in added] == [("shipping", False)] * 3
    assert [each.detail.split(":")[0][:20] for each in added] == [
        "The body is no JSON",
        "`correlation` must b",
        "There is no order `N",
    ]


async def test_after_the_end_of_an_order_the_same_answer_is_kept_once(carrier: Carrier) -> None:
    shop = carrier.shop
    number = await shop.order("laptop-bundle")
    view = await shop.ended(number)

    answers = [await carrier.deliver(number, shipping(view)) for _ in range(3)]

    view = await shop.view(number)
    assert (answers, len(view.late_answers), view.state) == ([202] * 3, 1, OrderState.COMPLETED)
