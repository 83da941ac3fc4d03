"""Orders of high priority go first where the limit of a system makes a queue (`domain.md` E7)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from catalog.base import Refused
from catalog.environment import Environment
from fulfillment.states import OrderState
from service.orders import submit
from service.settings import Settings
from tests.server.conftest import Shop
from tests.server.test_own_queues import CATALOG
from worker import running_worker

pytestmark = pytest.mark.server

QUEUE = "urgent-first"
LINES = 20
SECONDS_EACH = 0.15


def one_at_a_time(shop: Shop) -> Environment:
    """Return the shop's environment with one call at a time to the warranty system."""
    written = json.loads((shop.settings.home / "environment/environment.json").read_text())
    written["systems"]["warranty"] |= {"concurrency": 1}
    return Environment.model_validate(written)


async def ordered(shop: Shop, settings: Settings, folder: Path, priority: str, lines: int) -> str:
    """Submit an order with so many lines, each with a call of its own; return its number."""
    number = f"T-{next(shop.numbers)}"
    order = {"number": number, "account": "ACME", "currency": "USD", "priority": priority, "lines": {}}
    order["lines"] = {f"L{index}": {"product": "COVER"} for index in range(1, lines + 1)}
    (folder / "order.yaml").write_text(yaml.safe_dump(order))
    submitted = await submit(folder / "order.yaml", shop.stack.client, shop.stack.book, settings)
    assert not isinstance(submitted, Refused), "\n".join(str(issue) for issue in submitted.issues)
    return number


async def arrivals(shop: Shop, number: str) -> list[datetime]:
    return [datetime.fromisoformat(each["at"]) for each in await shop.calls(number)]


async def test_the_calls_of_an_urgent_order_overtake_those_of_bulk_orders_that_wait(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog/catalog.yaml").write_text(CATALOG)
    settings = shop.settings.model_copy(update={"task_queue": QUEUE, "catalog": str(tmp_path / "catalog")})
    await shop.fault("warranty", "register", kind="latency", seconds=SECONDS_EACH, calls=2 * LINES)
    async with running_worker(shop.stack.client, shop.stack.book, one_at_a_time(shop), settings):
        bulk = [await ordered(shop, settings, tmp_path, "bulk", LINES // 2) for _ in range(2)]
        await shop.until(bulk[0], lambda view: any(each.state == "completed" for each in view.steps))
        urgent = await ordered(shop, settings, tmp_path, "high", 2)
        assert (await shop.ended(urgent)).state is OrderState.COMPLETED
        for number in bulk:
            assert (await shop.ended(number)).state is OrderState.COMPLETED
    last = max(await arrivals(shop, urgent))
    still_waiting = [at for number in bulk for at in await arrivals(shop, number) if at > last]
    assert len(still_waiting) >= LINES // 4
