"""Step definitions as a run reads them: what is asked, called, filled in and given (`design.md` §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from catalog.expressions import parse
from catalog.steps import AutoTask, Callout, ManualTask, Milestone, Pause, StagedAssetize
from catalog.systems import Operation, OutputMapping
from decomposition.model import Definition
from fulfillment.effects import FUNCTIONS
from fulfillment.runplan import RunCallback, RunDefinition, RunInput


def conditions_of(definition: RunDefinition) -> tuple[str, ...]:
    """Return the conditions that the run evaluates."""
    return tuple(each for each in (definition.when, definition.until) if each is not None)


def run_definition(definition: Definition) -> RunDefinition:
    """Return a step definition of a plan as the run reads it."""
    step = definition.step
    base = RunDefinition(
        id=definition.id,
        type=step.type,
        title=definition.title,
        group_title=definition.group_title or definition.group,
        when=step.when,
        skip_branch=step.skip_branch,
        reads=definition.reads,
    )
    match step:
        case Callout():
            return base.model_copy(update=dict(_callout(definition, step)))
        case AutoTask():
            return base.model_copy(update=dict(_auto_task(definition, step)))
        case ManualTask():
            asked = {"form": step.form, "queue": step.queue, "instructions": step.instructions, "due": step.due}
            return base.model_copy(update=asked)
        case Pause():
            update = {"until": step.until, "pause_timeout": step.timeout, "on_timeout": step.on_timeout}
            return base.model_copy(update=update)
        case Milestone() | StagedAssetize():
            return base
        case _:
            assert_never(step)


def _callout(definition: Definition, step: Callout) -> Mapping[str, object]:
    operation = definition.operation
    if operation is None:
        raise ValueError(f"The plan has no operation for the callout `{definition.id}`.")
    later = operation.callback.outputs if operation.callback else ()
    return {
        "operation": step.operation,
        "task_queue": definition.task_queue,
        "timeout": operation.timeout,
        "callback": _callback(operation),
        "reads_facts": _reads_facts(step),
        "inputs": tuple(RunInput(name=each.name) for each in step.input),
        "outputs": tuple(sorted(operation.outputs + later, key=lambda each: each.name)),
    }


def _auto_task(definition: Definition, step: AutoTask) -> Mapping[str, object]:
    if definition.function is None:
        raise ValueError(f"The plan has no function for the automatic task `{definition.id}`.")
    outputs = definition.function.outputs
    declared = {each.name: each for each in definition.function.inputs}
    return {
        "operation": f"{FUNCTIONS}.{step.function}",
        "outputs": tuple(
            OutputMapping(name=each.name, type=each.type, value=f"output.{each.name}", optional=not each.required)
            for each in outputs
        ),
        "reads_facts": _reads_facts(step),
        "inputs": tuple(RunInput(name=each.name, declared=declared.get(each.name)) for each in step.input),
    }


def _reads_facts(step: AutoTask | Callout) -> bool:
    return any(is_fact(path) for each in step.input for path in parse(each.value).references)


def _callback(operation: Operation) -> RunCallback | None:
    if operation.callback is None:
        return None
    return RunCallback(
        deadline=operation.callback.deadline,
        success=operation.callback.success,
        outputs=operation.callback.outputs,
        error_code=operation.error_code,
        error_message=operation.error_message,
        refused_codes=operation.refused_codes,
    )


def is_fact(path: str) -> bool:
    """Tell whether a path is one of a fact, which only the run knows."""
    return path.partition(".")[0] in ("facts", "line_facts")
