"""What a change does to recorded orders: what differs alike is told once, without ids, and each order counts once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.catalog import Catalog
from decomposition.comparison import Aspect, compared
from decomposition.impact import MOST_KINDS, Alike, Impact, Impacts, families
from decomposition.model import OrderPlan
from decomposition.order import Order
from decomposition.plan import plan
from tests.unit.decomposition.test_effects import SHOP, change, shipping

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
INSURE = {"type": "manual_task", "scope": "line", "after": "pick"}


def an_order(number: int, *products: str, **laptop: object) -> Order:
    """Return an order of one of each of these products; a laptop has 16 GB unless told otherwise."""
    lines = {
        f"L{at}": {"product": each, **({"attributes": {"ram": "16"}} if each == "LAPTOP" else {}), **laptop}
        for at, each in enumerate(products, start=1)
    }
    return Order.model_validate({"number": f"S-{number}", "account": "ADA", "lines": lines})


def impact_of(after: dict[str, Any], *orders: Order, before: dict[str, Any] | None = None) -> Impact:
    old, new = Catalog.model_validate(before or SHOP), Catalog.model_validate(after)
    impacts = Impacts()
    for each in orders:
        impacts.add(each, plan(each, old, now=NOW), plan(each, new, now=NOW))
    return impacts.told()


def told(found: tuple[Alike, ...]) -> list[tuple[int, str, tuple[str, ...], list[str]]]:
    return [(each.orders, each.example, each.products, [one.text for one in each.consequences]) for each in found]


def test_orders_that_differ_alike_are_told_once_with_the_first_of_them() -> None:
    orders = [an_order(1, "GIFT"), an_order(2, "LAPTOP"), an_order(3, "LAPTOP"), an_order(4, "LAPTOP", "GIFT")]
    found = impact_of(change(step_groups=shipping(insure=INSURE)), *orders)
    assert told(found.changes) == [(3, "S-2", ("LAPTOP",), ["adds step `shipping.insure`, after `shipping.pick`"])]
    assert (found.orders, found.same, found.changed, found.refused, found.untold) == (4, 1, 3, 0, 0)


def test_what_the_same_orders_have_in_common_stands_together() -> None:
    ship = {"type": "manual_task", "scope": "line", "after": "insure"}
    after = change(step_groups=shipping(insure=INSURE, ship=ship))
    [only] = impact_of(after, an_order(1, "LAPTOP"), an_order(2, "PHONE"), an_order(3, "GIFT")).changes
    assert (only.orders, only.products) == (2, ("LAPTOP", "PHONE"))
    assert [each.text for each in only.consequences] == [
        "adds step `shipping.insure`, after `shipping.pick`",
        "`shipping.ship` waits for `shipping.insure`",
        "`shipping.ship` no longer waits for `shipping.pick`",
    ]


def test_differences_of_other_orders_stand_apart_though_they_are_as_many() -> None:
    mail = {"mailing": {"steps": {"mail": {"type": "manual_task"}, "file": {"type": "manual_task"}}}}
    after = change(step_groups={**shipping(insure=INSURE), **mail})
    found = impact_of(after, an_order(1, "LAPTOP"), an_order(2, "GIFT"))
    assert [(each.orders, each.example) for each in found.changes] == [(1, "S-1"), (1, "S-2")]


def test_values_that_only_one_order_has_are_told_without_them_for_many() -> None:
    rule = {"product": "LAPTOP", "target": "DEVICE", "mappings": {"memory": {"expression": "order.number"}}}
    after = change(decomposition_rules={"laptop": rule})
    one = impact_of(after, an_order(1, "LAPTOP"))
    assert told(one.changes)[0][3] == ["technical line `DEVICE`: `memory` is `S-1` instead of `16`"]
    many = impact_of(after, *(an_order(each, "LAPTOP") for each in range(50)))
    assert told(many.changes) == [(50, "S-0", ("LAPTOP",), ["technical line `DEVICE`: another `memory`"])]


def test_an_order_that_would_be_refused_is_told_first_with_the_reason_for_its_product() -> None:
    after = change(scenarios={"GIFT": None}, step_groups=shipping(insure=INSURE))
    orders = [*(an_order(each, "LAPTOP") for each in range(3)), an_order(7, "GIFT"), an_order(8, "LAPTOP", "GIFT")]
    found = impact_of(after, *orders)
    assert [(each.orders, each.example, each.products) for each in found.changes] == [
        (2, "S-7", ("GIFT",)),
        (3, "S-0", ("LAPTOP",)),
    ]
    [reason] = found.changes[0].consequences
    assert (reason.aspect, reason.subject) == (Aspect.ORDER, "nothing_covers_line")
    assert reason.text == "Line `GIFT`: nothing is done for `GIFT` (Gift card) with action `add`"
    assert (found.same, found.changed, found.refused) == (0, 3, 2)


def test_one_reason_of_many_lines_of_an_order_counts_once() -> None:
    found = impact_of(change(scenarios={"GIFT": None}), an_order(1, "GIFT", "GIFT", "GIFT"))
    assert [each.orders for each in found.changes] == [1]


def test_an_order_that_its_own_catalog_refuses_cannot_be_compared_and_changes_nothing() -> None:
    found = impact_of(SHOP, an_order(1, "GIFT"), an_order(2, "LAPTOP"), before=change(scenarios={"GIFT": None}))
    assert (found.same, found.untold, found.changes) == (1, 1, ())
    [reason] = found.reasons
    assert (reason.orders, reason.example, reason.products) == (1, "S-1", ("GIFT",))


def test_however_many_values_orders_give_only_so_many_reasons_are_told_apart() -> None:
    ram = {"type": "integer", "max": 100}
    laptop = {"name": "Laptop", "classification": "DEVICES", "attributes": {"ram": ram}}
    rule = {"product": "LAPTOP", "target": "DEVICE"}
    before = change(products={"LAPTOP": laptop}, decomposition_rules={"laptop": rule})
    less = {**laptop, "attributes": {"ram": {**ram, "max": 1}}}
    after = change(products={"LAPTOP": less}, decomposition_rules={"laptop": rule})
    orders = [an_order(each, "LAPTOP", attributes={"ram": each}) for each in range(2, 2 + 3 * MOST_KINDS)]
    found = impact_of(after, *orders, before=before)
    assert len(found.changes) == MOST_KINDS + 1
    assert found.changes[0].orders == 2 * MOST_KINDS
    assert found.changes[0].consequences[0].text.endswith(", or the like")
    assert found.refused == sum(each.orders for each in found.changes) == 3 * MOST_KINDS


def test_an_order_counts_once_among_those_whose_ways_to_differ_are_not_told_apart() -> None:
    number = {"type": "integer"}
    attributes = {f"a{each}": number for each in range(MOST_KINDS + 5)}
    gift = {"name": "Gift card", "attributes": attributes}
    wrapped = {name: {**number, "default": 1} for name in attributes}
    after = change(products={"GIFT": {**gift, "attributes": wrapped}})
    found = impact_of(after, an_order(1, "GIFT"), an_order(2, "GIFT"), before=change(products={"GIFT": gift}))
    [only] = found.changes
    assert (only.orders, len(only.consequences)) == (2, MOST_KINDS + 1)


def test_other_rows_of_a_table_that_requests_look_up_are_a_difference() -> None:
    def desk(row: str) -> dict[str, Any]:
        call = {"type": "callout", "operation": "press.print", "input": {"stock": "table('papers', 'A4')"}}
        press = {"operations": {"print": {"path": "/print", "request": {"stock": "input.stock"}}}}
        return change(
            value_tables={"papers": {"key": "text", "value": "text", "rows": {"A4": row}}},
            systems={"press": press},
            step_groups={"mailing": {"steps": {"mail": call}}},
        )

    found = impact_of(desk("matt"), an_order(1, "GIFT"), before=desk("gloss"))
    assert told(found.changes)[0][3] == ["looks things up in other rows of table `papers`"]


def test_a_default_that_an_ordered_line_takes_is_a_difference() -> None:
    def gift(default: str) -> dict[str, Any]:
        attributes = {"wrap": {"type": "text", "default": default}}
        return change(products={"GIFT": {"name": "Gift card", "attributes": attributes}})

    found = impact_of(gift("silver"), an_order(1, "GIFT"), before=gift("gold"))
    assert told(found.changes)[0][3] == ["line `GIFT`: `wrap` is `silver` instead of `gold`"]


@pytest.mark.parametrize(
    ("products", "shown"),
    [
        (("LAPTOP-13", "LAPTOP-15"), ("LAPTOP-*",)),
        (("LAPTOP-13", "BAG"), ("BAG", "LAPTOP-13")),
        (("LAPTOP-13", "LAPTOP-15", "BAG"), ("BAG", "LAPTOP-*")),
        (("LAPTOP-13", "LAPTOP-15", "BAG", "MOUSE-X"), ()),
        (("MOUSE-X",), ("MOUSE-X",)),
    ],
)
def test_products_are_told_by_what_their_codes_have_in_common(
    products: tuple[str, ...], shown: tuple[str, ...]
) -> None:
    assert families(products, ("LAPTOP-13", "LAPTOP-15", "BAG", "MOUSE-X")) == shown


def test_the_same_plan_twice_has_no_difference() -> None:
    found = plan(an_order(1, "LAPTOP", "PHONE"), Catalog.model_validate(SHOP), now=NOW)
    assert isinstance(found, OrderPlan)
    assert compared(found, found) == ()
