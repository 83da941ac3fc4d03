"""Checks of schedules: what a step's start is counted from exists and is a date (`domain.md` P5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from catalog.base import Issue, Path
from catalog.catalog import Catalog
from catalog.checks.issues import error, nearest
from catalog.products import Attribute
from catalog.reach import Reach
from catalog.schedules import BaseKind, Schedule
from catalog.step_graph import every_step
from catalog.values import ValueType
from catalog.words import listed


def schedule_attribute(catalog: Catalog) -> Iterable[Issue]:
    """A schedule counts from a date or datetime attribute of a line that brings the step in."""
    reach = Reach(catalog)
    for path, group, schedule in _schedules(catalog):
        name = schedule.base.attribute
        if name is None:
            continue
        known = _attributes(catalog, reach, group)
        types = dict.fromkeys(each.type for each in known if each.name == name)
        where = (*path, "base", "attribute")
        if not types:
            message = f"No line that brings `{group}` in has an attribute `{name}`."
            dates = dict.fromkeys(each.name for each in known if each.type in (ValueType.DATE, ValueType.DATETIME))
            hint = nearest(name, dates, "Their dates") if dates else "None of them has a date attribute: add one."
            yield error("schedule_attribute", where, message, hint)
        elif wrong := [each.value for each in types if each not in (ValueType.DATE, ValueType.DATETIME)]:
            message = f"`{name}` is {listed(wrong)}, no date."
            yield error("schedule_attribute", where, message, "Name an attribute of type `date` or `datetime`.")


def schedule_before_ready(catalog: Catalog) -> Iterable[Issue]:
    """No step is scheduled for a time before it is ready."""
    for path, _, schedule in _schedules(catalog):
        if schedule.base.kind is BaseKind.READY and schedule.offset < timedelta(0):
            message = "A step cannot start before it is ready."
            hint = "Give a positive offset, or count from a date."
            yield error("schedule_before_ready", (*path, "offset"), message, hint)


def _schedules(catalog: Catalog) -> Iterator[tuple[Path, str, Schedule]]:
    for group, step in every_step(catalog):
        if step.schedule is not None:
            yield ("step_groups", group.name, "steps", step.name, "schedule"), group.name, step.schedule


def _attributes(catalog: Catalog, reach: Reach, group: str) -> tuple[Attribute, ...]:
    """Return the attributes of all products whose lines bring a group in."""
    scenarios = [each for each in catalog.scenarios if each.group == group]
    codes = dict.fromkeys(code for each in scenarios for code in reach.sources(each))
    return tuple(attribute for code in codes for attribute in catalog.attributes_of(code))
