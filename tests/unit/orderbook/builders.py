"""Small orders, plans, catalogs and batches for tests of the order book."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from catalog.catalog import Catalog
from catalog.products import CommercialProduct
from catalog.values import NamedValues
from decomposition.model import OrderPlan
from decomposition.order import Order, OrderLine
from fulfillment.outcomes import Failure
from fulfillment.progress import AuditEntry, Batch, FalloutProgress, LineProgress, StepProgress, TaskProgress
from fulfillment.states import OrderState, StepState
from orderbook.store import OrderBook

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LAPTOP = Catalog(products=(CommercialProduct(code="LAPTOP", name="Laptop"),))
PHONE = Catalog(products=(CommercialProduct(code="PHONE", name="Phone"),))


def minutes(count: float) -> datetime:
    """Return noon and so many minutes."""
    return NOON + timedelta(minutes=count)


def an_order(number: str = "SO-1", price: str = "1299.00", account: str = "ACME") -> Order:
    line = OrderLine(id="L1", product="LAPTOP", quantity=Decimal(2), price=Decimal(price))
    return Order(number=number, account=account, lines=(line,))


def a_plan(order: Order) -> OrderPlan:
    return OrderPlan(catalog=LAPTOP.digest, accepted_at=NOON, order=order, lines=(), definitions=(), steps=())


def publish(book: OrderBook, catalog: Catalog = LAPTOP, label: str = "v1") -> None:
    files = {"products.yaml": "products: {}\n"}
    book.store_catalog(catalog, files, label=label, author="ada", note="first", at=NOON)


def accept(book: OrderBook, order: Order | None = None, at: datetime = NOON) -> None:
    """Publish the catalog and take the order."""
    publish(book)
    book.add_order(order or an_order(), catalog=LAPTOP.digest, at=at, actor="ada")


def a_step(
    step: str = "ship.pick",
    state: StepState = StepState.IN_PROGRESS,
    started_at: datetime | None = None,
    outputs: NamedValues = (),
) -> StepProgress:
    return StepProgress(
        id=step, group="Shipping", title="Pick", type="callout", state=state, reason="called", started_at=started_at,
        after=("ship.reserve",), sources=("L1",), outputs=outputs,
    )  # fmt: skip


def a_line(line: str = "L1", state: OrderState = OrderState.IN_PROGRESS) -> LineProgress:
    return LineProgress(id=line, product="LAPTOP", title="Laptop", parent=None, state=state, waived=("ship.pick",))


def a_failure(code: str = "HTTP_503") -> Failure:
    return Failure(code=code, message="no stock server", status=503, request="POST /picks", answer="busy")


def a_fallout(step: str = "ship.pick", number: int = 1, resolution: str = "", system: str = "stock") -> FalloutProgress:
    return FalloutProgress(
        step=step, number=number, round=1, system=system, operation="pick", failure=a_failure(), unknown=True,
        rule="busy", why="3 tries failed", queue="logistics", attempts=3, opened_at=minutes(number),
        resolution=resolution, resolved_at=minutes(9) if resolution else None,
    )  # fmt: skip


def a_task(step: str = "ship.check", completed_at: datetime | None = None) -> TaskProgress:
    return TaskProgress(step=step, title="Check the box", queue="logistics", opened_at=NOON, completed_at=completed_at)


def an_entry(action: str, at: datetime = NOON) -> AuditEntry:
    return AuditEntry(at=at, actor="ada", role="operator", action=action, accepted=True, reason="asked to")


def a_batch(
    n: int = 1,
    *,
    full: bool = False,
    state: OrderState = OrderState.IN_PROGRESS,
    at: datetime = NOON,
    lines: tuple[LineProgress, ...] = (),
    steps: tuple[StepProgress, ...] = (),
    fallouts: tuple[FalloutProgress, ...] = (),
    tasks: tuple[TaskProgress, ...] = (),
    audit: tuple[AuditEntry, ...] = (),
    number: str = "SO-1",
) -> Batch:
    return Batch(
        number=number, n=n, full=full, plan="p" * 64, state=state, at=at,
        lines=lines, steps=steps, fallouts=fallouts, tasks=tasks, audit=audit,
    )  # fmt: skip
