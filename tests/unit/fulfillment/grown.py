"""A run whose plan grows: it answers the request for an alternative as the activity does, with the real planner."""

from __future__ import annotations

from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.extend import extend
from decomposition.extensions import Cause
from decomposition.model import OrderPlan
from fulfillment.effects import Call, Effect, Extend
from fulfillment.events import CallEnded, Commanded, Event, Extended, Prepared
from fulfillment.outcomes import Failed, Failure, Outcome, RunAlternative, Succeeded
from fulfillment.planning import growth, run_plan
from fulfillment.progress import Batch, StepProgress
from fulfillment.run import Run
from fulfillment.runplan import RunPlan
from fulfillment.state import RunState, StepMemory
from tests.unit.decomposition.builders import NOW
from tests.unit.decomposition.shipping import shop, two_goods
from tests.unit.fulfillment.plans import text

REFUSED = Failure(code="STRIKE", message="nobody drives", refused=True)
STRIKE = RunAlternative(group="backup", rule="strike", why="rule `strike`", queue="logistics")


def failed(*, unknown: bool = False, decision: RunAlternative = STRIKE) -> Failed:
    """Return a failed call of which the rule says that the back-up shipper takes over."""
    return Failed(failure=REFUSED.model_copy(update={"refused": not unknown}), decision=decision, unknown=unknown)


def sent(parcel: str) -> Succeeded:
    """Return that a parcel is on its way."""
    return Succeeded(outputs=text("parcel", parcel))


def answered(effect: Extend, plans: dict[str, OrderPlan], catalog: Catalog) -> Extended:
    """Return what the activity answers; `plans` are those that are stored, by digest."""
    cause = Cause(
        step=effect.step,
        group=effect.group,
        number=effect.fallout,
        rule=effect.rule,
        actor=effect.actor,
        reason=effect.reason,
    )
    former = plans[effect.plan]
    found = extend(former, catalog, cause, effect.at)
    if isinstance(found, Refused):
        return Extended(step=effect.step, refused=" ".join(each.message for each in found.issues))
    plans[found.digest] = found
    return Extended(step=effect.step, growth=growth(former, found))


class Growing:
    """Drives a run of two goods by hand."""

    def __init__(self, catalog: Catalog | None = None) -> None:
        self.catalog = catalog or shop()
        first = two_goods(self.catalog)
        self.plans = {first.digest: first}
        self.run = Run("SO-1", "ACME", "normal")
        self.asked: list[Effect] = []
        self.apply(prepared(first))

    @property
    def plan(self) -> RunPlan:
        """The run plan as stored under the digest that the run names."""
        return run_plan(self.plans[self.run.dump().plan])

    def apply(self, event: Event) -> tuple[Effect, ...]:
        """Tell the run what happened."""
        effects = self.run.apply(event, NOW)
        self.asked.extend(effects)
        return effects

    def end(self, step: str, outcome: Outcome | None = None) -> tuple[Effect, ...]:
        """Let the call of a step end."""
        return self.apply(CallEnded(step=step, round=1, outcome=outcome or Succeeded()))

    def grow(self) -> tuple[Effect, ...]:
        """Answer the last request for an alternative."""
        effect = [each for each in self.asked if isinstance(each, Extend)][-1]
        return self.apply(answered(effect, self.plans, self.catalog))

    def say(self, command: object) -> tuple[Effect, ...]:
        """Have a person ask for something."""
        return self.apply(Commanded.model_validate({"command": command}))

    def memory(self, step: str) -> StepMemory:
        """Return what the run knows of a step."""
        return next(each for each in self.run.dump().steps if each.id == step)

    def told(self, step: str) -> StepProgress:
        """Return what the book would be told of a step by now."""
        return next(each for each in self.everything().steps if each.id == step)

    def everything(self) -> Batch:
        """Return all that the book would be told by now."""
        state = RunState.model_validate({**dict(self.run.dump()), "report": {}})
        batch = Run.load(state, self.plan).changes(NOW)
        assert batch is not None
        return batch

    def calls(self) -> list[str]:
        """Return the steps that were called, in the order of the calls."""
        return [each.step for each in self.asked if isinstance(each, Call)]


def prepared(plan: OrderPlan) -> Event:
    """Return that the plan is stored."""
    return Prepared(plan=run_plan(plan))
