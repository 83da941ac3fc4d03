"""The plan in words: the chain from an order line to a step, and what a step waits for (`domain.md` P6)."""

from __future__ import annotations

from decomposition.explain import explain_plan, explain_step
from decomposition.model import OrderPlan
from tests.unit.decomposition.builders import a_catalog, an_order, planned


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


def test_a_plan_is_explained_from_lines_to_lanes() -> None:
    assert explain_plan(laptops()).splitlines() == [
        "Order SO-1 of account ACME: 2 lines, 1 technical line, 3 steps.",
        "",
        "Lines",
        "  Laptop bundle (`L1`), 2 to add",
        "    Laptop (`L1.LAPTOP`), 2 to add, added as a required component (ram 16)",
        "",
        "Technical lines",
        "  Laptop hardware (`HARDWARE@L1.LAPTOP`), 2 to add (ram 16)",
        "      2 of Laptop hardware (`HARDWARE@L1.LAPTOP`) from Laptop (`L1.LAPTOP`) by rule `R-HW`",
        "",
        "Lane Billing (`billing`)",
        "  Take payment (`billing.pay`)",
        "      because scenario `S-PAY` matched the order as a whole",
        "      starts at once",
        "",
        "Lane Delivery (`delivery`)",
        "  Laptop arrived (`delivery.arrive@HARDWARE@L1.LAPTOP`)",
        "      because scenario `S-SHIP` matched Laptop hardware (`HARDWARE@L1.LAPTOP`)",
        "      waits for Ship the laptop (`delivery.ship@HARDWARE@L1.LAPTOP`)",
        "  Ship the laptop (`delivery.ship@HARDWARE@L1.LAPTOP`)",
        "      because scenario `S-SHIP` matched Laptop hardware (`HARDWARE@L1.LAPTOP`)",
        "      waits for Take payment (`billing.pay`), and 2 hours more",
        "      does not wait for `customs.clear`: the order has no such step",
    ]


def test_a_step_is_explained_by_the_chain_from_its_order_line() -> None:
    assert explain_step(laptops(), "delivery.ship@HARDWARE@L1.LAPTOP").splitlines() == [
        "Ship the laptop (`delivery.ship@HARDWARE@L1.LAPTOP`): a callout of `wms.ship` in lane Delivery.",
        "It is there because scenario `S-SHIP` matched Laptop hardware (`HARDWARE@L1.LAPTOP`).",
        "  2 of Laptop hardware (`HARDWARE@L1.LAPTOP`) from Laptop (`L1.LAPTOP`) by rule `R-HW`",
        "    Laptop (`L1.LAPTOP`) is part of Laptop bundle (`L1`)",
        "It is skipped unless `order.currency == 'USD'` is true when it would start.",
        "It waits for Take payment (`billing.pay`), and 2 hours more.",
        "It does not wait for `customs.clear`: the order has no such step.",
        "Laptop arrived (`delivery.arrive@HARDWARE@L1.LAPTOP`) waits for it.",
    ]


def test_an_unknown_step_is_answered_with_the_nearest() -> None:
    assert explain_step(laptops(), "billing.pai") == "Order SO-1 has no step `billing.pai`. Did you mean `billing.pay`?"
