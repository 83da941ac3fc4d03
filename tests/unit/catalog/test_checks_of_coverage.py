"""What is sold is fulfilled, nothing is said twice, nothing stands idle; each problem is told with its way out."""

from __future__ import annotations

from tests.unit.catalog.shops import found, lane, products, told


def test_a_product_that_nothing_fulfils_is_an_error() -> None:
    document: dict[str, object] = {
        "classifications": {"c": {"name": "c"}, "d": {"name": "d", "parent": "c"}},
        "products": products(
            IDLE={},
            RULED={},
            STEPPED={"classification": "d"},
            SET={"components": {"IDLE": {}}},
            SAID={"nothing_to_do": "!"},
        ),
        "decomposition_rules": {"r": {"product": "RULED", "target": "T"}},
        "scenarios": {"s": {"classification": "c", "group": "g"}},
    }
    assert told("unfulfilled_product", document) == [
        (
            "products.IDLE: error[unfulfilled_product]: Nothing fulfils `IDLE`: no rule and no scenario is for it or "
            "its classifications. Add one, or say why nothing need be done under `nothing_to_do`."
        )
    ]


def test_a_child_is_not_broader_than_its_parent() -> None:
    document: dict[str, object] = {
        "technical_products": products(
            A={"scope": "bundle"}, B={"scope": "order", "parent": "A"}, C={"scope": "line", "parent": "A"}
        )
    }
    assert told("broader_than_parent", document) == [
        (
            "technical_products.B.scope: error[broader_than_parent]: `B` has scope order, which is broader than scope "
            "bundle of its parent `A`. Give `A` the broader scope, or `B` the narrower one."
        )
    ]


def test_two_rules_without_conditions_do_not_lead_the_same_way() -> None:
    rule = {"product": "P", "target": "T"}
    conditional = rule | {"when": "source.quantity > 1"}
    assert told("duplicate_rule", {"decomposition_rules": {"r1": rule, "r2": conditional, "r3": rule}}) == [
        (
            "decomposition_rules.r3: error[duplicate_rule]: `r3` leads from `P` to `T` without a condition, as `r1` "
            "does. Remove one of them, or give each a condition under `when`."
        )
    ]


def test_two_scenarios_that_say_the_same_are_a_warning() -> None:
    both = {"product": "P", "group": "g", "actions": ["add", "amend"]}
    amend = {"product": "P", "group": "g", "actions": ["amend"]}
    other = {"product": "P", "group": "h", "actions": ["amend"]}
    assert told("overlapping_scenario", {"scenarios": {"a": both, "b": amend, "c": other}}) == [
        (
            "scenarios.b: warning[overlapping_scenario]: `b` brings in `g` for action amend, as `a` does. "
            "Remove one of them, or give each a condition under `when`."
        )
    ]


def test_a_group_without_steps_is_an_error() -> None:
    assert told("empty_group", {"step_groups": {"g": {"steps": {}}}}) == [
        "step_groups.g: error[empty_group]: The step group `g` has no steps. Add a step, or remove the group."
    ]


def test_a_prerequisite_is_named_once_however_it_is_written() -> None:
    assert told("repeated_dependency", {"step_groups": {"g": lane(a={}, b={"after": ["a", "g.a"]})}}) == [
        "step_groups.g.steps.b.after.1.step: error[repeated_dependency]: `g.a` is named twice. Keep one of the two."
    ]


def test_what_nothing_uses_is_a_warning() -> None:
    document: dict[str, object] = {
        "step_groups": {"g": lane(s={"type": "callout", "operation": "store.pick"})},
        "technical_products": products(T={}),
        "value_tables": {"t": {"key": "text", "value": "text", "rows": {}}},
        "systems": {
            "store": {"operations": {"pick": {"path": "/pick"}, "ship": {"path": "/ship"}}},
            "bank": {"operations": {"pay": {"path": "/pay"}}},
        },
    }
    checks = ("unreachable_group", "unused_technical_product", "unused_operation", "unused_system", "unused_table")
    assert [line for check in checks for line in told(check, document)] == [
        (
            "step_groups.g: warning[unreachable_group]: No scenario brings in the step group `g`. "
            "Add a scenario, or remove it; if it stands in for steps that fail, mark it `alternative: true`; "
            "if it undoes a step, name it there as `on_cancel`."
        ),
        (
            "technical_products.T: warning[unused_technical_product]: No rule leads to the technical product `T`. "
            "Add a rule with it as target, or remove it."
        ),
        (
            "systems.store.operations.ship: warning[unused_operation]: No step calls the operation `store.ship`. "
            "Add a callout, or remove it."
        ),
        "systems.bank: warning[unused_system]: No step calls the system `bank`. Add a callout, or remove it.",
        (
            "value_tables.t: warning[unused_table]: Nothing looks values up in the value table `t`. "
            "Look values up in it, or remove it."
        ),
    ]


def test_a_table_that_an_expression_looks_up_is_used() -> None:
    document: dict[str, object] = {
        "value_tables": {"t": {"key": "text", "value": "boolean", "rows": {"web": True}}},
        "step_groups": {"g": lane(s={"when": "table('t', order.account)"})},
    }
    assert found("unused_table", document) == []
