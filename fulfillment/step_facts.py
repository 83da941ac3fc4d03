"""Where the steps of a run stand, as far as a change asks: from what is remembered of them (`domain.md` A1, E1)."""

from __future__ import annotations

from collections.abc import Iterable

from fulfillment.change import Effect, StepFact
from fulfillment.progress import Batch
from fulfillment.recall import recalled
from fulfillment.runplan import RunPlan
from fulfillment.state import RunState, StepMemory
from fulfillment.states import StepState


def facts_of(steps: Iterable[StepMemory]) -> tuple[StepFact, ...]:
    """Return where steps stand, sorted by id."""
    return tuple(sorted((fact_of(each) for each in steps), key=lambda fact: fact.id))


def facts_in_book(plan: RunPlan, earlier: Batch) -> tuple[StepFact, ...]:
    """Return where the steps of a plan stand as the order book knows it; a call without an answer is in flight."""
    state = recalled(RunState(number=plan.number, account=plan.account, priority=plan.priority), plan, earlier)
    known = {each.id: each for each in state.steps}
    return facts_of(known.get(each.id) or StepMemory(id=each.id) for each in plan.steps)


def fact_of(step: StepMemory) -> StepFact:
    """Return where a step stands."""
    return StepFact(
        id=step.id,
        state=step.state,
        effect=_effect(step),
        begun=step.started_at is not None or step.state is StepState.COMPLETED,
        calling=step.calling,
    )


def _effect(step: StepMemory) -> Effect:
    if step.state is StepState.COMPLETED:
        return Effect.CERTAIN
    if step.state in (StepState.SKIPPED, StepState.DISCARDED, StepState.CANCELLED, StepState.AMENDED):
        return Effect.NONE
    return Effect.POSSIBLE if step.unknown or step.calling or step.awaiting else Effect.NONE
