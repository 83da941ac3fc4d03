"""Fallout rules are checked against the catalog that they serve: names, outcomes, and which of them never decide."""

from __future__ import annotations

import pytest

from catalog.environment import Environment
from catalog.environment_checks import check_environment
from tests.unit.catalog.shops import catalog, lane

STORE = {"systems": {"store": {"operations": {"pick": {"path": "/pick"}, "ship": {"path": "/ship"}}}}}
SHOP = catalog(
    {
        "classifications": {
            "device": {"name": "Devices"},
            "laptop": {"name": "Laptops", "parent": "device"},
            "service": {"name": "Services"},
        },
        "products": {
            "LAPTOP": {"name": "Laptop", "classification": "laptop"},
            "SETUP": {"name": "Set-up", "classification": "service"},
        },
        "functions": {"count": {}},
        "step_groups": {
            "shipping": lane(
                pick={"type": "callout", "operation": "store.pick"},
                ship={"type": "callout", "operation": "store.ship"},
                weigh={"type": "auto_task", "function": "count"},
                done={},
            ),
            "courier": lane(fetch={"type": "callout", "operation": "store.ship"}),
        },
        **STORE,
    }
)


def rules(**declared: dict[str, object]) -> list[str]:
    """Return what the checks say of these rules, without their path."""
    whole = {
        "systems": {"store": {"base_url": "http://store.example"}},
        "queues": {"desk": {}},
        "webhooks": {"ops": {"url": "http://ops.example"}},
        "fallout_rules": declared,
    }
    found = check_environment(Environment.model_validate(whole), SHOP)
    return [str(each).removeprefix("fallout_rules.") for each in found]


def test_rules_that_use_everything_there_is_have_no_issues() -> None:
    found = rules(
        a={"product": "LAPTOP", "attempt": 2, "skip": True, "notify": ["ops"], "retry": {"retries": 1, "jitter": 0.2}},
        b={"classification": "device", "order_priority": "high", "alternative": "courier", "queue": "desk"},
        c={"system": "functions", "retry": {"policy": "staggered", "intervals": ["1s", "5m"]}},
    )
    assert found == []


def test_what_a_rule_names_exists() -> None:
    found = rules(
        a={"product": "LAPTOB"},
        b={"classification": "devise"},
        c={"alternative": "curier"},
        d={"code": "x", "notify": ["ops", "opps"]},
    )
    assert found == [
        "a.product: error[unknown_fallout_subject]: The catalog has no product `LAPTOB`. Did you mean `LAPTOP`?",
        (
            "b.classification: error[unknown_fallout_subject]: The catalog has no classification `devise`. "
            "Did you mean `device`?"
        ),
        "c.alternative: error[unknown_alternative]: There is no step group `curier`. Did you mean `courier`?",
        "d.notify.1: error[unknown_webhook]: There is no webhook `opps`. Did you mean `ops`?",
    ]


@pytest.mark.parametrize("outcome", ["cancel_lines", "cancel_order"])
def test_a_rule_may_cancel(outcome: str) -> None:
    assert rules(a={outcome: True, "queue": "desk"}) == []


@pytest.mark.parametrize(
    "rule",
    [
        {"type": "milestone"},
        {"step": "shipping.done"},
        {"step": "shipping.pick", "operation": "store.ship"},
        {"group": "courier", "system": "functions"},
    ],
)
def test_a_rule_that_fits_no_step_never_applies(rule: dict[str, object]) -> None:
    [told] = rules(a=rule)
    assert told.startswith("a: warning[idle_fallout_rule]: `a` never applies: no step that may fail so")


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"type": "pause"}, True),
        ({"type": "pause", "code": "PAUSE_TIMED_OUT"}, True),
        ({"step": "desk.wait", "pattern": "CONDITION_.*"}, True),
        ({"step": "desk.wait", "code": "HTTP_503"}, False),
        ({"step": "desk.wait", "system": "store"}, False),
        ({"type": "milestone", "code": "CONDITION_ERROR"}, True),
        ({"type": "milestone", "code": "PAUSE_TIMED_OUT"}, False),
        ({"type": "manual_task"}, False),
    ],
)
def test_pauses_fail_by_their_time_and_whatever_has_a_condition_without_its_value(
    rule: dict[str, object], fits: bool
) -> None:
    desk = lane(
        wait={"type": "pause", "until": "coalesce(facts.signed, false)", "timeout": "1h"},
        signed={"when": "order.account == 'ACME'"},
        ask={"type": "manual_task"},
    )
    shop = catalog({"order_facts": {"signed": {"type": "boolean"}}, "step_groups": {"desk": desk}, **STORE})
    whole = Environment.model_validate(
        {"systems": {"store": {"base_url": "http://store.example"}}, "fallout_rules": {"a": rule}}
    )
    idle = [each for each in check_environment(whole, shop) if each.check == "idle_fallout_rule"]
    assert (not idle) is fits


def tie(one: dict[str, object], other: dict[str, object]) -> list[str]:
    """Return what the checks say of two rules that may tie."""
    found = rules(a=one, b=other)
    assert all("b: warning[fallout_tie]: `b` is as exact as `a`" in each for each in found)
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        ({"system": "store"}, {"system": "store", "type": "callout"}),
        ({"group": "shipping", "code": "X"}, {"group": "shipping", "system": "store", "code": "X"}),
        ({"pattern": "A.*"}, {"pattern": ".*B"}),
        ({"order_priority": "high"}, {"order_priority": "high"}),
        ({"attempt": 2, "priority": 1}, {"attempt": 2, "priority": 1}),
        ({"product": "LAPTOP"}, {"product": "LAPTOP"}),
        ({"product": "LAPTOP"}, {"product": "SETUP"}),
        ({"classification": "laptop"}, {"classification": "service"}),
    ],
)
def test_rules_that_only_the_file_order_tells_apart_are_a_tie(one: dict[str, object], other: dict[str, object]) -> None:
    assert len(tie(one, other)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"step": "shipping.pick"}, {"step": "shipping.ship"}),
        ({"operation": "store.pick"}, {"operation": "store.pick", "code": "X"}),
        ({"group": "shipping", "system": "store"}, {"group": "shipping", "system": "functions"}),
        ({"code": "X"}, {"code": "Y"}),
        ({"code": "X"}, {"pattern": "X"}),
        ({"order_priority": "high"}, {"order_priority": "bulk"}),
        ({"order_priority": "high"}, {}),
        ({"attempt": 2}, {"attempt": 3}),
        ({"classification": "laptop"}, {"classification": "device"}),
        ({"classification": "laptop"}, {"product": "LAPTOP"}),
    ],
)
def test_rules_that_never_meet_or_differ_in_exactness_are_no_tie(
    one: dict[str, object], other: dict[str, object]
) -> None:
    assert tie(one, other) == []


def test_a_tie_of_products_says_where_they_meet() -> None:
    assert rules(a={"product": "LAPTOP"}, b={"product": "SETUP"}) == [
        (
            "b: warning[fallout_tie]: `b` is as exact as `a` for a step that serves both products; the first in the "
            "file wins where both match. Give one of them another `priority`."
        )
    ]


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ({"code": "X"}, {"code": "X", "priority": 5}),
        ({"system": "store", "order_priority": "high"}, {"system": "store", "priority": 5}),
        ({"attempt": 3}, {"priority": 1}),
        ({"group": "shipping", "type": "callout"}, {"group": "shipping", "priority": 1}),
    ],
)
def test_a_rule_below_one_that_matches_all_that_it_does_never_applies(
    low: dict[str, object], high: dict[str, object]
) -> None:
    [told] = rules(low=low, high=high)
    assert told.startswith("low: warning[shadowed_fallout_rule]: `low` never applies: `high` matches the same")


def test_a_rule_with_a_higher_priority_that_matches_less_shadows_nothing() -> None:
    assert rules(wide={"system": "store"}, narrow={"system": "store", "attempt": 3, "priority": 5}) == []
