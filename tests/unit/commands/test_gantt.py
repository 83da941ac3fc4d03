"""Orders drawn over time in a terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from commands.gantt import WIDTH, chart_width, gantt
from decomposition.model import OrderPlan
from fulfillment.states import OrderState, StepState
from orderbook.store import OrderBook
from orderbook.views import OrderView, StepView
from service.shown import as_planned
from service.timed import TimedOrder, timed
from tests.unit.decomposition.builders import NOW, an_order, planned
from tests.unit.decomposition.groups import goods, milestone
from tests.unit.golden import assert_golden

HOUR = timedelta(hours=1)


def a_plan(requested: str = "2026-11-26") -> OrderPlan:
    """Plan a payment, two parcels beside it, an installation after all, and something that cannot be done."""
    payments = {"pay": milestone(expected_duration="2h", title="Take the payment")}
    shipping = {
        "ship": milestone(
            "line", "payments.pay", expected_duration="9h", title="Ship the goods to the customer's door"
        ),
        "print": milestone("line", expected_duration="1h", title="Print"),
        "install": milestone("plan", {"step": "ship", "pair": "all"}, expected_duration="6h", title="Install"),
    }
    lines = {each: {"product": "GOOD"} for each in ("L1", "L2")}
    order = an_order(lines, requested_completion=requested)
    return planned(order, goods({"payments": payments, "shipping": shipping}))


class Book(OrderBook):
    """An order book that has one plan, and nothing to be asked besides."""

    def __init__(self, plan: OrderPlan) -> None:
        super().__init__("sqlite://")
        self._remember(plan)


def running(plan: OrderPlan, now: datetime, **states: tuple[StepState, float | None, float | None]) -> TimedOrder:
    """Return an order some hours after its acceptance; states by step, with the hours of start and end."""
    steps = []
    for each in plan.steps:
        state, start, end = states.get(each.id.replace(".", "_").replace("@", "_"), (StepState.PENDING, None, None))
        given = {
            "id": each.id, "group": each.group, "title": plan.definition_of(each).title, "type": "milestone",
            "state": state, "reason": "", "after": tuple(one.step for one in each.after),
            "started_at": None if start is None else NOW + start * HOUR,
            "ended_at": None if end is None else NOW + end * HOUR,
        }  # fmt: skip
        steps.append(StepView.model_validate(given))
    view = OrderView(
        number="SO-1", account="ACME", state=OrderState.IN_PROGRESS, priority="normal", catalog=plan.catalog,
        accepted_at=NOW, plan=plan.digest, steps=tuple(steps),
    )  # fmt: skip
    return timed(Book(plan), view, (), now)


def half_done(requested: str = "2026-11-26") -> TimedOrder:
    done, busy, stuck = StepState.COMPLETED, StepState.IN_PROGRESS, StepState.FATALLY_FAILED
    return running(
        a_plan(requested),
        NOW + 8 * HOUR,
        payments_pay=(done, 0, 3),
        shipping_ship_L1=(busy, 3, None),
        shipping_ship_L2=(stuck, 4, None),
        shipping_print_L1=(done, 0, 1.5),
        shipping_print_L2=(StepState.SKIPPED, None, 0.1),
    )


def test_an_order_under_way_shows_what_has_been_what_is_and_what_comes() -> None:
    drawn = gantt(half_done(), NOW + 8 * HOUR, zone=UTC).plain
    assert_golden("gantt/running.txt", f"{drawn}\n")
    assert max(len(each) for each in drawn.splitlines()[:-3]) <= WIDTH


def test_a_plan_that_has_not_run_shows_its_timetable_without_now() -> None:
    drawn = gantt(as_planned(a_plan("2026-12-24")), NOW, 60, UTC).plain
    assert_golden("gantt/planned.txt", f"{drawn}\n")
    assert max(len(each) for each in drawn.splitlines()[:-3]) <= 60


def test_a_promise_that_will_be_broken_is_told_below_the_chart() -> None:
    late = gantt(half_done("2026-11-25"), NOW + 8 * HOUR, zone=UTC).plain.splitlines()[-1]
    assert late == "Predicted completion 2026-11-26 03:00:00, 3:00:00 after the end of the requested 2026-11-25"


@pytest.mark.parametrize("width", [20, 30, 41, 100, 400])
def test_a_chart_fits_any_width(width: int) -> None:
    drawn = gantt(half_done(), NOW + 8 * HOUR, width, UTC).plain.splitlines()
    assert max(len(each) for each in drawn[:-3]) <= max(width, 40)


def test_an_order_without_a_plan_says_so() -> None:
    drawn = gantt(half_done().model_copy(update={"steps": ()}), NOW, zone=UTC).plain
    assert drawn == "Order SO-1 has no plan yet; `dro doctor` tells whether a worker runs."


def test_without_a_terminal_a_chart_has_a_fixed_width() -> None:
    assert chart_width(Console(width=1_000)) == WIDTH
    assert chart_width(Console(width=133, force_terminal=True)) == 133
