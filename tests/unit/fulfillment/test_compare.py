"""What a change means for each step, by its state, its type and its declaration (`domain.md` A1-A3)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from decomposition.model import After
from decomposition.order import Order
from decomposition.records import step_names
from tests.unit.fulfillment.changing import CALLING, DOUBTFUL, Story, call, goods, lines, shop, verdicts, waits, whole

BACK = {"on_cancel": "back"}
FIX = {"on_cancel": "back", "on_amend": {"group": "fix"}}

# the states of in-flight changes: where ours differ from the original's, record 0011 says why


def one(step: Mapping[str, object], state: str) -> Story:
    """Return an order of one line whose one step stands there."""
    return Story(shop({"send": step}), goods({"L1": 1, "L2": 1})).stands(main__send__L1=state)


@pytest.mark.parametrize(
    ("state", "becomes"),
    [
        ("pending", "discarded"),
        ("scheduled", "discarded"),
        ("ready", "discarded"),
        ("on_hold", "discarded"),
        ("completed", "undone"),
        (CALLING, "undone once it has ended"),
        ("skipped", "unchanged"),
        ("failed", "discarded"),
        ("fatally_failed", "discarded"),
        (DOUBTFUL, "undone"),
        ("cancelled", "unchanged"),
        ("amended", "unchanged"),
        ("discarded", "unchanged"),
    ],
)
def test_what_becomes_of_a_step_of_a_cancelled_line(state: str, becomes: str) -> None:
    change = one(call(**BACK), state).changed(goods({"L2": 1}))
    undo = {"back.take_back@L1": "added"} if becomes.startswith("undone") else {}
    assert verdicts(change) == {"main.send@L1": f"unwanted, {becomes}", **undo}
    assert lines(change) == {"L1": "cancelled", "L2": "kept"}


@pytest.mark.parametrize(
    ("state", "becomes"),
    [
        ("pending", None),
        ("scheduled", None),
        ("ready", None),
        ("on_hold", None),
        ("completed", "amended"),
        (CALLING, "amended"),
        (DOUBTFUL, "amended"),
        ("skipped", None),
        ("failed", "redone, discarded"),
        ("fatally_failed", "redone, discarded"),
    ],
)
def test_what_becomes_of_a_step_whose_line_is_amended(state: str, becomes: str | None) -> None:
    change = one(call(**FIX), state).changed(goods({"L1": 5, "L2": 1}))
    added = {"amended": "fix.adjust@L1", "redone, discarded": "main.send@L1+2"}.get(becomes or "")
    assert verdicts(change) == ({"main.send@L1": becomes, added: "added"} if added else {})
    assert lines(change) == {"L1": "amended", "L2": "kept"}


@pytest.mark.parametrize("state", ["pending", "ready", "completed", CALLING, DOUBTFUL, "skipped", "failed"])
def test_no_step_of_a_line_that_stays_is_touched_whatever_its_state(state: str) -> None:
    change = one(call(**FIX), state).changed(goods({"L1": 1, "L2": 7}))
    assert verdicts(change) == {}
    assert lines(change) == {"L1": "kept", "L2": "amended"}


@pytest.mark.parametrize(("state", "becomes"), [("in_progress", "withdrawn"), ("completed", "undone")])
def test_an_open_task_of_a_cancelled_line_is_withdrawn_and_a_finished_one_undone(state: str, becomes: str) -> None:
    task = {"type": "manual_task", "scope": "line", "on_cancel": "back"}
    change = one(task, state).changed(goods({"L2": 1}))
    assert verdicts(change)["main.send@L1"] == f"unwanted, {becomes}"


def test_undoing_is_planned_for_an_open_task_since_somebody_may_complete_it_meanwhile() -> None:
    task = {"type": "manual_task", "scope": "line", "on_cancel": "back"}
    change = one(task, "in_progress").changed(goods({"L2": 1}))
    assert verdicts(change)["back.take_back@L1"] == "added"


# what a step that has begun declares


def test_a_call_that_ignores_changes_stays_as_it_is() -> None:
    change = one(call(on_amend="ignore"), "completed").changed(goods({"L1": 5, "L2": 1}))
    assert verdicts(change) == {}
    told = next(each for each in change.steps if each.step == "main.send@L1")
    assert told.why == "it reads `line.quantity` otherwise now, which it ignores"


def test_a_call_that_is_to_be_redone_is_undone_and_a_successor_waits_for_the_end_of_that() -> None:
    change = one(call(**BACK, on_amend="redo"), "completed").changed(goods({"L1": 5, "L2": 1}))
    assert verdicts(change) == {
        "back.take_back@L1": "added",
        "main.send@L1": "redone, undone",
        "main.send@L1+2": "added",
    }
    assert waits(change.plan, "back.take_back@L1") == ["main.send@L1"]
    assert waits(change.plan, "main.send@L1+2") == ["back.take_back@L1"]


def test_a_successor_waits_for_a_call_in_flight_that_nothing_undoes() -> None:
    change = one(call(on_amend="redo"), CALLING).changed(goods({"L1": 5, "L2": 1}))
    assert waits(change.plan, "main.send@L1+2") == ["main.send@L1"]


def test_a_call_that_says_nothing_of_changes_refuses_them_and_says_how_to_allow_them() -> None:
    [found] = one(call(), "completed").refused(goods({"L1": 5, "L2": 1}))
    assert "Step `main.send@L1` (send) has begun" in found
    assert "it reads `line.quantity` otherwise now" in found
    assert "`main.send` declares no `on_amend`" in found


def test_a_finished_task_that_says_nothing_of_changes_refuses_them() -> None:
    task = {"type": "manual_task", "scope": "line"}
    [found] = one(task, "completed").refused(goods({"L1": 5, "L2": 1}))
    assert "it reads `quantity` otherwise now" in found


def test_an_open_task_whose_line_changes_is_withdrawn_and_opened_anew() -> None:
    change = one({"type": "manual_task", "scope": "line"}, "in_progress").changed(goods({"L1": 5, "L2": 1}))
    assert verdicts(change) == {"main.send@L1": "redone, withdrawn", "main.send@L1+2": "added"}


def test_a_milestone_that_is_reached_does_not_care_about_other_data() -> None:
    step = {"type": "milestone", "scope": "line", "when": "line.quantity > 0"}
    assert verdicts(one(step, "completed").changed(goods({"L1": 5, "L2": 1}))) == {}


def test_a_condition_that_stays_true_is_no_change() -> None:
    step = call(input={}, when="line.quantity > 0")
    assert verdicts(one(step, "completed").changed(goods({"L1": 5, "L2": 1}))) == {}


def test_a_skipped_step_is_asked_again_only_where_it_is_to_be_redone() -> None:
    step = call(when="line.quantity > 3", on_amend="redo")
    change = one(step, "skipped").changed(goods({"L1": 5, "L2": 1}))
    assert verdicts(change) == {"main.send@L1": "redone, unchanged", "main.send@L1+2": "added"}


def test_what_a_call_does_not_read_does_not_concern_it() -> None:
    wanted = goods({"L1": {"quantity": 1, "attributes": {"site": "north"}}, "L2": 1})
    change = one(call(), "completed").changed(wanted)
    assert verdicts(change) == {}
    assert lines(change)["L1"] == "amended"


def test_a_step_that_has_not_begun_takes_the_new_data() -> None:
    change = one(call(), "pending").changed(goods({"L1": 5, "L2": 1}))
    step = change.plan.step("main.send@L1")
    assert step is not None
    assert step.data_of == ""
    assert change.plan.line("L1").quantity == 5


def test_a_step_that_has_begun_reads_what_it_was_begun_with() -> None:
    story = one(call(on_amend="ignore"), "completed")
    before = story.plan.digest
    change = story.changed(goods({"L1": 5, "L2": 1}))
    step = change.plan.step("main.send@L1")
    assert step is not None
    assert step.data_of == before


def test_what_undoes_a_step_reads_what_the_step_read() -> None:
    story = one(call(**BACK, on_amend="redo"), "completed")
    before = story.plan.digest
    undo = story.changed(goods({"L1": 5, "L2": 1})).plan.step("back.take_back@L1")
    assert undo is not None
    assert (undo.data_of, undo.undoes) == (before, "main.send@L1")


def test_an_attribute_that_is_not_compared_in_flight_changes_nothing_that_was_done() -> None:
    notes = {"note": {"type": "text", "compared_in_flight": False}}
    step = call(input={"note": "line.attributes.note", "gift": "order.attributes.card"})
    story = Story(shop({"send": step}, attributes=notes), noted("before", "old")).stands(main__send__L1="completed")
    change = story.changed(noted("after", "new"))
    assert change.changes_nothing
    assert change.version == 2
    sent, waiting = change.plan.step("main.send@L1"), change.plan.step("main.send@L2")
    assert sent is not None
    assert waiting is not None
    read = [step_names(change.plan, each, story.plans.__getitem__)["line"] for each in (sent, waiting)]
    assert [each["attributes"]["note"] for each in read if isinstance(each, dict)] == ["before", "after"]


def noted(note: str, card: str) -> Order:
    """Return an order of two lines with this note, and with this card."""
    each = {"quantity": 1, "attributes": {"note": note}}
    return goods({"L1": each, "L2": each}, attributes={"card": card})


# shared steps, added lines


def test_a_shared_step_is_amended_when_one_of_its_lines_is_cancelled() -> None:
    story = Story(shop({"send": whole(**FIX)}), goods({"L1": 2, "L2": 3})).stands(everything="completed")
    change = story.changed(goods({"L1": 2}))
    assert verdicts(change) == {"main.send": "amended", "fix.adjust@L1": "added"}
    assert lines(change) == {"L1": "amended", "L2": "cancelled"}


def test_an_added_line_brings_its_steps_in() -> None:
    story = Story(shop({"send": call(), "tell": call(after="send")}), goods({"L1": 2})).stands(everything="completed")
    change = story.changed(goods({"L1": 2, "L2": 3}))
    assert verdicts(change) == {"main.send@L2": "added", "main.tell@L2": "added"}
    assert waits(change.plan, "main.tell@L2") == ["main.send@L2"]


def test_steps_that_have_not_begun_wait_for_what_makes_up_for_a_change() -> None:
    main = {"send": call(**FIX), "tell": call(after=[{"step": "send", "lag": "1h"}])}
    story = Story(shop(main), goods({"L1": 2})).stands(main__send__L1="completed")
    change = story.changed(goods({"L1": 3}))
    tell = change.plan.step("main.tell@L1")
    assert tell is not None
    assert [each.step for each in tell.after] == ["fix.adjust@L1", "main.send@L1"]
    assert len({each.lag for each in tell.after}) == 1
    assert After(step="main.send@L1") not in tell.after


def test_a_step_of_an_added_line_waits_for_shared_steps_that_have_ended() -> None:
    main = {"check": whole(on_amend="ignore"), "send": call(after="check")}
    story = Story(shop(main), goods({"L1": 2})).stands(everything="completed")
    change = story.changed(goods({"L1": 2, "L2": 3}))
    assert verdicts(change) == {"main.send@L2": "added"}
    assert waits(change.plan, "main.send@L2") == ["main.check"]
    check = change.plan.step("main.check")
    assert check is not None
    assert check.origin == ("L1", "L2")


# undone in reverse


def test_what_depends_on_a_step_is_undone_before_it() -> None:
    main = {
        "pick": call(**BACK),
        "note": call(after="pick", input={}),
        "send": call(**BACK, after="note"),
        "bill": whole(**BACK, after=[{"step": "send", "pair": "all"}]),
    }
    story = Story(shop(main), goods({"L1": 1})).stands(everything="completed")
    change = story.changed(None)
    undo = {each.step: each.by for each in change.steps if each.by}
    assert undo == {
        "main.pick@L1": ("back.take_back@L1+3",),
        "main.send@L1": ("back.take_back@L1+2",),
        "main.bill": ("back.take_back@L1",),
    }
    assert waits(change.plan, "back.take_back@L1") == ["main.bill"]
    assert waits(change.plan, "back.take_back@L1+2") == ["back.take_back@L1", "main.send@L1"]
    assert waits(change.plan, "back.take_back@L1+3") == ["back.take_back@L1+2", "main.pick@L1"]


def test_a_cancelled_order_keeps_its_content_and_has_no_line_left() -> None:
    story = Story(shop({"send": call(**BACK)}), goods({"L1": 1, "L2": 1})).stands(main__send__L1="completed")
    change = story.changed(None)
    assert [line.cancelled for line in change.plan.lines] == [True, True]
    assert change.plan.order == goods({"L1": 1, "L2": 1})
    assert verdicts(change) == {
        "back.take_back@L1": "added",
        "main.send@L1": "unwanted, undone",
        "main.send@L2": "unwanted, discarded",
    }


def test_a_step_is_redone_with_what_it_depends_on_where_that_propagates() -> None:
    main = {
        "send": call(**BACK, on_amend="redo"),
        "print": call(input={}, after=[{"step": "send", "propagates": True}]),
        "file": call(input={}, after=[{"step": "print", "propagates": True}]),
        "tell": call(input={}, after="send"),
    }
    story = Story(shop(main), goods({"L1": 1})).stands(everything="completed", main__file__L1="pending")
    change = story.changed(goods({"L1": 5}))
    assert verdicts(change) == {
        "back.take_back@L1": "added",
        "main.print@L1": "redone, undone",
        "main.print@L1+2": "added",
        "main.send@L1": "redone, undone",
        "main.send@L1+2": "added",
    }
    assert waits(change.plan, "main.file@L1") == ["main.print@L1+2"]
    assert waits(change.plan, "main.print@L1+2") == ["main.send@L1+2"]
