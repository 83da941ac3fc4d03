"""The plan in words: what each line becomes, what each step is for, and what it waits for (`domain.md` P6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

from catalog.steps import Callout
from catalog.words import did_you_mean
from decomposition.lines import Line, LineId, LineKind
from decomposition.model import After, Because, Dropped, OrderPlan, Step, StepId

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
        self._titles = {each.code: each.name for each in plan.titles}
        self._dropped: dict[StepId, list[Dropped]] = {}
        for each in plan.dropped:
            self._dropped.setdefault(each.step, []).append(each)
        self._children: dict[LineId, list[Line]] = {}
        self._top: list[Line] = []
        for line in plan.lines:
            siblings = self._children.setdefault(line.parent, []) if line.parent else self._top
            siblings.append(line)

    def plan(self) -> Iterator[str]:
        order = self._plan.order
        commercial = sum(line.kind is LineKind.COMMERCIAL for line in self._plan.lines)
        technical = len(self._plan.lines) - commercial
        counts = f"{_count(commercial, 'line')}, {_count(technical, 'technical line')}"
        yield f"Order {order.number} of account {order.account}: {counts}, {_count(len(self._plan.steps), 'step')}."
        for kind, heading in ((LineKind.COMMERCIAL, "Lines"), (LineKind.TECHNICAL, "Technical lines")):
            if tops := [line for line in self._top if line.kind is kind]:
                yield from ("", heading)
                yield from self._tree(tops)
        for group, title in dict.fromkeys((each.group, each.group_title) for each in self._plan.definitions):
            yield from ("", f"Lane {title} (`{group}`)")
            for step in self._plan.steps:
                if step.group == group:
                    yield f"{_INDENT}{self._step(step)}"
                    yield from (f"{_INDENT * 3}{each}" for each in self._details(step))

    def chain(self, step: Step) -> Iterator[str]:
        definition = self._plan.definition_of(step)
        operation = f" of `{definition.step.operation}`" if isinstance(definition.step, Callout) else ""
        kind = definition.step.type.value.replace("_", " ")
        yield f"{self._step(step)}: a {kind}{operation} in lane {definition.group_title}."
        for each in step.because:
            yield f"It is there because {self._reason(each)}."
            if each.line is not None:
                yield from self._history(self._plan.line(each.line), 1)
        if definition.step.when is not None:
            skip = ", and with it what depends on it alone" if definition.step.skip_branch else ""
            yield f"It is skipped{skip} unless `{definition.step.when}` is true when it would start."
        yield from (f"It {each}." for each in self._waits(step))
        followers = [each for each in self._plan.steps if any(after.step == step.id for after in each.after)]
        for follower in followers:
            yield f"{self._step(follower)} waits for it."

    def _tree(self, tops: list[Line]) -> Iterator[str]:
        waiting = [(line, 1) for line in reversed(tops)]
        while waiting:
            line, depth = waiting.pop()
            added = ", added as a required component" if line.derived else ""
            given = ", ".join(f"{each.name} {each.text}" for each in line.attributes if each.text is not None)
            yield f"{_INDENT * depth}{self._line(line)}, {_plain(line.quantity)} to {line.action.value}{added}" + (
                f" ({given})" if given else ""
            )
            for source in line.sources:
                yield f"{_INDENT * (depth + 2)}{self._source(line, source.line, source.rule, source.quantity)}"
            waiting += [(child, depth + 1) for child in reversed(self._children.get(line.id, []))]

    def _details(self, step: Step) -> Iterator[str]:
        for each in step.because:
            yield f"because {self._reason(each)}"
        yield from self._waits(step)

    def _waits(self, step: Step) -> Iterator[str]:
        if not step.after:
            yield "starts at once"
        for each in step.after:
            yield f"waits for {self._prerequisite(each)}"
        for dropped in self._dropped.get(step.id, ()):
            yield f"does not wait for {self._named(dropped.prerequisite)}: {dropped.why}"

    def _history(self, line: Line, depth: int) -> Iterator[str]:
        """Yield where a line comes from, over all levels; what was already told is not told again."""
        waiting = [(line, depth)]
        told: dict[LineId, bool] = {}
        while waiting:
            at, level = waiting.pop()
            if at.parent is not None and at.kind is LineKind.COMMERCIAL:
                yield f"{_INDENT * level}{self._line(at)} is part of {self._line(self._plan.line(at.parent))}"
            for source in at.sources:
                yield f"{_INDENT * level}{self._source(at, source.line, source.rule, source.quantity)}"
                if source.line not in told:
                    told[source.line] = True
                    waiting.append((self._plan.line(source.line), level + 1))

    def _source(self, line: Line, source: LineId, rule: str, quantity: Decimal) -> str:
        return f"{_plain(quantity)} of {self._line(line)} from {self._line(self._plan.line(source))} by rule `{rule}`"

    def _reason(self, because: Because) -> str:
        if because.line is None:
            return f"scenario `{because.scenario}` matched the order as a whole"
        return f"scenario `{because.scenario}` matched {self._line(self._plan.line(because.line))}"

    def _prerequisite(self, after: After) -> str:
        step = self._plan.step(after.step)
        lag = f", and {_duration(after.lag)} more" if after.lag else ""
        return f"{self._step(step) if step else f'`{after.step}`'}{lag}"

    def _named(self, definition: str) -> str:
        found = next((each for each in self._plan.definitions if each.id == definition), None)
        return f"{found.title} (`{definition}`)" if found else f"`{definition}`"

    def _line(self, line: Line) -> str:
        return f"{self._titles.get(line.product, line.product)} (`{line.id}`)"

    def _step(self, step: Step) -> str:
        return f"{self._plan.definition_of(step).title} (`{step.id}`)"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _duration(length: timedelta) -> str:
    parts: Iterable[tuple[int, str]] = (
        (length.days, "day"),
        (length.seconds // 3600, "hour"),
        (length.seconds // 60 % 60, "minute"),
        (length.seconds % 60, "second"),
    )
    return ", ".join(_count(number, what) for number, what in parts if number) or "an instant"
