"""A run as the order book remembers it: with this, an order whose execution was lost goes on (`design.md` §4)."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.fallout_rules import CONDITION_ERROR
from catalog.steps import StepType
from catalog.words import listed
from fulfillment.progress import (
    Batch,
    ChangeProgress,
    ChangeState,
    FactsMemory,
    FalloutProgress,
    StepKept,
    StepProgress,
    TaskProgress,
)
from fulfillment.rollup import ENDED
from fulfillment.runplan import RunDefinition, RunExtension, RunPlan
from fulfillment.state import LOOK_AGAIN, ReportMemory, RunState, StepMemory, StepRecord
from fulfillment.states import StepState

_CALLS = (StepType.CALLOUT, StepType.AUTO_TASK)
_BEGUN = (StepState.READY, StepState.IN_PROGRESS, StepState.FAILED, StepState.FATALLY_FAILED, StepState.ON_HOLD)
"""States of steps whose condition was asked and holds."""
_KEPT = tuple(StepKept.model_fields)
_KEPT_OF_ENDED = ("in_skipped_branch", "waived", "edited", "unwanted", "unwanted_in", "begun_in")


def kept(record: StepRecord) -> StepKept | None:
    """Return what the book must keep of a step besides what people see, or None."""
    if record.state in ENDED:
        found = StepKept.model_construct(**{name: getattr(record, name) for name in _KEPT_OF_ENDED})
    else:
        found = StepKept.model_construct(**{name: getattr(record, name) for name in _KEPT})
    return None if found == _NOTHING else found


_NOTHING = StepKept()


def recalled(state: RunState, plan: RunPlan, earlier: Batch) -> RunState:
    """Return the run that the book knows, as data.

    A call of which no answer is known may have worked: it is made again under the same idempotency key. A step that the
    plan says is replaced is so, even where the book was not told: its alternative may have begun.
    """
    definitions = {each.id: each for each in plan.definitions}
    types = {each.id: definitions[each.definition] for each in plan.steps}
    fallouts: dict[str, tuple[FalloutProgress, ...]] = {}
    for each in sorted(earlier.fallouts, key=lambda fallout: fallout.number):
        fallouts[each.step] = (*fallouts.get(each.step, ()), each)
    tasks = {each.step: each for each in earlier.tasks}
    replaced = {each.step: _replaced(each, fallouts.get(each.step, ()), earlier) for each in plan.extensions}
    told = {each.id: _memory(each, types, fallouts, tasks) for each in earlier.steps if each.id in types}
    untold = {step: memory for step, memory in replaced.items() if step not in told or told[step].state not in ENDED}
    steps = tuple({**told, **untold}.values())
    changes = sorted(earlier.changes, key=lambda change: change.number_of)
    lost = [each.number_of for each in changes if each.state is ChangeState.PLANNING]
    return state.model_copy(
        update={
            "prepared": True,
            "plan": plan.plan,
            "steps": steps,
            "ready": tuple(sorted(each.id for each in steps if _waits_for_a_place(each, types))),
            "report": ReportMemory(n=earlier.n, changes=tuple(lost)),
            "facts": earlier.facts or FactsMemory(),
            "holds": earlier.holds,
            "changes": tuple(_withdrawn(each, earlier) if each.number_of in lost else each for each in changes),
        }
    )


def _withdrawn(change: ChangeProgress, earlier: Batch) -> ChangeProgress:
    """Return a change that was at work when the run was lost: nobody waits for what comes of it."""
    why = "the execution was lost while it was worked out; ask for it again"
    return change.model_copy(update={"state": ChangeState.WITHDRAWN, "decided_at": earlier.at, "why": why})


def _replaced(extension: RunExtension, fallouts: tuple[FalloutProgress, ...], earlier: Batch) -> StepMemory:
    """Return a step as it is once its alternative has taken its place."""
    done = {"resolution": f"replaced by `{extension.group}`", "resolved_at": earlier.at}
    return StepMemory(
        id=extension.step,
        state=StepState.SKIPPED,
        reason=f"replaced by {listed(extension.steps)}, its alternative `{extension.group}`",
        ended_at=earlier.at,
        fallouts=tuple(each if each.resolution else each.model_copy(update=done) for each in fallouts),
    )


def _memory(
    step: StepProgress,
    types: Mapping[str, RunDefinition],
    fallouts: Mapping[str, tuple[FalloutProgress, ...]],
    tasks: Mapping[str, TaskProgress],
) -> StepMemory:
    mine = step.kept or _NOTHING
    answered = mine.awaiting or mine.judging is not None
    calling = step.state is StepState.IN_PROGRESS and types[step.id].type in _CALLS and not answered
    seen = {name: getattr(step, name) for name in StepMemory.model_fields if name in StepProgress.model_fields}
    mine_fallouts = fallouts.get(step.id, ())
    more = {
        "calling": calling,
        "met": _met(step, mine, mine_fallouts),
        "unknown": mine.unknown or (calling and types[step.id].type is StepType.CALLOUT),
        "fallouts": mine_fallouts,
        "task": tasks.get(step.id),
    }
    return StepMemory(**{**dict(mine), **seen, **more})


def _met(step: StepProgress, mine: StepKept, fallouts: tuple[FalloutProgress, ...]) -> bool:
    """Tell whether the step's condition was asked and holds; a held one is asked again before its first try."""
    if mine.held:
        return step.attempts > 0
    return step.state in _BEGUN and not _without_verdict(step, mine, fallouts)


def _without_verdict(step: StepProgress, mine: StepKept, fallouts: tuple[FalloutProgress, ...]) -> bool:
    """Tell whether the step waits because its condition has no value: it is asked again when it is retried."""
    if mine.wake.startswith(f"{LOOK_AGAIN}/") or (step.state is StepState.READY and mine.judging is not None):
        return True
    return bool(fallouts) and step.state is StepState.FATALLY_FAILED and fallouts[-1].failure.code == CONDITION_ERROR


def _waits_for_a_place(step: StepMemory, types: Mapping[str, RunDefinition]) -> bool:
    waits = step.state is StepState.READY and not step.held and step.judging is None
    return waits and types[step.id].type in _CALLS
