"""The examples hold what they promise: the design tests beside them, and figures that no design test tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from catalog.catalog import Catalog
from catalog.rules import LineAction
from catalog.steps import PairKind
from decomposition.lines import Verdict
from decomposition.model import OrderPlan
from decomposition.plan import plan
from fulfillment.rehearsal.coverage import Kind
from service.catalogs import EXAMPLE, load_catalog, load_environment, load_order
from service.design_tests import run_folder

EXAMPLES = EXAMPLE.parent
WORKED = EXAMPLES / "worked"
TESTED = sorted(each.parent for each in EXAMPLES.rglob("tests") if each.is_dir())
WORKED_EXAMPLES = sorted(each for each in WORKED.iterdir() if each.is_dir())
NEEDED = (Kind.RULE, Kind.SCENARIO)
NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


def named(folder: Path) -> str:
    return folder.relative_to(EXAMPLES).as_posix()


def catalog_of(folder: Path) -> Catalog:
    loaded = load_catalog(folder)
    assert [str(each) for each in loaded.issues] == []
    assert loaded.catalog is not None
    return loaded.catalog


def planned(example: str, order: str) -> OrderPlan:
    loaded = load_order(WORKED / example / "orders" / f"{order}.yaml")
    assert loaded.order is not None, loaded.issues
    found = plan(loaded.order, catalog_of(WORKED / example), now=NOW)
    assert isinstance(found, OrderPlan), found
    return found


def shape(catalog: Catalog, *lanes: str) -> tuple[int, int]:
    """Return how many steps, and how many dependencies, the lanes declare."""
    steps = [step for group in catalog.step_groups if group.name in lanes for step in group.steps]
    return len(steps), sum(len(each.after) for each in steps)


@pytest.mark.parametrize("folder", TESTED, ids=named)
def test_all_design_tests_pass_and_reach_every_rule_and_scenario(folder: Path) -> None:
    report = run_folder(folder)
    assert [str(each) for each in report.issues] == []
    assert report.results
    assert [(each.name, [line for shown in each.differences for line in shown.diff]) for each in report.failed] == []
    assert [(each.name, each.what) for each in report.coverage.missed if each.kind in NEEDED] == []


def test_each_worked_example_and_the_laptop_bundle_have_design_tests() -> None:
    assert [named(each) for each in (EXAMPLE / "catalog", *WORKED_EXAMPLES) if each not in TESTED] == []


@pytest.mark.parametrize("example", WORKED_EXAMPLES, ids=named)
def test_a_worked_example_has_no_issues_and_none_of_its_orders_is_forgotten(example: Path) -> None:
    catalog = catalog_of(example)
    if (example / "environment").is_dir():
        assert [str(each) for each in load_environment(example / "environment", catalog).issues] == []
    tests = "".join(each.read_text() for each in sorted((example / "tests").glob("*.yaml")))
    orders = [each.relative_to(example).as_posix() for each in sorted((example / "orders").rglob("*.yaml"))]
    assert orders
    assert [each for each in orders if f"order_file: ../{each}\n" not in tests] == []


def test_the_page_of_the_examples_names_each_of_them() -> None:
    page = (WORKED / "README.md").read_text()
    assert [each.name for each in WORKED_EXAMPLES if f"`{each.name}`" not in page] == []
    assert [each for each in range(1, 9) if f"| W{each} `" not in page] == []


def test_w3_says_that_the_express_drives_own_scenario_overrides_that_of_its_class() -> None:
    trace = planned("w3-precedence", "one-of-each").trace
    assert [(each.line, each.rule) for each in trace if each.verdict is Verdict.OVERRIDDEN] == [("L2", "WAREHOUSE")]


@pytest.mark.parametrize(
    ("order", "dropped"),
    [
        ("all-lanes", []),
        ("without-services", [("finance.initiate", "services.start")]),
        ("services-only", [("finance.initiate", "provisioning.provision")]),
        (
            "database-only",
            [
                ("finance.initiate", "provisioning.provision"),
                ("finance.initiate", "services.start"),
                ("usage.activate@DATABASE-TOKENS@L1", "provisioning.provision"),
            ],
        ),
    ],
)
def test_w8_what_waits_for_an_absent_lane_starts_without_and_says_so(
    order: str, dropped: list[tuple[str, str]]
) -> None:
    found = planned("w8-quantumbit", order)
    assert [(each.step, each.prerequisite) for each in found.dropped] == dropped
    steps = [each.id for each in found.steps]
    assert [after.step for each in found.steps for after in each.after if after.step not in steps] == []


def test_w8_quantumbit_is_declared_with_the_figures_of_the_original() -> None:
    catalog = catalog_of(WORKED / "w8-quantumbit")
    assert (len(catalog.decomposition_rules), len(catalog.scenarios)) == (21, 10)
    assert [each.code for each in catalog.scenarios if set(each.actions) != set(LineAction)] == []
    lanes = [each.name for each in catalog.step_groups]
    assert (len(lanes), shape(catalog, *lanes)) == (5, (10, 9))
    pairs = {after.pair.kind for group in catalog.step_groups for step in group.steps for after in step.after}
    assert pairs == {PairKind.ALL}


def test_w8_quantumbit_is_watched_with_the_figures_of_the_original() -> None:
    environment = load_environment(WORKED / "w8-quantumbit" / "environment").environment
    assert environment is not None
    seconds = timedelta(seconds=1)
    assert sorted(
        (str(each.type), (each.expected or 0 * seconds) // seconds, (each.threshold or 0 * seconds) // seconds)
        for each in environment.jeopardy_rules
    ) == [
        ("auto_task", 30, 15),
        ("auto_task", 60, 10),
        ("callout", 10, 5),
        ("callout", 30, 15),
        ("manual_task", 86_400, 43_200),
        ("manual_task", 86_400, 72_000),
    ]
    retries = {each.name: each.retry.retries for each in environment.fallout_rules if each.retry}
    assert retries == {"tenant_not_staged": 3, "computing": 3, "any_call": 1}


@pytest.mark.parametrize(
    ("lanes", "steps", "dependencies"),
    [
        (("sourcing", "shipment"), 4, 3),
        (("verification", "production", "logistics", "site"), 7, 7),
        (("health", "work_order", "contract"), 5, 4),
        (("validation", "provisioning", "finance"), 6, 5),
    ],
)
def test_manufacturing_is_declared_with_the_figures_of_the_original(
    lanes: tuple[str, ...], steps: int, dependencies: int
) -> None:
    assert shape(catalog_of(WORKED / "manufacturing"), *lanes) == (steps, dependencies)
