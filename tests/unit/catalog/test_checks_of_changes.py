"""Checks of what steps declare about changes of orders under way, and what undo groups may read."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.alternatives import all_reads, outputs_read
from catalog.cardinality import Read, reads_of
from catalog.checks import check_catalog
from catalog.checks.written import every_expression
from catalog.expressions import TEXT, Type, check, list_of, nullable, parse
from catalog.reach import Reach
from tests.unit.catalog.shops import catalog, lane, products, told

Document = dict[str, object]

SHIP: Document = {"type": "callout", "operation": "store.ship", "scope": "line"}
UNDO: Document = {**SHIP, "operation": "store.undo"}


def shop(groups: Mapping[str, object] | None = None, scenario: Document | None = None, **steps: Document) -> Document:
    """Return a shop whose lane `main` has these steps; the group `back` undoes one unless `groups` say otherwise."""
    parcel = {"parcel": {"type": "text", "value": "response.body.parcel"}}
    return {
        "products": products(LAPTOP={"attributes": {"colour": {"type": "text", "required": True}}}),
        "step_groups": {"main": lane(**steps), **({"back": lane(undo=UNDO)} if groups is None else groups)},
        "scenarios": {"s": scenario or {"product": "LAPTOP", "group": "main"}},
        "systems": {
            "store": {
                "operations": {
                    "ship": {"path": "/ship", "outputs": parcel},
                    "undo": {"path": "/undo"},
                    "look": {"path": "/look", "method": "GET"},
                }
            }
        },
    }


def back(*names: str, **undo: object) -> dict[str, object]:
    """Return the group `back` with a step that undoes, and the groups named with a milestone each."""
    return {"back": lane(undo={**UNDO, **undo}), **{each: lane(one={}) for each in names}}


def issues(document: Document) -> list[str]:
    """Return the checks that find something; that nobody calls `look` is of no interest."""
    return [each.check for each in check_catalog(catalog(document)) if each.check != "unused_operation"]


def type_read(document: Document, source: str, step: str = "back.undo") -> Type:
    """Return the type of an expression of a step."""
    checked = catalog(document)
    reach = Reach(checked)
    written = next(each for each in every_expression(checked, reach) if each.step == step and each.source == source)
    return check(parse(source), written.scope).type


def test_a_step_that_a_group_undoes_has_no_issues() -> None:
    assert issues(shop(ship={**SHIP, "on_cancel": "back", "on_amend": "redo"})) == []
    both = {**SHIP, "on_cancel": "back", "on_amend": {"group": "fix"}, "point_of_no_return": "amend"}
    assert issues(shop(back("fix"), ship=both)) == []


def test_a_group_that_nothing_brings_in_or_names_is_a_warning_with_three_ways_out() -> None:
    (issue,) = told("unreachable_group", shop(back("lonely"), ship={**SHIP, "on_cancel": "back"}))
    assert "step_groups.lonely" in issue
    assert "name it there as `on_cancel`" in issue


def test_a_misspelt_group_is_told_where_it_is_named() -> None:
    (cancel, amend) = sorted(
        told("unknown_group", shop(ship={**SHIP, "on_cancel": "bakc", "on_amend": {"group": "x"}}))
    )
    assert "step_groups.main.steps.ship.on_amend.group" in cancel
    assert "step_groups.main.steps.ship.on_cancel: error" in amend
    assert "Did you mean `back`?" in amend


def test_a_group_that_undoes_is_brought_in_by_no_scenario() -> None:
    document = shop(ship={**SHIP, "on_cancel": "back"})
    document["scenarios"] = {"s": {"product": "LAPTOP", "group": "main"}, "t": {"product": "LAPTOP", "group": "back"}}
    (issue,) = told("undoing_in_plan", document)
    assert "scenarios.t.group: error" in issue
    assert "`back` is there for changes of `main.ship`" in issue


def test_a_group_that_undoes_is_no_alternative() -> None:
    groups = {"back": {**lane(undo=UNDO), "alternative": True}}
    (issue,) = told("undoing_in_plan", shop(groups, ship={**SHIP, "on_cancel": "back"}))
    assert "step_groups.back.alternative: error" in issue


def test_groups_that_undo_each_other_are_told_with_the_way() -> None:
    groups = {"back": lane(undo={**UNDO, "on_cancel": "again"}), "again": lane(undo={**UNDO, "on_cancel": "back"})}
    (issue,) = told("undo_circle", shop(groups, ship={**SHIP, "on_cancel": "back"}))
    assert "`again` → `back` → `again`" in issue
    assert len(told("undo_circle", shop({}, ship={**SHIP, "on_cancel": "main"}))) == 1


def test_an_undoing_waits_for_no_other_group_and_no_other_group_for_it() -> None:
    (issue,) = told("undo_dependency", shop(back(after="main.ship"), ship={**SHIP, "on_cancel": "back"}))
    assert "step_groups.back.steps.undo.after.0.step: error" in issue
    steps: dict[str, Document] = {"ship": {**SHIP, "on_cancel": "back"}, "bill": {"after": "back.undo"}}
    (issue,) = told("undo_dependency", shop(**steps))
    assert "`main.bill` never waits for `back.undo`" in issue


def test_steps_of_one_undoing_may_wait_for_each_other() -> None:
    groups = {"back": lane(undo=UNDO, tell={"after": "undo"})}
    assert issues(shop(groups, ship={**SHIP, "on_cancel": "back"})) == []


def test_what_undoes_a_step_of_the_whole_order_has_no_lines() -> None:
    ship: Document = {"type": "callout", "operation": "store.ship", "on_cancel": "back"}
    (issue,) = told("undo_without_lines", shop(scenario={"group": "main"}, ship=ship))
    assert "`main.ship` is for the order as a whole and gives `back.undo` no lines." in issue
    assert told("undo_without_lines", shop(back(scope="plan"), scenario={"group": "main"}, ship=ship)) == []


def test_what_is_never_asked_of_an_undoing_is_a_warning() -> None:
    groups = {"back": lane(undo={**UNDO, "on_amend": "ignore", "on_cancel": "more"}), "more": lane(one={})}
    assert len(told("idle_undoing", shop(groups, ship={**SHIP, "on_cancel": "back"}))) == 2


def test_what_makes_up_for_a_change_may_be_undone() -> None:
    groups = {"fix": lane(fix={**UNDO, "on_cancel": "back"}), "back": lane(undo=UNDO)}
    assert issues(shop(groups, ship={**SHIP, "on_cancel": "back", "on_amend": {"group": "fix"}})) == []
    groups["fix"] = lane(fix={**UNDO, "on_cancel": "back"}, tell={"after": [{"step": "fix", "propagates": True}]})
    (issue,) = told("idle_undoing", shop(groups, ship={**SHIP, "on_cancel": "back", "on_amend": {"group": "fix"}}))
    assert "after.0.propagates" in issue


def test_a_callout_that_is_done_anew_and_never_undone_is_a_warning() -> None:
    (issue,) = told("redone_without_undoing", shop({}, ship={**SHIP, "on_amend": "redo"}))
    assert "steps.ship.on_amend: warning" in issue
    steps = {"pick": SHIP, "ship": {**SHIP, "after": [{"step": "pick", "propagates": True}]}}
    (issue,) = told("redone_without_undoing", shop({}, **steps))
    assert "steps.ship.after.0.propagates: warning" in issue
    asked: Document = {"type": "callout", "operation": "store.look", "on_amend": "redo"}
    assert told("redone_without_undoing", shop({}, look=asked)) == []


def test_a_callout_that_nothing_undoes_is_a_warning_once_any_step_can_be_undone() -> None:
    assert told("lasting_callout", shop({}, ship=SHIP)) == []
    (issue,) = told("lasting_callout", shop(pick={**SHIP, "on_cancel": "back"}, ship=SHIP))
    assert "Nothing undoes `main.ship`" in issue
    for word in ({"point_of_no_return": "cancel"}, {"on_cancel": "back"}, {"operation": "store.look"}):
        assert told("lasting_callout", shop(pick={**SHIP, "on_cancel": "back"}, ship={**SHIP, **word})) == []


def test_a_callout_may_last_for_a_reason() -> None:
    document = shop(pick={**SHIP, "on_cancel": "back"}, ship=SHIP)
    why = {"check": "lasting_callout", "at": "step_groups.main.steps.ship", "reason": "A greeting stays said."}
    assert issues({**document, "ignored_checks": {"greeting": why}}) == []


def test_a_point_over_bundles_needs_lines_that_are_in_one() -> None:
    ship: Document = {**SHIP, "point_of_no_return": {"over": "bundle"}}
    (issue,) = told("idle_reach", shop({}, ship=ship))
    assert "No line of `main.ship` is in a bundle" in issue
    document = shop({}, ship=ship)
    document["products"] = products(LAPTOP={}, OFFICE={"components": {"LAPTOP": {}}})
    assert told("idle_reach", document) == []


def test_an_undoing_reads_one_value_of_the_step_that_it_is_about_which_may_be_null() -> None:
    document = shop(back(input={"parcel": "steps.main.ship.parcel"}), ship={**SHIP, "on_cancel": "back"})
    assert issues(document) == []
    assert type_read(document, "steps.main.ship.parcel") == nullable(TEXT)


def test_what_makes_up_for_a_change_reads_a_step_that_has_completed() -> None:
    groups = {"fix": lane(undo={**UNDO, "input": {"parcel": "steps.main.ship.parcel"}})}
    document = shop(groups, ship={**SHIP, "on_amend": {"group": "fix"}})
    assert type_read(document, "steps.main.ship.parcel", "fix.undo") == TEXT


def test_an_output_that_not_all_steps_have_that_name_the_group_may_be_null() -> None:
    groups = {"fix": lane(undo={**UNDO, "input": {"parcel": "steps.main.ship.parcel"}})}
    fixed = {"on_amend": {"group": "fix"}}
    document = shop(groups, ship={**SHIP, **fixed}, sign={"type": "manual_task", "scope": "line", **fixed})
    assert type_read(document, "steps.main.ship.parcel", "fix.undo") == nullable(TEXT)


def test_an_undoing_reads_what_the_step_that_it_is_about_depends_on() -> None:
    steps = {"ship": {**SHIP, "after": "pick", "on_cancel": "back"}, "pick": {**SHIP, "scope": "plan"}}
    assert type_read(shop(back(input={"a": "steps.main.pick.parcel"}), **steps), "steps.main.pick.parcel") == TEXT
    steps["pick"] = SHIP
    document = shop(back(input={"a": "steps.main.pick.parcel"}), **steps)
    assert type_read(document, "steps.main.pick.parcel") == list_of(TEXT)


def test_an_undoing_reads_no_step_that_it_is_not_about() -> None:
    document = shop(back(input={"parcel": "steps.main.other.parcel"}), ship={**SHIP, "on_cancel": "back"}, other=SHIP)
    (issue,) = told("step_reference", document)
    assert "It reads its own group, the step that it is about (`main.ship`), and what that depends on." in issue


def test_lines_of_an_undoing_are_those_of_the_steps_that_it_undoes() -> None:
    (issue,) = told("expression", shop(back(when="line.attributes.color == 'red'"), ship={**SHIP, "on_cancel": "back"}))
    assert "Did you mean `colour`?" in issue


def test_the_run_is_told_that_an_undoing_reads_one_instance() -> None:
    document = catalog(shop(back(input={"parcel": "steps.main.ship.parcel"}), ship={**SHIP, "on_cancel": "back"}))
    undo = document.step("back", "undo")
    assert undo is not None
    assert reads_of("back", undo, document) == (Read(step="main.ship", output="parcel", one=True),)


def test_an_alternative_need_not_give_what_only_the_undoing_reads() -> None:
    document = catalog(shop(back(input={"parcel": "steps.main.ship.parcel"}), ship={**SHIP, "on_cancel": "back"}))
    assert outputs_read(document, "main.ship", all_reads(document)) == ()
