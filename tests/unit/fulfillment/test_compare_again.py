"""Changes of changed orders: while something is undone, back and forth, with alternatives (`domain.md` A1)."""

from __future__ import annotations

from decomposition.extend import extend
from decomposition.extensions import Cause
from decomposition.model import OrderPlan
from fulfillment.planning import run_change, run_plan
from tests.unit.fulfillment.changing import CALLING, LATER, Story, call, goods, lines, shop, verdicts, waits

BACK = {"on_cancel": "back"}
FIX = {"on_cancel": "back", "on_amend": {"group": "fix"}}
REDO = {"on_cancel": "back", "on_amend": "redo"}


def sent(**step: object) -> Story:
    """Return an order of two lines, of which one was sent."""
    return Story(shop({"send": call(**step)}), goods({"L1": 1, "L2": 1})).stands(main__send__L1="completed")


def test_the_same_order_again_leaves_the_plan_as_it_is() -> None:
    story = sent(**FIX)
    before = story.plan
    change = story.changed(goods({"L1": 1, "L2": 1}))
    assert change.changes_nothing
    assert change.plan is before
    assert change.version == 1


def test_every_change_gives_the_next_version() -> None:
    story = sent(**FIX)
    versions = [story.changed(goods({"L1": n, "L2": 1})).version for n in (2, 3, 4)]
    assert versions == [2, 3, 4]
    assert [each.version for each in story.plan.revisions] == versions
    assert [each.former in story.plans for each in story.plan.revisions] == [True, True, True]


def test_a_line_that_comes_back_is_done_under_another_id_once_it_is_undone() -> None:
    story = sent(**BACK)
    story.changed(goods({"L2": 1}))
    change = story.changed(goods({"L1": 1, "L2": 1}))
    assert lines(change) == {"L1": "added", "L2": "kept"}
    assert verdicts(change) == {"main.send@L1+2": "added"}
    assert waits(change.plan, "main.send@L1+2") == ["back.take_back@L1"]
    assert not change.plan.line("L1").cancelled


def test_a_line_that_comes_back_and_goes_again_before_it_began_leaves_nothing_to_undo() -> None:
    story = sent(**BACK)
    for wanted in ({"L2": 1}, {"L1": 1, "L2": 1}):
        story.changed(goods(wanted))
    change = story.changed(goods({"L2": 1}))
    assert verdicts(change) == {"main.send@L1+2": "unwanted, discarded"}
    again = story.changed(goods({"L1": 1, "L2": 1}))
    assert verdicts(again) == {"main.send@L1+3": "added"}
    assert waits(again.plan, "main.send@L1+3") == ["back.take_back@L1"]
    assert again.plan.planned_as("main.send@L1+3") == "main.send@L1"


def test_an_amendment_while_something_is_undone_lets_the_undoing_go_on() -> None:
    story = sent(**REDO)
    story.changed(goods({"L1": 2, "L2": 1}))
    change = story.changed(goods({"L1": 3, "L2": 1}))
    assert verdicts(change) == {}
    assert waits(change.plan, "main.send@L1+2") == ["back.take_back@L1"]


def test_a_successor_that_was_done_is_redone_like_the_first() -> None:
    story = sent(**REDO)
    story.changed(goods({"L1": 2, "L2": 1}))
    story.states |= {"back.take_back@L1": "completed", "main.send@L1+2": "completed"}
    change = story.changed(goods({"L1": 3, "L2": 1}))
    assert verdicts(change) == {
        "back.take_back@L1+2": "added",
        "main.send@L1+2": "redone, undone",
        "main.send@L1+3": "added",
    }
    assert waits(change.plan, "main.send@L1+3") == ["back.take_back@L1+2"]


def test_an_amendment_that_is_taken_back_before_it_was_made_up_for_leaves_nothing_to_do() -> None:
    story = sent(**FIX)
    story.changed(goods({"L1": 2, "L2": 1}))
    change = story.changed(goods({"L1": 1, "L2": 1}))
    assert verdicts(change) == {"fix.adjust@L1": "unwanted, discarded"}


def test_an_amendment_that_is_taken_back_after_it_was_made_up_for_is_made_up_for_again() -> None:
    story = sent(**FIX)
    story.changed(goods({"L1": 2, "L2": 1}))
    story.states["fix.adjust@L1"] = "completed"
    change = story.changed(goods({"L1": 1, "L2": 1}))
    assert verdicts(change) == {"main.send@L1": "amended", "fix.adjust@L1+2": "added"}
    assert waits(change.plan, "fix.adjust@L1+2") == ["fix.adjust@L1", "main.send@L1"]


def test_a_second_amendment_takes_the_place_of_one_that_was_not_made_up_for_yet() -> None:
    story = sent(**FIX)
    story.changed(goods({"L1": 2, "L2": 1}))
    change = story.changed(goods({"L1": 3, "L2": 1}))
    assert verdicts(change) == {
        "fix.adjust@L1": "unwanted, discarded",
        "fix.adjust@L1+2": "added",
        "main.send@L1": "amended",
    }
    assert waits(change.plan, "fix.adjust@L1+2") == ["main.send@L1"]


def test_an_amendment_of_another_line_leaves_what_makes_up_for_the_first_alone() -> None:
    story = sent(**FIX)
    story.changed(goods({"L1": 2, "L2": 1}))
    change = story.changed(goods({"L1": 2, "L2": 9}))
    assert verdicts(change) == {}


def test_what_made_up_for_a_change_is_undone_before_the_step_itself() -> None:
    story = Story(shop({"send": call(**FIX)}, fix={"adjust": call(**BACK)}), goods({"L1": 1, "L2": 1}))
    story.stands(main__send__L1="completed").changed(goods({"L1": 2, "L2": 1}))
    story.states["fix.adjust@L1"] = "completed"
    change = story.changed(goods({"L2": 1}))
    by = {each.step: each.by for each in change.steps if each.by}
    assert by == {"fix.adjust@L1": ("back.take_back@L1",), "main.send@L1": ("back.take_back@L1+2",)}
    assert waits(change.plan, "back.take_back@L1+2") == ["back.take_back@L1", "main.send@L1"]


def test_undoing_waits_for_what_an_earlier_change_undoes_still() -> None:
    main = {"send": call(**BACK), "bill": call(**BACK, after="send", when="line.quantity > 0")}
    groups = shop(main)
    story = Story(groups, goods({"L1": 1})).stands(everything="completed")
    story.changed(None)
    assert waits(story.plan, "back.take_back@L1+2") == ["back.take_back@L1", "main.send@L1"]
    story.changed(goods({"L1": 1}))
    assert waits(story.plan, "main.send@L1+2") == ["back.take_back@L1+2"]
    assert waits(story.plan, "main.bill@L1+2") == ["back.take_back@L1", "main.send@L1+2"]


# alternatives


def replaced(instead: object = None, **step: object) -> Story:
    """Return an order whose first line is sent by an alternative."""
    story = Story(shop({"send": call(**step)}, later={"instead": instead or call()}), goods({"L1": 1, "L2": 1}))
    cause = Cause(step="main.send@L1", group="later", number=1, rule="strike")
    grown = extend(story.plan, story.catalog, cause, LATER)
    assert isinstance(grown, OrderPlan)
    story.plan, story.plans[grown.digest] = grown, grown
    story.states |= {"main.send@L1": "skipped", "later.instead@L1": "completed"}
    return story


def test_an_alternative_goes_with_the_step_that_it_replaced() -> None:
    change = replaced(**BACK).changed(goods({"L2": 1}))
    assert verdicts(change) == {
        "later.instead@L1": "unwanted, undone",
        "main.send@L1": "unwanted, unchanged",
    }


def test_an_alternative_is_made_up_for_as_the_step_that_it_replaced_declares() -> None:
    change = replaced(**FIX).changed(goods({"L1": 2, "L2": 1}))
    assert verdicts(change) == {"main.send@L1": "amended", "fix.adjust@L1": "added"}
    step = change.plan.step("fix.adjust@L1")
    assert step is not None
    assert [each.step for each in change.plan.waits(step)] == ["later.instead@L1"]


def test_a_replaced_step_that_is_done_anew_is_tried_itself_once_its_alternative_is_undone() -> None:
    change = replaced(call(**BACK), **REDO).changed(goods({"L1": 2, "L2": 1}))
    assert verdicts(change) == {
        "back.take_back@L1": "added",
        "later.instead@L1": "unwanted, undone",
        "main.send@L1": "redone, unchanged",
        "main.send@L1+2": "added",
    }
    assert waits(change.plan, "main.send@L1+2") == ["back.take_back@L1"]


def test_a_replaced_step_that_is_done_anew_waits_for_its_alternative_that_is_at_work() -> None:
    story = replaced(**REDO)
    story.states["later.instead@L1"] = CALLING
    change = story.changed(goods({"L1": 2, "L2": 1}))
    assert waits(change.plan, "main.send@L1+2") == ["later.instead@L1"]


def test_an_alternative_of_a_step_that_stays_is_left_alone() -> None:
    story = replaced(**FIX)
    change = story.changed(goods({"L1": 1, "L2": 8}))
    assert verdicts(change) == {}
    assert change.plan.extensions == story.plan.extensions


# what runs then


def test_the_run_plan_tells_what_undoes_what_and_what_stands_for_what() -> None:
    story = sent(**REDO)
    change = story.changed(goods({"L1": 2}))
    run = run_change(change, story.plans.__getitem__)
    steps = {each.id: each for each in run.plan.steps}
    assert steps["back.take_back@L1"].undoes == "main.send@L1"
    assert steps["main.send@L1+2"].planned_as == "main.send@L1"
    assert [(each.step, each.verdict.value) for each in run.verdicts] == [
        ("main.send@L1", "redone"),
        ("main.send@L2", "unwanted"),
    ]
    assert [(each.id, each.cancelled) for each in run.plan.lines] == [("L1", False), ("L2", True)]
    assert run.plan.version == 2
    assert run.plan.plan == change.plan.digest


def test_conditions_of_steps_that_have_begun_read_what_they_were_begun_with() -> None:
    main = {"wait": {"type": "pause", "scope": "line", "until": "line.quantity > 3 and order.number != ''"}}
    story = Story(shop(main), goods({"L1": 1})).stands(main__wait__L1="in_progress")
    story.changed(goods({"L1": 9}))
    [step] = run_plan(story.plan, story.plans.__getitem__).steps
    assert [(each.path, each.tagged) for each in step.data if each.path == "line.quantity"] == [
        (each.path, each.tagged)
        for each in run_plan(next(iter(story.plans.values()))).steps[0].data
        if each.path == "line.quantity"
    ]
