"""The worked examples W1 to W8 of `domain.md` §11, from the files that readers try: `examples/worked`."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.lines import Verdict
from decomposition.model import OrderPlan
from decomposition.plan import plan
from service.catalogs import EXAMPLE, load_catalog, load_order
from tests.unit.decomposition.builders import NOW, checks, step, technical, value, waits

WORKED = EXAMPLE.parent / "worked"
EXAMPLES = sorted(each.parent for each in WORKED.glob("*/catalog"))
QUANTUMBIT_LANES = {
    "all-lanes": (["finance", "platform", "provisioning", "services", "usage"], 10, 9),
    "without-services": (["finance", "platform", "provisioning", "usage"], 7, 6),
    "services-only": (["finance", "services"], 6, 5),
    "database-only": (["finance", "provisioning"], 4, 3),
    "tokens-only": (["finance", "usage"], 4, 2),
}
"""By order: its lanes, how many steps it has, and how many dependencies."""


def catalog_of(example: Path) -> Catalog:
    loaded = load_catalog(example / "catalog")
    assert [str(each) for each in loaded.issues] == []
    assert loaded.catalog is not None
    return loaded.catalog


def tried(example: Path, order: str) -> OrderPlan | Refused:
    loaded = load_order(example / "orders" / f"{order}.yaml")
    assert loaded.order is not None, loaded.issues
    return plan(loaded.order, catalog_of(example), now=NOW)


def planned(example: Path, order: str) -> OrderPlan:
    found = tried(example, order)
    assert isinstance(found, OrderPlan), found
    return found


def refused(example: Path, order: str) -> Refused:
    found = tried(example, order)
    assert isinstance(found, Refused)
    return found


def quantities(plan: OrderPlan) -> dict[str, str]:
    return {code: str(line.quantity) for code, line in technical(plan).items()}


def prerequisites(plan: OrderPlan, code: str) -> frozenset[str]:
    """Return the definitions of all that a step waits for, directly or not."""
    found: dict[str, bool] = {}
    waiting = [code]
    while waiting:
        for after in step(plan, waiting.pop()).after:
            if after.step not in found:
                found[after.step] = True
                waiting.append(after.step)
    return frozenset(step(plan, each).definition for each in found)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: str(each.name))
def test_every_example_is_clean_and_each_of_its_orders_is_planned(example: Path) -> None:
    orders = sorted((example / "orders").glob("*.yaml"))
    assert orders
    for order in orders:
        assert planned(example, order.stem).steps


@pytest.mark.parametrize("order", sorted(WORKED.glob("*/orders/wrong/*.yaml")), ids=lambda each: str(each.stem))
def test_every_wrong_order_is_refused_for_one_reason(order: Path) -> None:
    assert len(refused(order.parents[2], f"wrong/{order.stem}").issues) == 1


def test_the_page_of_the_examples_names_each_of_them() -> None:
    page = (WORKED / "README.md").read_text()
    assert [each.name for each in EXAMPLES if f"`{each.name}`" not in page] == []


def test_w1_laptop_antivirus_and_warranty_become_three_technical_lines() -> None:
    plan = planned(EXAMPLE, "laptop-bundle")
    assert quantities(plan) == {"DEVICE@L2": "1", "LICENCE@L3": "1", "WARRANTY@L4#1": "1"}
    assert [value(technical(plan)["DEVICE@L2"], each) for each in ("item", "configuration")] == [
        "LAPTOP-13",
        "16 GB / 512 GB",
    ]
    sources = {each.definition: each.sources for each in plan.steps}
    assert sources["shipping.ship"] == ("DEVICE@L2",)
    assert sources["licensing.activate"] == ("LICENCE@L3",)
    assert sources["warranty.register"] == ("WARRANTY@L4#1",)


def test_w1_nothing_is_fulfilled_before_the_payment_and_nothing_billed_before_the_delivery() -> None:
    plan = planned(EXAMPLE, "laptop-bundle")
    fulfilment = [each for each in plan.steps if each.group in ("inventory", "shipping", "licensing", "warranty")]
    assert len(fulfilment) >= 4
    for each in fulfilment:
        assert "payments.authorize" in prerequisites(plan, each.id)
    for each in plan.steps:
        if each.definition == "billing.invoice":
            assert "shipping.ship" in prerequisites(plan, each.id)
            break
    else:
        pytest.fail("nothing is billed")


def test_w2_one_tenant_four_activations_and_each_team_is_told_after_its_own_two() -> None:
    found = waits(planned(WORKED / "w2-groups", "two-teams"))
    assert {code: after for code, after in found.items() if "notify" not in code} == {
        "tenant.provision": [],
        **{f"licences.activate@L{number}": ["tenant.provision"] for number in range(1, 5)},
    }
    assert sorted(after for code, after in found.items() if "notify" in code) == [
        ["licences.activate@L1", "licences.activate@L3"],
        ["licences.activate@L2", "licences.activate@L4"],
    ]


def test_w3_the_drive_gets_the_lane_of_its_class_and_the_express_drive_only_its_own() -> None:
    plan = planned(WORKED / "w3-precedence", "one-of-each")
    assert [each.id for each in plan.steps] == ["express.ship@L2", "warehouse.ship@L1"]
    overridden = [(each.line, each.rule) for each in plan.trace if each.verdict is Verdict.OVERRIDDEN]
    assert overridden == [("L2", "WAREHOUSE")]


def test_w4_each_style_becomes_its_own_bag_and_no_other() -> None:
    plan = planned(WORKED / "w4-bags", "one-of-each")
    assert quantities(plan) == {"STANDARD-BAG@L1": "1", "PREMIUM-BAG@L2": "1"}
    false = [(each.line, each.rule) for each in plan.trace if each.verdict is Verdict.CONDITION_FALSE]
    assert false == [("L1", "PREMIUM"), ("L2", "STANDARD")]


def test_w4_a_bag_without_style_is_refused_with_the_choices() -> None:
    (issue,) = refused(WORKED / "w4-bags", "wrong/no-style").issues
    assert (issue.check, issue.hint) == ("missing_attribute", "Its choices: `Standard` and `Premium`.")


def test_w5_speeds_become_bandwidths() -> None:
    lines = technical(planned(WORKED / "w5-speeds", "both-speeds"))
    assert {code: value(line, "mbps") for code, line in lines.items()} == {"PORT@L1": 50, "PORT@L2": 100}


def test_w5_a_speed_that_the_table_does_not_have_is_refused_with_those_it_has() -> None:
    (issue,) = refused(WORKED / "w5-speeds", "wrong/no-such-speed").issues
    assert issue.check == "not_in_table"
    assert "`bandwidths` has no value for the text 'Slow'" in issue.message
    assert issue.hint == "Its keys: `Fast` and `Ultra Fast`."


def test_w6_two_kits_become_four_lines_that_share_four_steps_the_last_two_side_by_side() -> None:
    plan = planned(WORKED / "w6-kits", "both-kits")
    assert quantities(plan) == {"MOTOR@L1": "3", "DRIVE@L1": "3", "HUB@L2": "2", "SPIDER@L2": "4"}
    assert waits(plan) == {
        "kits.allocate": [],
        "kits.fulfil": ["kits.allocate"],
        "kits.invoice": ["kits.fulfil"],
        "kits.ship": ["kits.fulfil"],
    }
    assert {each.sources for each in plan.steps} == {("L1", "L2")}
    types = {code: plan.definition_of(step(plan, code)).step.type.value for code in waits(plan)}
    assert types == {
        "kits.allocate": "callout",
        "kits.fulfil": "manual_task",
        "kits.invoice": "callout",
        "kits.ship": "callout",
    }


def test_w7_the_generator_forks_after_the_signature_and_joins_at_the_delivery() -> None:
    plan = planned(WORKED / "w7-generator", "generator")
    assert quantities(plan) == {"RADIATOR@L1": "1", "EXHAUST@L1": "1"}
    found = waits(plan)
    assert found == {
        "engineering.verify": [],
        "engineering.sign_off@L1": ["engineering.verify"],
        "assembly.source": ["engineering.sign_off@L1"],
        "assembly.assemble": ["assembly.source"],
        "logistics.plan": ["engineering.sign_off@L1"],
        "logistics.deliver": ["assembly.assemble", "logistics.plan"],
        "site.commission": ["logistics.deliver"],
    }
    assert sum(map(len, found.values())) == 7
    assert plan.definition_of(step(plan, "engineering.sign_off@L1")).step.type.value == "pause"


@pytest.mark.parametrize("order", sorted(QUANTUMBIT_LANES))
def test_w8_an_order_has_the_steps_and_dependencies_of_its_lanes_and_none_that_dangles(order: str) -> None:
    lanes, steps, dependencies = QUANTUMBIT_LANES[order]
    plan = planned(WORKED / "w8-quantumbit", order)
    found = waits(plan)
    assert sorted({each.group for each in plan.steps}) == lanes
    assert (len(found), sum(map(len, found.values()))) == (steps, dependencies)
    assert [each for after in found.values() for each in after if each not in found] == []
    absent = [each.prerequisite for each in plan.dropped if each.prerequisite.split(".")[0] in lanes]
    assert absent == []


def test_w8_with_all_lanes_billing_waits_for_provisioning_and_for_the_project() -> None:
    plan = planned(WORKED / "w8-quantumbit", "all-lanes")
    assert waits(plan)["finance.initiate"] == ["provisioning.provision@LICENCES", "services.start"]
    assert plan.dropped == ()


def test_w8_what_waits_for_an_absent_lane_starts_without_and_says_so() -> None:
    plan = planned(WORKED / "w8-quantumbit", "tokens-only")
    assert waits(plan)["usage.activate@TOKEN-GRANT"] == []
    assert [(each.step, each.prerequisite) for each in plan.dropped] == [
        ("finance.initiate", "provisioning.provision"),
        ("finance.initiate", "services.start"),
        ("usage.activate@TOKEN-GRANT", "provisioning.provision"),
    ]


def test_w8_two_services_are_one_project_on_one_account() -> None:
    plan = planned(WORKED / "w8-quantumbit", "services-only")
    assert quantities(plan) == {"FINANCE-SERVICE": "1", "PROJECT-SERVICE": "2"}


def test_an_order_that_nothing_matches_is_refused() -> None:
    loaded = load_order(WORKED / "w3-precedence/orders/one-of-each.yaml")
    assert loaded.order is not None
    catalog = catalog_of(WORKED / "w3-precedence").model_copy(update={"scenarios": ()})
    found = plan(loaded.order, catalog, now=NOW)
    assert isinstance(found, Refused)
    assert checks(found) == ["nothing_covers_line", "nothing_covers_line"]
