"""What holds whatever is changed when: effects are done once, owned by one step, and undone if they are not wanted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.steps import StepType
from fulfillment.commands import CompleteTask, Retry
from fulfillment.effects import Call, Effect, Extend, OpenTask, PlanChange, WakeAt
from fulfillment.events import CallEnded, Commanded, Due, Event, Prepared
from fulfillment.outcomes import Outcome, Succeeded
from fulfillment.progress import Batch
from fulfillment.run import Run
from fulfillment.runplan import RunPlan, RunStep
from fulfillment.state import ReportMemory, RunState, StepMemory
from fulfillment.states import OrderState, StepState
from tests.unit.fulfillment.changes import EVERYTHING, UNDO, amend, worked_out
from tests.unit.fulfillment.plans import NOW, line, park, plan, retry_later, step
from tests.unit.fulfillment.test_properties import DEFINITIONS

NAMES = ("call", "call", "call", "call", "call", "never", "task", "mark")
GONE = (StepState.CANCELLED, StepState.AMENDED, StepState.DISCARDED, StepState.SKIPPED)


@st.composite
def plans(draw: st.DrawFn) -> RunPlan:
    """Any plan without cycles of calls, tasks and milestones, for three lines."""
    steps: list[RunStep] = []
    for at in range(draw(st.integers(1, 9))):
        before = draw(st.lists(st.sampled_from(steps), max_size=3, unique_by=lambda each: each.id)) if steps else []
        origin = tuple(sorted(draw(st.sets(st.sampled_from(("L1", "L2", "L3")), min_size=1))))
        name = f"{draw(st.sampled_from(NAMES))}@S{at}"
        steps.append(step(name, *(each.id.removeprefix("main.") for each in before), origin=origin))
    return plan(DEFINITIONS, steps, (line("L1"), line("L2"), line("L3", "L2")))


class Shop:
    """A run, and the systems that it calls: they keep a book of effects by idempotency key, and undo them on demand."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.run = Run("A-1", "ACME", "normal")
        self.effects: dict[tuple[str, int], None] = {}
        self.ever: list[tuple[str, int]] = []
        self.clock = 0
        self.tell(Prepared(plan=data.draw(plans())))

    @property
    def plan(self) -> RunPlan:
        assert self.run.plan is not None
        return self.run.plan

    def tell(self, event: Event) -> None:
        """Tell the run what happened; sometimes it is loaded anew before, or goes on from the order book."""
        self.clock += 1
        self.run.apply(event, NOW + timedelta(minutes=self.clock))

    def reload(self) -> None:
        state = RunState.model_validate_json(self.run.dump().model_dump_json())
        self.run = Run.load(state, self.plan)

    def lose(self) -> None:
        """Lose the run: another one goes on from what the order book knows."""
        told = Run.load(self.run.dump().model_copy(update={"report": ReportMemory()}), self.plan).changes(NOW)
        assert told is not None
        known = self.plan
        self.run = Run("A-1", "ACME", "normal", restart=True)
        self.tell(Prepared(plan=known, earlier=Batch.model_validate_json(told.model_dump_json())))

    def memory(self) -> dict[str, StepMemory]:
        return {each.id: each for each in self.run.dump().steps}

    def answer(self, effect: Effect, outcomes: Iterable[str] = ("worked",)) -> None:
        """Do what the run asks for, in one of these ways."""
        match effect:
            case Call():
                self._call(effect, self.data.draw(st.sampled_from(list(outcomes))))
            case OpenTask():
                self.tell(Commanded(command=CompleteTask(step=effect.step)))
            case WakeAt():
                self.tell(Due(key=effect.key))
            case PlanChange():
                redo = st.lists(st.sampled_from([each.id for each in self.plan.steps]), max_size=4)
                self.tell(worked_out(self.plan, effect, self.data.draw(redo)))
            case Extend() | _:
                raise AssertionError(f"not asked for in this test: {effect}")

    def _call(self, call: Call, how: str) -> None:
        if how in ("worked", "worked, answer lost"):
            self._take_effect(call)
        ends: dict[str, Outcome] = {
            "worked": Succeeded(),
            "worked, answer lost": self.data.draw(st.sampled_from((park(unknown=True), retry_later(unknown=True)))),
            "lost on the way": park(unknown=True),
            "refused": self.data.draw(st.sampled_from((park(), retry_later()))),
        }
        self.tell(CallEnded(step=call.step, round=call.round, outcome=ends[how]))

    def _take_effect(self, call: Call) -> None:
        planned = next(each for each in self.plan.steps if each.id == call.step)
        if planned.undoes:
            self.effects = {each: None for each in self.effects if each[0] != planned.undoes}
        elif (key := (call.step, call.round)) not in self.ever:
            self.effects[key] = None
            self.ever.append(key)

    def finish(self) -> None:
        """Let everything go well from now on, and have what is parked tried again, until the order is over."""
        for _ in range(500):
            for each in self.run.outstanding():
                self.answer(each)
            parked = [each.id for each in self.memory().values() if each.state is StepState.FATALLY_FAILED]
            if parked:
                self.tell(Commanded(command=Retry(steps=tuple(parked))))
            if self.run.closed:
                return
        raise AssertionError(f"it does not end: {self.run.details}")

    def anything(self) -> None:
        """Let something happen: an answer, a change, a reload, a loss."""
        asked = self.run.outstanding()
        kinds = [*(["answer"] * 6 if asked else []), *["change"] * 3, "reload", "lose", "retry"]
        match self.data.draw(st.sampled_from(kinds)):
            case "answer":
                ways = ("worked", "worked", "worked, answer lost", "lost on the way", "refused")
                changes = [each for each in asked if isinstance(each, PlanChange)]
                self.answer(self.data.draw(st.sampled_from(changes * 3 * len(asked) + list(asked))), ways)
            case "change":
                lines = self.data.draw(st.sampled_from((("L1",), ("L2",), ("L3",), ())))
                wanted = EVERYTHING.model_copy(update={"lines": lines})
                version = self.plan.version
                self.tell(Commanded(command=self.data.draw(st.sampled_from((wanted, amend(version))))))
            case "reload":
                self.reload()
            case "lose":
                self.lose()
            case _:
                parked = [each.id for each in self.memory().values() if each.state is StepState.FATALLY_FAILED]
                if parked:
                    self.tell(Commanded(command=Retry(steps=(self.data.draw(st.sampled_from(parked)),))))

    def check_owners(self) -> None:
        """Every effect is owned by a step that is wanted, or whose undoing is still to come."""
        memory = self.memory()
        to_come = {
            each.undoes
            for each in self.plan.steps
            if each.undoes and not (memory[each.id].ended and memory[each.id].state is StepState.COMPLETED)
        }
        for owner, _ in self.effects:
            found = memory[owner]
            assert found.state not in (StepState.DISCARDED, StepState.SKIPPED), owner
            assert found.state not in (StepState.CANCELLED, StepState.AMENDED) or owner in to_come, owner


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_cancelling_everything_leaves_nothing_behind_whatever_happened_before(data: st.DataObject) -> None:
    shop = Shop(data)
    for _ in range(data.draw(st.integers(4, 25))):
        shop.anything()
        shop.check_owners()
    was_closed = shop.run.closed
    for effect in [each for each in shop.run.outstanding() if isinstance(each, PlanChange)]:
        shop.answer(effect)
    if not shop.run.closed:
        shop.tell(Commanded(command=EVERYTHING))
    shop.finish()
    if not was_closed and all(each.cancelled for each in shop.plan.lines):
        assert shop.effects == {}
        assert shop.run.order_state is OrderState.CANCELLED


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_changed_what_is_wanted_is_done_once_and_nothing_else_remains(data: st.DataObject) -> None:
    shop = Shop(data)
    for _ in range(data.draw(st.integers(4, 25))):
        shop.anything()
        shop.check_owners()
    shop.finish()
    types = {each.id: each.type for each in shop.plan.definitions}
    done = {
        each.id
        for each in shop.plan.steps
        if types[each.definition] is StepType.CALLOUT and each.definition != UNDO
        if shop.memory()[each.id].state is StepState.COMPLETED
    }
    assert {owner for owner, _ in shop.effects} == done
    assert len(shop.effects) == len(done)
    assert all(each.ended for each in shop.memory().values())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_step_that_was_undone_has_no_effect_and_one_that_was_discarded_never_had_one_left(
    data: st.DataObject,
) -> None:
    shop = Shop(data)
    for _ in range(data.draw(st.integers(0, 25))):
        shop.anything()
    shop.finish()
    owners = {owner for owner, _ in shop.effects}
    assert not owners & {each.id for each in shop.memory().values() if each.state in GONE}
