"""Orders under way that are changed: small catalogs, where their steps stand, and what a change of them means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.model import OrderPlan
from decomposition.order import Order
from decomposition.revisions import RevisionKind
from fulfillment.change import Consequence, Effect, StepFact, Verdict
from fulfillment.compare import compare
from fulfillment.proposal import Change, StepChange
from fulfillment.states import StepState
from tests.unit.decomposition.builders import NOW, a_catalog, an_order, planned

LATER = NOW + timedelta(hours=5)

CALLING = "calling"
"""A callout whose call is in flight."""
DOUBTFUL = "doubtful"
"""A callout that is a fallout, and may have worked."""

Groups = Mapping[str, Mapping[str, Any]]


def call(**more: object) -> dict[str, Any]:
    """Return a step that tells a system the quantity of its line."""
    return {"type": "callout", "operation": "office.do", "scope": "line", "input": {"n": "line.quantity"}, **more}


def whole(**more: object) -> dict[str, Any]:
    """Return a step that tells a system the quantities of all its lines."""
    mapped = {"n": "sum(each.quantity for each in lines)"}
    return {"type": "callout", "operation": "office.do", "scope": "plan", "input": mapped, **more}


def shop(main: Mapping[str, Any], attributes: Mapping[str, Any] | None = None, **more: Mapping[str, Any]) -> Catalog:
    """Return a catalog whose goods bring in the group `main`; `more` are the groups that its steps name."""
    known = {"back": {"take_back": call()}, "fix": {"adjust": call()}, "later": {"instead": call()}}
    groups: Groups = {**known, **more, "main": main}
    alternative = ("later",)
    return a_catalog(
        products={
            "GOOD": {"name": "Good", "attributes": attributes or {"site": {"type": "text"}}},
            "OTHER": {"name": "Other", "nothing_to_do": "It is there to be ordered beside goods."},
        },
        systems={"office": {"operations": {"do": {"path": "/do", "request": {"n": "input.n"}}}}},
        order_attributes={"card": {"type": "text", "compared_in_flight": False}},
        step_groups={
            name: {"steps": {key: dict(each) for key, each in steps.items()}, "alternative": name in alternative}
            for name, steps in groups.items()
        },
        scenarios={"S-main": {"product": "GOOD", "group": "main"}},
    )


def goods(lines: Mapping[str, object], **fields: object) -> Order:
    """Return an order of goods: by line how many, or more of it."""
    found = {code: each if isinstance(each, Mapping) else {"quantity": each} for code, each in lines.items()}
    return an_order({code: {"product": "GOOD", **each} for code, each in found.items()}, **fields)


def stand(plan: OrderPlan, states: Mapping[str, str]) -> tuple[StepFact, ...]:
    """Return where the steps of a plan stand; those that are not named are pending."""
    unknown = [each for each in states if plan.step(each) is None]
    assert not unknown, (unknown, [each.id for each in plan.steps])
    return tuple(fact(each.id, states.get(each.id, "pending")) for each in plan.steps)


def fact(step: str, state: str) -> StepFact:
    """Return where a step stands that has this state, `calling` or `doubtful`."""
    match state:
        case "calling":
            return StepFact(id=step, state=StepState.IN_PROGRESS, effect=Effect.POSSIBLE, begun=True, calling=True)
        case "doubtful":
            return StepFact(id=step, state=StepState.FATALLY_FAILED, effect=Effect.POSSIBLE, begun=True)
        case "completed":
            return StepFact(id=step, state=StepState.COMPLETED, effect=Effect.CERTAIN, begun=True)
        case "in_progress" | "failed" | "fatally_failed" | "cancelled" | "amended":
            return StepFact(id=step, state=StepState(state), begun=True)
        case _:
            return StepFact(id=step, state=StepState(state))


def all_in(plan: OrderPlan, state: str = "completed") -> tuple[StepFact, ...]:
    """Return that all steps of a plan stand there."""
    return stand(plan, {each.id: state for each in plan.steps})


class Story:
    """An order and its changes, one after the other; plans by their digests are what `former` gives."""

    def __init__(self, catalog: Catalog, order: Order) -> None:
        self.catalog = catalog
        self.plan = planned(order, catalog)
        self.states: dict[str, str] = {}
        self.plans = {self.plan.digest: self.plan}

    def stands(self, **states: str) -> Story:
        """Let steps stand somewhere: `main__send__L1="completed"`, or all with `everything`."""
        everything = states.pop("everything", None)
        if everything:
            self.states |= {each.id: everything for each in self.plan.steps}
        self.states |= {_code(name): state for name, state in states.items()}
        return self

    def compared(self, wanted: Order | None, **more: Any) -> Change | Refused:
        """Return what it would mean to have this order instead."""
        kind = RevisionKind.CANCEL if wanted is None else RevisionKind.AMEND
        facts = stand(self.plan, self.states)
        former = self.plans.__getitem__
        return compare(self.plan, facts, wanted, self.catalog, now=LATER, **{"kind": kind, "former": former, **more})

    def changed(self, wanted: Order | None, **more: Any) -> Change:
        """Have this order instead: what has been done is undone or not, as the run would do at once."""
        change = self.compared(wanted, **more)
        assert isinstance(change, Change), change
        self.plan = change.plan
        self.plans[self.plan.digest] = self.plan
        for each in change.steps:
            if each.verdict in (Verdict.UNWANTED, Verdict.REDONE) and each.consequence is not Consequence.UNCHANGED:
                undone = "amended" if each.verdict is Verdict.REDONE else "cancelled"
                gone = each.consequence in (Consequence.DISCARDED, Consequence.WITHDRAWN)
                self.states[each.step] = "discarded" if gone else undone
        return change

    def refused(self, wanted: Order | None, **more: Any) -> list[str]:
        """Return why this order cannot be had instead."""
        found = self.compared(wanted, **more)
        assert isinstance(found, Refused), [each for each in found.steps if each.verdict is not Verdict.KEPT]
        return [f"{each.message} {each.hint}".strip() for each in found.issues]


def _code(name: str) -> str:
    group, step, *line = name.split("__")
    return f"{group}.{step}" + (f"@{line[0]}" if line else "")


def verdicts(change: Change) -> dict[str, str]:
    """Return what a change wants of the steps that are not simply kept, and what becomes of them."""
    changed = (each for each in change.steps if each.verdict is not Verdict.KEPT)
    return {each.step: _words(each) for each in changed}


def _words(change: StepChange) -> str:
    return f"{change.verdict.value}, {change.consequence.value}" if change.consequence else change.verdict.value


def lines(change: Change) -> dict[str, str]:
    """Return what a change means for the lines."""
    return {each.line: each.verdict.value for each in change.lines}


def waits(plan: OrderPlan, code: str) -> list[str]:
    """Return what a step of a plan waits for."""
    step = plan.step(code)
    assert step is not None, [each.id for each in plan.steps]
    return [each.step for each in step.after]


def ids(steps: Iterable[StepChange]) -> list[str]:
    """Return the steps that changes are about."""
    return [each.step for each in steps]
