"""One real stack for all tests on it: Temporal dev server, worker, callback route, back office over real HTTP."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from benchmarks.installation import as_written
from catalog.base import Refused
from catalog.fallout_rules import FalloutRule
from fulfillment.states import StepState
from orderbook.views import OrderView, StepView
from service.catalogs import environment_in_use
from service.orders import submit
from service.server_program import free_ports
from service.settings import Settings, load
from service.stack import Stack, at_port, running_stack
from service.systems import bring_online
from worker import running_worker

ORDERS = Path(__file__).parent.parent.parent / "examples/smartbytes/orders"
PATIENCE = 45.0
COURTESY = FalloutRule(name="courtesy", classification="SERVICES", code="COURTESY", skip=True)
"""A rule for failures that tests alone ask for."""


@dataclass(frozen=True)
class Shop:
    """SmartBytes as the tests drive it: orders in, faults on demand, and what came of it."""

    stack: Stack
    settings: Settings
    http: httpx.AsyncClient
    folder: Path
    numbers: Iterator[int]

    async def order(self, name: str, **changes: object) -> str:
        """Submit a fresh copy of an example order; return its number."""
        content: dict[str, Any] = yaml.safe_load((ORDERS / f"{name}.yaml").read_text())
        content |= {"number": f"T-{next(self.numbers)}", **changes}
        file = self.folder / f"{content['number']}.yaml"
        file.write_text(yaml.safe_dump(content))
        submitted = await submit(file, self.stack.client, self.stack.book, self.settings)
        assert not isinstance(submitted, Refused), "\n".join(str(issue) for issue in submitted.issues)
        return submitted.number

    async def fault(self, system: str, operation: str, **fault: object) -> None:
        """Make the next calls of an operation fail."""
        body = {"system": system, "operation": operation, "calls": 1, **fault}
        (await self.http.post("/faults", json=body)).raise_for_status()

    async def heal(self) -> None:
        """End all faults."""
        (await self.http.delete("/faults")).raise_for_status()

    async def view(self, number: str) -> OrderView:
        """Return the order as the book has it."""
        found = await asyncio.to_thread(self.stack.book.show, number)
        assert found is not None, f"order {number} is not in the book"
        return found

    async def until(self, number: str, holds: Callable[[OrderView], bool]) -> OrderView:
        """Return the order once something holds of it."""
        async with asyncio.timeout(PATIENCE):
            # The book tells nobody when it changes: asking again is the only way.
            while not holds(view := await self.view(number)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            return view

    async def ended(self, number: str) -> OrderView:
        """Return the order once it has ended."""
        return await self.until(number, lambda view: view.ended_at is not None)

    async def stuck(self, number: str) -> StepView:
        """Return the first step that has parked."""
        view = await self.until(number, lambda view: bool(parked(view)))
        return parked(view)[0]

    async def ledger(self, number: str) -> list[dict[str, Any]]:
        """Return the effects of an order, in their sequence."""
        return await self._entries("/ledger", "entries", number)

    async def doubled(self, number: str) -> list[dict[str, Any]]:
        """Return the effects of an order that happened more often than wanted, counted by subject."""
        return await self._entries("/ledger/doubled", "doubled", number)

    async def deliveries(self, number: str) -> list[dict[str, Any]]:
        """Return the delivery confirmations of an order."""
        return await self._entries("/deliveries", "deliveries", number)

    async def calls(self, number: str) -> list[dict[str, Any]]:
        """Return every request the back office got for an order."""
        return await self._entries("/calls", "calls", number)

    async def _entries(self, path: str, key: str, number: str) -> list[dict[str, Any]]:
        answer = (await self.http.get(path, params={"order": number})).raise_for_status()
        found: list[dict[str, Any]] = answer.json()[key]
        return found


def parked(view: OrderView) -> tuple[StepView, ...]:
    """Return the steps that wait for a person's decision."""
    return tuple(step for step in view.steps if step.state is StepState.FATALLY_FAILED)


@asynccontextmanager
async def open_shop(home: Path, orders: Path, **more: str) -> AsyncIterator[Shop]:
    """Open a shop of its own in a home; `more` are settings by name."""
    office, callbacks = free_ports(2)
    ports = {"serve_port": str(callbacks), "temporal_port": "0", "temporal_ui_port": "0"}
    settings = load({"home": str(home), **ports, **more}, {})
    loaded = environment_in_use(settings).environment
    assert loaded is not None
    environment = at_port(loaded, office)
    environment = environment.model_copy(update={"fallout_rules": (*environment.fallout_rules, COURTESY)})
    (home / "environment").mkdir()
    (home / "environment/environment.json").write_text(as_written(environment))
    async with (
        running_stack(settings, running_worker, environment, with_back_office=True) as stack,
        # A connection that idles is given up before the back office does so in the middle of a request.
        httpx.AsyncClient(
            base_url=stack.back_office or "", trust_env=False, limits=httpx.Limits(keepalive_expiry=1)
        ) as http,
    ):
        yield Shop(stack, settings, http, orders, itertools.count(1))


@pytest.fixture(scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """The running shop."""
    async with open_shop(tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("orders")) as opened:
        yield opened


@pytest.fixture(autouse=True)
async def fine_weather(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """End the faults that a test has left, and switch on what it has switched off, so that no other meets it."""
    yield
    if "shop" in request.fixturenames:
        opened: Shop = request.getfixturevalue("shop")
        await opened.heal()
        for each in await asyncio.to_thread(opened.stack.book.switches):
            if each.offline:
                back = each.model_copy(update={"offline": False, "since": datetime.now(UTC)})
                await bring_online(opened.stack.client, opened.stack.book, back)
