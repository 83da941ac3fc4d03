"""What a run tells of a person's task: how long it may take, of which products, and who was first to complete it."""

from __future__ import annotations

from datetime import timedelta

from fulfillment.commands import CompleteTask
from tests.unit.fulfillment.plans import World, manual, plan, step

SURVEY = manual("survey").model_copy(update={"due": timedelta(hours=8)})


def test_a_task_tells_how_long_it_may_take_and_of_which_products_it_is() -> None:
    run_plan = plan([SURVEY], [step("survey", origin=("L1", "L2"))])
    world = World(run_plan)

    batch = world.run.changes(world.now)

    assert batch
    [task] = batch.tasks
    assert task.due_after == timedelta(hours=8)
    assert task.products == tuple(sorted({each.product for each in run_plan.lines if each.id in ("L1", "L2")}))


def test_who_completes_a_task_a_second_time_is_told_who_did_and_when() -> None:
    world = World(plan([SURVEY, manual("other")], [step("survey"), step("other")]))
    world.say(CompleteTask(step="main.survey", actor="ada"))

    (told,) = world.run.refusals(CompleteTask(step="main.survey", actor="bob"))

    at = f"{world.now:%Y-%m-%d %H:%M:%S} UTC"
    assert told == f"`survey` (main.survey) was completed by `ada` at {at}; nothing is left to do."


def test_that_is_told_even_if_the_order_ended_with_it() -> None:
    world = World(plan([SURVEY], [step("survey")]))
    world.say(CompleteTask(step="main.survey", actor="ada"))

    (told,) = world.run.refusals(CompleteTask(step="main.survey", actor="bob"))

    assert "was completed by `ada`" in told
