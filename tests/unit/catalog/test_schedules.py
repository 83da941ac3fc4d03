"""Schedules as written: their shapes, and what the checks find in them (`domain.md` P5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from catalog.schedules import Base, BaseKind, Schedule, Take
from tests.unit.catalog.shops import products, told


def document(schedule: object) -> dict[str, object]:
    attributes = {"installed": {"type": "date"}, "colour": {"type": "text"}}
    return {
        "products": products(A={"attributes": attributes}),
        "step_groups": {"g": {"steps": {"it": {"type": "milestone", "schedule": schedule}}}},
        "scenarios": {"s": {"product": "A", "group": "g"}},
    }


def test_a_schedule_is_written_with_a_base_and_an_offset_of_either_sign() -> None:
    written = {"base": {"attribute": "installed"}, "offset": "-2d", "take": "latest"}
    found = Schedule.model_validate(written)
    assert found.base == Base(kind=BaseKind.ATTRIBUTE, attribute="installed")
    assert (found.offset, found.take) == (-timedelta(days=2), Take.LATEST)
    assert Schedule.model_validate({"offset": "90m"}).offset == timedelta(minutes=90)
    assert Schedule.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize("base", ["attribute", "tomorrow", {"attribute": "x", "more": 1}, {"by": "x"}, 3])
def test_a_base_that_is_none_is_refused(base: object) -> None:
    with pytest.raises(ValidationError):
        Schedule.model_validate({"base": base})


@pytest.mark.parametrize("offset", ["--2d", "2", "-", "- 2d", 3])
def test_an_offset_that_is_no_length_is_refused(offset: object) -> None:
    with pytest.raises(ValidationError, match="expected a duration"):
        Schedule.model_validate({"offset": offset})


def test_a_sound_schedule_has_no_issues() -> None:
    assert told("schedule_attribute", document({"base": {"attribute": "installed"}})) == []
    assert told("schedule_before_ready", document({"base": "requested_date", "offset": "-1d"})) == []


def test_an_attribute_that_no_source_line_has_is_an_error_with_the_nearest_date() -> None:
    assert told("schedule_attribute", document({"base": {"attribute": "instaled"}})) == [
        (
            "step_groups.g.steps.it.schedule.base.attribute: error[schedule_attribute]: No line that brings `g` in has "
            "an attribute `instaled`. Did you mean `installed`?"
        )
    ]


def test_an_attribute_that_is_no_date_is_an_error() -> None:
    assert told("schedule_attribute", document({"base": {"attribute": "colour"}})) == [
        (
            "step_groups.g.steps.it.schedule.base.attribute: error[schedule_attribute]: `colour` is `text`, no date. "
            "Name an attribute of type `date` or `datetime`."
        )
    ]


def test_a_step_is_not_scheduled_for_a_time_before_it_is_ready() -> None:
    assert told("schedule_before_ready", document({"offset": "-1d"})) == [
        (
            "step_groups.g.steps.it.schedule.offset: error[schedule_before_ready]: A step cannot start before it is "
            "ready. Give a positive offset, or count from a date."
        )
    ]
