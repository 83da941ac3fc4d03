"""How a plan grows by what a run asks for, and what the run is told of it; whoever plans stores the grown plan."""

from __future__ import annotations

from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.extend import extend
from decomposition.extensions import Cause
from decomposition.model import OrderPlan
from fulfillment.effects import Extend
from fulfillment.events import Extended
from fulfillment.planning import growth, run_plan, too_large


def grow(former: OrderPlan, catalog: Catalog, effect: Extend) -> tuple[Extended, OrderPlan | None]:
    """Return what the run is told, and the plan that has grown by the alternative that it asked for, if there is one.

    `catalog` is the version that `former` was made on.
    """
    cause = Cause(
        step=effect.step,
        group=effect.group,
        number=effect.fallout,
        rule=effect.rule,
        actor=effect.actor,
        reason=effect.reason,
    )
    found = extend(former, catalog, cause, effect.at)
    if isinstance(found, Refused):
        return Extended(step=effect.step, refused=in_words(found)), None
    if beyond := too_large(run_plan(found)):
        return Extended(step=effect.step, refused=beyond), None
    return Extended(step=effect.step, growth=growth(former, found)), found


def in_words(refused: Refused) -> str:
    """Return why something is refused, then what to do about it, each thing once."""
    said = (*(each.message for each in refused.issues), *(each.hint for each in refused.issues if each.hint))
    return " ".join(dict.fromkeys(said))
