"""Fallouts as they are read: found by what they have in common, with who looks after them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlmodel import Session, col

from catalog.base import Recorded
from fulfillment.outcomes import Failure
from orderbook.connection import Connected
from orderbook.desk_tables import FalloutAssignmentRow, LateCallbackRow
from orderbook.losses import lost_fallouts
from orderbook.tables import AttemptRow, FalloutRow, LateAnswerRow, LineRow, StepRow
from orderbook.views import Attempt, FalloutView, LateAnswer

NOBODY = "nobody"
"""The owner of fallouts that nobody looks after."""


class FalloutFilter(Recorded):
    """What fallouts have in common; what is None does not matter.

    `error` is an error code, or the status that a system answered with; `step` a step's id or `GROUP.STEP`; `product`
    what is sold or delivered by the lines that the step is for; `owner` a person, or `nobody`.
    """

    system: str | None = None
    error: str | None = None
    queue: str | None = None
    product: str | None = None
    step: str | None = None
    owner: str | None = None
    opened_before: datetime | None = None


class Fallouts(Connected):
    """The order book as its fallouts are read."""

    def fallouts(
        self,
        *,
        open_only: bool = True,
        system: str | None = None,
        queue: str | None = None,
        chosen: FalloutFilter | None = None,
    ) -> tuple[FalloutView, ...]:
        """Return fallouts over all orders, oldest first; where nothing is chosen the lost executions too."""
        chosen = chosen or FalloutFilter(system=system, queue=queue)
        is_open = (col(FalloutRow.resolution) == "",) if open_only else ()

        def find(session: Session) -> tuple[FalloutView, ...]:
            found = fallouts_of(session, (*is_open, *_conditions(chosen)), chosen.product)
            everything = chosen == FalloutFilter()
            return (*found, *lost_fallouts(session, open_only=open_only)) if everything else found

        return by_time(self._read(find))

    def stuck(self, chosen: FalloutFilter) -> tuple[FalloutView, ...]:
        """Return the open fallouts of steps, oldest first, without their attempts: cheap for any number of them."""
        wanted = (col(FalloutRow.resolution) == "", *_conditions(chosen))
        return by_time(self._read(lambda session: _found(session, wanted, chosen.product)))

    def announced(self, since: datetime) -> tuple[FalloutView, ...]:
        """Return the fallouts opened since then whose rule tells webhooks of them, oldest first, resolved ones too."""
        wanted = (col(FalloutRow.opened_at) >= since, col(FalloutRow.notify) != ())
        return by_time(self._read(lambda session: _found(session, wanted, None)))

    def losses(self, number: str) -> tuple[FalloutView, ...]:
        """Return the lost executions of an order as its fallouts, oldest first, those it went on from too."""
        return by_time(self._read(lambda session: lost_fallouts(session, number, open_only=False)))

    def fallout(self, number: str, step: str, no: int) -> FalloutView | None:
        """Return the `no`-th fallout of a step, or None."""
        row = FalloutRow
        conditions = (col(row.number) == number, col(row.step) == step, col(row.no) == no)
        found = self._read(lambda session: fallouts_of(session, conditions))
        return found[0] if found else None


def fallouts_of(
    session: Session, conditions: Iterable[ColumnElement[bool]], product: str | None = None
) -> tuple[FalloutView, ...]:
    """Return the fallouts that meet the conditions, oldest first, each with the failed attempts of its round."""
    wanted = tuple(conditions)
    history = _history(session, wanted)
    found = _found(session, wanted, product)
    return by_time(
        each.model_copy(update={"history": history.get((each.order, each.step, each.round), ())}) for each in found
    )


def late_answers_of(session: Session, number: str) -> tuple[LateAnswer, ...]:
    """Return all late answers of an order, oldest first; those that its run knows have a number."""
    told = session.scalars(select(LateCallbackRow).where(col(LateCallbackRow.number) == number))
    unheard = session.scalars(select(LateAnswerRow).where(col(LateAnswerRow.number) == number))
    found = [LateAnswer.model_validate({**each.model_dump(), "number": each.no}) for each in told]
    found += [LateAnswer.model_validate({**each.model_dump(), "number": None}) for each in unheard]
    return tuple(sorted(found, key=attrgetter("at", "step")))


def by_time(fallouts: Iterable[FalloutView]) -> tuple[FalloutView, ...]:
    """Return the fallouts oldest first."""
    return tuple(sorted(fallouts, key=attrgetter("opened_at", "order", "step", "number")))


def as_attempt(row: AttemptRow) -> Attempt:
    """Return a failed attempt."""
    failure = Failure.model_validate(row, from_attributes=True)
    return Attempt(round=row.round, attempt=row.attempt, at=row.at, failure=failure, decision=row.decision)


def _conditions(chosen: FalloutFilter) -> Iterable[ColumnElement[bool]]:
    row = FalloutRow
    if chosen.system is not None:
        yield col(row.system) == chosen.system
    if chosen.error is not None:
        yield col(row.code).in_((chosen.error, f"HTTP_{chosen.error}"))
    if chosen.queue is not None:
        yield col(row.queue) == chosen.queue
    if chosen.step is not None:
        own = func.substr(col(row.step), 1, len(chosen.step) + 1)
        yield or_(col(row.step) == chosen.step, own.in_((f"{chosen.step}@", f"{chosen.step}~")))
    if chosen.owner is not None:
        wanted = "" if chosen.owner == NOBODY else chosen.owner
        yield func.coalesce(col(FalloutAssignmentRow.owner), "") == wanted
    if chosen.opened_before is not None:
        yield col(row.opened_at) <= chosen.opened_before


def _found(session: Session, wanted: tuple[ColumnElement[bool], ...], product: str | None) -> tuple[FalloutView, ...]:
    fallout, step = FalloutRow, StepRow
    columns: list[Any] = [fallout, col(FalloutAssignmentRow.owner), col(step.sources)]
    query = _with_owner(select(*columns))
    query = query.outerjoin(step, and_(col(step.number) == col(fallout.number), col(step.id) == col(fallout.step)))
    rows = session.execute(query.where(*wanted)).all()
    if product is not None:
        lines = _lines(session, wanted, product)
        rows = [each for each in rows if _is_for(each[2] or (), product, lines.get(each[0].number, frozenset()))]
    return tuple(_view(row, owner or "") for row, owner, _ in rows)


def _with_owner(query: Select[Any]) -> Select[Any]:
    fallout, assigned = FalloutRow, FalloutAssignmentRow
    same = [col(getattr(fallout, key)) == col(getattr(assigned, key)) for key in ("number", "step", "no")]
    return query.outerjoin_from(fallout, assigned, and_(*same))


def _lines(session: Session, wanted: tuple[ColumnElement[bool], ...], product: str) -> dict[str, frozenset[str]]:
    """Return the lines that sell the product in the orders of the wanted fallouts, keyed by order."""
    orders = _with_owner(select(col(FalloutRow.number))).where(*wanted)
    line = LineRow
    query = select(col(line.number), col(line.id)).where(col(line.product) == product, col(line.number).in_(orders))
    found: dict[str, frozenset[str]] = {}
    for number, line_id in session.execute(query):
        found[number] = found.get(number, frozenset()) | {line_id}
    return found


_SOURCE = re.compile(r"(?P<product>[^@~]+)(@(?P<line>[^#]+)(#.*)?|~.*)?")


def _is_for(sources: Iterable[str], product: str, lines: frozenset[str]) -> bool:
    """Tell whether a source, a line's id or `PRODUCT@LINE`, `PRODUCT@LINE#UNIT`, `PRODUCT~KEY`, is of the product."""
    parts = [match for each in sources if (match := _SOURCE.fullmatch(each))]
    return any(each["product"] == product or each["product"] in lines or each["line"] in lines for each in parts)


def _history(
    session: Session, wanted: tuple[ColumnElement[bool], ...]
) -> dict[tuple[str, str, int], tuple[Attempt, ...]]:
    """Return the failed attempts of the wanted fallouts, keyed by order, step and round."""
    attempt, fallout = AttemptRow, FalloutRow
    same = [col(getattr(attempt, key)) == col(getattr(fallout, key)) for key in ("number", "step", "round")]
    rows = session.scalars(_with_owner(select(attempt).join(fallout, and_(*same))).where(*wanted).distinct())
    found: dict[tuple[str, str, int], tuple[Attempt, ...]] = {}
    for row in sorted(rows, key=attrgetter("attempt")):
        key = (row.number, row.step, row.round)
        found[key] = (*found.get(key, ()), as_attempt(row))
    return found


def _view(row: FalloutRow, owner: str) -> FalloutView:
    return FalloutView(**{**row.model_dump(), "number": row.no}, order=row.number, owner=owner)
