"""Late answers as a resolution: a callback that nobody waited for completes its step (`domain.md` E1, F4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from catalog.base import Refused
from catalog.values import NamedValues
from fulfillment.callbacks import read_callback, with_later
from fulfillment.commands import Complete
from fulfillment.outcomes import Failure
from fulfillment.planning import run_plan
from fulfillment.runplan import RunCallback
from orderbook.store import OrderBook
from orderbook.views import LateAnswer, OrderView, StepView
from service.lost import unknown


def offered(order: OrderView, step: str) -> tuple[LateAnswer, ...]:
    """Return the late answers that a step can be completed with, oldest first."""
    return tuple(each for each in order.late_answers if each.step == step and each.number is not None)


def completed_by(book: OrderBook, number: str, command: Complete, wanted: int | None) -> Complete | Refused:
    """Return the command with the outputs that a late answer of its step gives, the last one unless `wanted` names it.

    What the command says itself counts more; what the system gave when it accepted the call counts too.

    Raises:
        BookError: the order book does not answer.
    """
    order = book.show(number)
    if order is None:
        return unknown(number)
    [step] = command.steps
    answers = [each for each in offered(order, step) if wanted in (None, each.number)]
    if not answers:
        return _none(order, step, wanted)
    callback = _callback(book, order, step)
    if callback is None:
        return _refused(
            f"Step `{step}` awaits no callback.", f"`dro steps complete {number} {step} --output NAME=VALUE`"
        )
    late = answers[-1]
    read = read_callback(callback, late.answer)
    if isinstance(read, Failure):
        message = f"Late answer {late.number} of `{step}` tells a failure, `{read.code}`: {read.message}"
        return _refused(message, f"`dro fallouts show {number} {step}` shows what else resolves it.")
    together = _texts(with_later(_accepted(order.steps, step, late), read))
    outputs = {**together, **{each.name: each.value for each in command.outputs}}
    given = {**command.model_dump(), "outputs": outputs, "late_answer": late.number}
    return Complete.model_validate(given)


def _texts(values: NamedValues) -> Mapping[str, str]:
    return {each.name: each.text for each in values if each.text is not None}


def _accepted(steps: Iterable[StepView], step: str, late: LateAnswer) -> NamedValues:
    """Return what the system gave when it accepted the call, if the late answer is to the same call."""
    found = next((each for each in steps if each.id == step), None)
    same = found is not None and found.round == late.round
    return found.kept.accepted if found and found.kept and same else ()


def _callback(book: OrderBook, order: OrderView, step: str) -> RunCallback | None:
    plan = book.plan(order.plan) if order.plan else None
    if plan is None:
        return None
    run = run_plan(plan, book.plan_there)
    definitions = {each.id: each for each in run.definitions}
    return next((definitions[each.definition].callback for each in run.steps if each.id == step), None)


def _none(order: OrderView, step: str, wanted: int | None) -> Refused:
    which = "late answer" if wanted is None else f"late answer {wanted}"
    return _refused(f"Step `{step}` has no {which}.", f"`dro fallouts show {order.number} {step}` lists them.")


def _refused(message: str, hint: str) -> Refused:
    return Refused.because("late_answer", message, hint)
