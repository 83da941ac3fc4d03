"""Checks of effective dates and of scopes one above the other: each problem is told with its way out."""

from __future__ import annotations

import pytest

from tests.unit.catalog.shops import found, products, told


@pytest.mark.parametrize("last", ["2026-06-01", "2026-05-31"])
def test_what_is_declared_is_in_force_on_some_day(last: str) -> None:
    dates: dict[str, object] = {"effective_from": "2026-06-01", "effective_until": last}
    document: dict[str, object] = {
        "products": products(P=dates),
        "technical_products": products(T=dates),
        "decomposition_rules": {"r": {"product": "P", "target": "T", **dates}},
    }
    issues = found("effective_dates", document)
    assert [each.path for each in issues] == [
        ("decomposition_rules", "r", "effective_from"),
        ("products", "P", "effective_from"),
        ("technical_products", "T", "effective_from"),
    ]
    assert {each.message for each in issues} == {
        f"`effective_from` 2026-06-01 is not before `effective_until` {last}, which is the first day without."
    }
    assert found("never_effective", document) == []


def test_a_rule_that_is_in_force_on_no_day_of_its_products_is_a_warning() -> None:
    document: dict[str, object] = {
        "classifications": {"c": {"name": "c"}},
        "products": products(
            OLD={"effective_until": "2026-01-01", "classification": "c"},
            NEW={"effective_from": "2027-01-01", "classification": "c"},
        ),
        "technical_products": products(T={}, LATE={"effective_from": "2026-06-01"}),
        "decomposition_rules": {
            "class": {"classification": "c", "target": "T", "effective_from": "2026-01-01"},
            "gap": {
                "classification": "c",
                "target": "T",
                "effective_from": "2026-01-01",
                "effective_until": "2026-12-31",
            },
            "late": {"product": "OLD", "target": "LATE"},
            "touch": {"product": "OLD", "target": "T", "effective_from": "2025-12-31"},
        },
    }
    hint = "Change the dates, or remove the rule."
    assert told("never_effective", document) == [
        (
            "decomposition_rules.gap: warning[never_effective]: There is no day on which `gap` (from 2026-01-01 until "
            f"2026-12-31), `NEW` (from 2027-01-01) and `T` (always) are all in force. Nor is it with `OLD`. {hint}"
        ),
        (
            "decomposition_rules.late: warning[never_effective]: There is no day on which `late` (always), `OLD` "
            f"(until 2026-01-01) and `LATE` (from 2026-06-01) are all in force. {hint}"
        ),
    ]


def test_rules_that_follow_each_other_do_not_lead_the_same_way_twice() -> None:
    rule = {"product": "P", "target": "T"}
    before, after = rule | {"effective_until": "2026-06-01"}, rule | {"effective_from": "2026-06-01"}
    assert found("duplicate_rule", {"decomposition_rules": {"a": before, "b": after}}) == []
    (issue,) = found("duplicate_rule", {"decomposition_rules": {"a": before, "b": after, "c": rule}})
    assert issue.path == ("decomposition_rules", "c")


@pytest.mark.parametrize(
    ("parent", "child", "words"),
    [
        ("bundle", {"by": "source.title"}, "scope by source.title, which is broader than scope bundle"),
        ("order", {"by": "source.title", "fallback": "account"}, "fallback account, which is broader than scope order"),
        (
            {"by": "source.title"},
            {"by": "source.title", "fallback": "order"},
            "fallback order, which is broader than fallback line",
        ),
        ("order", {"by": "source.title", "fallback": "order"}, None),
        ({"by": "source.title", "fallback": "order"}, {"by": "source.title", "fallback": "line"}, None),
        ({"by": "source.title"}, "bundle", None),
    ],
)
def test_a_child_is_not_broader_than_its_parent_with_or_without_a_key(
    parent: object, child: object, words: str | None
) -> None:
    document: dict[str, object] = {
        "technical_products": products(A={"scope": parent}, B={"scope": child, "parent": "A"})
    }
    expected = [] if words is None else [f"`B` has {words} of its parent `A`."]
    assert [each.message for each in found("broader_than_parent", document)] == expected
