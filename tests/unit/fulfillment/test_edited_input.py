"""What an operator puts in place of a step's input takes the type of what it replaces."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from catalog.base import Refused
from catalog.expressions import EvaluationError
from catalog.values import NamedValue, Value, ValueType
from decomposition.model import OrderPlan
from decomposition.plan import plan
from fulfillment.effects import Call
from fulfillment.requests import in_place_of, render
from service.catalogs import load_catalog, load_order

SHOP = Path(__file__).parents[3] / "examples/smartbytes"


@pytest.mark.parametrize(
    ("old", "text", "new"),
    [
        ("UPS", "DHL", "DHL"),
        (None, "DHL", "DHL"),
        ("UPS", None, None),
        (True, "false", False),
        (3, "5", 5),
        (Decimal("9.99"), "12.50", Decimal("12.50")),
        (date(2026, 1, 1), "2026-12-01", date(2026, 12, 1)),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-12-01T08:00:00Z", datetime(2026, 12, 1, 8, tzinfo=UTC)),
        ((1, 2), "[3]", (3,)),
        ({"zip": "8000"}, '{"zip": "8001"}', {"zip": "8001"}),
        ((1, 2), None, None),
    ],
)
def test_a_value_takes_the_type_of_what_it_replaces(old: Value, text: str | None, new: Value) -> None:
    found = in_place_of(old, text)
    assert (found, type(found)) == (new, type(new))


@pytest.mark.parametrize(
    ("old", "text"),
    [
        (True, "maybe"),
        (3, "2.5"),
        (Decimal(1), "much"),
        (date(2026, 1, 1), "soon"),
        ((1,), '{"a": 1}'),
        ({"a": 1}, "5"),
        ({"a": 1}, "{"),
    ],
)
def test_a_value_of_another_type_is_none(old: Value, text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|JSON"):
        in_place_of(old, text)


@pytest.fixture(scope="module")
def laptop() -> OrderPlan:
    catalog, order = load_catalog(SHOP / "catalog").catalog, load_order(SHOP / "orders/laptop-bundle.yaml").order
    assert catalog is not None
    assert order is not None
    planned = plan(order, catalog, now=datetime(2026, 11, 25, tzinfo=UTC))
    assert not isinstance(planned, Refused)
    return planned


def body(planned: OrderPlan, text: str, value_type: ValueType = ValueType.TEXT) -> dict[str, object]:
    step = "payments.authorize"
    edited = (NamedValue(name="amount", type=value_type, text=text),)
    call = Call(number="SB-1001", plan="", step=step, round=2, operation=step, title="", edited=edited)
    sent: dict[str, object] = json.loads(render(planned, call, "").body or "")
    return sent


def test_a_request_has_what_was_edited_and_the_rest_as_it_was(laptop: OrderPlan) -> None:
    sent = body(laptop, "12.50")
    assert (sent["amount"], sent["currency"]) == ("12.50", laptop.order.currency)
    assert body(laptop, "7.25", ValueType.MONEY)["amount"] == "7.25"


def test_a_request_that_cannot_be_made_says_which_input_was_edited(laptop: OrderPlan) -> None:
    with pytest.raises(EvaluationError, match="input `amount`, edited by hand: expected a number, got 'much'"):
        body(laptop, "much")
