"""What holds of every change of every order under way (`domain.md` A1-A3, E1)."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import TopologicalSorter
from random import Random

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from catalog.changes import Denied
from decomposition.model import OrderPlan
from fulfillment.change import Consequence, Verdict
from fulfillment.compare import compare
from fulfillment.planning import run_change
from fulfillment.proposal import Change
from fulfillment.wiring import Wiring
from tests.unit.decomposition.worlds import World, worlds
from tests.unit.fulfillment.change_worlds import (
    Changing,
    Lines,
    changing,
    edited,
    go_on,
    is_accepted,
    living,
    order_of,
)
from tests.unit.fulfillment.changing import LATER, Story, stand

# Always the same examples: a run that fails here fails everywhere.
bounded = settings(
    max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
randoms = st.randoms(use_true_random=False)

WITH_EFFECT = ("completed", "calling", "doubtful")
DONE_WITH = (Verdict.UNWANTED, Verdict.REDONE)


def begun(world: World, random: Random) -> tuple[Changing, Story]:
    """Return an order that has gone some way."""
    found = changing(world, random)
    assume(is_accepted(found, found.lines))
    story = Story(found.catalog, order_of(found.lines))
    go_on(story, random)
    return found, story


def changes(world: World, random: Random, *, override: bool = True) -> Iterator[tuple[Story, OrderPlan, Lines, Change]]:
    """Yield up to three changes of an order, one after the other, each with the plan that it changes."""
    found, story = begun(world, random)
    lines = found.lines
    for _ in range(3):
        wanted = edited(lines, random)
        if not is_accepted(found, wanted):
            continue
        before, answer = story.plan, story.compared(order_of(wanted), override=override)
        if not isinstance(answer, Change):
            continue
        yield story, before, wanted, answer
        story.changed(order_of(wanted), override=override)
        go_on(story, random)
        lines = wanted


@bounded
@given(worlds(), randoms)
def test_every_step_that_is_wanted_has_one_living_instance(world: World, random: Random) -> None:
    for story, _, wanted, change in changes(world, random):
        planned = Story(story.catalog, order_of(wanted)).plan
        assert living(change.plan) == [each.id for each in planned.steps]


@bounded
@given(worlds(), randoms)
def test_steps_wait_for_steps_of_the_plan_and_never_for_each_other(world: World, random: Random) -> None:
    for story, _, _, change in changes(world, random):
        known = {each.id for each in change.plan.steps}
        assert all(after.step in known for each in change.plan.steps for after in each.after)
        waiting = {each.id: [one.step for one in change.plan.waits(each)] for each in change.plan.steps}
        assert set(TopologicalSorter(waiting).static_order()) == known
        former = {**story.plans, change.plan.digest: change.plan}
        assert set(Wiring(run_change(change, former.__getitem__).plan).steps) == known


@bounded
@given(worlds(), randoms)
def test_all_steps_and_lines_stay_and_what_has_begun_keeps_what_it_waited_for(world: World, random: Random) -> None:
    for story, before, _, change in changes(world, random):
        assert {line.id for line in before.lines} <= {line.id for line in change.plan.lines}
        for step in before.steps:
            now = change.plan.step(step.id)
            assert now is not None
            if story.states.get(step.id) in WITH_EFFECT:
                assert now.after == step.after
                assert now.data_of == (step.data_of or before.digest) or now == step


@bounded
@given(worlds(), randoms)
def test_every_effect_that_is_not_wanted_is_undone_once_where_it_can_be(world: World, random: Random) -> None:
    for story, before, _, change in changes(world, random):
        undone = [each.step for revision in change.plan.revisions for each in revision.undoing]
        assert len(undone) == len(set(undone))
        for each in change.steps:
            known = before.step(each.step)
            if known is None or each.verdict not in DONE_WITH:
                continue
            had_effect = story.states.get(each.step) in WITH_EFFECT
            declared = before.definition_of(known).step.on_cancel is not None
            assert (each.step in undone) == (had_effect and declared), each


@bounded
@given(worlds(), randoms)
def test_what_was_built_on_a_step_is_undone_before_it(world: World, random: Random) -> None:
    for _, before, _, change in changes(world, random):
        [*_, revision] = change.plan.revisions or [None]
        if revision is None:
            continue
        undoing = {each.step: each for each in revision.undoing}
        above = _ancestors(before)
        undo_above = _ancestors(change.plan)
        for code, each in undoing.items():
            for first in above[code]:
                if first in undoing:
                    assert set(each.steps) <= undo_above[undoing[first].last[0]]


def _ancestors(plan: OrderPlan) -> dict[str, set[str]]:
    """Return what each step waits for, directly or not."""
    waiting = {each.id: [one.step for one in plan.waits(each)] for each in plan.steps}
    found: dict[str, set[str]] = {}
    for code in TopologicalSorter(waiting).static_order():
        found[code] = {one for each in waiting[code] for one in (each, *found[each])}
    return found


@bounded
@given(worlds(), randoms)
def test_a_step_past_its_point_of_no_return_is_not_undone_without_authority(world: World, random: Random) -> None:
    for _, before, _, change in changes(world, random, override=False):
        assert change.overridden == ()
        for each in change.steps:
            known = before.step(each.step)
            point = before.definition_of(known).step.point_of_no_return if known else None
            if point is not None and point.deny is Denied.BOTH and each.consequence is not None:
                assert each.consequence not in (Consequence.UNDONE, Consequence.UNDONE_LATER)


@bounded
@given(worlds(), randoms)
def test_the_same_order_changes_nothing(world: World, random: Random) -> None:
    found, story = begun(world, random)
    change = story.changed(order_of(found.lines))
    assert change.changes_nothing
    assert change.plan.version == 1


@bounded
@given(worlds(), randoms)
def test_there_and_back_before_anything_began_leaves_the_steps_that_were_planned(world: World, random: Random) -> None:
    found = changing(world, random)
    assume(is_accepted(found, found.lines))
    wanted = edited(found.lines, random)
    assume(is_accepted(found, wanted))
    story = Story(found.catalog, order_of(found.lines))
    first = story.plan
    for each in (wanted, found.lines):
        change = story.changed(order_of(each))
        assert not any(revision.undoing for revision in change.plan.revisions)
    assert living(story.plan) == [each.id for each in first.steps]
    assert [line for line in story.plan.lines if not line.cancelled] == list(first.lines)


@bounded
@given(worlds(), randoms)
def test_the_same_change_has_the_same_bytes(world: World, random: Random) -> None:
    for story, before, wanted, change in changes(world, random):
        facts = [*stand(before, story.states)]
        random.shuffle(facts)
        plan = OrderPlan.model_validate_json(before.model_dump_json())
        again = compare(
            plan,
            facts,
            order_of(wanted),
            story.catalog,
            now=LATER,
            override=True,
            former=story.plans.__getitem__,
        )
        assert isinstance(again, Change)
        assert again.model_dump_json() == change.model_dump_json()
        assert Change.model_validate_json(change.model_dump_json()).plan.digest == change.plan.digest


@bounded
@given(worlds(), randoms)
def test_a_cancelled_order_undoes_all_that_was_done_and_adds_nothing_else(world: World, random: Random) -> None:
    for story, _, _, _ in changes(world, random):
        before = story.plan
        change = story.compared(None, override=True)
        assert isinstance(change, Change)
        assert living(change.plan) == []
        assert all(line.cancelled for line in change.plan.lines)
        added = [each for each in change.plan.steps if before.step(each.id) is None]
        assert all(each.undoes is not None for each in added)
