"""Which calendars the steps of a catalog count working time by (`domain.md` P5); the environment has them."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.base import Name, Path
from catalog.calendars import Calendar, Calendars
from catalog.catalog import Catalog
from catalog.step_graph import every_step
from catalog.steps import StepDefinition


def calendars_of(step: StepDefinition) -> Iterator[tuple[Path, Name]]:
    """Yield the calendars that a step names, each with where it does so within the step."""
    if step.calendar is not None:
        yield ("calendar",), step.calendar
    if step.schedule is not None and step.schedule.calendar is not None:
        yield ("schedule", "calendar"), step.schedule.calendar
    for at, before in enumerate(step.after):
        if before.calendar is not None:
            yield ("after", at, "calendar"), before.calendar


def calendars_named(catalog: Catalog) -> tuple[Name, ...]:
    """Return the calendars that steps of a catalog name, sorted, each once."""
    return tuple(sorted({name for _, step in every_step(catalog) for _, name in calendars_of(step)}))


def calendars_for(catalog: Catalog, calendars: Calendars) -> Calendars:
    """Return those of the calendars that steps of a catalog name, by name."""
    known: dict[Name, Calendar] = {each.name: each for each in calendars}
    return tuple(known[each] for each in calendars_named(catalog) if each in known)
