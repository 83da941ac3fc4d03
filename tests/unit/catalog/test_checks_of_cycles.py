"""What is built from parts, and what waits for something, comes to an end; cycles are named node by node."""

from __future__ import annotations

from tests.unit.catalog.shops import found, lane, products, told


def test_a_classification_is_not_its_own_ancestor() -> None:
    document: dict[str, object] = {
        "classifications": {
            "a": {"name": "a", "parent": "b"},
            "b": {"name": "b", "parent": "c"},
            "c": {"name": "c", "parent": "b"},
        }
    }
    assert told("classification_cycle", document) == [
        (
            "classifications.b.parent: error[classification_cycle]: A classification is its own ancestor: `b` → `c` → "
            "`b`. Cut it at one of these places."
        )
    ]


def test_a_tree_of_classifications_is_not_deeper_than_anybody_reads() -> None:
    def chain(length: int) -> dict[str, object]:
        parents = {f"c{at:02}": {"name": "x", "parent": f"c{at + 1:02}"} for at in range(length - 1)}
        return {"classifications": {**parents, f"c{length - 1:02}": {"name": "x"}}}

    assert told("classification_depth", chain(32)) == []
    assert told("classification_depth", chain(33)) == [
        (
            "classifications.c00.parent: error[classification_depth]: `c00` has 32 classifications above it or more. "
            "A tree has at most 32 levels: flatten it."
        )
    ]


def test_a_bundle_does_not_contain_itself() -> None:
    document: dict[str, object] = {"products": products(A={"components": {"B": {}}}, B={"components": {"A": {}}})}
    assert told("bundle_cycle", document) == [
        (
            "products.A.components.B: error[bundle_cycle]: A bundle contains itself: `A` → `B` → `A`. "
            "Cut it at one of these places."
        )
    ]


def test_a_technical_product_is_not_kept_under_itself() -> None:
    document: dict[str, object] = {"technical_products": products(A={"parent": "A"})}
    assert told("parent_cycle", document) == [
        (
            "technical_products.A.parent: error[parent_cycle]: A technical product is kept under itself: `A` → `A`. "
            "Cut it at one of these places."
        )
    ]


def test_decomposition_comes_to_an_end() -> None:
    document: dict[str, object] = {
        "classifications": {"parts": {"name": "Parts"}},
        "technical_products": products(A={"classification": "parts"}, B={}),
        "decomposition_rules": {
            "a-b": {"classification": "parts", "target": "B"},
            "b-a": {"product": "B", "target": "A"},
        },
    }
    assert told("rule_cycle", document) == [
        (
            "decomposition_rules.b-a.target: error[rule_cycle]: Decomposition never ends: `A` → `B` → `A`. "
            "Change the target of one of these rules."
        )
    ]


def test_a_cycle_of_steps_over_several_groups_is_named_step_by_step() -> None:
    document: dict[str, object] = {
        "step_groups": {
            "a": lane(one={"after": ["b.two"]}),
            "b": lane(two={"after": ["three"]}, three={"after": [{"step": "a.one"}]}),
        }
    }
    assert told("step_cycle", document) == [
        (
            "step_groups.a.steps.one.after.0.step: error[step_cycle]: Steps wait for each other: "
            "`a.one` → `b.two` → `b.three` → `a.one`. Remove one of these dependencies."
        )
    ]


def test_steps_that_join_again_are_no_cycle() -> None:
    document: dict[str, object] = {
        "step_groups": {"g": lane(a={}, b={"after": "a"}, c={"after": "a"}, d={"after": ["b", "c"]})}
    }
    assert found("step_cycle", document) == []


def test_a_chain_of_thousands_of_steps_is_no_cycle() -> None:
    steps: dict[str, dict[str, object]] = {f"s{number}": {"after": f"s{number + 1}"} for number in range(5_000)}
    assert found("step_cycle", {"step_groups": {"g": lane(**steps, s5000={})}}) == []
