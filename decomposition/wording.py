"""Words that explanations and drawings of a plan share: names beside ids, numbers, times, lengths of time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from decomposition.clock import Lagged
from decomposition.lines import Line
from decomposition.model import Dropped, OrderPlan, Step, StepId


class Names:
    """What people call the lines and steps of one plan, each with its id."""

    def __init__(self, plan: OrderPlan) -> None:
        self._plan = plan
        self._titles = {each.code: each.name for each in plan.titles}

    def line(self, line: Line) -> str:
        """Return a line's product and id: "Laptop (`L1`)"."""
        return f"{one_line(self._titles.get(line.product, line.product))} (`{line.id}`)"

    def step(self, step: Step) -> str:
        """Return a step's title and id: "Take payment (`billing.pay`)"."""
        return f"{one_line(self._plan.definition_of(step).title)} (`{step.id}`)"

    def step_of(self, code: StepId) -> str:
        """Return the same of a step by its id."""
        step = self._plan.step(code)
        return self.step(step) if step else f"`{code}`"


def absent(dropped: Dropped) -> str:
    """Return the name of a prerequisite that a step does not wait for."""
    return f"{dropped.title} (`{dropped.prerequisite}`)" if dropped.title else f"`{dropped.prerequisite}`"


def outlook(plan: OrderPlan) -> Iterable[str]:
    """Return when the order is predicted to complete, and which steps decide about it; nothing without dates."""
    if plan.predicted_completion is None:
        return
    requested = plan.order.requested_completion
    yield f"Predicted completion {moment(plan.predicted_completion)}{_against(plan) if requested else ''}."
    if plan.critical_path:
        names = Names(plan)
        yield f"Critical path: {' → '.join(names.step_of(each) for each in plan.critical_path)}."


def _against(plan: OrderPlan) -> str:
    requested = plan.order.requested_completion
    late = plan.late_by
    return f", {duration(late)} after the end of the requested {requested}" if late else f", in time for {requested}"


def count(number: int, what: str) -> str:
    """Return a number with its noun: "1 step", "2 steps"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def one_line(text: str) -> str:
    """Return the text without line breaks and other control characters."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def plain(number: Decimal) -> str:
    """Return a number as people write it."""
    return format(number.normalize(), "f")


def moment(at: datetime | None) -> str:
    """Return a time to the second: "2026-11-25 08:00:00 UTC"."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(' ', 'seconds')} UTC" if at else ""


def delay(lag: Lagged) -> str:
    """Return how long after the end of a step another may start, empty for at once."""
    parts = [*([duration(lag.lag)] if lag.lag else []), *(counted(each.length, each.calendar) for each in lag.working)]
    return " and ".join(parts)


def counted(length: timedelta, calendar: str | None) -> str:
    """Return a length of time, and by which calendar it counts: "16 hours of working time by `office`"."""
    return duration(length) if calendar is None else f"{duration(length)} of working time by `{calendar}`"


def duration(length: timedelta) -> str:
    """Return a length of time: "1 day, 2 hours"."""
    parts: Iterable[tuple[int, str]] = (
        (length.days, "day"),
        (length.seconds // 3600, "hour"),
        (length.seconds // 60 % 60, "minute"),
        (length.seconds % 60, "second"),
    )
    return ", ".join(count(number, what) for number, what in parts if number) or "an instant"
