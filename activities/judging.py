"""What the fallout rules of the environment say about a failed try of a call."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.cardinality import definition_of
from catalog.fallout_rules import FalloutRule
from catalog.rules import Priority
from catalog.steps import StepType
from decomposition.model import OrderPlan
from fulfillment.effects import FUNCTIONS, Call
from fulfillment.fallout import Tried, decide, parked
from fulfillment.outcomes import KEY_FORGOTTEN, Decision, Failure


def judge(
    call: Call,
    failure: Failure,
    plan: OrderPlan | None,
    rules: Iterable[FalloutRule],
    *,
    attempt: int,
    tries: int,
    unknown: bool,
) -> Decision:
    """Return what to do about a failed try; without its plan, which cannot be read now, its products are not known.

    A try that called nobody, since the system may have forgotten the key, parks: trying again would end the same.
    """
    tried = _tried(call, plan, attempt=attempt, tries=tries, unknown=unknown)
    if failure.code == KEY_FORGOTTEN:
        return parked(failure.code, tried, rules, "calling again could do it a second time")
    return decide(failure, tried, rules)


def _tried(call: Call, plan: OrderPlan | None, *, attempt: int, tries: int, unknown: bool) -> Tried:
    step = plan.step(call.step) if plan else None
    products = plan.products_of(step) if plan and step else ()
    return Tried(
        step=definition_of(call.step),
        operation=call.operation,
        type=StepType.AUTO_TASK if call.operation.startswith(f"{FUNCTIONS}.") else StepType.CALLOUT,
        tries=tries,
        unknown=unknown,
        products=tuple(each.code for each in products),
        classes=tuple(each.classes for each in products),
        order_priority=plan.order.priority if plan else Priority.NORMAL,
        key=f"{call.number}/{call.step}/{call.round}/{attempt}",
    )
