"""Takes orders in: plans them first, writes them down, starts their workflows; all of it may be repeated safely."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from temporalio.client import Client, WorkflowFailureError
from temporalio.common import (
    Priority,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from catalog.base import Issue, Refused
from catalog.rules import Priority as Urgency
from decomposition.model import OrderPlan
from decomposition.needs import claims_of
from decomposition.order import Order
from fulfillment.planning import run_plan
from fulfillment.progress import AuditEntry
from fulfillment.runplan import RunPlan
from fulfillment.states import OrderState
from orderbook.claiming import Blocked
from orderbook.store import OrderBook
from orderbook.views import Acceptance, Accepted, StoredOrder
from service.catalogs import CatalogInUse, LoadedOrder, calendars_in_use, catalog_in_use, load_order, placed
from service.desk import unreachable
from service.planning import planned
from service.settings import Settings
from workflows.ids import workflow_id
from workflows.input import Ended, StartOrder

PRIORITY_KEYS: Mapping[Urgency, int] = MappingProxyType({Urgency.HIGH: 1, Urgency.NORMAL: 3, Urgency.BULK: 5})
"""Temporal's ranks, 1 to 5, 1 first and 3 for work that says nothing."""

MOST_STEPS_AT_START = 100
"""Steps of a plan that goes along with the start of its workflow: some 50 KiB; longer ones are read from the book."""
LINES_SHOWN = 50
"""How many lines of an order the Web UI shows."""


@dataclass(frozen=True)
class Submitted:
    """An accepted order: whether this submit brought it, and whether its workflow could be started at once."""

    number: str
    is_new: bool
    is_started: bool


async def submit(file: Path, client: Client, book: OrderBook, settings: Settings) -> Submitted | Refused:
    """Accept the order in a file and start it, or return every reason why not; a refusal writes nothing.

    The same order again is the one that is there; another one under its number is refused.

    Raises:
        BookUnreachable: the order book does not answer; nothing was accepted, or the same submit finds it accepted.
    """
    loaded = load_order(file)
    if loaded.order is None:
        return Refused(issues=loaded.issues)
    first, use = await asyncio.to_thread(_looked_up, loaded.order.number, book, settings)
    if first:
        return await _repeated(loaded, first, client, book, settings)
    if isinstance(use, Refused):
        return use
    now = datetime.now(UTC)
    plan = await asyncio.to_thread(_planned, loaded, loaded.order, use, now, book, settings)
    if isinstance(plan, Refused):
        return plan
    return await _accept(loaded, plan, use, client, book, settings)


def _looked_up(number: str, book: OrderBook, settings: Settings) -> tuple[StoredOrder | None, CatalogInUse | Refused]:
    return book.order(number), catalog_in_use(settings, book)


def _planned(
    loaded: LoadedOrder, order: Order, use: CatalogInUse, now: datetime, book: OrderBook, settings: Settings
) -> OrderPlan | Refused:
    """Return the plan of an order against what its account has, unless another order has what it may not wait for."""
    calendars = calendars_in_use(settings, use.catalog)
    plan = planned(loaded, order, use, now, book.assets_for(order, use.catalog), calendars)
    if isinstance(plan, Refused):
        return plan
    held = [each for each in book.held_by_others(plan, use.catalog) if each.claim.refuses]
    return Refused(issues=placed(map(_held, held), loaded.places)) if held else plan


def _held(blocked: Blocked) -> Issue:
    claim = blocked.claim
    message = f"Line `{claim.line}`: order `{blocked.number}` is changing `{claim.asset}`"
    hint = f"Hand the order in again once order `{blocked.number}` has ended."
    message += f", and for `{claim.product}` nobody waits."
    return Issue(check="asset_claimed", message=message, hint=hint, path=("lines", claim.line.split(".")[0]))


async def _accept(
    loaded: LoadedOrder, plan: OrderPlan, use: CatalogInUse, client: Client, book: OrderBook, settings: Settings
) -> Submitted | Refused:
    unclaimed = _unclaimed(plan, use)
    accepted = await asyncio.to_thread(_store, plan, unclaimed, use, book, settings.actor)
    if accepted.kind is not Acceptance.NEW:
        return await _repeated(loaded, accepted.stored, client, book, settings)
    is_started = await _try_start(client, settings, accepted.stored, unclaimed)
    return Submitted(plan.order.number, is_new=True, is_started=is_started)


def _store(plan: OrderPlan, unclaimed: OrderPlan | None, use: CatalogInUse, book: OrderBook, actor: str) -> Accepted:
    at = plan.accepted_at
    if use.is_draft:
        book.store_catalog(
            use.catalog, dict(use.sources), label=use.version, author=actor, note="used unpublished", at=at
        )
    audit = AuditEntry(at=at, actor=actor, action="submit", accepted=True)
    return book.add_order(plan.order, catalog=use.catalog.digest, at=at, actor=actor, audit=audit, plan=unclaimed)


def _unclaimed(plan: OrderPlan, use: CatalogInUse) -> OrderPlan | None:
    """Return a plan that nothing can change any more; one that changes assets is made anew once it has them."""
    return None if claims_of(plan, use.catalog) else plan


async def _repeated(
    loaded: LoadedOrder, first: StoredOrder, client: Client, book: OrderBook, settings: Settings
) -> Submitted | Refused:
    assert loaded.order is not None
    number, digest = first.order.number, loaded.order.digest
    if first.order.digest == digest or await asyncio.to_thread(book.has_been, number, digest):
        return Submitted(number, is_new=False, is_started=await _try_start(client, settings, first))
    when = f"{first.accepted_at:%Y-%m-%d %H:%M} UTC"
    message = f"Order `{number}` was accepted with other content on {when} from `{first.actor}`."
    hint = f"Choose another number, or change the accepted order with `dro orders amend {number} FILE`."
    issue = Issue(check="number_taken", message=message, hint=hint, path=("number",))
    return Refused(issues=placed((issue,), loaded.places))


async def _try_start(client: Client, settings: Settings, stored: StoredOrder, plan: OrderPlan | None = None) -> bool:
    try:
        await start(client, settings, stored, plan)
    except RPCError as error:
        if unreachable(error, client) is error and not _is_not_set_up(error):
            raise
        # The order is accepted: the sweeper of the next worker starts it.
        return False
    return True


def _is_not_set_up(error: RPCError) -> bool:
    """Tell whether the namespace lacks our search attributes, which each worker registers when it starts."""
    return error.status is RPCStatusCode.INVALID_ARGUMENT and "search attribute" in error.message


async def start(
    client: Client, settings: Settings, stored: StoredOrder, plan: OrderPlan | None = None, *, restart: bool = False
) -> None:
    """Start the workflow of an accepted order; one that runs or has ended stays as it is.

    `plan` is the one that was stored with it; what to run of it goes along if that is short, so that nobody need ask.
    With `restart` one that has ended is followed by another, which goes on from what the order book knows.

    Raises:
        RPCError: Temporal does not take it.
    """
    order = stored.order
    to_run = _travelling(plan)
    message = StartOrder(
        number=order.number,
        account=order.account,
        priority=order.priority,
        catalog=stored.catalog,
        restart=restart,
        planned=plan.digest if plan else "",
        plan=to_run,
    )
    again = WorkflowIDReusePolicy.ALLOW_DUPLICATE if restart else WorkflowIDReusePolicy.REJECT_DUPLICATE
    try:
        await client.start_workflow(
            "FulfillOrder",
            message,
            id=workflow_id(order.number),
            task_queue=settings.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=again,
            static_summary=_summary(order, plan),
            static_details=_details(order),
            search_attributes=_search_attributes(stored, OrderState.IN_PROGRESS if to_run else OrderState.ACKNOWLEDGED),
            priority=_priority(order),
        )
    except WorkflowAlreadyStartedError:
        # It ran to its end: nothing is left to start.
        return


def _travelling(plan: OrderPlan | None) -> RunPlan | None:
    """Return what to run of a plan if it is short enough to go along with the start; else an activity reads it."""
    if plan is None or len(plan.steps) > MOST_STEPS_AT_START:
        return None
    return run_plan(plan)


def _priority(order: Order) -> Priority:
    """Return how Temporal ranks the order's work wherever it makes a queue; its calls inherit it (`domain.md` E7)."""
    return Priority(priority_key=PRIORITY_KEYS[order.priority])


def _summary(order: Order, plan: OrderPlan | None) -> str:
    size = f" · {len(plan.steps)} {'step' if len(plan.steps) == 1 else 'steps'}" if plan else ""
    return f"{order.number} · {order.account}{size}"


def _details(order: Order) -> str:
    shown = order.lines[:LINES_SHOWN]
    lines = [f"- {each.quantity or 'all'} × `{each.product}` ({each.action.value}), line `{each.id}`" for each in shown]
    rest = len(order.lines) - len(shown)
    more = [f"- and {rest} more"] if rest else []
    return "\n".join(
        (f"Order `{order.number}` of account `{order.account}`, priority {order.priority}:", "", *lines, *more)
    )


def _search_attributes(stored: StoredOrder, state: OrderState) -> TypedSearchAttributes:
    order = stored.order
    keywords = {
        "OrderState": state.value,
        "OrderPriority": order.priority.value,
        "Account": order.account,
        "CatalogVersion": stored.catalog[:12],
    }
    pairs = [SearchAttributePair(SearchAttributeKey.for_keyword(name), value) for name, value in keywords.items()]
    return TypedSearchAttributes([*pairs, SearchAttributePair(SearchAttributeKey.for_int("OpenFallouts"), 0)])


async def wait(client: Client, number: str) -> OrderState | None:
    """Return the state in which an order ended, once it has; None if its workflow broke down.

    Raises:
        RPCError: Temporal knows no such order or does not answer.
    """
    handle = client.get_workflow_handle(workflow_id(number), result_type=Ended)
    try:
        ended: Ended = await handle.result()
        return ended.state
    except WorkflowFailureError:
        return None
