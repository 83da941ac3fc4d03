"""When each step can start, when it must, and when the order completes (`domain.md` P5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from catalog.steps import Milestone, StepType
from decomposition.clock import plus
from decomposition.model import After, Definition, OrderPlan, Step
from decomposition.schedule import timetable
from tests.unit.decomposition.builders import NOW, an_order, planned, step
from tests.unit.decomposition.groups import goods, milestone

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def diamond(**order: object) -> OrderPlan:
    """Plan `pay`, then `pick` beside the longer `print`, then, two hours after both, `ship`."""
    steps = {
        "pay": milestone(expected_duration="1h"),
        "pick": milestone("plan", "pay", expected_duration="2h"),
        "print": milestone("plan", "pay", expected_duration="5h"),
        "ship": milestone(
            "plan", {"step": "pick", "lag": "2h"}, {"step": "print", "lag": "2h"}, expected_duration="1d"
        ),
    }
    return planned(an_order({"L1": {"product": "GOOD"}}, **order), goods({"g": steps}))


def scheduled(
    schedule: Mapping[str, object], lines: Mapping[str, object] | None = None, /, **order: object
) -> tuple[OrderPlan, Step]:
    """Plan one step, two hours after another, with this schedule."""
    before = milestone(expected_duration="1h")
    steps = {"before": before, "it": milestone("plan", {"step": "before", "lag": "2h"}, schedule=schedule)}
    found = planned(an_order(lines or {"L1": {"product": "GOOD"}}, **order), goods({"g": steps}))
    return found, step(found, "g.it")


def midnight(day: int) -> datetime:
    return datetime(2026, 12, day, tzinfo=UTC)


def test_a_step_starts_when_all_before_it_have_ended_and_their_lag_is_over() -> None:
    found = {each.name: (each.planned_start, each.planned_end) for each in diamond().steps}
    assert found == {
        "pay": (NOW, NOW + HOUR),
        "pick": (NOW + HOUR, NOW + 3 * HOUR),
        "print": (NOW + HOUR, NOW + 6 * HOUR),
        "ship": (NOW + 8 * HOUR, NOW + 32 * HOUR),
    }


def test_a_start_may_be_as_late_as_delays_nothing() -> None:
    found = diamond()
    assert {each.name: each.slack for each in found.steps} == {
        "pay": timedelta(0),
        "pick": 3 * HOUR,
        "print": timedelta(0),
        "ship": timedelta(0),
    }
    assert step(found, "g.pick").latest_start == NOW + 4 * HOUR


def test_the_critical_path_is_the_chain_that_decides_about_the_completion() -> None:
    found = diamond()
    assert found.critical_path == ("g.pay", "g.print", "g.ship")
    assert [each.name for each in found.steps if each.critical] == ["pay", "print", "ship"]
    assert found.predicted_completion == NOW + 32 * HOUR


def test_of_two_chains_that_take_equally_long_the_first_by_id_is_the_critical_path() -> None:
    steps = {name: milestone(expected_duration="1h") for name in ("a", "b")} | {"c": milestone("plan", "b", "a")}
    found = planned(an_order({"L1": {"product": "GOOD"}}), goods({"g": steps}))
    assert found.critical_path == ("g.a", "g.c")
    assert all(each.critical for each in found.steps)


@pytest.mark.parametrize(("requested", "late"), [("2026-11-26", None), ("2026-11-25", 16 * HOUR), (None, None)])
def test_an_order_is_late_by_what_it_takes_beyond_the_requested_day(
    requested: str | None, late: timedelta | None
) -> None:
    assert diamond(requested_completion=requested).late_by == late


def test_a_step_starts_no_earlier_than_its_schedule_says_and_what_is_before_it_has_slack() -> None:
    found, it = scheduled({"base": "requested_date", "offset": "-2d"}, requested_completion="2026-12-10")
    assert (it.not_before, it.planned_start) == (midnight(8), midnight(8))
    assert found.critical_path == ("g.it",)
    assert step(found, "g.before").latest_start == midnight(8) - 3 * HOUR


def test_a_date_that_is_past_delays_nothing() -> None:
    _, it = scheduled({"base": "order_date"}, order_date="2026-11-01")
    assert it.planned_start == NOW + 3 * HOUR


def test_what_is_counted_from_the_order_reads_the_order() -> None:
    _, it = scheduled({"base": "requested_start", "offset": "6h"}, requested_start="2026-12-01")
    assert it.not_before == midnight(1) + 6 * HOUR


@pytest.mark.parametrize(("take", "day"), [("earliest", 3), ("latest", 5)])
def test_of_several_source_lines_the_earliest_date_counts_unless_the_latest_is_declared(take: str, day: int) -> None:
    lines = {
        "L1": {"product": "GOOD", "requested_date": "2026-12-05"},
        "L2": {"product": "GOOD", "requested_date": "2026-12-03"},
        "L3": {"product": "GOOD"},
    }
    _, it = scheduled({"base": "requested_date", "take": take}, lines)
    assert it.not_before == midnight(day)


def test_a_date_attribute_of_the_source_line_is_counted_from() -> None:
    catalog = goods({"g": {"it": milestone("line", schedule={"base": {"attribute": "installed"}, "offset": "1d"})}})
    product = catalog.products[1].model_copy(
        update={
            "attributes": type(catalog)
            .model_validate({"order_attributes": {"installed": {"type": "date"}}})
            .order_attributes
        }
    )
    catalog = catalog.model_copy(update={"products": (catalog.products[0], product, catalog.products[2])})
    lines = {"L1": {"product": "GOOD", "attributes": {"installed": "2026-12-04"}}, "L2": {"product": "GOOD"}}
    found = planned(an_order(lines), catalog)
    assert step(found, "g.it@L1").not_before == midnight(5)
    assert step(found, "g.it@L2").undated == "none of its lines has a value for `installed`"


def test_a_base_without_a_date_lets_the_step_start_when_it_is_ready_and_that_is_recorded() -> None:
    found, it = scheduled({"base": "requested_date", "offset": "9d"})
    assert (it.not_before, it.planned_start) == (None, NOW + 3 * HOUR)
    assert it.undated == "none of its lines has a requested date"
    assert scheduled({"base": "requested_start"})[1].undated == f"order {found.order.number} has no requested start"


def test_an_offset_from_ready_counts_from_the_end_of_what_is_before() -> None:
    found, it = scheduled({"offset": "4h"})
    assert it.after == (After(step="g.before", lag=6 * HOUR),)
    assert it.planned_start == NOW + 7 * HOUR
    assert found.critical_path == ("g.before", "g.it")


def test_an_offset_from_ready_of_a_first_step_counts_from_the_acceptance() -> None:
    steps = {"it": milestone(schedule={"base": "ready", "offset": "1d"})}
    found = planned(an_order({"L1": {"product": "GOOD"}}), goods({"g": steps}))
    assert step(found, "g.it").not_before == NOW + DAY


def test_a_whole_order_step_takes_the_requested_date_of_an_order_without_lines() -> None:
    steps = {"g": {"it": milestone(schedule={"base": "requested_date"})}}
    found = planned(an_order(requested_completion="2026-12-06"), goods(steps, {"S": {"group": "g"}}))
    assert step(found, "g.it").not_before == midnight(6)


def test_a_plan_read_back_has_the_same_times() -> None:
    found, _ = scheduled({"base": "requested_date"}, requested_completion="2026-12-10")
    again = OrderPlan.model_validate_json(found.model_dump_json())
    assert (again, again.digest) == (found, found.digest)


def test_lengths_beyond_the_calendar_end_at_its_last_moment() -> None:
    century = "36525d"
    steps = {"s00": milestone(expected_duration=century)} | {
        f"s{at:02}": milestone("plan", {"step": f"s{at - 1:02}", "lag": century}, schedule={"offset": century})
        for at in range(1, 50)
    }
    found = planned(an_order({"L1": {"product": "GOOD"}}), goods({"g": steps}))
    assert found.predicted_completion == plus(NOW, timedelta.max)


def test_a_chain_of_twenty_thousand_steps_is_neither_recursion_nor_a_square() -> None:
    count = 20_000
    definition = Definition(
        group="g",
        group_title="G",
        step=Milestone(name="m", type=StepType.MILESTONE, expected_duration=timedelta(seconds=1)),
    )
    steps = [
        Step(id=f"g.m@{n:05}", group="g", name="m", after=(After(step=f"g.m@{n - 1:05}"),) if n else ())
        for n in range(count)
    ]
    found = timetable(steps, {"g.m": definition}, NOW)
    assert found.predicted_completion == NOW + timedelta(seconds=count)
    assert found.critical_path == tuple(each.id for each in steps)
