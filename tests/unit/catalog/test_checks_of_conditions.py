"""Conditions that are always true or never true are told, wherever they stand; others are left alone."""

from __future__ import annotations

import pytest

from tests.unit.catalog.shops import found, lane, products, told

SHOP: dict[str, object] = {
    "order_attributes": {"channel": {"type": "choice", "choices": ["web", "shop"], "default": "web"}},
    "order_facts": {"signed": {"type": "boolean"}},
    "products": products(P={"attributes": {"size": {"type": "choice", "choices": ["s", "m"], "required": True}}}),
    "technical_products": products(T={}),
}


def test_a_rule_that_never_applies_is_told_with_its_condition() -> None:
    rule = {"product": "P", "target": "T", "when": "source.attributes.size == 's' and\n source.attributes.size == 'm'"}
    assert told("constant_condition", {**SHOP, "decomposition_rules": {"r": rule}}) == [
        (
            "decomposition_rules.r.when: warning[constant_condition]: `source.attributes.size == 's' and "
            "source.attributes.size == 'm'` is never true, so this never applies. Change it, or remove what it guards."
        )
    ]


def test_a_condition_on_which_nothing_depends_is_told() -> None:
    document = {**SHOP, "scenarios": {"s": {"group": "g", "when": "order.attributes.channel in ['web', 'shop']"}}}
    assert [(each.path, each.message) for each in found("constant_condition", document)] == [
        (
            ("scenarios", "s", "when"),
            "`order.attributes.channel in ['web', 'shop']` is always true, so nothing depends on it.",
        )
    ]


@pytest.mark.parametrize(
    ("until", "message"),
    [
        ("coalesce(facts.signed, true) or true", "is always true, so the pause never waits."),
        ("facts.signed is null and facts.signed is not null", "is never true, so the pause never ends."),
        ("coalesce(facts.signed, false)", None),
    ],
)
def test_a_pause_that_never_waits_or_never_ends_is_told(until: str, message: str | None) -> None:
    document = {**SHOP, "step_groups": {"g": lane(wait={"type": "pause", "until": until})}}
    expected = [] if message is None else [f"`{until}` {message}"]
    assert [each.message for each in found("constant_condition", document)] == expected


@pytest.mark.parametrize(("success", "is_told"), [("response.status < 300", False), ("true", False), ("false", True)])
def test_every_answer_may_be_a_success_but_not_every_one_a_failure(success: str, *, is_told: bool) -> None:
    document: dict[str, object] = {"systems": {"s": {"operations": {"o": {"path": "/o", "success": success}}}}}
    assert bool(found("constant_condition", document)) is is_told


def test_a_condition_that_is_wrong_is_not_told_to_be_constant_too() -> None:
    wrong = {"product": "P", "target": "T", "when": "source.attributes.size == 'xl'"}
    document = {**SHOP, "decomposition_rules": {"r": wrong, "n": wrong | {"when": "and"}}}
    assert found("constant_condition", document) == []
    assert len(found("expression", document)) == 2
