"""The plan laid out for running: its steps by id, who waits for whom, and the record of each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from catalog.values import NamedValues
from fulfillment.changes import Changes
from fulfillment.facts import Facts
from fulfillment.holds import Holds
from fulfillment.progress import ChangeProgress, FactsMemory, HoldProgress
from fulfillment.rollup import ORDER_ENDED, line_state, order_state
from fulfillment.runplan import RunDefinition, RunExtension, RunGrowth, RunPlan, grown
from fulfillment.shares import Counted, Share, counted
from fulfillment.state import StepMemory, StepRecord
from fulfillment.states import OrderState, StepState
from fulfillment.wiring import Wiring, grouped, prerequisites


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

    def __init__(
        self,
        plan: RunPlan,
        memory: Iterable[StepMemory] = (),
        facts: FactsMemory | None = None,
        holds: Iterable[HoldProgress] = (),
        changes: Iterable[ChangeProgress] = (),
    ) -> None:
        self.facts = Facts(plan, facts)
        self.holds = Holds(holds)
        self.changes = Changes(changes)
        self._lay_out(plan, {each.id: StepRecord.of(each) for each in memory})

    def _lay_out(self, plan: RunPlan, records: Mapping[str, StepRecord]) -> None:
        self.plan = plan
        self._wiring = Wiring(plan)
        self.steps = self._wiring.steps
        self.records = {each: records.get(each) or StepRecord(id=each) for each in self.steps}
        self._definitions = {each.id: each for each in plan.definitions}
        self.dependents = self._wiring.dependents
        self.lines = {each.id: each for each in plan.lines}
        self.children = grouped((each.parent, each.id) for each in plan.lines if each.parent)
        self._steps_of_line = grouped((line, each.id) for each in self.steps.values() for line in each.origin)
        self._before = {each.id: tuple(sorted(prerequisites(each))) for each in self.steps.values()}
        self._first = dict.fromkeys(self.steps, 0)
        self._open = {each: self._still_open(each) for each in self.steps}
        self._unended = sum(not each.ended for each in self.records.values())
        self._in_state: dict[StepState, dict[str, None]] = {state: {} for state in StepState}
        self.lanes: dict[str, Counter[StepState]] = {}
        for record in self.records.values():
            self._in_state[record.state][record.id] = None
            self._lane(record.id)[record.state] += 1
        self.growing = {each.id: None for each in self.records.values() if each.growing}
        """The steps for which an alternative is being planned, or waits to be."""
        self._line_states: dict[str, OrderState] = {}
        self._line_counts: Counter[OrderState] = Counter()
        self._stale = dict.fromkeys(self.lines)
        self._undone = {each.id: each.undoes for each in self.steps.values() if each.undoes}
        for extension in plan.extensions:
            if extension.step in self._undone:
                self._undone.update(dict.fromkeys(extension.steps, self._undone[extension.step]))
        self._replaced = dict.fromkeys(each.step for each in plan.extensions)

    def extend(self, growth: RunGrowth) -> None:
        """Take in what an extension adds: who waited for the replaced step waits for the last steps of its group.

        All is laid out anew, as if the plan had been so from the start; the records stay.
        """
        self._lay_out(grown(self.plan, growth), self.records)

    def change(self, plan: RunPlan) -> None:
        """Take another version of the plan: all is laid out anew, and the records stay."""
        self.facts = Facts(plan, self.facts.memory())
        self._lay_out(plan, self.records)

    def extension_with(self, step: str) -> RunExtension | None:
        """Return the extension that brought a step in, or None."""
        return next((each for each in self.plan.extensions if step in each.steps), None)

    def ended_with(self, step: str) -> tuple[RunExtension, ...]:
        """Return the extensions of which `step` is one of the last and all of those have ended, inner ones first."""
        return tuple(each for each in self._wiring.endings(step) if self.has_ended(each))

    def has_ended(self, extension: RunExtension) -> bool:
        """Tell whether the last steps of an extension, or what replaced them, have ended."""
        return all(self.records[each].ended for each in self._wiring.stand_ins(extension.step))

    def is_replaced(self, step: str) -> bool:
        """Tell whether an alternative has taken the place of a step."""
        return step in self._replaced

    def undone_by(self, step: str) -> str | None:
        """Return the step that a step undoes, itself or as the alternative to one that does; None if it undoes none."""
        return self._undone.get(step)

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

    def parked(self) -> tuple[str, ...]:
        """Return the steps that wait for a person's decision, in step-id order."""
        return tuple(each for each in self.in_state(StepState.FATALLY_FAILED) if not self.records[each].given_up)

    def after(self, step: str) -> tuple[str, ...]:
        """Return the steps that depend on a step, directly or not, in step-id order."""
        found: dict[str, None] = {}
        waiting = [step]
        while waiting:
            fresh = [each for each in self.dependents[waiting.pop()] if each not in found]
            found.update(dict.fromkeys(fresh))
            waiting += fresh
        return tuple(sorted(found))

    def lines_of(self, step: str) -> tuple[str, ...]:
        """Return the lines that a step concerns, each followed by the lines above it."""
        return self._with_those_above(self.steps[step].origin)

    def _with_those_above(self, lines: Iterable[str]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for line in lines:
            above: str | None = line
            while above is not None and above in self.lines and above not in found:
                found[above] = None
                above = self.lines[above].parent
        return tuple(found)

    def held_by(self, step: str) -> HoldProgress | None:
        """Return the hold that keeps a step from starting, or None: one of its lines, or of a line above, is enough."""
        return self.holds.over(self.lines_of(step)) if self.holds.open else None

    def restale(self) -> tuple[str, ...]:
        """Have all lines rolled up again, since their states may follow from more than their steps; return them."""
        self._stale.update(dict.fromkeys(self.lines))
        return tuple(self.lines)

    def waits_for(self, step: str) -> tuple[str, int] | None:
        """Return the first prerequisite of a step that has not ended, and how many there are; None if all have."""
        if not self._open[step]:
            return None
        before, at = self._before[step], self._first[step]
        while at < len(before) - 1 and self.records[before[at]].ended:
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
        """True when every step has ended, and no change is at work that could bring new ones."""
        return self._unended == 0 and self.changes.at_work is None

    def instances_before(self, step: str, definition: str) -> tuple[str, ...]:
        """Return the instances of a definition that a step depends on, directly or not, in step-id order."""
        return self._wiring.instances_before(step, definition)

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
        steps, cancelled = self._steps_of_line.get(line, ()), self.lines[line].cancelled
        told = self._counted(steps, cancelled=cancelled)
        # only a line without steps asks its children; asking always would walk bundles for nothing
        silent = not told.states and not told.given_up
        children = [self._rolled_up(child) for child in self.children.get(line, ())] if silent else []
        if cancelled and silent and not children:
            return OrderState.CANCELLED
        held = self.holds.over(self._with_those_above((line,))) is not None or self._held(steps)
        return line_state(told.states, children, given_up=told.given_up, held=held)

    def _held(self, steps: Iterable[str]) -> bool:
        # a step that waits for a change to be worked out is not held by anybody
        return any(self.records[each].held and self.held_by(each) is not None for each in steps)

    def _counted(self, steps: Iterable[str], *, cancelled: bool) -> Counted:
        if self.plan.version == 1:
            records = [self.records[each] for each in steps]  # the usual case: nothing was ever changed
            states = tuple(each.seen_from_above for each in records if not each.given_up)
            return Counted(states, any(each.given_up for each in records))
        return counted((self._share(each) for each in steps), cancelled=cancelled)

    def _share(self, step: str) -> Share:
        undone = self._undone.get(step)
        return Share(self.records[step], self.records[undone] if undone else None, step in self._replaced)

    def waived(self, line: str) -> tuple[str, ...]:
        """Return the steps of a line that a person skipped."""
        return tuple(each for each in self._steps_of_line.get(line, ()) if self.records[each].waived)

    @property
    def order_state(self) -> OrderState:
        """The roll-up of the order."""
        if self.plan.rejected:
            return OrderState.REJECTED
        self._roll_up()
        present = [state for state, count in self._line_counts.items() if count]
        told = Counted((), False) if present else self._counted(self.records, cancelled=self._all_unwanted)
        held = self.holds.over(()) is not None
        found = order_state(present, told.states, given_up=told.given_up, held=held)
        # A line that was given up may have ended while steps of others, or its own, are still to come.
        return OrderState.IN_PROGRESS if found in ORDER_ENDED and not self.all_ended else found

    @property
    def _all_unwanted(self) -> bool:
        """Tell whether an order without lines was cancelled."""
        wanted = (each for each in self.records.values() if each.id not in self._undone)
        return bool(self.records) and all(each.unwanted is not None for each in wanted)

    def _lane(self, step: str) -> Counter[StepState]:
        return self.lanes.setdefault(self.definition(step).group_title, Counter())

    def _still_open(self, step: str) -> int:
        return sum(not self.records[each].ended for each in prerequisites(self.steps[step]))
