"""A shop with a shipper and a back-up shipper: what the tests of extensions are written with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.catalog import Catalog
from decomposition.extensions import Cause
from decomposition.model import OrderPlan
from decomposition.order import Order
from tests.unit.decomposition.builders import a_catalog, an_order, planned

PARCEL = {"parcel": {"type": "text", "value": "response.body.parcel"}}


def call(operation: str, **more: object) -> dict[str, Any]:
    """Return a step that calls a system, for each line unless told otherwise."""
    return {"type": "callout", "operation": operation, "scope": "line", **more}


BACKUP: dict[str, Any] = {
    "book": call("courier.book"),
    "send": call("courier.send", after="book", expected_duration="2h"),
}


def shop(backup: Mapping[str, Any] | None = None, **more: Any) -> Catalog:
    """Return the catalog; `backup` are the steps of the back-up shipper, `more` further step groups."""
    groups = {
        "stock": {"pick": call("store.pick")},
        "shipping": {
            "ship": call("store.ship", after="stock.pick"),
            "thank": call("store.thank", after="ship", when="steps.shipping.ship.parcel != 'lost'"),
        },
        "billing": {
            "invoice": {
                "type": "callout",
                "operation": "store.bill",
                "after": [{"step": "shipping.ship", "pair": "all", "lag": "1h"}],
                "input": {"parcels": "join(steps.shipping.ship.parcel, ', ')"},
            }
        },
        "backup": BACKUP if backup is None else backup,
        **more,
    }
    operations = {name: {"path": f"/{name}"} for name in ("pick", "ship", "thank", "bill")}
    return a_catalog(
        products={"GOOD": {"name": "Good", "attributes": {"site": {"type": "text"}}}},
        systems={
            "store": {"operations": {**operations, "ship": {"path": "/ship", "outputs": PARCEL}}},
            "courier": {"operations": {"book": {"path": "/book"}, "send": {"path": "/send", "outputs": PARCEL}}},
        },
        value_tables={"hubs": {"key": "text", "value": "text", "rows": {"north": "HUB-1"}}},
        step_groups={
            name: {"steps": {key: dict(each) for key, each in steps.items()}, "alternative": name == "backup"}
            for name, steps in groups.items()
        },
        scenarios={
            f"S-{name}": {"product": "GOOD", "group": name} for name in groups if name not in ("backup", "second")
        },
    )


def goods(*lines: str, **fields: object) -> Order:
    """Return an order of one good a line."""
    return an_order({each: {"product": "GOOD"} for each in lines}, **fields)


def two_goods(catalog: Catalog) -> OrderPlan:
    """Return the plan of an order of two goods."""
    return planned(goods("L1", "L2"), catalog)


def instead_of(step: str, group: str = "backup", **more: Any) -> Cause:
    """Return that a rule has a group run instead of a step."""
    return Cause(**{"step": step, "group": group, "number": 1, "rule": "strike", **more})
