"""What a step reads of its order: the values that decide whether a change concerns it (`domain.md` A1)."""

from __future__ import annotations

from typing import Any

import pytest

from decomposition.model import OrderPlan
from decomposition.reading import differences, reading
from tests.unit.decomposition.builders import a_catalog, an_order, planned, step


def plan_of(definition: dict[str, Any], request: object = None, **lines: object) -> OrderPlan:
    """Return the plan of an order of goods whose steps are `g.s`."""
    catalog = a_catalog(
        products={"GOOD": {"name": "Good", "attributes": {"site": {"type": "text"}}}},
        systems={"office": {"operations": {"do": {"path": "/do", "request": request}}}},
        value_tables={"hubs": {"key": "text", "value": "text", "rows": {"north": "HUB-1"}}},
        step_groups={
            "g": {"steps": {"s": definition}},
            "first": {"steps": {"check": {"type": "manual_task", "form": {"ok": {"type": "boolean"}}}}},
        },
        scenarios={"S": {"product": "GOOD", "group": "g"}, "T": {"product": "GOOD", "group": "first"}},
    )
    return planned(an_order({code: {"product": "GOOD", **dict(each)} for code, each in _items(lines)}), catalog)


def _items(lines: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(code, each if isinstance(each, dict) else {"quantity": each}) for code, each in lines.items()]


def callout(**more: object) -> dict[str, Any]:
    return {"type": "callout", "operation": "office.do", **more}


def differing(definition: dict[str, Any], before: dict[str, Any], after: dict[str, Any], request: object = None) -> Any:
    """Return what the step reads otherwise in the second order."""
    one, other = plan_of(definition, request, **before), plan_of(definition, request, **after)
    code = "g.s" if one.step("g.s") else "g.s@L1"
    found = [reading(plan, step(plan, code), plan.definition_of(step(plan, code))) for plan in (one, other)]
    return differences(*found)


def test_an_expression_that_gives_the_same_is_no_difference() -> None:
    definition = callout(scope="line", input={"many": "line.quantity > 5"})
    assert differing(definition, {"L1": 6}, {"L1": 7}) == ()
    assert differing(definition, {"L1": 5}, {"L1": 7}) == ("line.quantity > 5",)


def test_a_list_of_ids_does_not_care_about_quantities() -> None:
    definition = callout(input={"ids": "[each.id for each in lines]"})
    assert differing(definition, {"L1": 1, "L2": 1}, {"L1": 1, "L2": 9}) == ()
    assert differing(definition, {"L1": 1, "L2": 1}, {"L1": 1}) == ("[each.id for each in lines]",)


def test_a_loop_of_a_request_reads_what_its_element_reads() -> None:
    request = {"items": {"each": "lines", "as": {"id": "item.id", "n": "item.quantity"}}}
    site = {"L1": {"quantity": 1, "attributes": {"site": "north"}}}
    assert differing(callout(), {"L1": 1}, site, request) == ()
    assert differing(callout(), {"L1": 1}, {"L1": 2}, request) == ("item.quantity",)


def test_another_number_of_elements_is_a_difference_of_its_lines() -> None:
    request = {"items": {"each": "lines", "as": {"n": "item.quantity"}}}
    assert differing(callout(), {"L1": 1}, {"L1": 1, "L2": 1}, request) == ("lines",)


def test_of_what_needs_the_run_the_part_of_the_order_is_read() -> None:
    definition = callout(
        scope="line", after=[{"step": "first.check"}], input={"n": "line.quantity if steps.first.check.ok else 0"}
    )
    assert differing(definition, {"L1": 1}, {"L1": 2}) == ("line.quantity",)


def test_what_the_input_gives_is_read_there_and_not_again_in_the_request() -> None:
    definition = callout(scope="line", input={"n": "line.quantity"})
    assert differing(definition, {"L1": 1}, {"L1": 2}, {"n": "input.n"}) == ("line.quantity",)


def test_a_value_table_is_looked_up() -> None:
    definition = callout(scope="line", input={"hub": "table('hubs', line.attributes.site)"})
    sites = [{"L1": {"quantity": 1, "attributes": {"site": each}}} for each in ("north", "south")]
    assert differing(definition, sites[0], sites[0]) == ()
    assert differing(definition, *sites) == ("table('hubs', line.attributes.site)",)


def test_an_expression_without_a_value_is_the_same_as_itself() -> None:
    definition = callout(scope="line", when="line.quantity / (line.quantity - line.quantity) > 1")
    assert differing(definition, {"L1": 1}, {"L1": 2}) == ()


@pytest.mark.parametrize("changed", [{"quantity": 2}, {"quantity": 1, "attributes": {"site": "north"}}])
def test_a_task_reads_what_its_person_goes_by(changed: dict[str, Any]) -> None:
    assert differing({"type": "manual_task", "scope": "line"}, {"L1": 1}, {"L1": changed})


def test_a_task_does_not_read_prices() -> None:
    assert differing({"type": "manual_task", "scope": "line"}, {"L1": 1}, {"L1": {"quantity": 1, "price": "9"}}) == ()


def test_the_id_of_a_step_is_no_data() -> None:
    plan = plan_of(callout(scope="line", input={"me": "step.id"}), L1=1)
    one = step(plan, "g.s@L1")
    other = one.model_copy(update={"id": "g.s@L1+2"})
    definition = plan.definition_of(one)
    assert reading(plan, one, definition) == reading(plan, other, definition)
