"""What changes of orders under way may be asked for, and would mean, by the order book alone (`domain.md` A2, A5)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from catalog.base import Issue, Refused
from catalog.catalog import Catalog
from decomposition.model import OrderPlan
from decomposition.order import Order
from decomposition.plan import plan as planned
from fulfillment.change import StepFact
from fulfillment.commands import Amend, Cancel
from fulfillment.effects import PlanChange
from fulfillment.planning import run_plan
from fulfillment.points import Changeable, changeable
from fulfillment.replanning import propose
from fulfillment.step_facts import facts_in_book
from orderbook.owned import assets_of
from orderbook.store import OrderBook
from orderbook.views import OrderView
from service.catalogs import LoadedOrder, load_order, placed
from service.differences import differences
from service.proposals import Proposal, as_proposal


class UnderWay(NamedTuple):
    """An order as the book has it, with its plan and the catalog that it is pinned to."""

    view: OrderView
    plan: OrderPlan
    catalog: Catalog


class Amendment(NamedTuple):
    """A new version of an order that can be planned, and the version that it was made from."""

    order: Order
    base: int


def under_way(book: OrderBook, number: str) -> UnderWay | Refused:
    """Return an order that has a plan and has not ended, or why it cannot be changed."""
    view = book.show(number)
    if view is None:
        return Refused.because(
            "order", f"There is no order `{number}`.", "`dro orders list` names the orders there are."
        )
    if view.ended_at is not None:
        message = f"Order `{number}` is closed ({view.state.replace('_', ' ')}); nothing can be changed any more."
        return Refused.because("order_closed", message, f"`dro orders show {number}` shows how it ended.")
    if view.waits_for:
        message = f"Order `{number}` waits for order `{view.waits_for}`, and is planned only then."
        return Refused.because("order_waits", message, f"Change it once order `{view.waits_for}` has ended.")
    plan = book.plan(view.plan) if view.plan else None
    catalog = book.catalog(plan.catalog) if plan else None
    if plan is None or catalog is None:
        hint = "It has one as soon as a worker has prepared it: `dro doctor` tells whether one runs."
        return Refused.because("plan", f"Order `{number}` has no plan yet.", hint)
    return UnderWay(view, plan, catalog)


def amendment(book: OrderBook, order: UnderWay, file: Path, base: int | None) -> Amendment | Refused:
    """Return the new version of an order that a file holds, or every reason why it cannot take the order's place.

    `base` is the version that it was made from, the one in force if None.
    """
    loaded = load_order(file)
    if loaded.order is None:
        return Refused(issues=loaded.issues)
    if base is not None and base != order.plan.version:
        return _stale(book, order, base)
    issues = tuple(_another(order, loaded.order))
    found: OrderPlan | Refused = Refused(issues=issues)
    if not issues:
        assets, plan = assets_of(book, loaded.order, order.catalog), order.plan
        found = planned(loaded.order, order.catalog, assets, now=plan.accepted_at, calendars=plan.calendars)
    if isinstance(found, Refused):
        return Refused(issues=_hinted(placed(found.issues, loaded.places), order, loaded))
    return Amendment(loaded.order, order.plan.version)


def _another(order: UnderWay, wanted: Order) -> list[Issue]:
    """Return what shows that the file holds another order."""
    stands = order.plan.order
    pairs = (("number", stands.number, wanted.number), ("account", stands.account, wanted.account))
    return [
        Issue(
            check="another_order",
            message=f"The file has the {what} `{new}`, and the order that it is to change has `{old}`.",
            hint=f"An order keeps its {what}: correct the file, or hand it in with `dro orders submit`.",
            path=(what,),
        )
        for what, old, new in pairs
        if old != new
    ]


def _hinted(issues: tuple[Issue, ...], order: UnderWay, loaded: LoadedOrder) -> tuple[Issue, ...]:
    """Return the issues; where the catalog may be what is too old, with the way out."""
    if loaded.order is None or loaded.order.number != order.view.number:
        return issues
    pinned = f"The order is planned on the catalog that it was accepted on, {order.catalog.digest[:12]}."
    return tuple(each.model_copy(update={"hint": f"{each.hint} {pinned}".strip()}) for each in issues)


def _stale(book: OrderBook, order: UnderWay, base: int) -> Refused:
    number, now = order.view.number, order.plan.version
    before = _content(book, order.plan, base)
    if before is None:
        message = f"Order `{number}` has no version {base}: it is at version {now}."
        return Refused.because("stale_base", message, "Leave `--base` out if the file was made from that.")
    found = differences(before, order.plan)
    told = f" since then, {'; '.join(found)}" if found else ""
    message = f"The file was made from version {base} of order `{number}`, which is at version {now}:{told}."
    hint = f"Bring the file up to date, and name the version with `--base {now}`."
    return Refused.because("stale_base", message, hint)


def _content(book: OrderBook, plan: OrderPlan, version: int) -> OrderPlan | None:
    """Return the plan of an order at an earlier version."""
    later = next((each for each in plan.revisions if each.version == version + 1), None)
    return book.plan(later.former) if later else None


def proposal(
    book: OrderBook, order: UnderWay, wanted: Amend | Cancel, amended: Order | None, now: datetime
) -> Proposal | Refused:
    """Return what a change would mean, by where the steps stand in the order book, or why it would be refused.

    `amended` is the content of an `Amend`.
    """
    effect = PlanChange(
        number=order.view.number,
        plan=order.plan.digest,
        number_of=len(order.view.changes) + 1,
        at=now,
        wanted=wanted,
        facts=_facts(book, order),
    )
    assets = assets_of(book, amended or order.plan.order, order.catalog)
    found = propose(order.plan, effect, amended, order.catalog, assets, book.plan_there)
    return found if isinstance(found, Refused) else as_proposal(found, order.plan, order.view)


def what_may_change(book: OrderBook, order: UnderWay) -> tuple[Changeable, ...]:
    """Return for each line whether it may still be amended or cancelled, by where the steps stand in the order book."""
    return changeable(order.plan, _facts(book, order))


def _facts(book: OrderBook, order: UnderWay) -> tuple[StepFact, ...]:
    earlier = book.progress(order.view.number)
    assert earlier is not None
    return facts_in_book(run_plan(order.plan, book.plan_there), earlier)


def not_their_order(book: OrderBook, number: str, actor: str, role: str) -> Refused | None:
    """Return why a submitter may not change an order: somebody else handed it in."""
    stored = book.order(number)
    if role != "submitter" or stored is None or stored.actor == actor:
        return None
    message = f"Order `{number}` was handed in by `{stored.actor}`: a submitter changes their own orders only."
    return Refused.because("role", message, "Ask an operator, or who handed it in.")
