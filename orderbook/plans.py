"""Plans as the order book keeps them: by digest, and never changed, so that either writer may bring one."""

from __future__ import annotations

from sqlmodel import Session

from catalog.base import digest
from decomposition.model import OrderPlan
from orderbook.tables import PlanRow


def put_plan(session: Session, plan: OrderPlan) -> None:
    """Write a plan down; one that is there stays as it is."""
    content = plan.model_dump_json()
    row = PlanRow(digest=digest(content), number=plan.order.number, content=content)
    if session.get(PlanRow, row.digest) is None:
        session.add(row)


def stored_plan(session: Session, digest_: str) -> OrderPlan | None:
    """Return the plan of that digest, or None."""
    row = session.get(PlanRow, digest_)
    return None if row is None else OrderPlan.model_validate_json(row.content)
