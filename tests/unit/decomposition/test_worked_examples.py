"""The worked examples of `domain.md` §11 that decomposition and planning decide."""

from __future__ import annotations

import pytest

from catalog.catalog import Catalog
from decomposition.lines import Verdict
from tests.unit.decomposition.builders import (
    a_catalog,
    an_order,
    checks,
    decomposed,
    planned,
    refused,
    step,
    technical,
    value,
    waits,
)


def test_w2_each_notify_waits_for_exactly_the_two_activations_of_its_group() -> None:
    catalog = a_catalog(
        products={
            "APP": {"name": "App licence", "attributes": {"team": {"type": "text", "required": True}}},
        },
        step_groups={
            "tenant": {"steps": {"provision": {"type": "milestone"}}},
            "licence": {
                "steps": {
                    "activate": {"type": "milestone", "scope": "line", "after": "tenant.provision"},
                    "notify": {
                        "type": "milestone",
                        "scope": {"by": "line.attributes.team", "fallback": "line"},
                        "after": [{"step": "activate", "pair": {"by": "line.attributes.team"}}],
                    },
                }
            },
        },
        scenarios={"S1": {"product": "APP", "group": "tenant"}, "S2": {"product": "APP", "group": "licence"}},
    )
    order = an_order(
        {
            f"L{number}": {"product": "APP", "attributes": {"team": team}}
            for number, team in enumerate(("red", "blue", "red", "blue"), 1)
        }
    )
    plan = planned(order, catalog)
    notifies = [each for each in plan.steps if each.name == "notify"]
    assert [each.name for each in plan.steps].count("activate") == 4
    assert [each.name for each in plan.steps].count("provision") == 1
    assert sorted(tuple(after.step for after in each.after) for each in notifies) == [
        ("licence.activate@L1", "licence.activate@L3"),
        ("licence.activate@L2", "licence.activate@L4"),
    ]
    assert waits(plan)["licence.activate@L1"] == ["tenant.provision"]


def test_w3_a_products_scenario_replaces_that_of_its_class() -> None:
    catalog = a_catalog(
        classifications={"ENTERPRISE": {"name": "Enterprise Server Components"}},
        products={
            "DRIVE": {"name": "ServerDrive", "classification": "ENTERPRISE"},
            "DRIVE-X": {"name": "ServerDrive – Express", "classification": "ENTERPRISE"},
        },
        step_groups={
            "standard": {"steps": {"ship": {"type": "milestone", "scope": "line"}}},
            "express": {"steps": {"ship": {"type": "milestone", "scope": "line"}}},
        },
        scenarios={
            "S-CLASS": {"classification": "ENTERPRISE", "group": "standard"},
            "S-EXPRESS": {"product": "DRIVE-X", "group": "express"},
        },
    )
    plan = planned(an_order({"L1": {"product": "DRIVE"}, "L2": {"product": "DRIVE-X"}}), catalog)
    assert [each.id for each in plan.steps] == ["express.ship@L2", "standard.ship@L1"]
    assert [(each.line, each.rule) for each in plan.trace if each.verdict is Verdict.OVERRIDDEN] == [("L2", "S-CLASS")]


def test_w4_of_two_rules_with_opposite_conditions_the_right_one_makes_the_bag() -> None:
    catalog = a_catalog(
        products={
            "BAG": {
                "name": "Laptop bag",
                "attributes": {"style": {"type": "choice", "choices": ["Standard", "Premium"], "required": True}},
            }
        },
        technical_products={"BAG-STD": {"name": "Standard bag"}, "BAG-PRE": {"name": "Premium bag"}},
        decomposition_rules={
            "R-STD": {"product": "BAG", "target": "BAG-STD", "when": "source.attributes.style == 'Standard'"},
            "R-PRE": {"product": "BAG", "target": "BAG-PRE", "when": "source.attributes.style == 'Premium'"},
        },
    )
    lines = {
        "L1": {"product": "BAG", "attributes": {"style": "Standard"}},
        "L2": {"product": "BAG", "attributes": {"style": "Premium"}},
    }
    found = decomposed(an_order(lines), catalog)
    assert sorted(technical(found)) == ["BAG-PRE@L2", "BAG-STD@L1"]
    assert [(each.line, each.rule) for each in found.trace if each.verdict is Verdict.CONDITION_FALSE] == [
        ("L1", "R-PRE"),
        ("L2", "R-STD"),
    ]


@pytest.mark.parametrize(("speed", "mbps"), [("Fast", 50), ("Ultra Fast", 100)])
def test_w5_a_speed_is_mapped_by_value_table(speed: str, mbps: int) -> None:
    line = technical(decomposed(an_order({"L1": {"product": "NET", "attributes": {"speed": speed}}}), _speeds()))
    assert value(line["PORT@L1"], "mbps") == mbps


def test_w5_another_speed_is_refused_and_the_tables_values_are_named() -> None:
    refusal = refused(an_order({"L1": {"product": "NET", "attributes": {"speed": "Slow"}}}), _speeds())
    (issue,) = refusal.issues
    assert issue.check == "not_in_table"
    assert "`R1`" in issue.message
    assert issue.path == ("lines", "L1")
    assert issue.hint == "Its keys: `Fast` and `Ultra Fast`."


def test_w6_four_lines_and_four_steps_the_last_two_in_parallel() -> None:
    plan = planned(an_order({"L1": {"product": "MOTOR"}, "L2": {"product": "COUPLING"}}), _kits())
    assert sorted(technical(plan)) == ["T-DRIVE@L1", "T-HUB@L2", "T-MOTOR@L1", "T-SPIDER@L2"]
    assert waits(plan) == {
        "kit.allocate": [],
        "kit.fulfil": ["kit.allocate"],
        "kit.invoice": ["kit.fulfil"],
        "kit.ship": ["kit.fulfil"],
    }
    assert step(plan, "kit.ship").origin == ("L1", "L2")
    assert step(plan, "kit.ship").sources == ()


def test_w6_an_order_that_nothing_matches_is_refused() -> None:
    order = an_order({"L1": {"product": "SPARE"}})
    assert checks(refused(order, _kits(whole=False))) == ["nothing_covers_line"]


def _speeds() -> Catalog:
    return a_catalog(
        products={"NET": {"name": "Internet", "attributes": {"speed": {"type": "text", "required": True}}}},
        technical_products={"PORT": {"name": "Port", "attributes": {"mbps": {"type": "integer", "required": True}}}},
        value_tables={"speeds": {"key": "text", "value": "integer", "rows": {"Fast": 50, "Ultra Fast": 100}}},
        decomposition_rules={
            "R1": {
                "product": "NET",
                "target": "PORT",
                "mappings": {"mbps": {"table": "speeds", "of": "source.attributes.speed"}},
            }
        },
    )


def _kits(*, whole: bool = True) -> Catalog:
    return a_catalog(
        products={
            "MOTOR": {"name": "Motor kit"},
            "COUPLING": {"name": "Coupling kit"},
            "SPARE": {"name": "Spare part"},
        },
        technical_products={f"T-{each}": {"name": each} for each in ("MOTOR", "DRIVE", "HUB", "SPIDER")},
        decomposition_rules={
            f"R-{target}": {"product": product, "target": f"T-{target}"}
            for product, target in (
                ("MOTOR", "MOTOR"),
                ("MOTOR", "DRIVE"),
                ("COUPLING", "HUB"),
                ("COUPLING", "SPIDER"),
            )
        },
        systems={"erp": {"operations": {each: {"path": f"/{each}"} for each in ("allocate", "ship", "invoice")}}},
        step_groups={
            "kit": {
                "title": "Kit",
                "steps": {
                    "allocate": {"type": "callout", "operation": "erp.allocate", "title": "Inventory Allocation"},
                    "fulfil": {"type": "manual_task", "after": "allocate", "title": "Consolidated Fulfillment"},
                    "ship": {"type": "callout", "operation": "erp.ship", "after": "fulfil"},
                    "invoice": {"type": "callout", "operation": "erp.invoice", "after": "fulfil"},
                },
            }
        },
        scenarios={"S-ALL": {"group": "kit"}} if whole else {},
    )
