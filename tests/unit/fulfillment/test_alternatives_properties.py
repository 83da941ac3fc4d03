"""What holds of every plan that grows by alternatives, whatever fails and in whatever order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment.board import Board
from fulfillment.commands import Skip
from fulfillment.effects import Call, Effect, Extend
from fulfillment.events import CallEnded, Commanded, Event, Extended, Prepared
from fulfillment.outcomes import Succeeded
from fulfillment.rollup import ENDED
from fulfillment.run import Run
from fulfillment.state import ReportMemory
from fulfillment.states import OrderState, StepState
from tests.unit.fulfillment.growths import alternative_to, replaced_by_rule
from tests.unit.fulfillment.plans import NOW, text
from tests.unit.fulfillment.test_properties import SURE, answer, certain, plans, reloaded


def happened(data: st.DataObject, run: Run, effect: Effect) -> Event:
    """Return what becomes of an effect: a call may fail, and then its alternative is planned."""
    assert run.plan is not None
    match effect:
        case Call(step=step, round=round_):
            outcomes = (Succeeded(outputs=text("id", step)), replaced_by_rule())
            return CallEnded(step=step, round=round_, outcome=data.draw(st.sampled_from(outcomes)))
        case Extend(step=step):
            return Extended(step=step, growth=alternative_to(run.plan, step))
        case _:
            return answer(effect)


def from_the_book(run: Run) -> Run:
    """Return the run that goes on from what the order book would know."""
    assert run.plan is not None
    earlier = Run.load(run.dump().model_copy(update={"report": ReportMemory()}), run.plan).changes(NOW)
    again = Run("A-1", "ACME", "normal", restart=True)
    again.apply(Prepared(plan=run.plan, earlier=earlier), NOW)
    return again


def about_to_start(run: Run, effects: tuple[Effect, ...]) -> tuple[str, ...]:
    """Return the steps that are called although something they wait for has not ended."""
    assert run.plan is not None
    board = Board(run.plan, run.dump().steps)
    return tuple(each.step for each in effects if isinstance(each, Call) and board.waits_for(each.step))


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_with_any_alternatives_every_step_ends_none_starts_too_early_and_nothing_is_forgotten(
    data: st.DataObject,
) -> None:
    run, first = Run("A-1", "ACME", "normal"), data.draw(plans(SURE))
    waiting = list(run.apply(Prepared(plan=first), NOW))
    called: list[str] = []
    while waiting or not run.closed:
        if not waiting:
            # an alternative that failed itself waits for a person
            parked = tuple(each.id for each in run.dump().steps if each.state is StepState.FATALLY_FAILED)
            assert parked
            event: Event = Commanded(command=Skip(steps=parked, reason="no use"))
        else:
            effect = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
            event = happened(data, run, effect)
        again = reloaded(run, run.plan or first)
        effects = run.apply(event, NOW)
        assert again.apply(event, NOW) == effects
        assert again.dump() == run.dump()
        assert [certain(each) for each in from_the_book(run).outstanding()] == [
            certain(each) for each in run.outstanding()
        ]
        assert about_to_start(run, effects) == ()
        called += [each.step for each in effects if isinstance(each, Call)]
        waiting.extend(effects)
    assert run.order_state is OrderState.COMPLETED
    assert len(called) == len(set(called))
    memory = {each.id: each for each in run.dump().steps}
    assert all(each.state in ENDED for each in memory.values())
    assert run.plan is not None
    for extension in run.plan.extensions:
        assert memory[extension.step].state is StepState.SKIPPED
        assert memory[extension.step].outputs == memory[extension.last[0]].outputs
