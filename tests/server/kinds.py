"""Every kind of order: what may happen to one, made to happen. `ORDERS` is run where each kind has to be tried.

Each function hands an order in, plays the people and the systems until nothing keeps it from its end, and returns its
number.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from catalog.base import Refused
from fulfillment.commands import Alternative, Cancel, Command, Complete, CompleteTask, GivenValue, Retry, SetFacts, Skip
from orderbook.views import OrderView
from service import desk
from service.lost import restart
from service.orders import submit
from tests.server.changing import amend, parked_after_delivery
from tests.server.conftest import Shop
from workflows.ids import workflow_id
from workflows.input import CallbackMessage

CATALOG = Path(__file__).parent / "catalog"
REFUSED = {"kind": "status", "status": 422}
DELIVERED = {"outcome": "delivered", "delivered_at": "2026-12-01T08:00:00+00:00"}

Kind = Callable[[Shop], Awaitable[str]]


async def untroubled(shop: Shop) -> str:
    return await shop.order("laptop-bundle")


async def with_people(shop: Shop) -> str:
    number = await shop.order("office-move")
    view = await shop.until(number, lambda view: bool(view.tasks) or view.ended_at is not None)
    samples = {"date": "2026-12-01", "text": "Kim", "boolean": "true", "integer": "1", "number": "1", "money": "1.00"}
    for task in view.tasks:
        values = {each.name: each.choices[0] if each.choices else samples[each.type.value] for each in task.form}
        await tell(shop, number, CompleteTask(step=task.step, values=given(**values), actor="kim", role="operator"))
    return number


async def retried_and_resumed(shop: Shop) -> str:
    await shop.fault("inventory", "reserve", kind="status", status=503, calls=2)
    await shop.fault("warranty", "register", **REFUSED, code="PROVIDER_CLOSED", calls=2)
    number = await shop.order("laptop-bundle")
    step = await shop.stuck(number)
    await tell(shop, number, Retry(steps=(step.id,), actor="kim"))
    await shop.until(number, lambda view: len(view.fallouts) == 2)
    await tell(shop, number, Skip(steps=(step.id,), reason="waived"))
    return number


async def waiting_for_facts_and_times(shop: Shop) -> str:
    """A pause with a fact of a line; one that goes on at its time-out, one that parks; a lag, a date, a function."""
    number = await ordered(shop, "WAITS")
    step = await shop.stuck(number)
    await tell(shop, number, SetFacts(values=given(insisted="true"), actor="kim"))
    await tell(shop, number, Retry(steps=(step.id,), actor="kim"))
    await tell(shop, number, SetFacts(line="L1", values=given(years="2"), actor="kim"))
    return number


async def going_one_way(shop: Shop) -> str:
    """Conditions that hold, that do not, that take what depends on them along, and that have no value."""
    number = await ordered(shop, "CHOICES")
    step = await shop.stuck(number)
    await tell(shop, number, Skip(steps=(step.id,), reason="no limit is agreed"))
    return number


async def answered_later(shop: Shop) -> str:
    """Callbacks: early, twice, for another round, for no step, after the deadline, and one that tells a failure."""
    await shop.fault("shipping", "ship", kind="latency", seconds=0.8)
    number = await ordered(shop, "PARCELS")
    await shop.until(number, lambda view: has(view, "early", "completed"))
    for name, round_ in (("early", 1), ("failed", 2), ("nowhere", 1)):
        await call_back(shop, number, f"parcels.{name}@L1", DELIVERED, round_)

    await shop.until(number, lambda view: has(view, "failed", "accepted"))
    await call_back(shop, number, "parcels.failed@L1", {"outcome": "lost", "code": "PARCEL_LOST"})
    await tell(shop, number, Retry(steps=((await shop.stuck(number)).id,), actor="kim"))
    await shop.until(number, lambda view: has(view, "failed", "accepted"))
    await call_back(shop, number, "parcels.failed@L1", DELIVERED)

    step = await shop.stuck(number)
    await call_back(shop, number, step.id, DELIVERED)
    outputs = given(shipment_id="SHP-1", delivered_at="2026-12-01T08:00:00+00:00")
    await tell(shop, number, Complete(steps=(step.id,), outputs=outputs, actor="kim", reason="the carrier said so"))
    return number


async def resolved_by_hand(shop: Shop) -> str:
    """What is asked and refused, all ways in; then a step skipped on a statement, and one completed with outputs."""
    await shop.fault("warranty", "register", kind="lost_answer")
    await shop.fault("warranty", "register", **REFUSED, calls=None)
    await shop.fault("licensing", "activate", **REFUSED)
    number = await ordered(shop, "WORK")
    step = await shop.stuck(number)
    await shop.heal()
    await shop.fault("licensing", "activate", **REFUSED)
    handle = shop.stack.client.get_workflow_handle(workflow_id(number))
    await handle.signal("retry")
    await handle.signal("no_such_signal", {"steps": [step.id]})
    await handle.signal("skip", {"steps": [step.id], "actor": "kim", "reason": "no need"})
    for command in (Cancel(override=True), Retry(steps=("work.regster",)), Skip(steps=(step.id,), reason="no need")):
        assert isinstance(await desk.ask(shop.stack.client, number, command, "refused"), Refused)
    await tell(shop, number, Skip(steps=(step.id,), reason="they have no such entry", nothing_happened=True))

    await shop.until(number, lambda view: len(view.fallouts) == 2)
    by_hand = Complete(steps=((await shop.stuck(number)).id,), outputs=given(licence_key="K-1"), actor="kim")
    await tell(shop, number, by_hand)
    return number


async def amended(shop: Shop) -> str:
    """A line is added while a step is parked: the payment is made anew, and of two changes of mind one is refused."""
    number = await parked_after_delivery(shop)
    stale = await amend(shop, number, base=7)
    assert isinstance(stale, Refused)
    assert not isinstance(await amend(shop, number), Refused)
    return number


async def called_off(shop: Shop) -> str:
    """The Web UI's cancel comes when nearly all is done: all is undone."""
    number = await parked_after_delivery(shop)
    await shop.stack.client.get_workflow_handle(workflow_id(number)).cancel()
    return number


async def lost_and_restarted(shop: Shop) -> str:
    """The execution is terminated while a step is parked; another one goes on from what the order book knows."""
    await shop.fault("licensing", "activate", **REFUSED)
    number = await ordered(shop, "WORK")
    step = await shop.stuck(number)
    await shop.stack.client.get_workflow_handle(workflow_id(number)).terminate(reason="a mistake")
    answer = await restart(shop.stack.client, shop.stack.book, shop.settings, number, "go on")
    assert not isinstance(answer, Refused), answer.issues
    await tell(shop, number, Retry(steps=(step.id,), actor="kim"))
    return number


async def replaced(shop: Shop) -> str:
    """A group that does not fit is refused; then a back-up shipper, a task of a person, takes the place of a step."""
    await shop.fault("shipping", "ship", **REFUSED, code="NO_DRIVER")
    number = await shop.order("laptop-bundle")
    step = (await shop.stuck(number)).id
    await tell(shop, number, Alternative(steps=(step,), group="support", actor="kim"))
    await shop.until(number, lambda view: "cannot be run" in view.fallouts[0].why)
    await tell(shop, number, Alternative(steps=(step,), group="backup_shipping", actor="kim"))
    [task] = (await shop.until(number, lambda view: bool(view.tasks))).tasks
    sent = given(carrier="Pigeons", tracking_number="PGN-1", delivered_at="2026-12-01T08:00:00+00:00")
    await tell(shop, number, CompleteTask(step=task.step, values=sent, actor="kim"))
    return number


ORDERS: list[Kind] = [
    untroubled,
    with_people,
    retried_and_resumed,
    waiting_for_facts_and_times,
    going_one_way,
    answered_later,
    resolved_by_hand,
    amended,
    called_off,
    lost_and_restarted,
    replaced,
]


async def ordered(shop: Shop, product: str) -> str:
    """Hand in an order of one product of the catalog of kinds; return its number."""
    number = f"T-{next(shop.numbers)}"
    file = shop.folder / f"{number}.json"
    order = {"number": number, "account": "ACME", "currency": "USD", "lines": {"L1": {"product": product}}}
    file.write_text(json.dumps(order))
    settings = shop.settings.model_copy(update={"catalog": str(CATALOG)})
    submitted = await submit(file, shop.stack.client, shop.stack.book, settings)
    assert not isinstance(submitted, Refused), "\n".join(str(issue) for issue in submitted.issues)
    return number


async def tell(shop: Shop, number: str, command: Command) -> None:
    """Have a command accepted."""
    answer = await desk.ask(shop.stack.client, number, command, command.model_dump_json())
    assert not isinstance(answer, Refused), answer.issues


async def call_back(shop: Shop, number: str, step: str, body: dict[str, str], round_: int = 1) -> None:
    """Answer a call of the order as its system does."""
    message = CallbackMessage(step=step, round=round_, body=json.dumps(body))
    await shop.stack.client.get_workflow_handle(workflow_id(number)).signal("callback", message)


def given(**values: str) -> tuple[GivenValue, ...]:
    """Return values as people type them."""
    return tuple(GivenValue(name=name, value=value) for name, value in values.items())


def has(view: OrderView, name: str, words: str) -> bool:
    """Tell whether the reason of the order's one step of that name has these words."""
    return any(f".{name}@" in each.id and words in each.reason for each in view.steps)
