"""A desk for the activity of a call: SmartBytes' real back office, an order book, and the activity between them."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.activity import Info
from temporalio.common import RawValue
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.systems import SystemActivities
from catalog.base import Refused
from catalog.environment import Environment
from catalog.fallout_rules import FalloutRule
from decomposition.model import OrderPlan
from decomposition.plan import plan
from examples.smartbytes.backoffice.hosting import serve
from examples.smartbytes.backoffice.office import Settings as OfficeSettings
from fulfillment.effects import Call
from fulfillment.outcomes import CALL_FAILED, CallResult, Failed
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service.catalogs import load_catalog, load_environment, load_order

SHOP = Path(__file__).parent.parent.parent.parent / "examples/smartbytes"
STEP = "payments.authorize"
RULES = (
    FalloutRule.model_validate(
        {"name": "soon", "code": "HTTP_503", "retry": {"policy": "fixed", "retries": 3, "interval": "200ms"}}
    ),
    FalloutRule.model_validate(
        {"name": "later", "code": "SLOW", "retry": {"policy": "fixed", "retries": 3, "interval": "2m"}}
    ),
    FalloutRule.model_validate({"name": "person", "code": "CARD_DECLINED", "queue": "credit"}),
)


@dataclass
class Desk:
    """A system, an order book, and the activity between them."""

    activities: SystemActivities
    book: OrderBook
    office: httpx.AsyncClient
    plan: OrderPlan
    heartbeats: list[Any] = dataclasses.field(default_factory=list)

    def call(self, **changes: object) -> Call:
        base = Call(
            number="SB-1001", plan=self.plan.digest, step=STEP, round=1, operation=STEP, title="Authorize the payment"
        )
        return base.model_copy(update=changes)

    async def make(self, call: Call, attempt: int = 1, heartbeats: tuple[object, ...] = ()) -> CallResult:
        converter = pydantic_data_converter.payload_converter
        env = ActivityEnvironment()
        info: Info = ActivityEnvironment.default_info()
        env.info = dataclasses.replace(
            info, attempt=attempt, heartbeat_details=list(heartbeats), started_time=datetime.now(UTC)
        )
        env.payload_converter = converter
        env.on_heartbeat = lambda *details: self.heartbeats.append(details)
        payload = converter.to_payloads([call])[0]
        result: CallResult = await env.run(self.activities.call, [RawValue(payload)])
        return result

    async def fails(self, call: Call, attempt: int = 1, heartbeats: tuple[object, ...] = ()) -> ApplicationError:
        with pytest.raises(ApplicationError) as raised:
            await self.make(call, attempt, heartbeats)
        return raised.value

    async def fault(self, **fault: object) -> None:
        body = {"system": "payments", "operation": "authorize", "calls": 1, **fault}
        (await self.office.post("/faults", json=body)).raise_for_status()

    async def effects(self) -> int:
        return len((await self.office.get("/ledger", params={"order": "SB-1001"})).json()["entries"])


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """The desk, of a back office that never forgets a key."""
    async with open_desk(tmp_path) as opened:
        yield opened


@asynccontextmanager
async def open_desk(home: Path, keys_remembered: float | None = None) -> AsyncIterator[Desk]:
    """Open a desk; the back office remembers keys for so many seconds."""
    catalog, order = load_catalog(SHOP / "catalog").catalog, load_order(SHOP / "orders/laptop-bundle.yaml").order
    environment = load_environment(SHOP / "environment").environment
    assert catalog
    assert order
    assert environment
    planned = plan(order, catalog, now=datetime(2026, 11, 25, tzinfo=UTC))
    assert not isinstance(planned, Refused)
    url = f"sqlite:///{home / 'orders.db'}"
    migrate(url)
    book = OrderBook(url)
    book.store_plan(planned)
    async with (
        serve(OfficeSettings(home / "office.db", keys_remembered=keys_remembered), "127.0.0.1", 0) as address,
        httpx.AsyncClient(base_url=address, trust_env=False) as office,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        yield Desk(
            SystemActivities(book, http, at(environment, address), lambda _: None, address), book, office, planned
        )
    book.close()


def at(environment: Environment, address: str) -> Environment:
    systems = tuple(each.model_copy(update={"base_url": f"{address}/{each.name}"}) for each in environment.systems)
    return environment.model_copy(update={"systems": systems, "fallout_rules": RULES})


def failed(error: ApplicationError) -> Failed:
    assert (error.type, error.non_retryable) == (CALL_FAILED, True)
    return Failed.model_validate(error.details[0])
