"""Working time from files: the environment's calendars reach dry runs, design tests, and plans made by a worker."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.orders import OrderActivities
from catalog.base import Refused
from decomposition.model import OrderPlan
from fulfillment.effects import Prepare
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service.catalogs import calendars_in_use, load_catalog, load_environment, load_order
from service.design_tests import run_folder
from service.planning import dry_run
from service.settings import Settings, load

CATALOG = """\
name: Diggers
products: {HOLE: {name: Hole}}
scenarios: {HOLE: {product: HOLE, group: digging}}
step_groups:
  digging:
    steps:
      permit: {type: milestone, expected_duration: 30m}
      dig:
        type: manual_task
        after: [{step: permit, lag: 2h, calendar: office}]
        expected_duration: 10h
        calendar: office
systems: {}
"""
ENVIRONMENT = """\
name: here
calendars:
  office: {zone: Europe/Zurich, hours: {mon: "09:00-17:00", tue: "09:00-17:00", fri: "09:00-17:00"}}
"""
TESTS = """\
a hole over the weekend:
  environment: ../../environment
  now: 2026-11-27T15:00:00Z
  order: {number: D-1, account: ACME, lines: {L1: {product: HOLE}}}
  tasks: {digging.dig: {}}
  expect:
    dates:
      digging.dig:
        planned_start: 2026-11-30T09:30:00Z
        planned_end: 2026-12-01T11:30:00Z
        started: 2026-11-30T09:00:00Z
    predicted_completion: 2026-12-01T11:30:00Z
"""
NOW = datetime(2026, 11, 27, 15, tzinfo=UTC)
"""A Friday, an hour before the office in Zurich closes."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Write catalog, environment, a design test and an order; return the settings that name them."""
    for file, text in (
        ("catalog/catalog.yaml", CATALOG),
        ("catalog/tests/holes.yaml", TESTS),
        ("environment/environment.yaml", ENVIRONMENT),
        ("order.yaml", "number: D-1\naccount: ACME\nlines: {L1: {product: HOLE}}\n"),
    ):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    flags = {name: str(tmp_path / name) for name in ("home", "catalog", "environment")}
    return load(flags, {})


def test_a_dry_run_counts_by_the_calendars_of_the_environment_in_use(settings: Settings, tmp_path: Path) -> None:
    found = dry_run(tmp_path / "order.yaml", settings, NOW)
    assert isinstance(found, OrderPlan), found
    assert found.predicted_completion == datetime(2026, 12, 1, 11, 30, tzinfo=UTC)


def test_an_environment_without_the_calendar_refuses_the_order_and_is_told_of_by_its_check(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "environment/environment.yaml").write_text(ENVIRONMENT.replace("office", "bureau"))
    refused = dry_run(tmp_path / "order.yaml", settings, NOW)
    assert isinstance(refused, Refused)
    assert [each.check for each in refused.issues] == ["unknown_calendar"]
    issues = load_environment(tmp_path / "environment", load_catalog(tmp_path / "catalog").catalog).issues
    assert [each.message for each in issues] == [
        "Step `digging.dig` counts by the calendar `office`, which does not exist here."
    ]


def test_a_design_test_expects_dates_in_working_time(settings: Settings) -> None:
    assert settings.catalog is not None
    report = run_folder(Path(settings.catalog))
    assert [str(each) for each in report.issues] == []
    assert [each.differences for each in report.results] == [()]


def test_a_worker_plans_as_the_submitter_did_and_keeps_an_order_whose_calendar_it_lacks(
    settings: Settings, tmp_path: Path
) -> None:
    catalog, order = load_catalog(tmp_path / "catalog").catalog, load_order(tmp_path / "order.yaml").order
    assert catalog is not None
    assert order is not None
    migrate(settings.database)
    book = OrderBook(settings.database)
    book.publish_catalog(catalog, {}, label="v1", author="ada", note="", at=NOW, role="")
    book.add_order(order, catalog=catalog.digest, at=NOW, actor="ada")
    accepted = dry_run(tmp_path / "order.yaml", settings, NOW)
    assert isinstance(accepted, OrderPlan), accepted
    asked = Prepare(number="D-1")
    with pytest.raises(ApplicationError, match="which the environment does not have"):
        ActivityEnvironment().run(OrderActivities(book).prepare_order, asked)
    told = ActivityEnvironment().run(OrderActivities(book, calendars_in_use(settings)).prepare_order, asked)
    assert told.plan == accepted.digest
    book.close()
