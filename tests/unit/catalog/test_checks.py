"""Every check finds its problem, says where it is and what to do, and finds nothing in a clean catalog."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.base import Issue, Severity
from catalog.checks import CHECKS, IGNORE_CHECKS, check_catalog, place_issues
from catalog.environment_checks import ENVIRONMENT_CHECKS
from catalog.files import read_document
from tests.unit.catalog.shops import CLEAN, catalog, found, lane, products, told

PAGE = Path(__file__).parents[3] / "docs" / "checks.md"


def test_a_clean_catalog_has_no_issues() -> None:
    assert check_catalog(catalog(CLEAN)) == ()


def test_an_empty_catalog_has_no_issues() -> None:
    assert check_catalog(catalog({})) == ()


@pytest.mark.parametrize("check", [*CHECKS, *ENVIRONMENT_CHECKS, *IGNORE_CHECKS])
def test_the_reference_page_says_of_every_check_what_its_docstring_says(check: Callable[..., object]) -> None:
    summary = " ".join((check.__doc__ or "").split())
    assert re.search(
        rf"^\| `{check.__name__}` \| (error|warning) \| {re.escape(summary)} \|", PAGE.read_text(), re.MULTILINE
    )


def test_the_reference_page_has_no_row_for_a_check_that_does_not_exist() -> None:
    rows = [line.split("`")[1] for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert sorted(rows) == sorted(each.__name__ for each in (*CHECKS, *ENVIRONMENT_CHECKS, *IGNORE_CHECKS))


def test_issues_come_in_one_order_whatever_the_order_of_the_document() -> None:
    sections: dict[str, object] = {
        "products": products(B={"classification": "x"}, A={"classification": "y"}),
        "scenarios": {"s": {"product": "A", "group": "none"}},
    }
    turned: dict[str, object] = {
        "scenarios": {"s": {"product": "A", "group": "none"}},
        "products": products(A={"classification": "y"}, B={"classification": "x"}),
    }
    issues = check_catalog(catalog(sections))
    assert issues == check_catalog(catalog(turned))
    assert [each.path for each in issues] == [
        ("products", "A", "classification"),
        ("products", "B"),
        ("products", "B", "classification"),
        ("scenarios", "s", "group"),
    ]


def test_an_issue_gets_the_place_of_its_path_or_of_what_is_nearest_around_it() -> None:
    document = read_document("scenarios:\n  s:\n    group: lost\n", "shop.yaml")
    whole = Issue(check="c", message="m", path=("scenarios", "s", "group"))
    inner = Issue(check="c", message="m", path=("scenarios", "s", "when"))
    placed = place_issues((whole, inner), document.places)
    assert [str(each.place) for each in placed] == ["shop.yaml:3:12", "shop.yaml:3:5"]


def test_a_code_is_not_both_commercial_and_technical() -> None:
    assert told("ambiguous_code", {"products": products(X={}), "technical_products": products(X={})}) == [
        (
            "products.X: error[ambiguous_code]: `X` is both a commercial and a technical product. "
            "Give one of them another code."
        )
    ]


def test_an_unknown_classification_is_found_wherever_it_is_named() -> None:
    document: dict[str, object] = {
        "classifications": {"device": {"name": "d"}, "laptop": {"name": "l", "parent": "devise"}},
        "products": products(P={"classification": "devise"}),
        "technical_products": products(T={"classification": "devise"}),
        "decomposition_rules": {"r": {"classification": "devise", "target": "T"}},
        "scenarios": {"s": {"classification": "devise", "group": "g"}},
    }
    issues = found("unknown_classification", document)
    assert [each.path for each in issues] == [
        ("classifications", "laptop", "parent"),
        ("decomposition_rules", "r", "classification"),
        ("products", "P", "classification"),
        ("scenarios", "s", "classification"),
        ("technical_products", "T", "classification"),
    ]
    assert {(each.message, each.hint) for each in issues} == {
        ("There is no classification `devise`.", "Did you mean `device`?")
    }


def test_an_unknown_product_is_found_wherever_it_is_named() -> None:
    document: dict[str, object] = {
        "products": products(LAPTOP={}),
        "technical_products": products(DEVICE={}, IMAGE={"parent": "DEVISE"}),
        "decomposition_rules": {"r": {"product": "LAPTOB", "target": "DEVISE"}},
        "scenarios": {"s": {"product": "LAPTOB", "group": "g"}},
    }
    assert [(each.path, each.message, each.hint) for each in found("unknown_product", document)] == [
        (("decomposition_rules", "r", "product"), "There is no product `LAPTOB`.", "Did you mean `LAPTOP`?"),
        (("decomposition_rules", "r", "target"), "There is no technical product `DEVISE`.", "Did you mean `DEVICE`?"),
        (("scenarios", "s", "product"), "There is no product `LAPTOB`.", "Did you mean `LAPTOP`?"),
        (
            ("technical_products", "IMAGE", "parent"),
            "There is no technical product `DEVISE`.",
            "Did you mean `DEVICE`?",
        ),
    ]


def test_a_rule_leads_to_a_technical_product() -> None:
    document: dict[str, object] = {
        "products": products(LAPTOP={}, BAG={}),
        "technical_products": products(DEVICE={}),
        "decomposition_rules": {"r": {"product": "LAPTOP", "target": "BAG"}},
    }
    assert told("not_technical", document) == [
        (
            "decomposition_rules.r.target: error[not_technical]: `BAG` is a commercial product; a technical product is "
            "needed here. Technical products: `DEVICE`."
        )
    ]


def test_a_component_is_a_commercial_product_or_a_classification() -> None:
    document: dict[str, object] = {
        "classifications": {"bags": {"name": "Bags"}},
        "products": products(SET={"components": {"bags": {}, "bagz": {}, "DEVICE": {}}}),
        "technical_products": products(DEVICE={}),
    }
    assert told("unknown_component", document) == [
        (
            "products.SET.components.DEVICE: error[unknown_component]: There is no commercial product or "
            "classification `DEVICE`. Products and classifications: `SET` and `bags`."
        ),
        (
            "products.SET.components.bagz: error[unknown_component]: There is no commercial product or classification "
            "`bagz`. Did you mean `bags`?"
        ),
    ]


def test_a_scenario_brings_in_a_group_that_exists() -> None:
    document: dict[str, object] = {
        "step_groups": {"shipping": lane(a={})},
        "scenarios": {"s": {"group": "shiping"}},
    }
    assert told("unknown_group", document) == [
        "scenarios.s.group: error[unknown_group]: There is no step group `shiping`. Did you mean `shipping`?"
    ]


def test_a_dependency_names_a_step_that_exists() -> None:
    document: dict[str, object] = {
        "step_groups": {
            "billing": lane(invoice={}),
            "shipping": lane(pack={}, ship={"after": ["pakc", "billing.invoise", "biling.invoice"]}),
        }
    }
    path = "step_groups.shipping.steps.ship.after"
    assert told("unknown_step", document) == [
        f"{path}.0.step: error[unknown_step]: There is no step `shipping.pakc`. Did you mean `pack`?",
        f"{path}.1.step: error[unknown_step]: There is no step `billing.invoise`. Did you mean `billing.invoice`?",
        f"{path}.2.step: error[unknown_step]: There is no step `biling.invoice`. Did you mean `billing`?",
    ]


def test_a_callout_calls_an_operation_that_exists() -> None:
    document: dict[str, object] = {
        "step_groups": {"g": lane(s={"type": "callout", "operation": "store.shp"})},
        "systems": {"store": {"operations": {"ship": {"path": "/ship"}}}},
    }
    assert told("unknown_operation", document) == [
        (
            "step_groups.g.steps.s.operation: error[unknown_operation]: There is no operation `store.shp`. "
            "Did you mean `store.ship`?"
        )
    ]


def test_a_mapping_uses_a_value_table_that_exists() -> None:
    document: dict[str, object] = {
        "technical_products": products(T={"attributes": {"x": {"type": "text"}}}),
        "decomposition_rules": {
            "r": {"product": "P", "target": "T", "mappings": {"x": {"table": "sped", "of": "source.title"}}}
        },
        "value_tables": {"speed": {"key": "text", "value": "text", "rows": {"a": "b"}}},
    }
    assert told("unknown_table", document) == [
        (
            "decomposition_rules.r.mappings.x.table: error[unknown_table]: There is no value table `sped`. "
            "Did you mean `speed`?"
        )
    ]


def test_warnings_do_not_refuse() -> None:
    issues = check_catalog(catalog({"step_groups": {"g": lane(s={})}}))
    assert [(each.check, each.severity) for each in issues] == [("unreachable_group", Severity.WARNING)]
