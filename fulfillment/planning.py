"""From an order's plan to its run plan: definitions once, and only the data that conditions read (`design.md` §4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from catalog.catalog import Catalog
from catalog.expressions import parse
from catalog.rules import ValueTable
from catalog.values import Value, to_tagged
from decomposition.extensions import Extension
from decomposition.lines import Line, LineKind
from decomposition.model import PLAN_FORMAT, OrderPlan, Step
from decomposition.order import Order
from decomposition.records import Former, no_former, step_names
from fulfillment.change import Verdict
from fulfillment.definitions import conditions_of, is_fact, run_definition
from fulfillment.proposal import Change
from fulfillment.runplan import (
    Datum,
    RunAfter,
    RunChange,
    RunExtension,
    RunGrowth,
    RunLine,
    RunPlan,
    RunProvided,
    RunStep,
    RunTable,
    RunUnwanted,
    RunVerdict,
)

LARGEST_GROWN = 1_800 * 1024
"""Bytes of a run plan that has grown: when the workflow continues as new it takes all of it, and 2 MiB is the end."""


def too_large(carried: RunPlan | RunChange) -> str:
    """Return why a run could not take along what a plan has become; empty if it can."""
    size = len(carried.model_dump_json())
    if size <= LARGEST_GROWN:
        return ""
    message = f"The plan would have {size / 1024:,.0f} KiB, and Temporal carries no more than"
    return f"{message} {LARGEST_GROWN // 1024:,} KiB at once."


def run_plan(plan: OrderPlan, former: Former = no_former) -> RunPlan:
    """Return what running `plan` needs, small enough for a workflow's history.

    `former` gives older plans of the order by digest: what steps read that had begun before a change.
    """
    definitions = tuple(run_definition(each) for each in plan.definitions)
    conditions = {each.id: conditions_of(each) for each in definitions}
    titles = {each.code: each.name for each in plan.titles}
    return RunPlan(
        format=plan.format,
        number=plan.order.number,
        account=plan.order.account,
        priority=plan.order.priority.value,
        plan=plan.digest,
        catalog=plan.catalog,
        definitions=definitions,
        steps=_told_once(_step(plan, each, conditions[each.definition], former) for each in plan.steps),
        lines=tuple(_line(each, titles) for each in plan.lines if each.kind is LineKind.COMMERCIAL),
        tables=_tables(plan),
        order_facts=plan.order_facts,
        line_facts=plan.line_facts,
        extensions=tuple(_extension(each) for each in plan.extensions),
        version=plan.version,
        unwanted=_unwanted(plan),
        calendars=plan.calendars,
    )


def _unwanted(plan: OrderPlan) -> tuple[RunUnwanted, ...]:
    found: list[RunUnwanted] = []
    for revision in plan.revisions:
        again = {each.step for each in revision.successors}
        for step in revision.unwanted:
            verdict = Verdict.REDONE if step in again else Verdict.UNWANTED
            found.append(RunUnwanted(step=step, verdict=verdict, version=revision.version))
    return tuple(found)


def growth(before: OrderPlan, plan: OrderPlan, former: Former = no_former) -> RunGrowth:
    """Return what the latest extension of `plan` has added to `before`, which it grew from; `former` is as above."""
    latest = plan.extensions[-1]
    known = {each.id for each in before.definitions}
    definitions = tuple(run_definition(each) for each in plan.definitions)
    conditions = {each.id: conditions_of(each) for each in definitions}
    tables = {each.name for each in _tables(before)}
    added = (each for each in plan.steps if each.id in latest.steps)
    return RunGrowth(
        plan=plan.digest,
        definitions=tuple(each for each in definitions if each.id not in known),
        steps=_told_once(_step(plan, each, conditions[each.definition], former) for each in added),
        tables=tuple(each for each in _tables(plan) if each.name not in tables),
        extension=_extension(latest),
    )


def _tables(plan: OrderPlan) -> tuple[RunTable, ...]:
    """Return the tables that conditions look up."""
    sources = (source for each in plan.definitions for source in conditions_of(run_definition(each)))
    looked_up = frozenset(table for source in sources for table in parse(source).tables)
    return tuple(_table(each) for each in plan.tables if each.name in looked_up)


def _extension(extension: Extension) -> RunExtension:
    return RunExtension(
        step=extension.cause.step,
        group=extension.cause.group,
        steps=extension.steps,
        last=extension.last,
        provided=tuple(RunProvided(output=each.output, step=each.step) for each in extension.provided),
    )


def _step(plan: OrderPlan, step: Step, conditions: tuple[str, ...], former: Former) -> RunStep:
    planned_as = plan.planned_as(step.id)
    return RunStep(
        id=step.id,
        definition=step.definition,
        after=tuple(RunAfter(step=each.step, lag=each.lag, working=each.working) for each in step.after),
        sources=step.sources,
        origin=step.origin,
        data=_data(conditions, step_names(plan, step, former)) if conditions else (),
        not_before=step.not_before,
        delay=step.delay,
        undoes=step.undoes or "",
        amends=step.amends or "",
        planned_as=planned_as if planned_as != step.id else "",
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
    found = dict(_read(path, names) for path in paths if not is_fact(path) and path.partition(".")[0] != "steps")
    return tuple(Datum(path=path, tagged=to_tagged(found[path])) for path in sorted(found))


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
    return RunLine(
        id=line.id,
        product=line.product,
        title=titles.get(line.product, line.product),
        parent=line.parent,
        cancelled=line.cancelled,
    )


def _table(table: ValueTable) -> RunTable:
    return RunTable(
        name=table.name,
        key_type=table.key.value,
        value_type=table.value.value,
        rows=tuple((row.key, row.value) for row in table.rows),
    )


def run_change(change: Change, former: Former = no_former) -> RunChange:
    """Return what a run is told to apply: the whole run plan after a change, and what it wants of the steps before."""
    stays = (Verdict.KEPT, Verdict.ADDED)
    return RunChange(
        plan=run_plan(change.plan, former),
        verdicts=tuple(
            RunVerdict(step=each.step, verdict=each.verdict, why=each.why)
            for each in change.steps
            if each.verdict not in stays
        ),
        overridden=change.overridden,
    )


def rejected(order: Order, catalog: Catalog, why: str) -> RunPlan:
    """Return what to run of an accepted order that cannot be planned any more: nothing, and its lines are cancelled."""
    return RunPlan(
        format=PLAN_FORMAT,
        number=order.number,
        account=order.account,
        priority=order.priority.value,
        plan="",
        catalog=catalog.digest,
        definitions=(),
        steps=(),
        lines=tuple(
            RunLine(
                id=each.id,
                product=each.product,
                title=catalog.titles.get(each.product, each.product),
                parent=each.parent,
                cancelled=True,
            )
            for each in order.lines
        ),
        rejected=why,
    )
