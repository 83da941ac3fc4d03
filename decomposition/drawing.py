"""A plan drawn as text: as a tree, and as a table; deterministic (`domain.md` P7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from decomposition.foresight import Foresight
from decomposition.lines import Line, LineId, LineKind, Trial
from decomposition.model import Dropped, OrderPlan, Step, StepId
from decomposition.wording import Names, absent, count, counted, delay, duration, moment, one_line, outlook, plain


@dataclass(slots=True)
class Node:
    """A line of a tree, with what hangs on it."""

    label: str
    children: list[Node] = field(default_factory=list)


def tree(plan: OrderPlan) -> str:
    """Return what each line became, by which rules and scenarios of those tried, and the lanes with their steps."""
    trees = _Trees(plan)
    head = f"Order {plan.order.number} of account {plan.order.account}, accepted {moment(plan.accepted_at)}"
    roots = (Node("Lines", trees.lines()), Node("Lanes", trees.lanes()))
    return "\n".join([head, *outlook(plan), *(line for root in roots for line in ("", *drawn(root)))]) + "\n"


def table(plan: OrderPlan) -> str:
    """Return the steps with their times, a row each."""
    foresight = Foresight(plan)
    rows = [("Step", "Title", "Lane", "Planned start", "Planned end", "Slack", "Condition")]
    for step in plan.steps:
        definition = plan.definition_of(step)
        slack = "critical" if step.critical else duration(step.slack)
        times = (moment(step.planned_start), moment(step.planned_end), slack if step.planned_start else "")
        rows.append((step.id, definition.title, definition.group_title, *times, foresight.condition(step)))
    shown = [tuple(one_line(cell) for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in shown) for column in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown)
    return "\n".join([*lines, "", *outlook(plan)]) + "\n"


def drawn(root: Node) -> Iterator[str]:
    """Yield a tree line by line, without recursion: bundles and levels may be deep."""
    waiting = [(root, "", "")]
    while waiting:
        node, lead, below = waiting.pop()
        yield f"{lead}{one_line(node.label)}"
        last = len(node.children) - 1
        for position, child in reversed(list(enumerate(node.children))):
            fork, rail = ("└─ ", "   ") if position == last else ("├─ ", "│  ")
            waiting.append((child, f"{below}{fork}", f"{below}{rail}"))


class _Trees:
    """Builds the trees of one plan; what hangs on several lines is drawn whole once, and named after that."""

    def __init__(self, plan: OrderPlan) -> None:
        self._plan = plan
        self._names = Names(plan)
        self._foresight = Foresight(plan)
        self._steps: dict[LineId | None, list[Step]] = {}
        for step in plan.steps:
            for line in step.sources or (None,):
                self._steps.setdefault(line, []).append(step)
        self._below: dict[LineId, list[Line]] = {}
        for each in plan.lines:
            for above in dict.fromkeys(_above(each)):
                self._below.setdefault(above, []).append(each)
        self._dropped: dict[StepId, list[Dropped]] = {}
        for one in plan.dropped:
            self._dropped.setdefault(one.step, []).append(one)
        self._trials: dict[LineId | None, list[Trial]] = {}
        for trial in plan.trace:
            self._trials.setdefault(trial.line, []).append(trial)

    def lines(self) -> list[Node]:
        """Return the order as a whole, and each outermost line with all that came of it."""
        whole = Node("The order as a whole", [*self._tried(None), *self._instances(None)])
        tops = [line for line in self._plan.lines if not _above(line)]
        roots = [self._line(line) for line in tops]
        drawn: dict[LineId, bool] = {}
        waiting = list(zip(reversed(tops), reversed(roots), strict=True))
        while waiting:
            line, node = waiting.pop()
            if line.id in drawn:
                node.label += ", drawn above"
                continue
            drawn[line.id] = True
            below = self._below.get(line.id, [])
            children = [self._line(each) for each in below]
            node.children += [*self._tried(line.id), *self._instances(line.id), *children]
            waiting += zip(reversed(below), reversed(children), strict=True)
        return [whole, *roots] if whole.children else roots

    def lanes(self) -> list[Node]:
        """Return each lane with its steps, their times, conditions and prerequisites."""
        lanes: dict[str, Node] = {}
        for each in self._plan.definitions:
            lanes.setdefault(each.group, Node(f"{each.group_title} (`{each.group}`)"))
        for step in self._plan.steps:
            lanes[step.group].children.append(self._step(step))
        return [lane for lane in lanes.values() if lane.children]

    def _line(self, line: Line) -> Node:
        kind = "technical line " if line.kind is LineKind.TECHNICAL else ""
        return Node(f"{kind}{self._names.line(line)}, {plain(line.quantity)} to {line.action.value}")

    def _tried(self, line: LineId | None) -> Iterator[Node]:
        for each in self._trials.get(line, ()):
            why = f", {each.why}" if each.why else ""
            yield Node(f"tried `{each.rule}`: {each.verdict.value.replace('_', ' ')}{why}")

    def _instances(self, line: LineId | None) -> Iterator[Node]:
        for step in self._steps.get(line, ()):
            shared = f", shared by {count(len(step.sources), 'line')}" if len(step.sources) > 1 else ""
            yield Node(f"step {self._names.step(step)}{shared}")

    def _step(self, step: Step) -> Node:
        node = Node(self._names.step(step))
        if step.planned_start is not None:
            slack = "critical" if step.critical else f"{duration(step.slack)} of slack"
            times = f"{moment(step.planned_start)} → {moment(step.planned_end)}"
            node.children.append(Node(f"planned {times}{f', {slack}' if step.latest_start else ''}"))
        if step.not_before is not None:
            node.children.append(Node(f"not before {moment(step.not_before)}"))
        if step.undated:
            node.children.append(Node(f"scheduled for when it is ready: {step.undated}"))
        if condition := self._foresight.condition(step):
            node.children.append(Node(f"when `{self._plan.definition_of(step).step.when}`: {condition}"))
        for each in self._plan.waits(step):
            lag = f", and {delay(each)} more" if delay(each) else ""
            node.children.append(Node(f"after {self._names.step_of(each.step)}{lag}"))
        if step.delay is not None:
            node.children.append(Node(f"then {counted(step.delay.length, step.delay.calendar)} more"))
        for dropped in self._dropped.get(step.id, ()):
            node.children.append(Node(f"not after {absent(dropped)}: {dropped.why}"))
        return node


def _above(line: Line) -> Sequence[LineId]:
    """Return the lines that a line hangs on: its bundle, or the lines that it was decomposed from."""
    if line.kind is LineKind.TECHNICAL:
        return tuple(each.line for each in line.sources)
    return (line.parent,) if line.parent else ()
