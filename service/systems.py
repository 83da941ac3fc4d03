"""Systems as operators see and switch them; what waits for a system that is back is told to go on (`domain.md` F5)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from catalog.base import Refused
from catalog.catalog import Catalog
from catalog.environment import Environment
from catalog.words import did_you_mean
from fulfillment.events import SystemOnline
from orderbook.store import OrderBook
from orderbook.switches import SystemSwitch
from orderbook.system_figures import SystemFigures, WaitingForSystem
from workflows.ids import workflow_id

LATELY = timedelta(hours=1)
SIGNALS_AT_ONCE = 20


class Health(StrEnum):
    """A system in a word: `failing` where it failed lately and has not succeeded since."""

    OK = "ok"
    FAILING = "failing"
    OFFLINE = "offline"


class SystemView(SystemFigures):
    """A system: its health and figures, where its switch stands, and the limits of its calls.

    `failures` are failed tries of the last hour. `since`, `actor` and `reason` are of the last switching, if any;
    `rate` is calls per second over all workers, `concurrency` calls at a time of each worker.
    """

    title: str = ""
    health: Health = Health.OK
    since: datetime | None = None
    actor: str = ""
    reason: str = ""
    own_queue: bool = False
    rate: float | None = None
    concurrency: int | None = None


@dataclass(frozen=True)
class Switched:
    """A system whose switch stands as asked: whether that is new, and how many orders were told to go on."""

    system: str
    is_new: bool
    orders: int = 0


def systems(
    catalogs: Iterable[Catalog], environment: Environment, book: OrderBook, now: datetime
) -> tuple[SystemView, ...]:
    """Return the systems of catalogs, environment and order book, by name.

    Raises:
        BookError: the order book does not answer.
    """
    declared = {each.name: each for catalog in catalogs for each in catalog.systems}
    figures = {each.system: each for each in book.system_figures(now - LATELY)}
    switches = {each.system: each for each in book.switches()}
    found = []
    for name in _names(declared, environment, (*figures, *switches)):
        address, system = environment.system(name), declared.get(name)
        view = SystemView(
            **dict(figures.get(name, SystemFigures(system=name))),
            title=system.title if system else "",
            own_queue=system is not None and system.own_queue,
            rate=address.rate if address else None,
            concurrency=address.concurrency if address else None,
        )
        found.append(_switched(view, switches.get(name)))
    return tuple(found)


def _switched(view: SystemView, switch: SystemSwitch | None) -> SystemView:
    told = switch.model_dump(include={"since", "actor", "reason"}) if switch else {}
    return view.model_copy(update={**told, "health": health_of(view, switch)})


def health_of(figures: SystemFigures, switch: SystemSwitch | None) -> Health:
    """Return how a system is, in a word."""
    if switch and switch.offline:
        return Health.OFFLINE
    failed, succeeded = figures.last_failure_at, figures.last_success_at
    recovered = failed is None or (succeeded is not None and succeeded > failed)
    return Health.OK if recovered or not figures.failures else Health.FAILING


def _names(declared: Mapping[str, object], environment: Environment, known: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*declared, *(each.name for each in environment.systems), *known}))


def refusal(name: str, catalogs: Iterable[Catalog], environment: Environment) -> Refused | None:
    """Return why a system cannot be switched: neither a catalog nor the environment knows it."""
    names = _names({each.name: each for catalog in catalogs for each in catalog.systems}, environment, ())
    if name in names:
        return None
    hint = did_you_mean(name, names, "The systems are")
    return Refused.because("system", f"There is no system `{name}`.", hint)


def take_offline(book: OrderBook, switch: SystemSwitch, role: str = "") -> Switched:
    """Switch a system off: calls that have begun end, the next ones wait; asked twice, it is done once.

    Raises:
        BookError: the order book does not answer.
    """
    return Switched(switch.system, is_new=book.switch(switch, role=role))


async def bring_online(client: Client, book: OrderBook, switch: SystemSwitch, role: str = "") -> Switched:
    """Switch a system on, and tell the orders that wait for it; asked twice, they are told again, which is harmless.

    Raises:
        BookError, RPCError: the order book or Temporal does not answer; the clock tells the orders within a minute.
    """
    is_new = await asyncio.to_thread(book.switch, switch, role=role)
    waiting = await asyncio.to_thread(book.waiting_for_systems)
    told = await _tell(client, [each for each in waiting if each.system == switch.system])
    return Switched(switch.system, is_new=is_new, orders=told)


async def tell_waiting(client: Client, book: OrderBook) -> int:
    """Tell the orders that still wait for a system that is not switched off; return how many there were.

    Raises:
        BookError, RPCError: the order book or Temporal does not answer.
    """
    waiting = await asyncio.to_thread(book.waiting_for_systems)
    if not waiting:
        return 0
    offline = {each.system for each in await asyncio.to_thread(book.switches) if each.offline}
    return await _tell(client, [each for each in waiting if each.system not in offline])


async def _tell(client: Client, waiting: Iterable[WaitingForSystem]) -> int:
    limit = asyncio.Semaphore(SIGNALS_AT_ONCE)

    async def tell(each: WaitingForSystem) -> bool:
        async with limit:
            handle = client.get_workflow_handle(workflow_id(each.number))
            try:
                await handle.signal("online", SystemOnline(system=each.system))
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                return False  # its execution is lost: the sweeper says so
            return True

    return sum(await asyncio.gather(*(tell(each) for each in waiting)))
