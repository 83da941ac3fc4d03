"""The plan in words: the chain from an order line to a step, and what a step waits for (`domain.md` P6)."""

from __future__ import annotations

import pytest

from catalog.steps import StepType
from decomposition.explain import explain_plan, explain_step
from decomposition.model import OrderPlan
from tests.unit.decomposition.builders import a_catalog, an_order, planned
from tests.unit.golden import assert_golden


def laptops() -> OrderPlan:
    catalog = a_catalog(
        products={
            "BUNDLE": {"name": "Laptop bundle", "components": {"LAPTOP": {}}},
            "LAPTOP": {"name": "Laptop", "attributes": {"ram": {"type": "integer", "default": 16}}},
        },
        technical_products={"HARDWARE": {"name": "Laptop hardware", "attributes": {"ram": {"type": "integer"}}}},
        decomposition_rules={
            "R-HW": {"product": "LAPTOP", "target": "HARDWARE", "mappings": {"ram": {"copy_from": "ram"}}}
        },
        systems={"wms": {"operations": {"ship": {"path": "/ship"}}}},
        step_groups={
            "billing": {"title": "Billing", "steps": {"pay": {"type": "milestone", "title": "Take payment"}}},
            "delivery": {
                "title": "Delivery",
                "steps": {
                    "ship": {
                        "type": "callout",
                        "title": "Ship the laptop",
                        "operation": "wms.ship",
                        "scope": "line",
                        "when": "order.currency == 'USD'",
                        "after": [{"step": "billing.pay", "lag": "2h"}, "customs.clear"],
                    },
                    "arrive": {"type": "milestone", "title": "Laptop arrived", "scope": "line", "after": "ship"},
                },
            },
        },
        scenarios={
            "S-PAY": {"group": "billing"},
            "S-SHIP": {"product": "HARDWARE", "group": "delivery"},
        },
    )
    return planned(an_order({"L1": {"product": "BUNDLE", "quantity": 2}}), catalog)


def waits_of_all_kinds() -> OrderPlan:
    """Plan a step of each type, and one for each reason to wait."""
    catalog = a_catalog(
        order_facts={"signed": {"type": "boolean"}},
        products={"LAPTOP": {"name": "Laptop"}},
        functions={"price": {"title": "Price"}},
        systems={"wms": {"operations": {"ship": {"path": "/ship"}}}},
        step_groups={
            "main": {
                "title": "Main",
                "steps": {
                    "start": {"type": "milestone", "title": "Order is in"},
                    "call": {
                        "type": "callout",
                        "title": "Ship it",
                        "operation": "wms.ship",
                        "when": "facts.signed",
                        "skip_branch": True,
                        "after": ["start"],
                        "expected_duration": "2d",
                    },
                    "task": {
                        "type": "manual_task",
                        "title": "Call the customer",
                        "queue": "care",
                        "when": "order.priority == 'high'",
                        "after": ["start"],
                        "expected_duration": "1h",
                    },
                    "sign": {
                        "type": "pause",
                        "title": "Wait for the signature",
                        "until": "facts.signed",
                        "timeout": "5d",
                        "on_timeout": "continue",
                    },
                    "forever": {"type": "pause", "title": "Wait for ever", "until": "facts.signed"},
                    "auto": {
                        "type": "auto_task",
                        "title": "Work out the price",
                        "function": "price",
                        "after": ["start"],
                    },
                    "own": {"type": "staged_assetize", "title": "The customer has it", "after": ["call"]},
                    "lag": {"type": "milestone", "title": "Two hours later", "after": [{"step": "start", "lag": "2h"}]},
                    "date": {
                        "type": "milestone",
                        "title": "On the day",
                        "after": ["call"],
                        "schedule": {"base": "requested_date", "offset": "-1d"},
                    },
                    "undated": {
                        "type": "milestone",
                        "title": "Without a day",
                        "schedule": {"base": "requested_start"},
                    },
                    "dropped": {"type": "milestone", "title": "Without customs", "after": ["customs.clear"]},
                },
            },
            "customs": {"steps": {"clear": {"type": "milestone", "title": "Clear customs"}}},
        },
        scenarios={"S": {"product": "LAPTOP", "group": "main"}},
    )
    return planned(an_order({"L1": {"product": "LAPTOP", "requested_date": "2026-12-04"}}), catalog)


def test_a_plan_is_explained_from_lines_to_lanes() -> None:
    assert_golden("explain/laptops.txt", explain_plan(laptops()))


def test_a_step_is_explained_by_the_chain_from_its_order_line() -> None:
    assert_golden("explain/laptops-ship.txt", explain_step(laptops(), "delivery.ship@HARDWARE@L1.LAPTOP"))


@pytest.mark.parametrize("step", [each.id for each in waits_of_all_kinds().steps])
def test_each_type_of_step_and_each_reason_of_waiting_is_explained(step: str) -> None:
    assert_golden(f"explain/{step}.txt", explain_step(waits_of_all_kinds(), step))


def test_no_step_or_line_is_named_without_its_title() -> None:
    for found in (laptops(), waits_of_all_kinds()):
        texts = [explain_plan(found), *(explain_step(found, each.id) for each in found.steps)]
        for code in (*(each.id for each in found.steps), *(each.id for each in found.lines)):
            assert all(text.count(f"`{code}`") == text.count(f" (`{code}`)") for text in texts)


def test_every_type_of_step_is_among_those_explained() -> None:
    assert {each.step.type for each in waits_of_all_kinds().definitions} == set(StepType)


def test_an_unknown_step_is_answered_with_the_nearest() -> None:
    assert explain_step(laptops(), "billing.pai") == "Order SO-1 has no step `billing.pai`. Did you mean `billing.pay`?"
