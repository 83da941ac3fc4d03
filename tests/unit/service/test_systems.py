"""Systems as operators see them, and the copy of their switches that every worker keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.catalog import Catalog
from catalog.environment import Environment
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from orderbook.switches import SystemSwitch
from orderbook.system_figures import SystemFigures
from service.switches import SwitchCopy
from service.systems import Health, health_of, systems
from tests.unit.orderbook.builders import NOON, minutes

CATALOG = Catalog.model_validate({"systems": {"shipping": {"title": "Carrier", "own_queue": True}}})
ENVIRONMENT = Environment.model_validate(
    {
        "systems": {
            "shipping": {"base_url": "http://127.0.0.1:9/s", "rate": 5, "concurrency": 2},
            "billing": {"base_url": "http://127.0.0.1:9/b"},
        }
    }
)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[OrderBook]:
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    opened = OrderBook(url)
    yield opened
    opened.close()


def switch(*, offline: bool) -> SystemSwitch:
    return SystemSwitch(system="shipping", offline=offline, since=NOON, actor="ann", reason="maintenance")


def test_systems_of_catalog_and_environment_are_listed_with_their_limits(book: OrderBook) -> None:
    billing, shipping = systems((CATALOG,), ENVIRONMENT, book, NOON)
    assert (billing.system, billing.health, billing.own_queue, billing.rate) == ("billing", Health.OK, False, None)
    assert (shipping.title, shipping.own_queue, shipping.rate, shipping.concurrency) == ("Carrier", True, 5, 2)


def test_a_system_that_was_switched_off_is_offline_whatever_its_figures(book: OrderBook) -> None:
    book.switch(switch(offline=True))
    assert [each.health for each in systems((CATALOG,), ENVIRONMENT, book, NOON)] == [Health.OK, Health.OFFLINE]


@pytest.mark.parametrize(
    ("failures", "failed", "succeeded", "health"),
    [
        (0, None, None, Health.OK),
        (0, -90, None, Health.OK),  # long ago
        (3, -5, None, Health.FAILING),
        (3, -5, -9, Health.FAILING),
        (3, -9, -5, Health.OK),  # it has recovered
    ],
)
def test_a_system_fails_where_it_failed_lately_and_has_not_succeeded_since(
    failures: int, failed: int | None, succeeded: int | None, health: Health
) -> None:
    figures = SystemFigures(
        system="shipping",
        failures=failures,
        last_failure_at=None if failed is None else minutes(failed),
        last_success_at=None if succeeded is None else minutes(succeeded),
    )
    assert health_of(figures, None) is health


async def test_the_copy_of_the_switches_follows_the_book(book: OrderBook) -> None:
    copy = SwitchCopy(book)
    await copy.look()
    assert await copy.offline("shipping") is None
    book.switch(switch(offline=True))
    assert await copy.offline("shipping") is None  # not looked yet
    await copy.look()
    assert await copy.offline("shipping") == switch(offline=True)


async def test_a_system_that_is_back_keeps_no_step_waiting_until_the_next_look(book: OrderBook) -> None:
    book.switch(switch(offline=True))
    copy = SwitchCopy(book)
    await copy.look()
    book.switch(switch(offline=False))
    assert await copy.offline("shipping") is None


async def test_while_the_book_cannot_be_read_the_switches_stay_as_they_were(book: OrderBook, tmp_path: Path) -> None:
    book.switch(switch(offline=True))
    copy = SwitchCopy(book)
    await copy.look()
    book.close()
    (tmp_path / "orders.db").rename(tmp_path / "away.db")
    assert await copy.offline("shipping") == switch(offline=True)
    assert await copy.offline("billing") is None
