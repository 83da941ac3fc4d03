"""How a plan is changed by what a run asks for, and what the run is told of it; whoever plans stores the new plan."""

from __future__ import annotations

from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.assets import Assets
from decomposition.model import OrderPlan
from decomposition.order import Order
from decomposition.records import Former, no_former
from decomposition.revisions import RevisionKind
from decomposition.without import without_lines
from fulfillment.commands import Amend, Cancel
from fulfillment.compare import compare
from fulfillment.effects import PlanChange
from fulfillment.events import ChangePlanned
from fulfillment.growing import in_words
from fulfillment.planning import run_change, too_large
from fulfillment.proposal import Change


def replan(
    plan: OrderPlan,
    effect: PlanChange,
    amended: Order | None,
    catalog: Catalog,
    assets: Assets = (),
    former: Former = no_former,
) -> tuple[ChangePlanned, OrderPlan | None]:
    """Return what the run is told, and the plan that is to take the place of `plan`, if the change may be applied.

    `amended` is the content that an `Amend` names; `catalog` is the version that `plan` was made on.
    """
    number_of = effect.number_of
    found = propose(plan, effect, amended, catalog, assets, former)
    if isinstance(found, Refused):
        return ChangePlanned(number_of=number_of, refused=in_words(found)), None
    change = run_change(found, former)
    if beyond := too_large(change):
        return ChangePlanned(number_of=number_of, refused=beyond), None
    return ChangePlanned(number_of=number_of, change=change), found.plan


def propose(
    plan: OrderPlan,
    effect: PlanChange,
    amended: Order | None,
    catalog: Catalog,
    assets: Assets = (),
    former: Former = no_former,
) -> Change | Refused:
    """Return what a change means for the states that `effect` tells, or every reason why it cannot be."""
    wanted = effect.wanted
    match wanted:
        case Amend():
            kind, order = RevisionKind.AMEND, amended
        case Cancel(lines=()):
            kind, order = RevisionKind.CANCEL, None
        case Cancel(lines=lines):
            left = without_lines(plan, lines, catalog)
            if isinstance(left, Refused):
                return left
            kind, order = RevisionKind.CANCEL, left
    return compare(
        plan,
        effect.facts,
        order,
        catalog,
        assets,
        now=effect.at,
        kind=kind,
        actor=wanted.actor,
        reason=wanted.reason,
        override=wanted.override,
        former=former,
    )
