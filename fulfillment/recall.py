"""A run as the order book remembers it: with this, an order whose execution was lost goes on (`design.md` §4)."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.steps import StepType
from fulfillment.outcomes import CONDITION_ERROR
from fulfillment.progress import Batch, FactsMemory, FalloutProgress, StepKept, StepProgress, TaskProgress
from fulfillment.rollup import ENDED
from fulfillment.runplan import RunDefinition, RunPlan
from fulfillment.state import ReportMemory, RunState, StepMemory, StepRecord
from fulfillment.states import StepState

_CALLS = (StepType.CALLOUT, StepType.AUTO_TASK)
_BEGUN = (StepState.READY, StepState.IN_PROGRESS, StepState.FAILED, StepState.FATALLY_FAILED, StepState.ON_HOLD)
"""States of steps whose condition was asked and holds."""
_KEPT = tuple(StepKept.model_fields)


def kept(record: StepRecord) -> StepKept | None:
    """Return what the book must keep of a step besides what people see, or None."""
    if record.state in ENDED:
        found = StepKept(in_skipped_branch=record.in_skipped_branch, waived=record.waived)
    else:
        found = StepKept.model_construct(**{name: getattr(record, name) for name in _KEPT})
    return None if found == _NOTHING else found


_NOTHING = StepKept()


def recalled(state: RunState, plan: RunPlan, earlier: Batch) -> RunState:
    """Return the run that the book knows, as data.

    A call of which no answer is known may have worked: it is made again under the same idempotency key.
    """
    definitions = {each.id: each for each in plan.definitions}
    types = {each.id: definitions[each.definition] for each in plan.steps}
    fallouts: dict[str, tuple[FalloutProgress, ...]] = {}
    for each in sorted(earlier.fallouts, key=lambda fallout: fallout.number):
        fallouts[each.step] = (*fallouts.get(each.step, ()), each)
    tasks = {each.step: each for each in earlier.tasks}
    steps = tuple(_memory(each, types, fallouts, tasks) for each in earlier.steps if each.id in types)
    return state.model_copy(
        update={
            "prepared": True,
            "plan": plan.plan,
            "steps": steps,
            "ready": tuple(sorted(each.id for each in steps if _waits_for_a_place(each, types))),
            "report": ReportMemory(n=earlier.n),
            "facts": earlier.facts or FactsMemory(),
        }
    )


def _memory(
    step: StepProgress,
    types: Mapping[str, RunDefinition],
    fallouts: Mapping[str, tuple[FalloutProgress, ...]],
    tasks: Mapping[str, TaskProgress],
) -> StepMemory:
    mine = step.kept or _NOTHING
    calling = step.state is StepState.IN_PROGRESS and types[step.id].type in _CALLS and not mine.awaiting
    seen = {name: getattr(step, name) for name in StepMemory.model_fields if name in StepProgress.model_fields}
    mine_fallouts = fallouts.get(step.id, ())
    more = {
        "calling": calling,
        "met": step.state in _BEGUN and not _without_verdict(step, mine_fallouts),
        "unknown": mine.unknown or (calling and types[step.id].type is StepType.CALLOUT),
        "fallouts": mine_fallouts,
        "task": tasks.get(step.id),
    }
    return StepMemory(**{**dict(mine), **seen, **more})


def _without_verdict(step: StepProgress, fallouts: tuple[FalloutProgress, ...]) -> bool:
    """Tell whether the step waits because its condition has no value: it is asked again when somebody retries."""
    return bool(fallouts) and step.state is StepState.FATALLY_FAILED and fallouts[-1].failure.code == CONDITION_ERROR


def _waits_for_a_place(step: StepMemory, types: Mapping[str, RunDefinition]) -> bool:
    return step.state is StepState.READY and types[step.id].type in _CALLS
