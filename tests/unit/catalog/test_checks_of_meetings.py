"""Steps that no order brings together, and steps that no order reaches."""

from __future__ import annotations

import pytest

from tests.unit.catalog.shops import found, lane, products, told


def shop(after: object, billing: object = None, **more: object) -> dict[str, object]:
    """Return a catalog in which `shipping`, for LAPTOP, waits for `billing`, which is for BAG or as given."""
    return {
        "classifications": {"goods": {"name": "Goods"}},
        "products": products(
            LAPTOP={},
            BAG={"classification": "goods"},
            SET={"components": {"LAPTOP": {}}},
            BOX={"components": {"SET": {}}},
        ),
        "technical_products": products(DEVICE={}, INSURANCE={}),
        "step_groups": {
            "billing": lane(pay={}, settle={}),
            "shipping": lane(pack={}, ship={"after": after}),
        },
        "scenarios": {
            "ship": {"product": "LAPTOP", "group": "shipping"},
            "bill": {"group": "billing", **(billing if isinstance(billing, dict) else {"product": "BAG"})},
        },
        **more,
    }


def test_a_required_step_that_no_scenario_brings_in_refuses_every_order() -> None:
    document = shop([{"step": "billing.pay", "required": True}])
    document["scenarios"] = {"ship": {"product": "LAPTOP", "group": "shipping"}}
    assert told("unmet_requirement", document) == [
        (
            "step_groups.shipping.steps.ship.after.0.required: error[unmet_requirement]: `shipping.ship` requires "
            "`billing.pay`, but no scenario brings in `billing`: every order with this step is refused. Add a scenario "
            "for `billing`, or leave `required` out."
        )
    ]
    document["step_groups"] = {"billing": lane(pay={}), "shipping": lane(ship={"after": "billing.pay"})}
    assert found("unmet_requirement", document) == []


def test_steps_of_lines_that_never_pair_are_told() -> None:
    assert told("unpaired_dependency", shop(["pack", "billing.pay"])) == [
        (
            "step_groups.shipping.steps.ship.after.1.step: error[unpaired_dependency]: `shipping.ship` never pairs "
            "with `billing.pay` by origin: no line of `shipping` is a line of `billing`, or above or below one. An "
            "order with both steps is refused. Write `pair: all`, or `unpaired: start`, or remove the dependency."
        )
    ]


@pytest.mark.parametrize(
    ("pair", "billing", "is_told"),
    [
        ("origin", {"product": "LAPTOP"}, False),
        ("origin", {"product": "SET"}, False),
        ("origin", {"product": "BOX"}, False),
        ("origin", {"classification": "goods"}, True),
        ("origin", {}, False),
        ("line", {"product": "LAPTOP"}, False),
        ("line", {"product": "SET"}, True),
        ("bundle", {"product": "BOX"}, False),
        ("bundle", {"product": "BAG"}, True),
        ("all", {"product": "BAG"}, False),
        ({"by": "line.ship_to.id"}, {"product": "BAG"}, False),
    ],
    ids=str,
)
def test_whether_steps_pair_depends_on_the_products_behind_them(
    pair: object, billing: dict[str, object], *, is_told: bool
) -> None:
    document = shop([{"step": "billing.pay", "pair": pair}], billing)
    assert bool(found("unpaired_dependency", document)) is is_told


def test_a_dependency_that_may_start_without_is_not_told() -> None:
    assert found("unpaired_dependency", shop([{"step": "billing.pay", "unpaired": "start"}])) == []


def test_products_are_found_behind_technical_lines_over_all_levels() -> None:
    rules: dict[str, object] = {
        "device": {"product": "LAPTOP", "target": "DEVICE"},
        "insurance": {"product": "DEVICE", "target": "INSURANCE"},
    }
    billing = {"product": "INSURANCE"}
    assert found("unpaired_dependency", shop("billing.pay", billing, decomposition_rules=rules)) == []
    rules["insurance"] = {"product": "BAG", "target": "INSURANCE"}
    assert len(found("unpaired_dependency", shop("billing.pay", billing, decomposition_rules=rules))) == 1


def test_a_component_may_be_named_by_its_class() -> None:
    sets = products(LAPTOP={}, BAG={"classification": "goods"}, SET={"components": {"goods": {}, "LAPTOP": {}}})
    assert len(found("unpaired_dependency", shop("billing.pay"))) == 1
    # Bag and laptop are parts of one bundle, but neither is above the other.
    assert len(found("unpaired_dependency", shop("billing.pay", products=sets))) == 1
    in_bundles = shop([{"step": "billing.pay", "pair": "bundle"}], products=sets)
    assert found("unpaired_dependency", in_bundles) == []


def test_steps_behind_a_branch_that_is_always_skipped_are_told() -> None:
    steps: dict[str, dict[str, object]] = {
        "ask": {"when": "order.priority == 'high' and order.priority == 'bulk'", "skip_branch": True},
        "make": {"after": "ask"},
        "test": {"after": "make"},
        "send": {"after": ["test", "pack"]},
        "pack": {},
    }
    assert told("unreachable_step", {"step_groups": {"g": lane(**steps)}}) == [
        (
            "step_groups.g.steps.make: warning[unreachable_step]: `g.make` is never reached: it comes after `g.ask` "
            "alone, whose branch is always skipped. Change `when` or `skip_branch` of `g.ask`, or remove the step."
        ),
        (
            "step_groups.g.steps.test: warning[unreachable_step]: `g.test` is never reached: it comes after `g.ask` "
            "alone, whose branch is always skipped. Change `when` or `skip_branch` of `g.ask`, or remove the step."
        ),
    ]
    steps["ask"]["skip_branch"] = False
    assert found("unreachable_step", {"step_groups": {"g": lane(**steps)}}) == []


def test_a_step_of_another_group_is_reached_where_that_group_is_missing() -> None:
    never = {"when": "false", "skip_branch": True}
    groups = {"a": lane(ask=never), "b": lane(make={"after": "a.ask"})}
    assert found("unreachable_step", {"step_groups": groups}) == []
    groups["b"] = lane(make={"after": [{"step": "a.ask", "required": True}]})
    assert [each.path[1] for each in found("unreachable_step", {"step_groups": groups})] == ["b"]
