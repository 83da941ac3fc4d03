"""The plan in words: what each line becomes, what each step is for, and what it waits for (`domain.md` P6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import assert_never

from catalog.schedules import BaseKind, Schedule
from catalog.steps import AutoTask, Callout, ManualTask, Milestone, OnTimeout, Pause, StagedAssetize, StepDefinition
from catalog.words import did_you_mean
from decomposition.extensions import Cause, InsteadOf
from decomposition.foresight import LATER, Foresight
from decomposition.lines import Line, LineId, LineKind
from decomposition.model import After, Because, Dropped, OrderPlan, Step, StepId
from decomposition.schedule import moved_by_hours
from decomposition.wording import Names, absent, count, counted, delay, duration, moment, one_line, outlook, plain

_INDENT = "  "


def explain_plan(plan: OrderPlan) -> str:
    """Return the whole plan: order lines, technical lines with their sources, lanes with their steps."""
    return "\n".join(_Words(plan).plan())


def explain_step(plan: OrderPlan, step_id: StepId) -> str:
    """Return the chain from order lines to one step, and what it waits for; of an unknown id, the nearest one."""
    step = plan.step(step_id)
    if step is None:
        hint = did_you_mean(step_id, (each.id for each in plan.steps), "Its steps")
        return f"Order {plan.order.number} has no step `{step_id}`. {hint}"
    return "\n".join(_Words(plan).chain(step))


class _Words:
    """Words for one plan."""

    def __init__(self, plan: OrderPlan) -> None:
        self._plan = plan
        self._names = Names(plan)
        self._foresight = Foresight(plan)
        self._dropped: dict[StepId, list[Dropped]] = {}
        for each in plan.dropped:
            self._dropped.setdefault(each.step, []).append(each)
        self._path = frozenset(plan.critical_path)
        self._children: dict[LineId, list[Line]] = {}
        self._top: list[Line] = []
        for line in plan.lines:
            siblings = self._children.setdefault(line.parent, []) if line.parent else self._top
            siblings.append(line)

    def plan(self) -> Iterator[str]:
        order = self._plan.order
        commercial = sum(line.kind is LineKind.COMMERCIAL for line in self._plan.lines)
        technical = len(self._plan.lines) - commercial
        counts = f"{count(commercial, 'line')}, {count(technical, 'technical line')}"
        yield f"Order {order.number} of account {order.account}: {counts}, {count(len(self._plan.steps), 'step')}."
        yield from outlook(self._plan)
        for kind, heading in ((LineKind.COMMERCIAL, "Lines"), (LineKind.TECHNICAL, "Technical lines")):
            if tops := [line for line in self._top if line.kind is kind]:
                yield from ("", heading)
                yield from self._tree(tops)
        lanes: dict[str, list[Step]] = {}
        for step in self._plan.steps:
            lanes.setdefault(step.group, []).append(step)
        for group, steps in lanes.items():
            yield from ("", f"Lane {self._plan.definition_of(steps[0]).group_title} (`{group}`)")
            for step in steps:
                yield f"{_INDENT}{self._names.step(step)}"
                yield from (f"{_INDENT * 3}{each}" for each in self._details(step))

    def chain(self, step: Step) -> Iterator[str]:
        definition = self._plan.definition_of(step)
        yield f"{self._names.step(step)}: {_kind(definition.step)} in lane {definition.group_title} (`{step.group}`)."
        for each in step.because:
            yield f"It is there because {self._reason(each)}."
            if each.line is not None:
                yield from self._history(self._plan.line(each.line), 1)
        if step.id in self._plan.replaced:
            yield f"It was replaced by {self._instead(step.id)}, {_chosen(self._plan.replaced[step.id].cause)}."
        if definition.step.when is not None:
            skip = ", and with it what depends on it alone," if definition.step.skip_branch else ""
            yield f"It is skipped{skip} unless `{definition.step.when}` is true when it would start{self._known(step)}."
        yield from (f"It {each}." for each in self._waits(step))
        yield from (f"It {each}." for each in self._times(step))
        followers = [each for each in self._plan.steps if any(one.step == step.id for one in self._plan.waits(each))]
        for follower in followers:
            yield f"{self._names.step(follower)} waits for it."

    def _tree(self, tops: list[Line]) -> Iterator[str]:
        waiting = [(line, 1) for line in reversed(tops)]
        while waiting:
            line, depth = waiting.pop()
            added = ", added as a required component" if line.derived else ""
            given = ", ".join(f"{each.name} {each.text}" for each in line.attributes if each.text is not None)
            yield f"{_INDENT * depth}{self._names.line(line)}, {plain(line.quantity)} to {line.action.value}{added}" + (
                f" ({given})" if given else ""
            )
            for source in line.sources:
                yield f"{_INDENT * (depth + 2)}{self._source(line, source.line, source.rule, source.quantity)}"
            waiting += [(child, depth + 1) for child in reversed(self._children.get(line.id, []))]

    def _details(self, step: Step) -> Iterator[str]:
        for each in step.because:
            yield f"because {self._reason(each)}"
        yield from self._waits(step)
        yield from self._times(step)

    def _waits(self, step: Step) -> Iterator[str]:
        """Yield what a step waits for: steps, a time, what its type waits for once it has started."""
        if not step.after and step.not_before is None and not step.undated:
            yield "starts at once"
        for each in step.after:
            yield f"waits for {self._prerequisite(each)}"
        if step.delay is not None:
            yield f"starts {counted(step.delay.length, step.delay.calendar)} after all of that has ended"
        if step.not_before is not None:
            schedule = self._plan.definition_of(step).step.schedule
            yield f"starts no earlier than {moment(step.not_before)}{_counted(schedule) if schedule else ''}"
        if step.undated:
            yield f"starts as soon as it can: {step.undated}, which its schedule counts from"
        for dropped in self._dropped.get(step.id, ()):
            yield f"does not wait for {absent(dropped)}: {dropped.why}"
        yield from _own_wait(self._plan.definition_of(step).step)

    def _times(self, step: Step) -> Iterator[str]:
        if step.planned_start is None:
            return
        if (ready := moved_by_hours(self._plan, step)) is not None:
            calendar = self._plan.definition_of(step).step.calendar
            yield f"could start at {moment(ready)}, which is outside the hours of `{calendar}`"
        end = f" to {moment(step.planned_end)}"
        instant = step.planned_end == step.planned_start
        planned = f"is planned {'for' if instant else 'from'} {moment(step.planned_start)}{'' if instant else end}"
        if step.latest_start is None:
            yield planned
        elif step.id in self._path:
            yield f"{planned}, on the critical path"
        elif step.critical:
            yield f"{planned}, and any delay delays the order"
        else:
            yield f"{planned}, and may start {duration(step.slack)} later without delaying the order"

    def _known(self, step: Step) -> str:
        """Return what a condition is known to give, as the end of a sentence about it."""
        found = self._foresight.condition(step)
        return "" if found == LATER else f"; as planned it is {found.rstrip('.')}"

    def _history(self, line: Line, depth: int) -> Iterator[str]:
        """Yield where a line comes from, over all levels; what was already told is not told again."""
        waiting = [(line, depth)]
        told: dict[LineId, bool] = {}
        while waiting:
            at, level = waiting.pop()
            if at.parent is not None and at.kind is LineKind.COMMERCIAL:
                bundle = self._names.line(self._plan.line(at.parent))
                yield f"{_INDENT * level}{self._names.line(at)} is part of {bundle}"
            for source in at.sources:
                yield f"{_INDENT * level}{self._source(at, source.line, source.rule, source.quantity)}"
                if source.line not in told:
                    told[source.line] = True
                    waiting.append((self._plan.line(source.line), level + 1))

    def _source(self, line: Line, source: LineId, rule: str, quantity: Decimal) -> str:
        origin = self._names.line(self._plan.line(source))
        return f"{plain(quantity)} of {self._names.line(line)} from {origin} by rule `{rule}`"

    def _reason(self, because: Because | InsteadOf) -> str:
        if isinstance(because, InsteadOf):
            whose = f" for {self._names.line(self._plan.line(because.line))}" if because.line else ""
            cause = _chosen(self._plan.replaced[because.step].cause)
            return f"it does the work of {self._names.step_of(because.step)}{whose}, {cause}"
        if because.line is None:
            return f"scenario `{because.scenario}` matched the order as a whole"
        return f"scenario `{because.scenario}` matched {self._names.line(self._plan.line(because.line))}"

    def _prerequisite(self, after: After) -> str:
        lag = f", and {delay(after)} more" if delay(after) else ""
        if after.step in self._plan.replaced:
            return f"{self._instead(after.step)}{lag}, in place of {self._names.step_of(after.step)}"
        return f"{self._names.step_of(after.step)}{lag}"

    def _instead(self, step: StepId) -> str:
        return " and ".join(self._names.step_of(each) for each in self._plan.stand_ins(step))


def _chosen(cause: Cause) -> str:
    """Return who had an alternative run, and why, as the end of a sentence."""
    who = f"by rule `{cause.rule}`" if cause.rule else f"asked for by {cause.actor}"
    why = f": {one_line(cause.reason)}" if cause.reason else ""
    return f"as its alternative `{cause.group}`, {who} after fallout {cause.number}{why}"


def _kind(step: StepDefinition) -> str:
    """Return what a step is, for the middle of a sentence."""
    match step:
        case AutoTask():
            return f"an automatic task, the function `{step.function}`"
        case Callout():
            return f"a callout of `{step.operation}`"
        case ManualTask():
            return f"a manual task for queue `{step.queue or 'default'}`"
        case Milestone():
            return "a milestone"
        case Pause():
            return "a pause"
        case StagedAssetize():
            return "a point at which assets are made"
        case _:
            assert_never(step)


def _own_wait(step: StepDefinition) -> Iterator[str]:
    """Yield what a step waits for after it has started: a person, or a condition."""
    match step:
        case ManualTask():
            yield "waits then for a person"
        case Pause():
            yield f"waits then until `{step.until}` is true{_timeout(step)}"
        case AutoTask() | Callout() | Milestone() | StagedAssetize():
            return
        case _:
            assert_never(step)


def _counted(schedule: Schedule) -> str:
    """Return how a schedule counts, as the end of a sentence with its date: ", 1 day before the requested date"."""
    base = {
        BaseKind.READY: "the acceptance of the order",
        BaseKind.ATTRIBUTE: f"the date `{schedule.base.attribute}`",
    }.get(schedule.base.kind, f"the {schedule.base.kind.value.replace('_', ' ')}")
    if not schedule.offset:
        return f", {base}"
    length = counted(abs(schedule.offset), schedule.calendar)
    return f", {length} {'after' if schedule.offset > timedelta(0) else 'before'} {base}"


def _timeout(step: Pause) -> str:
    if step.timeout is None:
        return ""
    after = "goes on" if step.on_timeout is OnTimeout.CONTINUE else "waits for a person"
    return f", or for {duration(step.timeout)}, after which it {after}"
