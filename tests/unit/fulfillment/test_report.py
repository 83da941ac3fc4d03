"""What the order book is told: batch by batch, each until it is acknowledged."""

from __future__ import annotations

from fulfillment.commands import CompleteTask, Retry
from fulfillment.progress import Batch, Written
from fulfillment.report import BYTES_PER_BATCH
from fulfillment.states import OrderState, StepState
from tests.unit.fulfillment.plans import NOW, World, callout, line, manual, park, plan, step


def two_lines() -> World:
    steps = [step("pay", origin=("L1", "L2")), step("ship@L1", "pay"), step("ship@L2", "pay", origin=("L2",))]
    return World(plan([callout("pay"), callout("ship")], steps, [line("L1"), line("L2"), line("L3", "L1")]))


def taken(world: World, *, replaced: bool = False) -> Batch:
    batch = world.run.changes(NOW)
    assert batch is not None
    world.run.acknowledge(Written(replaced=replaced))
    return batch


def test_the_first_batch_tells_everything() -> None:
    batch = taken(two_lines())
    assert (batch.n, batch.full, batch.state) == (1, True, OrderState.IN_PROGRESS)
    assert [each.id for each in batch.steps] == ["main.pay", "main.ship@L1", "main.ship@L2"]
    assert [(each.id, each.state) for each in batch.lines] == [
        ("L1", OrderState.IN_PROGRESS),
        ("L2", OrderState.IN_PROGRESS),
        ("L3", OrderState.COMPLETED),
    ]


def test_nothing_new_is_no_batch() -> None:
    world = two_lines()
    taken(world)
    assert world.run.changes(NOW) is None


def test_a_later_batch_tells_changed_steps_and_lines_alone() -> None:
    world = two_lines()
    world.end("pay")
    taken(world)
    world.end("ship@L2")
    batch = taken(world)
    assert (batch.n, batch.full) == (2, False)
    assert [(each.id, each.state) for each in batch.steps] == [("main.ship@L2", StepState.COMPLETED)]
    assert [(each.id, each.state) for each in batch.lines] == [("L2", OrderState.COMPLETED)]


def test_a_step_whose_reason_changed_is_told_again() -> None:
    steps = [step("pay"), step("pack"), step("ship", "pay", "pack")]
    world = World(plan([callout("pay"), callout("pack"), callout("ship")], steps))
    first = taken(world)
    assert first.steps[-1].reason == "waits for `Pack` (main.pack) and others"
    world.end("pack")
    assert taken(world).steps[-1].reason == "waits for `Pay` (main.pay)"


def test_a_batch_stays_the_same_until_it_is_acknowledged() -> None:
    world = two_lines()
    batch = world.run.changes(NOW)
    world.end("pay")
    assert world.run.changes(NOW) == batch
    assert world.run.pending_batch == batch
    world.run.acknowledge(Written())
    assert world.run.pending_batch is None
    assert taken(world).n == 2


def test_after_other_content_was_replaced_the_next_batch_is_full() -> None:
    world = two_lines()
    world.end("pay", park())
    taken(world)
    world.say(Retry(steps=("main.pay",)))
    taken(world, replaced=True)
    batch = taken(world)
    assert batch.full
    assert len(batch.steps) == 3
    assert [(each.number, each.resolution) for each in batch.fallouts] == [(1, "retried")]
    assert world.run.changes(NOW) is None


def test_two_parkings_between_batches_are_both_told() -> None:
    world = two_lines()
    taken(world)
    world.end("pay", park())
    world.say(Retry(steps=("main.pay",)))
    world.end("pay", park())
    assert [(each.number, each.resolution) for each in taken(world).fallouts] == [(1, "retried"), (2, "")]


def test_a_task_is_told_when_it_opens_and_when_it_is_completed() -> None:
    world = World(plan([manual("survey")], [step("survey")]))
    assert [(each.step, each.completed_at) for each in taken(world).tasks] == [("main.survey", None)]
    world.say(CompleteTask(step="main.survey", actor="ann"))
    assert [(each.actor, each.completed_at) for each in taken(world).tasks] == [("ann", NOW)]


def test_a_refused_command_is_told_though_no_step_changed() -> None:
    world = two_lines()
    taken(world)
    world.say(Retry(steps=("main.pay",), actor="ann", role="operator", reason="hurry"))
    batch = taken(world)
    assert batch.steps == ()
    (entry,) = batch.audit
    assert (entry.actor, entry.role, entry.reason, entry.accepted) == ("ann", "operator", "hurry", False)
    assert entry.detail == "`Pay` (main.pay) cannot take `retry`: it is running; wait for its answer."


def test_what_is_too_large_for_one_batch_is_told_in_several() -> None:
    steps = [step(f"pay@L{at}", origin=(f"L{at}",)) for at in range(1_500)]
    world = World(plan([callout("pay")], steps, [line(f"L{at}") for at in range(1_500)]))
    batches = []
    while world.run.changes(NOW):
        batches.append(taken(world))
    assert len(batches) > 1
    assert [each.full for each in batches] == [True, *(False for _ in batches[1:])]
    assert all(len(each.model_dump_json()) < 2 * BYTES_PER_BATCH for each in batches)
    assert sorted(one.id for each in batches for one in each.steps) == sorted(each.id for each in steps)
    assert len([one.id for each in batches for one in each.lines]) == 1_500
