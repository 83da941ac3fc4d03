"""A plan that is changed while it runs: what stays, what is added, what waits for what (`domain.md` A1, A3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.diagrams import mermaid
from decomposition.drawing import tree
from decomposition.explain import explain_plan, explain_step
from decomposition.fates import Fates, Wish
from decomposition.model import OrderPlan
from decomposition.revise import revise
from decomposition.revisions import RevisionKind, Successor, Undoing
from tests.unit.decomposition.builders import NOW, a_catalog, an_order, planned, step, waits

WISH = Wish(kind=RevisionKind.AMEND, at=NOW + timedelta(hours=3), actor="ann", reason="she asked for it")
NOTHING = Fates()


def do(**more: object) -> dict[str, Any]:
    return {"type": "callout", "operation": "office.do", "scope": "line", **more}


def shop(back: dict[str, Any] | None = None, **more: object) -> Catalog:
    """Return a catalog of goods that are picked and sent; what was sent is taken back by the group `back`."""
    steps = {"pick": do(expected_duration="1h"), "send": do(after="pick", on_cancel="back", **more)}
    groups = {"main": steps, "back": back or {"ask": do(), "fetch": do(after="ask", expected_duration="2h")}}
    return a_catalog(
        products={"GOOD": {"name": "Good"}, "BAG": {"name": "Bag"}},
        systems={"office": {"operations": {"do": {"path": "/do"}}}},
        step_groups={name: {"steps": each} for name, each in groups.items()},
        scenarios={"S": {"product": "GOOD", "group": "main"}, "B": {"product": "BAG", "group": "main"}},
    )


def goods(*lines: str, **products: str) -> dict[str, object]:
    return {**{each: {"product": "GOOD"} for each in lines}, **{code: {"product": p} for code, p in products.items()}}


def plan_of(catalog: Catalog, *lines: str, **products: str) -> OrderPlan:
    return planned(an_order(goods(*lines, **products)), catalog)


def revised(plan: OrderPlan, new: OrderPlan | None, catalog: Catalog, fates: Fates = NOTHING) -> OrderPlan:
    """Return the changed plan."""
    found = revise(plan, new, fates, WISH, catalog, {plan.digest: plan}.__getitem__)
    assert isinstance(found, OrderPlan), found
    return found


def without_first(catalog: Catalog) -> OrderPlan:
    """Return an order of two lines whose first one, sent already, is cancelled."""
    done = ("main.pick@L1", "main.send@L1")
    fates = Fates(begun=frozenset(done), unwanted=done, undone=frozenset(done))
    return revised(plan_of(catalog, "L1", "L2"), plan_of(catalog, "L2"), catalog, fates)


def test_cancelled_lines_stay_for_what_was_done_and_expressions_do_not_see_them() -> None:
    changed = without_first(shop())
    assert [(line.id, line.cancelled) for line in changed.lines] == [("L1", True), ("L2", False)]
    seen = changed.records.order["lines"]
    assert isinstance(seen, tuple)
    assert [each["id"] for each in seen if isinstance(each, dict)] == ["L2"]


def test_the_revision_tells_what_was_changed_by_whom_and_why() -> None:
    catalog = shop()
    [found] = without_first(catalog).revisions
    assert (found.version, found.former) == (2, plan_of(catalog, "L1", "L2").digest)
    assert (found.actor, found.reason, found.at) == ("ann", "she asked for it", WISH.at)
    assert found.cancelled == ("L1",)
    assert found.unwanted == ("main.pick@L1", "main.send@L1")
    steps = ("back.ask@L1", "back.fetch@L1")
    assert found.undoing == (Undoing(step="main.send@L1", group="back", steps=steps, last=("back.fetch@L1",)),)


def test_undoing_steps_wait_for_the_step_and_for_each_other_and_read_what_it_read() -> None:
    catalog = shop()
    changed = without_first(catalog)
    assert waits(changed)["back.ask@L1"] == ["main.send@L1"]
    assert waits(changed)["back.fetch@L1"] == ["back.ask@L1"]
    undo = [each for each in changed.steps if each.undoes]
    assert {each.data_of for each in undo} == {plan_of(catalog, "L1", "L2").digest}
    assert {each.because for each in undo} == {step(changed, "main.send@L1").because}


def test_undoing_steps_are_planned_from_the_time_of_the_change() -> None:
    fetch = step(without_first(shop()), "back.fetch@L1")
    assert (fetch.planned_start, fetch.planned_end) == (WISH.at, WISH.at + timedelta(hours=2))


def test_steps_that_undo_several_steps_each_have_their_own_id() -> None:
    catalog = shop({"fetch": do(scope="plan")})
    done = ("main.send@L1", "main.send@L2")
    fates = Fates(begun=frozenset(done), unwanted=done, undone=frozenset(done))
    changed = revised(plan_of(catalog, "L1", "L2", "L3"), plan_of(catalog, "L3"), catalog, fates)
    undo = {each.id: each.undoes for each in changed.steps if each.undoes}
    assert undo == {"back.fetch": "main.send@L1", "back.fetch+2": "main.send@L2"}


def test_a_step_that_is_done_anew_is_another_one_and_dependents_wait_for_it() -> None:
    catalog = shop()
    plan = plan_of(catalog, "L1")
    picked = Fates(begun=frozenset({"main.pick@L1"}), unwanted=("main.pick@L1",))
    changed = revised(plan, plan, catalog, picked)
    assert changed.revisions[0].successors == (Successor(step="main.pick@L1", by="main.pick@L1+2"),)
    assert waits(changed)["main.send@L1"] == ["main.pick@L1+2"]
    assert changed.planned_as("main.pick@L1+2") == "main.pick@L1"
    assert changed.predecessor("main.pick@L1+2") == "main.pick@L1"


def test_the_critical_path_names_the_steps_that_go_on() -> None:
    catalog = shop()
    plan = plan_of(catalog, "L1")
    changed = revised(plan, plan, catalog, Fates(unwanted=("main.pick@L1",)))
    assert changed.critical_path == ("main.pick@L1+2", "main.send@L1")


def test_titles_and_trials_of_lines_that_are_gone_are_kept() -> None:
    catalog = shop()
    changed = revised(plan_of(catalog, "L1", L2="BAG"), plan_of(catalog, "L1"), catalog)
    assert [each.code for each in changed.titles] == ["BAG", "GOOD"]
    assert "L2" in {each.line for each in changed.trace}


def test_what_undoes_a_step_does_without_other_groups_and_says_so() -> None:
    catalog = shop({"fetch": do(after=["main.pick"])})
    changed = without_first(catalog)
    told = [each for each in changed.dropped if each.step == "back.fetch@L1"]
    assert [(each.prerequisite, each.why) for each in told] == [
        ("main.pick", "its group is there for `main.send@L1` alone")
    ]


def test_a_group_that_does_not_exist_refuses_the_change() -> None:
    catalog = shop()
    known = [each.model_copy(update={"name": "other"}) if each.name == "back" else each for each in catalog.step_groups]
    broken = Catalog(**{**dict(catalog), "step_groups": tuple(known)})
    plan = plan_of(catalog, "L1", "L2")
    fates = Fates(unwanted=("main.send@L1",), undone=frozenset({"main.send@L1"}))
    found = revise(plan, plan_of(catalog, "L2"), fates, WISH, broken)
    assert isinstance(found, Refused)
    assert [each.message for each in found.issues] == ["There is no step group `back`."]


def test_a_catalog_that_defines_the_steps_otherwise_refuses_the_change() -> None:
    other = shop(when="line.quantity > 1")
    found = revise(plan_of(shop(), "L1"), plan_of(other, "L1"), NOTHING, WISH, other)
    assert isinstance(found, Refused)
    assert [each.check for each in found.issues] == ["definition_differs"]


def test_a_changed_plan_is_told_and_drawn_like_any_other() -> None:
    changed = without_first(shop())
    assert OrderPlan.model_validate_json(changed.model_dump_json()).digest == changed.digest
    assert "back.fetch@L1" in explain_plan(changed)
    assert "scenario `S` matched" in explain_step(changed, "back.fetch@L1")
    assert "back.fetch@L1" in tree(changed)
    assert "back.fetch@L1" in mermaid(changed)
