"""Orders of seats against a real order book: planned, claimed and delivered as the activities do it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from catalog.catalog import Catalog
from decomposition.lines import LineKind
from decomposition.model import OrderPlan
from decomposition.order import Order
from decomposition.plan import plan
from fulfillment.progress import Batch, LineProgress, StepProgress
from fulfillment.states import OrderState, StepState
from orderbook.claiming import Claiming
from orderbook.store import OrderBook
from tests.unit.decomposition.builders import a_catalog
from tests.unit.orderbook.builders import minutes

SEATS = a_catalog(
    products={"SEATS": {"name": "Seats", "attributes": {"note": {"type": "text"}}}},
    technical_products={"POOL": {"name": "Pool", "scope": "account"}, "KEY": {"name": "Key"}},
    decomposition_rules={
        "SEATS-POOL": {"product": "SEATS", "target": "POOL"},
        "SEATS-KEY": {"product": "SEATS", "target": "KEY"},
    },
    step_groups={
        "work": {
            "steps": {
                "do": {"type": "milestone", "scope": "line"},
                "stage": {"type": "staged_assetize", "scope": "line", "after": "do"},
            }
        }
    },
    scenarios={
        each: {"product": each, "actions": ["add", "amend", "cancel"], "group": "work"} for each in ("POOL", "KEY")
    },
)


def seats(book: OrderBook, number: str, line: Mapping[str, object], at: datetime, account: str = "ACME") -> Order:
    """Have an order of one line accepted."""
    book.store_catalog(SEATS, {}, label="seats", author="ada", note="", at=at)
    content = {"number": number, "account": account, "lines": {"L1": {"product": "SEATS", **line}}}
    order = Order.model_validate(content)
    book.add_order(order, catalog=SEATS.digest, at=at, actor="ada")
    return order


def planned(book: OrderBook, order: Order, at: datetime, catalog: Catalog = SEATS) -> OrderPlan:
    """Plan an order against what its account has."""
    found = plan(order, catalog, book.assets_for(order, catalog), now=at)
    assert isinstance(found, OrderPlan), found
    return found


def claimed(
    book: OrderBook, order: Order, accepted: datetime, at: datetime | None = None
) -> tuple[OrderPlan, Claiming]:
    """Plan an order and have it claim what it changes."""
    found = planned(book, order, accepted)
    return found, book.claim(found, book.assets_for(order, SEATS), SEATS, at or accepted)


def told(
    plan: OrderPlan, n: int, at: datetime, order: OrderState = OrderState.COMPLETED, line: OrderState | None = None,
    step: StepState = StepState.COMPLETED, only: str = "",
) -> Batch:  # fmt: skip
    """Return the news that an order, and each step of it, stands so; with `only`, that step alone."""
    lines = [each for each in plan.lines if each.kind is LineKind.COMMERCIAL]
    return Batch(
        number=plan.order.number,
        n=n,
        full=n == 1,
        plan=plan.digest,
        state=order,
        at=at,
        lines=tuple(
            LineProgress(id=each.id, product=each.product, title="Seats", parent=None, state=line or order)
            for each in lines
        ),
        steps=tuple(
            StepProgress(
                id=each.id,
                group="Work",
                title=each.name,
                type=plan.definition_of(each).step.type,
                state=step if only in ("", each.id) else StepState.PENDING,
                reason="",
                sources=each.sources,
            )
            for each in plan.steps
        ),
    )


def deliver(
    book: OrderBook, number: str, line: Mapping[str, object], minute: float, account: str = "ACME"
) -> OrderPlan:
    """Have an order accepted, claimed and delivered at a minute."""
    order = seats(book, number, line, minutes(minute), account)
    plan, _ = claimed(book, order, minutes(minute))
    book.write_batch(told(plan, 1, minutes(minute)))
    return plan
