"""What holds for every plan and every order of events."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.products import Attribute
from catalog.steps import OnTimeout, StepType
from catalog.values import ValueType
from fulfillment.commands import (
    Alternative,
    Command,
    Complete,
    CompleteTask,
    EditAndRetry,
    GivenValue,
    GiveUp,
    Hold,
    Release,
    Reschedule,
    Retry,
    SetFacts,
    Skip,
    StartNow,
    WithdrawChange,
)
from fulfillment.effects import Call, Effect, OpenTask, Prepare, WakeAt
from fulfillment.events import (
    CallbackArrived,
    CallEnded,
    ChangePlanned,
    Commanded,
    Due,
    Event,
    Extended,
    Judged,
    Misfit,
    Prepared,
    SystemOnline,
    TaskOpened,
)
from fulfillment.outcomes import Decision, Failed, Offline, Outcome, Succeeded
from fulfillment.progress import Batch, Written
from fulfillment.run import Run
from fulfillment.runplan import RunCallback, RunDefinition, RunInput, RunPlan, RunStep
from fulfillment.state import ReportMemory, RunState
from fulfillment.states import OrderState
from tests.unit.fulfillment.answering import answers
from tests.unit.fulfillment.changes import changes
from tests.unit.fulfillment.growths import GROUP, replaced_by_rule
from tests.unit.fulfillment.plans import (
    NOW,
    callout,
    line,
    manual,
    milestone,
    park,
    plan,
    read,
    retry_later,
    skipped_by_rule,
    step,
)

DEFINITIONS: tuple[RunDefinition, ...] = (
    callout("call", reads=(read("late", "id", one=False),)),
    callout("late", callback=RunCallback(deadline=timedelta(hours=1))).model_copy(
        update={"inputs": (RunInput(name="size"),)}
    ),
    callout("never", when="false", skip_branch=True),
    callout("odd", when="order.total > 1"),
    manual("task"),
    milestone("mark"),
    RunDefinition(
        id="main.pause",
        type=StepType.PAUSE,
        title="Pause",
        group_title="Main",
        until="coalesce(facts.known, false)",
        pause_timeout=timedelta(hours=1),
        on_timeout=OnTimeout.CONTINUE,
    ),
    RunDefinition(
        id="main.soon",
        type=StepType.PAUSE,
        title="Soon",
        group_title="Main",
        until="coalesce(facts.known, false)",
        pause_timeout=timedelta(hours=1),
    ),
    RunDefinition(id="main.ever", type=StepType.PAUSE, title="Ever", group_title="Main", until="line_facts.known"),
)
SURE = ("call", "late", "never", "task", "mark", "pause")
FACT = Attribute(name="known", type=ValueType.BOOLEAN)


@st.composite
def plans(draw: st.DrawFn, names: tuple[str, ...] = (*SURE, "odd", "soon", "ever")) -> RunPlan:
    """Any plan without cycles: a step depends on steps before it alone."""
    steps: list[RunStep] = []
    for at in range(draw(st.integers(0, 12))):
        before = draw(st.lists(st.sampled_from(steps), max_size=3, unique_by=lambda each: each.id)) if steps else []
        lag = draw(st.sampled_from((timedelta(0), timedelta(hours=1))))
        name = f"{draw(st.sampled_from(names))}@L{at}"
        origin = tuple(sorted(draw(st.sets(st.sampled_from(("L1", "L2", "L3")), min_size=1))))
        steps.append(step(name, *(each.id.removeprefix("main.") for each in before), lag=lag, origin=origin))
    made = plan(DEFINITIONS, steps, (line("L0"), line("L1", "L0"), line("L2", "L1"), line("L3")))
    return made.model_copy(update={"order_facts": (FACT,), "line_facts": (FACT,)})


OUTCOMES: tuple[Outcome, ...] = (
    Succeeded(),
    Succeeded(awaits_callback=True),
    park(),
    park(unknown=True),
    skipped_by_rule(),
    replaced_by_rule(),
    replaced_by_rule(unknown=True),
    retry_later(),
    retry_later(timedelta.max),
    Offline(system="inventory", attempts=1, tries=1, unknown=True),
)
DECISIONS: tuple[Decision, ...] = tuple(each.decision for each in OUTCOMES if isinstance(each, Failed))


@st.composite
def events(draw: st.DrawFn, run_plan: RunPlan) -> Event:
    """Anything that can happen, fitting or not."""
    step_id = draw(st.sampled_from([*(each.id for each in run_plan.steps), "main.nobody"]))
    round_ = draw(st.sampled_from((1, 1, 1, 2)))
    key = draw(
        st.sampled_from(
            (
                f"start/{step_id}",
                f"start/{step_id}/1",
                f"retry/{step_id}/1/1",
                f"callback/{step_id}/1/1",
                f"pause/{step_id}/0",
                "?",
            )
        )
    )
    body = draw(st.sampled_from(("{}", "[]", "<html>", "[" * 5_000)))
    happened: tuple[Event, ...] = (
        CallEnded(step=step_id, round=round_, outcome=draw(st.sampled_from(OUTCOMES))),
        CallEnded(step=step_id, round=round_, outcome=draw(st.sampled_from(OUTCOMES))),
        CallbackArrived(step=step_id, round=round_, body=body),
        Judged(step=step_id, round=round_, number_of=1, decision=draw(st.sampled_from(DECISIONS))),
        Due(key=key),
        TaskOpened(step=step_id),
        Misfit(name="x", problem="y"),
        SystemOnline(system=draw(st.sampled_from(("inventory", "nobody")))),
        Commanded(command=draw(commands(step_id))),
        Prepared(plan=run_plan),
        Extended(step=step_id, refused="no such group"),
        ChangePlanned(number_of=1, refused="too late"),
    )
    return draw(st.sampled_from(happened))


def next_events(run: Run, run_plan: RunPlan) -> st.SearchStrategy[Event]:
    """Anything that can happen, often what was asked for: a call ends somehow, a failure is judged, a time comes."""
    return st.one_of(*answers(run_plan, run.outstanding(), OUTCOMES), events(run_plan))


@st.composite
def commands(draw: st.DrawFn, step_id: str) -> Command:
    number = draw(st.sampled_from((None, 1, 2)))
    asked: tuple[Command, ...] = (
        Retry(steps=(step_id,), fallout=number),
        Skip(steps=(step_id, step_id), fallout=number),
        Skip(steps=(step_id,), nothing_happened=True, reason="sure"),
        Complete(steps=(step_id,), fallout=number),
        EditAndRetry(steps=(step_id,), values=(GivenValue(name="size", value="5"),)),
        EditAndRetry(
            steps=(step_id,), values=(GivenValue(name="size", value="6"),), nothing_happened=True, reason="sure"
        ),
        GiveUp(steps=(step_id,), fallout=number, reason="hopeless"),
        Alternative(steps=(step_id,), fallout=number),
        Alternative(steps=(step_id,), group=GROUP, nothing_happened=True, reason="sure"),
        GiveUp(steps=(step_id,), fallout=number, reason="hopeless", role="submitter"),
        CompleteTask(step=step_id),
        SetFacts(values=(GivenValue(name="known", value=draw(st.sampled_from(("true", "false", "odd", None)))),)),
        SetFacts(values=(GivenValue(name="known", value="true"),), line=draw(st.sampled_from(("L1", "L3", "L9")))),
        Hold(actor="ann", reason="credit"),
        Hold(actor="bob", reason="fraud", lines=(draw(st.sampled_from(("L0", "L1", "L9"))),)),
        Release(actor=draw(st.sampled_from(("ann", "bob"))), hold=number),
        StartNow(steps=(step_id,)),
        Reschedule(
            steps=(step_id,), at=NOW + draw(st.sampled_from((timedelta(0), timedelta(minutes=30), timedelta(3))))
        ),
        *changes(),
    )
    return draw(st.sampled_from(asked))


def reloaded(run: Run, run_plan: RunPlan) -> Run:
    state = RunState.model_validate_json(run.dump().model_dump_json())
    return Run.load(state, run_plan)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_order_of_events_raises_and_a_reloaded_run_goes_on_identically(data: st.DataObject) -> None:
    run_plan = data.draw(plans())
    kept, again = Run("A-1", "ACME", "normal"), Run("A-1", "ACME", "normal")
    for at in range(data.draw(st.integers(0, 25))):
        now = NOW + timedelta(minutes=at)
        event = data.draw(next_events(kept, run_plan))
        again = reloaded(again, run_plan)
        assert again.apply(event, now) == kept.apply(event, now)
        run_plan = kept.plan or run_plan
        assert again.outstanding() == kept.outstanding()
        assert (again.order_state, again.open_fallouts, again.closed) == (
            kept.order_state,
            kept.open_fallouts,
            kept.closed,
        )
        if data.draw(st.booleans()):
            assert again.changes(now) == kept.changes(now)
        if data.draw(st.booleans()):
            written = Written(replaced=data.draw(st.booleans()))
            again.acknowledge(written)
            kept.acknowledge(written)
    assert again.dump() == kept.dump()
    assert again.details == kept.details


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_plan_whose_calls_succeed_completes_with_every_call_made_once(data: st.DataObject) -> None:
    run_plan = data.draw(plans(SURE))
    run = Run("A-1", "ACME", "normal")
    waiting = list(run.apply(Prepared(plan=run_plan), NOW))
    made: list[str] = []
    while waiting:
        effect = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
        made.extend([effect.step] if isinstance(effect, Call) else [])
        waiting.extend(run.apply(answer(effect), NOW))
    assert run.closed
    assert run.order_state is OrderState.COMPLETED
    assert len(made) == len(set(made))
    called = ("main.call", "main.late")
    skipped = {each.id for each in run.dump().steps if each.state == "skipped"}
    assert set(made) == {each.id for each in run_plan.steps if each.definition in called and each.id not in skipped}


def answer(effect: Effect) -> Event:
    match effect:
        case Call(step=name, round=round_):
            return CallEnded(step=name, round=round_, outcome=Succeeded())
        case OpenTask(step=name):
            return Commanded(command=CompleteTask(step=name))
        case WakeAt(key=key):
            return Due(key=key)
        case _:
            raise AssertionError(f"not asked for in this test: {effect}")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_the_outstanding_effects_are_those_asked_for_and_not_answered(data: st.DataObject) -> None:
    run_plan = data.draw(plans(SURE))
    run = Run("A-1", "ACME", "normal")
    waiting = list(run.apply(Prepared(plan=run_plan), NOW))
    while waiting:
        assert {each.model_dump_json() for each in run.outstanding()} == {each.model_dump_json() for each in waiting}
        effect = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
        waiting.extend(run.apply(answer(effect), NOW))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_run_that_goes_on_from_the_order_book_asks_for_all_that_was_open(data: st.DataObject) -> None:
    run_plan = data.draw(plans())
    run = Run("A-1", "ACME", "normal")
    run.apply(Prepared(plan=run_plan), NOW)
    for at in range(data.draw(st.integers(0, 20))):
        run.apply(data.draw(next_events(run, run_plan)), NOW + timedelta(minutes=at))
        run_plan = run.plan or run_plan
    everything = Run.load(run.dump().model_copy(update={"report": ReportMemory()}), run_plan).changes(NOW)
    again = Run("A-1", "ACME", "normal", restart=True)
    assert again.outstanding() == (Prepare(number="A-1", restart=True),)
    asked = again.apply(Prepared(plan=run_plan, earlier=Batch.model_validate_json(everything.model_dump_json())), NOW)  # type: ignore[union-attr]
    in_flight = [each.id for each in run.dump().steps if each.calling]
    # a change at work is lost with the run: nobody waits for what comes of it
    run.apply(Commanded(command=WithdrawChange()), NOW)
    assert [certain(each) for each in asked] == [certain(each) for each in run.outstanding()]
    assert again.standing().model_copy(update={"untold": run.standing().untold}) == run.standing()
    assert again.details == run.details
    # an answer that never came may have been lost after the system had done its work
    assert all(each.unknown for each in again.dump().steps if each.id in in_flight)


def certain(effect: Effect) -> Effect:
    """Return the effect without what is known of earlier tries: a restarted call may have been made."""
    return effect.model_copy(update={"unknown": True}) if isinstance(effect, Call) else effect
