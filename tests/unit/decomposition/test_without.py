"""What is left of an order without some of its lines (`domain.md` A3)."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.base import Refused
from decomposition.joined import lines_after
from decomposition.model import OrderPlan
from decomposition.order import Order
from decomposition.without import without_lines
from tests.unit.decomposition.builders import a_catalog, an_order, planned

CATALOG = a_catalog(
    products={
        "BOX": {
            "name": "Box",
            "nothing_to_do": "Its parts are packed.",
            "components": {"PART": {"min": 0}, "LID": {"min": 1}},
        },
        "PART": {"name": "Part"},
        "LID": {"name": "Lid"},
    },
    step_groups={"g": {"steps": {"s": {"type": "milestone", "scope": "line"}}}},
    scenarios={f"S-{each}": {"product": each, "group": "g"} for each in ("PART", "LID")},
)


def boxes(**more: object) -> Order:
    """Return an order of a box with a part in it, and of a part beside it."""
    inside = {"product": "PART", "parent": "BOX"}
    return an_order({"BOX": {"product": "BOX"}, "IN": inside, "ALONE": {"product": "PART"}, **more})


def left(order: Order, *lines: str) -> list[str] | None:
    """Return the lines that are left."""
    found = without_lines(planned(order, CATALOG), lines, CATALOG)
    assert not isinstance(found, Refused), found
    return None if found is None else [each.id for each in found.lines]


def refused(order: Order, *lines: str, plan: OrderPlan | None = None) -> Sequence[str]:
    """Return why the lines cannot go."""
    found = without_lines(plan or planned(order, CATALOG), lines, CATALOG)
    assert isinstance(found, Refused)
    return [f"{each.message} {each.hint}".strip() for each in found.issues]


def test_a_line_goes_alone() -> None:
    assert left(boxes(), "ALONE") == ["BOX", "IN"]


def test_what_is_left_is_an_order_of_its_own_content() -> None:
    order = boxes()
    found = without_lines(planned(order, CATALOG), ["ALONE"], CATALOG)
    assert isinstance(found, Order)
    assert found.digest != order.digest
    assert found == Order.model_validate_json(found.model_dump_json())


def test_a_bundle_takes_its_parts_along() -> None:
    assert left(boxes(), "BOX") == ["ALONE"]


def test_nothing_is_left_when_all_lines_go() -> None:
    assert left(boxes(), "BOX", "ALONE") is None


def test_a_required_part_cannot_go_without_its_bundle() -> None:
    why = "Line `BOX.LID` cannot go alone: `BOX` (line `BOX`) needs `LID`. Cancel line `BOX`, or amend the order."
    assert refused(boxes(), "BOX.LID") == [why]


def test_a_required_part_that_was_ordered_cannot_go_either_since_planning_would_add_it_again() -> None:
    [why] = refused(boxes(TOP={"product": "LID", "parent": "BOX"}), "TOP")
    assert why.startswith("Line `TOP` cannot go alone")


def test_a_required_part_goes_with_its_bundle() -> None:
    assert left(boxes(), "BOX.LID", "BOX") == ["ALONE"]


def test_lines_that_are_not_there_are_all_named() -> None:
    found = refused(boxes(), "ALON", "NOWHERE")
    assert found[0] == "Order `SO-1` has no line `ALON`. Did you mean `ALONE`?"
    assert found[1].startswith("Order `SO-1` has no line `NOWHERE`.")


def test_a_line_is_not_cancelled_twice() -> None:
    plan = planned(boxes(), CATALOG)
    rest = planned(an_order({"ALONE": {"product": "PART"}}), CATALOG)
    changed = plan.model_copy(update={"lines": lines_after(plan, rest), "order": rest.order})
    assert refused(boxes(), "IN", plan=OrderPlan(**dict(changed))) == ["Line `IN` has been cancelled already."]
