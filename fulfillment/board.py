"""The plan laid out for running: its steps by id, who waits for whom, and the record of each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from graphlib import TopologicalSorter
from typing import NamedTuple

from catalog.values import NamedValues
from fulfillment.facts import Facts
from fulfillment.progress import FactsMemory
from fulfillment.rollup import ENDED, line_state, order_state
from fulfillment.runplan import RunDefinition, RunPlan, RunStep
from fulfillment.state import StepMemory, StepRecord
from fulfillment.states import OrderState, StepState


class Freed(NamedTuple):
    """What the end of a step means for those that wait for it: some wait for nothing more, some for something else."""

    unblocked: tuple[str, ...]
    retold: tuple[str, ...]


class Board:
    """Where everything stands. Lookups by step id raise KeyError for an id that the plan does not have.

    `dependents` lists for each step those that wait for it, in step-id order; `children` for each line its child lines;
    `lanes` counts states by lane. What is read after every event is kept up to date instead of computed anew, so that
    an event costs what it changes, however large the plan is.
    """

    def __init__(self, plan: RunPlan, memory: Iterable[StepMemory] = (), facts: FactsMemory | None = None) -> None:
        self.plan = plan
        self.facts = Facts(plan, facts)
        self.steps = _told_in_full(plan)
        self.records = {each: StepRecord(id=each) for each in self.steps}
        self.records.update({each.id: StepRecord.of(each) for each in memory})
        self._definitions = {each.id: each for each in plan.definitions}
        self.dependents = _dependents(self.steps)
        self.lines = {each.id: each for each in plan.lines}
        self.children = _grouped((each.parent, each.id) for each in plan.lines if each.parent)
        self._steps_of_line = _grouped((line, each.id) for each in self.steps.values() for line in each.origin)
        self._ancestors: dict[str, dict[str, tuple[str, ...]]] = {}
        self._before = {each.id: tuple(sorted(_prerequisites(each))) for each in self.steps.values()}
        self._first = dict.fromkeys(self.steps, 0)
        self._open = {each: self._still_open(each) for each in self.steps}
        self._unended = sum(each.state not in ENDED for each in self.records.values())
        self._in_state: dict[StepState, dict[str, None]] = {state: {} for state in StepState}
        self.lanes: dict[str, Counter[StepState]] = {}
        for record in self.records.values():
            self._in_state[record.state][record.id] = None
            self._lane(record.id)[record.state] += 1
        self._line_states: dict[str, OrderState] = {}
        self._line_counts: Counter[OrderState] = Counter()
        self._stale = dict.fromkeys(self.lines)

    def definition(self, step: str) -> RunDefinition:
        """Return the definition of a step."""
        return self._definitions[self.steps[step].definition]

    def name(self, step: str) -> str:
        """Return title and id of a step, for messages."""
        return f"`{self.definition(step).title}` ({step})"

    def system(self, step: str) -> str:
        """Return the system that a step calls, empty if it calls none."""
        return (self.definition(step).operation or "").partition(".")[0]

    def set_state(self, step: str, state: StepState) -> None:
        """Set the state of a step, and note what changes with it."""
        record = self.records[step]
        del self._in_state[record.state][step]
        lane = self._lane(step)
        lane[record.state] -= 1
        record.state = state
        self._in_state[state][step] = None
        lane[state] += 1
        self._stale.update(dict.fromkeys(self.lines_of(step)))

    def in_state(self, *states: StepState) -> tuple[str, ...]:
        """Return the steps in one of these states, in step-id order."""
        return tuple(sorted(each for state in states for each in self._in_state[state]))

    def count(self, state: StepState) -> int:
        """Return how many steps are in a state."""
        return len(self._in_state[state])

    def lines_of(self, step: str) -> tuple[str, ...]:
        """Return the lines that a step concerns, each followed by the lines above it."""
        found: dict[str, None] = {}
        for line in self.steps[step].origin:
            above: str | None = line
            while above is not None and above in self.lines and above not in found:
                found[above] = None
                above = self.lines[above].parent
        return tuple(found)

    def waits_for(self, step: str) -> tuple[str, int] | None:
        """Return the first prerequisite of a step that has not ended, and how many there are; None if all have."""
        if not self._open[step]:
            return None
        before, at = self._before[step], self._first[step]
        while at < len(before) - 1 and self.records[before[at]].state in ENDED:
            at += 1
        self._first[step] = at  # what has ended stays so: the position never goes back
        return before[at], self._open[step]

    def ended(self, step: str) -> Freed:
        """Note that a step has ended; return what that means for its dependents, in step-id order."""
        self._unended -= 1
        for each in self.dependents[step]:
            self._open[each] -= 1
        unblocked = tuple(each for each in self.dependents[step] if self._open[each] == 0)
        return Freed(unblocked, tuple(each for each in self.dependents[step] if self._waits_anew(each, step)))

    def _waits_anew(self, step: str, ended: str) -> bool:
        waits = self.waits_for(step)
        return waits is not None and (ended < waits[0] or waits[1] == 1)

    def unblocked(self) -> tuple[str, ...]:
        """Return the steps without open prerequisites, in step-id order."""
        return tuple(each for each, count in self._open.items() if count == 0)

    @property
    def all_ended(self) -> bool:
        """True when every step has ended."""
        return self._unended == 0

    def instances_before(self, step: str, definition: str) -> tuple[str, ...]:
        """Return the instances of a definition that a step depends on, directly or not, in step-id order."""
        if definition not in self._ancestors:
            self._ancestors[definition] = self._ancestors_of(definition)
        return self._ancestors[definition][step]

    def outputs(self, step: str) -> NamedValues:
        """Return the outputs of a step; none if it was skipped."""
        return self.records[step].outputs

    def line_state(self, line: str) -> OrderState:
        """Return the roll-up of a line (`domain.md` O4)."""
        self._roll_up()
        return self._line_states[line]

    def _roll_up(self) -> None:
        stale, self._stale = self._stale, {}
        for line in stale:
            if line in self._line_states:
                self._line_counts[self._line_states[line]] -= 1
            self._line_states[line] = self._rolled_up(line)
            self._line_counts[self._line_states[line]] += 1

    def _rolled_up(self, line: str) -> OrderState:
        steps = [self.records[each].state for each in self._steps_of_line.get(line, ())]
        # only a line without steps asks its children; asking always would walk bundles for nothing
        return line_state(steps, () if steps else [self._rolled_up(child) for child in self.children.get(line, ())])

    def waived(self, line: str) -> tuple[str, ...]:
        """Return the steps of a line that a person skipped."""
        return tuple(each for each in self._steps_of_line.get(line, ()) if self.records[each].waived)

    @property
    def order_state(self) -> OrderState:
        """The roll-up of the order."""
        self._roll_up()
        present = [state for state, count in self._line_counts.items() if count]
        return order_state(present, [] if present else [each.state for each in self.records.values()])

    def _lane(self, step: str) -> Counter[StepState]:
        return self.lanes.setdefault(self.definition(step).group_title, Counter())

    def _still_open(self, step: str) -> int:
        return sum(self.records[each].state not in ENDED for each in _prerequisites(self.steps[step]))

    def _ancestors_of(self, definition: str) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        order = TopologicalSorter({each.id: _prerequisites(each) for each in self.steps.values()})
        for each in order.static_order():
            before = _prerequisites(self.steps[each])
            own = tuple(one for one in before if self.steps[one].definition == definition)
            sets = [found[one] for one in before if found[one]]
            # a chain shares its predecessor's tuple, so that a wide plan does not copy it for each step
            found[each] = (
                sets[0] if len(sets) == 1 and not own else tuple(sorted({*own, *(x for s in sets for x in s)}))
            )
        return found


def _told_in_full(plan: RunPlan) -> dict[str, RunStep]:
    """Return the steps by id, sorted; each says itself what it waits for."""
    after = {each.id: each.after for each in plan.steps}
    steps = (
        each.model_copy(update={"after": after[each.after_as], "after_as": ""}) if each.after_as else each
        for each in plan.steps
    )
    return {each.id: each for each in sorted(steps, key=lambda step: step.id)}


def _prerequisites(step: RunStep) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.step for each in step.after))


def _dependents(steps: dict[str, RunStep]) -> dict[str, tuple[str, ...]]:
    pairs = ((before, each.id) for each in steps.values() for before in _prerequisites(each))
    grouped = _grouped(pairs)
    return {each: grouped.get(each, ()) for each in steps}


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for key, member in pairs:
        groups.setdefault(key, []).append(member)
    return {key: tuple(sorted(members)) for key, members in groups.items()}
