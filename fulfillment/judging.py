"""What the fallout rules of the environment say about a failed try of a call, or a failure that only the run sees."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.cardinality import definition_of
from catalog.fallout_rules import FalloutRule
from catalog.rules import Priority
from catalog.steps import StepType
from decomposition.model import OrderPlan
from fulfillment.effects import FUNCTIONS, Call, Judge
from fulfillment.events import Judged
from fulfillment.fallout import Tried, decide, parked
from fulfillment.outcomes import KEY_FORGOTTEN, Decision, Failure, Park


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


def is_unknown(call: Call, failure: Failure, *, before: bool = False) -> bool:
    """Tell whether a try of the round may have worked, `before` if one of those that the call does not count.

    What computes changes nothing, whatever became of earlier tries.
    """
    return not call.operation.startswith(f"{FUNCTIONS}.") and (call.unknown or before or not failure.refused)


def judged(effect: Judge, plan: OrderPlan | None, rules: Iterable[FalloutRule]) -> Judged:
    """Return what the rules say about a failure that only the run has seen."""
    tried = _of_step(
        effect.step,
        effect.operation,
        effect.type,
        plan,
        tries=effect.tries,
        unknown=effect.unknown,
        key=f"{effect.number}/{effect.step}/{effect.round}/{effect.attempts}/{effect.number_of}",
    )
    return _answer(effect, decide(effect.failure, tried, rules))


def unjudged(effect: Judge, why: str) -> Judged:
    """Return that a failure waits for a person since no rule was asked, and why none was."""
    return _answer(effect, Park(why=why))


def _answer(effect: Judge, decision: Decision) -> Judged:
    return Judged(step=effect.step, round=effect.round, number_of=effect.number_of, decision=decision)


def _tried(call: Call, plan: OrderPlan | None, *, attempt: int, tries: int, unknown: bool) -> Tried:
    computes = call.operation.startswith(f"{FUNCTIONS}.")
    return _of_step(
        call.step,
        call.operation,
        StepType.AUTO_TASK if computes else StepType.CALLOUT,
        plan,
        tries=tries,
        unknown=unknown,
        key=f"{call.number}/{call.step}/{call.round}/{attempt}",
    )


def _of_step(
    code: str, operation: str | None, type_: StepType, plan: OrderPlan | None, *, tries: int, unknown: bool, key: str
) -> Tried:
    step = plan.step(code) if plan else None
    products = plan.products_of(step) if plan and step else ()
    return Tried(
        step=definition_of(code),
        operation=operation,
        type=type_,
        tries=tries,
        unknown=unknown,
        products=tuple(each.code for each in products),
        classes=tuple(each.classes for each in products),
        order_priority=plan.order.priority if plan else Priority.NORMAL,
        key=key,
    )
