"""Answers to what a run has asked for, as strategies: calls end, failures are judged, times come, plans grow."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st

from fulfillment.effects import Call, Effect, Extend, Judge, WakeAt
from fulfillment.events import CallEnded, Due, Event, Extended, Judged
from fulfillment.outcomes import Failed, Outcome
from fulfillment.runplan import RunPlan
from tests.unit.fulfillment.changes import decided
from tests.unit.fulfillment.growths import alternative_to


def answers(run_plan: RunPlan, asked: Iterable[Effect], outcomes: Iterable[Outcome]) -> list[st.SearchStrategy[Event]]:
    """Return a strategy for each effect that was asked for, and not for the work of people."""
    asked, outcomes = tuple(asked), tuple(outcomes)
    found = [_answer(run_plan, each, outcomes) for each in asked]
    return [*(each for each in found if each is not None), *decided(run_plan, asked)]


def _answer(run_plan: RunPlan, effect: Effect, outcomes: tuple[Outcome, ...]) -> st.SearchStrategy[Event] | None:
    match effect:
        case Call(step=step, round=round_):
            return st.builds(CallEnded, step=st.just(step), round=st.just(round_), outcome=st.sampled_from(outcomes))
        case Judge():
            return st.sampled_from([each.decision for each in outcomes if isinstance(each, Failed)]).map(
                lambda decision: Judged(
                    step=effect.step, round=effect.round, number_of=effect.number_of, decision=decision
                )
            )
        case WakeAt(key=key):
            return st.just(Due(key=key))
        case Extend(step=step):
            return st.just(Extended(step=step, growth=alternative_to(run_plan, step)))
        case _:
            return None
