"""SmartBytes' catalog, environment and orders: what is declared, what is planned, what is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.base import Issue, Refused
from catalog.catalog import Catalog
from catalog.steps import Callout, ManualTask, StepType
from decomposition.lines import LineKind
from decomposition.model import OrderPlan
from decomposition.plan import plan
from examples.smartbytes.backoffice.systems import OPERATIONS, SYSTEMS
from fulfillment.commands import GivenValue
from fulfillment.fallout import Tried, decide
from fulfillment.outcomes import Failure, Park, RetryLater
from service.catalogs import EXAMPLE, LoadedEnvironment, load_catalog, load_environment, load_order, placed

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
WRONG = sorted((EXAMPLE / "orders" / "wrong").glob("*.yaml"))
FORM = (GivenValue(name="date_agreed", value="2026-12-09"), GivenValue(name="technician", value="Ines Duarte"))


@pytest.fixture(scope="module")
def shop() -> Catalog:
    found = load_catalog(EXAMPLE / "catalog")
    assert [str(each) for each in found.issues] == []
    assert found.catalog is not None
    return found.catalog


@pytest.fixture(scope="module")
def bundle(shop: Catalog) -> OrderPlan:
    return planned("laptop-bundle", shop)


@pytest.fixture(scope="module")
def move(shop: Catalog) -> OrderPlan:
    return planned("office-move", shop)


def planned(name: str, shop: Catalog) -> OrderPlan:
    loaded = load_order(EXAMPLE / "orders" / f"{name}.yaml")
    assert loaded.order is not None, loaded.issues
    found = plan(loaded.order, shop, now=NOW)
    assert isinstance(found, OrderPlan), found
    return found


def steps_of(plan: OrderPlan, definition: str) -> tuple[str, ...]:
    return tuple(step.id for step in plan.steps if step.definition == definition)


def before(plan: OrderPlan, step: str) -> frozenset[str]:
    """Return all steps that `step` waits for, directly or not."""
    after = {each.id: [found.step for found in each.after] for each in plan.steps}
    found: set[str] = set()
    waiting = [step]
    while waiting:
        for each in after[waiting.pop()]:
            if each not in found:
                found.add(each)
                waiting.append(each)
    return frozenset(found)


# the catalog and the environment


def test_the_environment_fits_the_catalog(shop: Catalog) -> None:
    found = in_force(shop)
    assert [str(each) for each in found.issues] == []
    assert found.environment is not None
    assert {each.name for each in found.environment.systems} == set(SYSTEMS)


def in_force(shop: Catalog) -> LoadedEnvironment:
    return load_environment(EXAMPLE / "environment", shop)


def test_every_system_of_the_back_office_is_called(shop: Catalog) -> None:
    called = {f"{system.name}.{each.name}" for system in shop.systems for each in system.operations}
    assert called == {f"{each.system}.{each.name}" for each in OPERATIONS}


def test_every_step_and_operation_has_a_title_for_people(shop: Catalog) -> None:
    steps = [step for group in shop.step_groups for step in group.steps]
    assert all(each.title for each in (*steps, *shop.step_groups, *shop.systems))
    assert all(each.title for system in shop.systems for each in system.operations)


@pytest.mark.parametrize(
    ("operation", "code", "delays", "queue"),
    [
        ("payments.authorize", "CARD_DECLINED", [], "credit"),
        ("payments.authorize", "HTTP_500", [200, 400, 800], "credit"),
        ("shipping.ship", "OFFLINE", [200, 400, 800, 1600], "logistics"),
        ("shipping.ship", "INVALID_REQUEST", [], "logistics"),
        ("inventory.reserve", "BUSY", [300] * 5, "logistics"),
        ("inventory.reserve", "OUT_OF_STOCK", [], "logistics"),
        ("billing.invoice", "INVALID_REQUEST", [], "back_office"),
    ],
)
def test_a_failure_is_retried_and_queued_as_declared(
    shop: Catalog, operation: str, code: str, delays: list[int], queue: str
) -> None:
    environment = in_force(shop).environment
    assert environment is not None
    step = next(
        f"{group.name}.{each.name}"
        for group in shop.step_groups
        for each in group.steps
        if isinstance(each, Callout) and each.operation == operation
    )
    seen: list[int] = []
    for tries in range(1, 10):
        tried = Tried(step=step, operation=operation, type=StepType.CALLOUT, tries=tries)
        found = decide(Failure(code=code, message=""), tried, environment.fallout_rules)
        if isinstance(found, Park):
            assert (seen, found.queue) == (delays, queue)
            return
        assert isinstance(found, RetryLater)
        seen.append(round(found.delay.total_seconds() * 1000))
    pytest.fail("the step is never parked")


# the laptop bundle


def test_a_laptop_bundle_is_a_device_a_licence_and_a_warranty(bundle: OrderPlan) -> None:
    technical = [line for line in bundle.lines if line.kind is LineKind.TECHNICAL]
    assert sorted(line.product for line in technical) == ["DEVICE", "LICENCE", "WARRANTY"]
    device = {each.name: each.text for each in technical[0].attributes}
    assert device == {
        "color": "graphite",
        "configuration": "16 GB / 512 GB",
        "handling": "fragile",
        "item": "LAPTOP-13",
        "memory_module": "DDR5-16",
    }


@pytest.mark.parametrize(
    "definition", ["inventory.reserve", "shipping.ship", "licensing.activate", "warranty.register"]
)
def test_nothing_is_fulfilled_before_the_payment_is_authorized(bundle: OrderPlan, definition: str) -> None:
    [step] = steps_of(bundle, definition)
    assert "payments.authorize" in before(bundle, step)


def test_the_warranty_is_registered_and_the_invoice_sent_only_after_delivery(bundle: OrderPlan) -> None:
    [delivery] = steps_of(bundle, "shipping.ship")
    for definition in ("warranty.register", "billing.invoice", "payments.capture"):
        [step] = steps_of(bundle, definition)
        assert delivery in before(bundle, step)


@pytest.mark.parametrize(
    ("line", "earned_by"), [("L2", "shipping.ship"), ("L3", "licensing.activate"), ("L4", "warranty.register")]
)
def test_revenue_is_recognized_after_what_earns_it(bundle: OrderPlan, line: str, earned_by: str) -> None:
    [earning] = steps_of(bundle, earned_by)
    recognized = f"revenue.recognize@{line}"
    assert earning in before(bundle, recognized)
    assert recognized in before(bundle, "compensation.accrue")


def test_the_licence_does_not_wait_for_delivery(bundle: OrderPlan) -> None:
    assert before(bundle, "revenue.recognize@L3").isdisjoint(steps_of(bundle, "shipping.ship"))


def test_a_laptop_bundle_needs_nobody(bundle: OrderPlan) -> None:
    assert [each.id for each in bundle.definitions if isinstance(each.step, ManualTask)] == []


# the office move


def test_an_office_move_is_one_shipment_per_address_and_day_and_one_invoice_per_account(move: OrderPlan) -> None:
    assert len(move.order.lines) == 12
    shipments, invoices = steps_of(move, "shipping.ship"), steps_of(move, "billing.invoice")
    assert (len(shipments), len(invoices)) == (4, 2)
    places = {
        step.id: {(move.line(each).ship_to, move.line(each).requested_date) for each in step.sources}
        for step in move.steps
        if step.id in shipments
    }
    assert all(len(each) == 1 for each in places.values())
    assert len({each for found in places.values() for each in found}) == 4


def test_no_invoice_is_sent_before_the_shipments_of_its_lines_arrived(move: OrderPlan) -> None:
    for invoice in (step for step in move.steps if step.definition == "billing.invoice"):
        own = {
            step.id for step in move.steps if step.definition == "shipping.ship" and {*step.origin} & {*invoice.origin}
        }
        assert own
        assert {*steps_of(move, "shipping.ship")} & before(move, invoice.id) == own


def test_an_office_move_needs_one_person_to_arrange_the_first_visit(move: OrderPlan) -> None:
    manual = {each.id for each in move.definitions if isinstance(each.step, ManualTask)}
    assert [step.definition for step in move.steps if step.definition in manual] == ["support.arrange"]


def test_the_warranties_of_the_office_move_are_added_and_registered_one_by_one(move: OrderPlan) -> None:
    assert [line.id for line in move.lines if line.derived] == ["L02.WARRANTY-3Y"]
    assert len(steps_of(move, "warranty.register")) == 4


# wrong orders


@pytest.mark.parametrize("file", WRONG, ids=[each.stem for each in WRONG])
def test_a_wrong_order_is_refused_at_its_place_for_the_reason_in_its_comment(shop: Catalog, file: Path) -> None:
    assert [each.check for each in refusal(file, shop)] == [declared(file)]
    for each in refusal(file, shop):
        assert each.place is not None
        assert each.place.file == str(file)
        assert each.place.line > 7, "it points at the order's lines"


def refusal(file: Path, shop: Catalog) -> tuple[Issue, ...]:
    loaded = load_order(file)
    if loaded.order is None:
        return loaded.issues
    found = plan(loaded.order, shop, now=NOW)
    assert isinstance(found, Refused)
    return placed(found.issues, loaded.places)


def declared(file: Path) -> str:
    comment = file.read_text().partition("\n")[0]
    found = re.fullmatch(r"# Refused: .*\((\w+)\)\.", comment)
    assert found, comment
    return found[1]


def test_there_is_a_wrong_order_for_ten_different_reasons() -> None:
    assert len({declared(each) for each in WRONG}) == len(WRONG) == 10
