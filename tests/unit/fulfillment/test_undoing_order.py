"""In which order things are undone and done anew, what comes of lines and orders, and changes of changed orders."""

from __future__ import annotations

from fulfillment.commands import (
    Complete,
    GiveUp,
    Retry,
    Skip,
)
from fulfillment.events import Prepared
from fulfillment.outcomes import Succeeded
from fulfillment.run import Run
from fulfillment.states import OrderState, StepState
from tests.unit.fulfillment.changes import Changing, amend
from tests.unit.fulfillment.changing_worlds import REST, everything, lines, one, two_lines
from tests.unit.fulfillment.plans import (
    NOW,
    callout,
    manual,
    output,
    park,
    plan,
    read,
    retry_later,
    step,
    text,
)


def diamond() -> Changing:
    """Return a world where all of a small net was done: a before b and c, both before d."""
    names = ("a", "b", "c", "d")
    steps = [step("a@a"), step("b@b", "a@a"), step("c@c", "a@a"), step("d@d", "b@b", "c@c"), step("e@e", "d@d")]
    world = Changing(plan([*(callout(each) for each in names), manual("e")], steps))
    for each in names:
        world.end(f"{each}@{each}")
    return world


def test_things_are_undone_in_reverse_order_of_what_waited_for_what() -> None:
    world = diamond()
    world.cancel()
    undone = [each for each in world.calls if each.startswith("undo")]
    assert undone == ["undo.undo@d"]
    world.finish("undo.undo@d")
    world.finish("undo.undo@c")
    assert [each for each in world.calls if each.startswith("undo")] == ["undo.undo@d", "undo.undo@b", "undo.undo@c"]
    world.finish("undo.undo@b")
    world.finish("undo.undo@a")
    assert (world.run.order_state, world.run.closed) == (OrderState.CANCELLED, True)


def test_an_undoing_that_fails_is_a_fallout_like_any_other_and_the_rest_waits_for_it() -> None:
    world = diamond()
    world.cancel()
    world.finish("undo.undo@d", park())
    assert (world.run.open_fallouts, world.run.order_state) == (1, OrderState.HELD)
    world.say(Retry(steps=("undo.undo@d",)))
    for each in ("d", "b", "c", "a"):
        world.finish(f"undo.undo@{each}")
    assert world.run.order_state is OrderState.CANCELLED


def test_an_undoing_that_was_skipped_by_hand_leaves_the_order_partial() -> None:
    world = diamond()
    world.cancel()
    world.finish("undo.undo@d", park())
    world.say(Skip(steps=("undo.undo@d",), reason="the customer keeps it"))
    for each in ("b", "c", "a"):
        world.finish(f"undo.undo@{each}")
    assert (world.run.order_state, world.run.closed) == (OrderState.PARTIAL, True)


def test_an_undoing_that_was_given_up_leaves_the_order_failed() -> None:
    world = diamond()
    world.cancel()
    world.finish("undo.undo@d", park())
    world.say(GiveUp(steps=("undo.undo@d",), reason="it cannot be undone"))
    assert (world.run.order_state, world.run.closed) == (OrderState.FAILED, True)


def test_an_undoing_that_was_completed_by_hand_is_done() -> None:
    world = one()
    world.end("pay")
    world.cancel()
    world.finish("undo.undo@", park(unknown=True))
    world.say(Complete(steps=("undo.undo@",)))
    assert world.run.order_state is OrderState.CANCELLED


def test_the_line_that_stays_goes_on_and_the_cancelled_one_is_cancelled_when_it_is_undone() -> None:
    world = Changing(two_lines())
    world.end("reserve@L1")
    world.cancel("L1")
    assert lines(world) == {"L0": "in_progress", "L1": "in_progress", "L2": "in_progress"}
    world.finish("undo.undo@L1")
    assert lines(world)["L1"] == "cancelled"
    world.end("reserve@L2")
    world.end("ship")
    assert lines(world) == {"L0": "partial", "L1": "cancelled", "L2": "completed"}
    assert (world.run.order_state, world.run.closed) == (OrderState.PARTIAL, True)


def test_a_shared_step_that_is_kept_says_nothing_of_the_line_that_went() -> None:
    world = Changing(two_lines())
    for each in ("reserve@L1", "reserve@L2"):
        world.end(each)
    world.cancel("L1")
    world.finish("undo.undo@L1")
    assert (lines(world)["L1"], world.state("ship")) == ("cancelled", StepState.IN_PROGRESS)


def test_a_line_whose_steps_are_done_anew_completes_with_the_successors() -> None:
    world = Changing(two_lines())
    for each in ("reserve@L1", "reserve@L2"):
        world.end(each)
    world.redo("reserve@L1", "ship")
    world.end("ship", park())
    assert (world.state("ship"), world.run.open_fallouts) == (StepState.DISCARDED, 0)
    world.finish("undo.undo@L1")
    world.end("reserve@L1+2")
    world.end("ship+2")
    assert lines(world) == {"L0": "completed", "L1": "completed", "L2": "completed"}


def test_an_order_can_be_changed_again_while_something_is_undone() -> None:
    world = Changing(two_lines())
    world.end("reserve@L1")
    world.end("reserve@L2")
    world.redo("reserve@L1")
    assert world.calls[-1] == "undo.undo@L1"
    world.cancel()
    world.finish("undo.undo@L1")
    assert world.states()["reserve@L1+2"] == "discarded"
    world.end("ship")
    world.finish("undo.undo@")
    world.finish("undo.undo@L2")
    assert (world.run.order_state, world.run.closed) == (OrderState.CANCELLED, True)
    assert world.run.plan is not None
    assert world.run.plan.version == 3


def test_what_is_done_anew_twice_is_undone_twice() -> None:
    world = one()
    world.end("pay")
    world.redo("pay")
    world.finish("undo.undo@")
    world.redo("pay+2")
    world.end("pay+2")
    world.finish("undo.undo@+2")
    world.end("pay+3")
    world.say(REST)
    assert (world.run.order_state, world.run.closed) == (OrderState.COMPLETED, True)


def test_a_later_step_reads_the_successor_and_a_step_under_way_what_it_read_before() -> None:
    reads = (read("pay", "id"),)
    definitions = [
        callout("pay", outputs=[output("id", "id")]),
        callout("ship", reads=reads),
        callout("tell", reads=reads),
    ]
    steps = [step("pay"), step("ship", "pay"), step("tell", "pay", "ship")]
    world = Changing(plan(definitions, steps))
    world.end("pay", Succeeded(outputs=text("id", "old")))
    world.end("ship", retry_later())
    world.redo("pay")
    world.due("retry/main.ship/1/1")
    assert world.last_call("ship").values[0].outputs == text("id", "old")
    world.end("ship")
    world.finish("undo.undo@")
    world.end("pay+2", Succeeded(outputs=text("id", "new")))
    assert [(each.step, each.outputs) for each in world.last_call("tell").values] == [("main.pay", text("id", "new"))]


def test_what_would_wait_for_a_step_given_up_meanwhile_is_discarded() -> None:
    world = Changing(two_lines())
    world.end("reserve@L1")
    world.end("reserve@L2", park())
    effect = world.ask(amend())
    world.say(GiveUp(steps=("main.reserve@L2",), reason="hopeless"))
    world.work_out(effect, "reserve@L1")
    assert world.state("ship") is StepState.DISCARDED
    assert world.run.refusals(Retry(steps=("main.reserve@L2",))) != ()


def test_a_run_that_goes_on_from_the_book_after_a_change_knows_what_is_unwanted() -> None:
    world = Changing(two_lines())
    world.end("reserve@L1")
    world.cancel("L2")
    earlier = everything(world)
    again = Run("A-1", "ACME", "normal", restart=True)
    assert world.run.plan is not None
    asked = again.apply(Prepared(plan=world.run.plan, earlier=earlier), NOW)
    assert [getattr(each, "step", "") for each in asked] == ["main.reserve@L2", "main.ship"]
    memory = {each.id: each for each in again.dump().steps}
    assert memory["main.reserve@L2"].unwanted == "unwanted"
    assert again.order_state is world.run.order_state
