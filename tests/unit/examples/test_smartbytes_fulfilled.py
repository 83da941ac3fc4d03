"""SmartBytes' orders run against its real back office, in process: every request is taken, nothing is done twice."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

import httpx
import pytest

from activities.exchange import exchange
from catalog.catalog import Catalog
from decomposition.model import OrderPlan
from decomposition.order import Order
from decomposition.plan import plan
from examples.smartbytes.backoffice.app import opened
from examples.smartbytes.backoffice.office import Settings
from fulfillment.commands import CompleteTask, GivenValue
from fulfillment.effects import Call, Effect, OpenTask, Prepare
from fulfillment.events import CallbackArrived, CallEnded, Commanded, Event, Prepared, TaskOpened
from fulfillment.outcomes import Failure, Succeeded
from fulfillment.planning import run_plan
from fulfillment.requests import idempotency_key, operation_of, render
from fulfillment.run import Run
from fulfillment.states import OrderState
from service.catalogs import EXAMPLE, load_catalog, load_order
from tests.unit.examples.office import Client, Json, Receiver, receiving

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
FORM = (GivenValue(name="date_agreed", value="2026-12-09"), GivenValue(name="technician", value="Ines Duarte"))
NO_WAIT = Settings(":memory:", delivery_delay=0.01, callback_token="secret-7")


@pytest.fixture(scope="module")
def shop() -> Catalog:
    found = load_catalog(EXAMPLE / "catalog").catalog
    assert found is not None
    return found


class Fulfilled(NamedTuple):
    """What a run left in the back office: its ledger, what was done twice, and the requests by step."""

    state: OrderState
    ledger: list[Json]
    doubled: list[Json]
    requests: Mapping[str, Json]

    def entries(self, system: str) -> list[Json]:
        return [each for each in self.ledger if each["system"] == system]

    def total(self, system: str) -> Decimal:
        return sum((Decimal(str(each["amount"])) for each in self.entries(system)), Decimal(0))


class World:
    """Carries out what a run asks for, calls over HTTP."""

    def __init__(self, plan: OrderPlan, office: httpx.AsyncClient, receiver: Receiver) -> None:
        self._plan = plan
        self._office, self._receiver = office, receiver
        self.requests: dict[str, Json] = {}

    async def happens(self, effect: Effect) -> list[Event]:
        """Do what the effect asks and return what comes of it."""
        match effect:
            case Prepare():
                return [Prepared(plan=run_plan(self._plan))]
            case Call():
                return await self._call(effect)
            case OpenTask(step=step):
                return [TaskOpened(step=step), Commanded(command=CompleteTask(step=step, values=FORM))]
            case _:
                return []  # the deadlines of callbacks, which come in time here

    async def _call(self, call: Call) -> list[Event]:
        request = render(self._plan, call, self._receiver.url)
        self.requests[call.step] = json.loads(request.body or "{}")
        operation = operation_of(self._plan, call.step)
        system = call.operation.partition(".")[0]
        headers = {"Idempotency-Key": idempotency_key(call)}
        answered = await exchange(self._office, f"http://office/{system}", request, headers, operation, 5)
        assert not isinstance(answered.result, Failure), answered.result
        outcome = Succeeded(outputs=answered.result, awaits_callback=answered.awaits_callback)
        ended: list[Event] = [CallEnded(step=call.step, round=call.round, outcome=outcome)]
        if answered.awaits_callback:
            received = await self._receiver.next()
            assert received.authorization == "Bearer secret-7"
            ended.append(CallbackArrived(step=call.step, round=call.round, body=json.dumps(received.body)))
        return ended


async def fulfilled(order: Order, shop: Catalog) -> Fulfilled:
    """Run an order to its end."""
    planned = plan(order, shop, now=NOW)
    assert isinstance(planned, OrderPlan), planned
    run = Run(order.number, order.account, order.priority.value)
    async with receiving() as receiver, opened(NO_WAIT) as app:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
            world = World(planned, http, receiver)
            waiting = deque(run.outstanding())
            while waiting:
                for event in await world.happens(waiting.popleft()):
                    waiting.extend(run.apply(event, NOW))
            assert run.closed, run.details
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://office") as http:
            office = Client(http)
            ledger, doubled = (
                await office.rows("ledger", order.number),
                await office.rows("ledger/doubled", order.number),
            )
    return Fulfilled(run.order_state, ledger, doubled, world.requests)


def example(name: str) -> Order:
    found = load_order(EXAMPLE / "orders" / f"{name}.yaml").order
    assert found is not None
    return found


def an_order(**lines: Mapping[str, object]) -> Order:
    address = {"street": "1 Main Street", "city": "Reno"}
    fields = {"number": "SB-7", "account": "ACME", "ship_to": "RENO", "addresses": {"RENO": address}, "lines": lines}
    return Order.model_validate(fields)


async def test_a_laptop_bundle_is_fulfilled_billed_and_recognized_to_the_cent(shop: Catalog) -> None:
    done = await fulfilled(example("laptop-bundle"), shop)
    assert done.state is OrderState.COMPLETED
    assert done.doubled == []
    assert done.total("billing") == done.total("revenue") == Decimal("1447.00")
    assert [each["amount"] for each in done.entries("payments")] == ["1447.00", "1447.00"]
    assert done.total("compensation") == Decimal("28.94")
    assert Counter(str(each["system"]) for each in done.ledger) == {
        "payments": 2,
        "inventory": 1,
        "shipping": 1,
        "licensing": 1,
        "warranty": 1,
        "billing": 4,
        "obligations": 6,
        "revenue": 3,
        "compensation": 1,
    }


async def test_an_office_move_is_four_parcels_and_two_invoices_that_balance(shop: Catalog) -> None:
    order = example("office-move")
    done = await fulfilled(order, shop)
    assert done.state is OrderState.COMPLETED
    assert done.doubled == []
    sold = sum((line.price * (line.quantity or 1) for line in order.lines if line.price), Decimal(0))
    assert done.total("billing") == done.total("revenue") == sold
    invoices = [body for step, body in done.requests.items() if step.startswith("billing.invoice")]
    assert sorted(str(each["bill_to"]) for each in invoices) == ["ACME", "ACME-WEST"]
    parcels = Counter(str(body["ship_to"]) for step, body in done.requests.items() if step.startswith("shipping.ship"))
    assert sorted(parcels.values()) == [1, 1, 2]
    assert parcels["ACME West, 12 Harbor Way, 97201, Portland, US"] == 2
    reserved = [body["reservation_id"] for step, body in done.requests.items() if step.startswith("shipping.ship")]
    assert len(set(map(str, reserved))) == 4


async def test_paper_is_sold_by_the_box_and_reserved_by_the_ream(shop: Catalog) -> None:
    done = await fulfilled(an_order(L1={"product": "PAPER", "quantity": "3", "price": "24.50"}), shop)
    [reserved] = [body for step, body in done.requests.items() if step.startswith("inventory.reserve")]
    assert reserved["lines"] == [{"line": "SUPPLY@L1", "product": "PAPER-LETTER", "quantity": 15}]


async def test_services_alone_are_billed_without_any_delivery(shop: Catalog) -> None:
    services = an_order(
        L1={"product": "ANTIVIRUS", "price": "49.00"},
        L2={"product": "WARRANTY-1Y", "price": "79.00", "quantity": 2},
        L3={"product": "PREMIUM-SUPPORT", "price": "960.00"},
    )
    done = await fulfilled(services, shop)
    assert done.state is OrderState.COMPLETED
    assert done.entries("shipping") == []
    assert done.total("billing") == done.total("revenue") == Decimal("1167.00")


async def test_goods_without_an_address_go_to_the_one_on_file(shop: Catalog) -> None:
    order = an_order(L1={"product": "BAG", "price": "59.00"}).model_copy(update={"ship_to": None, "addresses": ()})
    done = await fulfilled(order, shop)
    [body] = [body for step, body in done.requests.items() if step.startswith("shipping.ship")]
    assert body["ship_to"] == "address on file of ACME"


async def test_a_bundle_may_carry_the_price_of_its_parts(shop: Catalog) -> None:
    order = an_order(
        L1={"product": "LAPTOP-BUNDLE", "price": "1399.00"},
        L2={"product": "LAPTOP-13", "parent": "L1", "attributes": {"ram": "16 GB", "storage": "1 TB"}},
        L3={"product": "ANTIVIRUS", "parent": "L1", "price": "10.00"},
    )
    done = await fulfilled(order, shop)
    assert done.doubled == []
    assert done.total("billing") == done.total("revenue") == Decimal("1409.00")


async def test_an_order_without_prices_still_is_fulfilled(shop: Catalog) -> None:
    done = await fulfilled(an_order(L1={"product": "MOUSE"}), shop)
    assert done.state is OrderState.COMPLETED
    assert done.entries("revenue") == []
    assert done.total("payments") == 0
