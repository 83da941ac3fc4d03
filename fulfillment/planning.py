"""From an order's plan to its run plan: definitions once, and only the data that conditions read (`design.md` §4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from catalog.expressions import parse
from catalog.rules import ValueTable
from catalog.steps import AutoTask, Callout, ManualTask, Milestone, Pause
from catalog.systems import Operation, OutputMapping
from catalog.values import Value, to_tagged
from decomposition.extensions import Extension
from decomposition.lines import Line, LineKind
from decomposition.model import Definition, OrderPlan, Step
from decomposition.records import step_names
from fulfillment.effects import FUNCTIONS
from fulfillment.runplan import (
    Datum,
    RunAfter,
    RunCallback,
    RunDefinition,
    RunExtension,
    RunGrowth,
    RunInput,
    RunLine,
    RunPlan,
    RunProvided,
    RunStep,
    RunTable,
)

LARGEST_GROWN = 1_800 * 1024
"""Bytes of a run plan that has grown: when the workflow continues as new it takes all of it, and 2 MiB is the end."""


def run_plan(plan: OrderPlan) -> RunPlan:
    """Return what running `plan` needs, small enough for a workflow's history."""
    definitions = tuple(_definition(each) for each in plan.definitions)
    conditions = {each.id: _conditions(each) for each in definitions}
    titles = {each.code: each.name for each in plan.titles}
    looked_up = {table for sources in conditions.values() for source in sources for table in parse(source).tables}
    return RunPlan(
        format=plan.format,
        number=plan.order.number,
        account=plan.order.account,
        priority=plan.order.priority.value,
        plan=plan.digest,
        catalog=plan.catalog,
        definitions=definitions,
        steps=_told_once(_step(plan, each, conditions[each.definition]) for each in plan.steps),
        lines=tuple(_line(each, titles) for each in plan.lines if each.kind is LineKind.COMMERCIAL),
        tables=tuple(_table(each) for each in plan.tables if each.name in looked_up),
        order_facts=plan.order_facts,
        line_facts=plan.line_facts,
        extensions=tuple(_extension(each) for each in plan.extensions),
    )


def growth(former: OrderPlan, plan: OrderPlan) -> RunGrowth:
    """Return what the latest extension of `plan` has added to `former`, which it grew from."""
    before, after, latest = run_plan(former), run_plan(plan), plan.extensions[-1]
    definitions, tables = {each.id for each in before.definitions}, {each.name for each in before.tables}
    conditions = {each.id: _conditions(each) for each in after.definitions}
    added = (each for each in plan.steps if each.id in latest.steps)
    return RunGrowth(
        plan=plan.digest,
        definitions=tuple(each for each in after.definitions if each.id not in definitions),
        steps=_told_once(_step(plan, each, conditions[each.definition]) for each in added),
        tables=tuple(each for each in after.tables if each.name not in tables),
        extension=_extension(latest),
    )


def _extension(extension: Extension) -> RunExtension:
    return RunExtension(
        step=extension.cause.step,
        group=extension.cause.group,
        steps=extension.steps,
        last=extension.last,
        provided=tuple(RunProvided(output=each.output, step=each.step) for each in extension.provided),
    )


def _conditions(definition: RunDefinition) -> tuple[str, ...]:
    return tuple(each for each in (definition.when, definition.until) if each is not None)


def _definition(definition: Definition) -> RunDefinition:
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
        case Milestone():
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
    return any(_is_fact(path) for each in step.input for path in parse(each.value).references)


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


def _step(plan: OrderPlan, step: Step, conditions: tuple[str, ...]) -> RunStep:
    return RunStep(
        id=step.id,
        definition=step.definition,
        after=tuple(RunAfter(step=each.step, lag=each.lag) for each in step.after),
        sources=step.sources,
        origin=step.origin,
        data=_data(conditions, step_names(plan, step)) if conditions else (),
        not_before=step.not_before,
    )


def _told_once(steps: Iterable[RunStep]) -> tuple[RunStep, ...]:
    """Return the steps; one that waits for the same as an earlier one names that one instead."""
    first: dict[tuple[RunAfter, ...], str] = {}
    told = []
    for step in steps:
        known = first.setdefault(step.after, step.id) if len(step.after) > 1 else step.id
        told.append(step if known == step.id else step.model_copy(update={"after": (), "after_as": known}))
    return tuple(told)


def _data(conditions: tuple[str, ...], names: Mapping[str, Value]) -> tuple[Datum, ...]:
    paths = sorted({path for source in conditions for path in parse(source).references})
    found = dict(_read(path, names) for path in paths if not _is_fact(path) and path.partition(".")[0] != "steps")
    return tuple(Datum(path=path, tagged=to_tagged(found[path])) for path in sorted(found))


def _is_fact(path: str) -> bool:
    return path.partition(".")[0] in ("facts", "line_facts")


def _read(path: str, names: Mapping[str, Value]) -> tuple[str, Value]:
    """Return the value at `path`; where a part of the path has no parts, that part itself."""
    value: Value = names
    walked: list[str] = []
    for part in path.split("."):
        if not isinstance(value, Mapping):
            break
        value = value.get(part)
        walked.append(part)
    return ".".join(walked), value


def _line(line: Line, titles: Mapping[str, str]) -> RunLine:
    return RunLine(id=line.id, product=line.product, title=titles.get(line.product, line.product), parent=line.parent)


def _table(table: ValueTable) -> RunTable:
    return RunTable(
        name=table.name,
        key_type=table.key.value,
        value_type=table.value.value,
        rows=tuple((row.key, row.value) for row in table.rows),
    )
