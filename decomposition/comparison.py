"""What differs between two plans of the same order, in words: lines, steps, what waits for what, and look-ups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum

from pydantic import Field

from catalog.base import Frozen
from catalog.differences import Kind, changes
from catalog.words import listed
from decomposition.clock import Lag, both
from decomposition.lines import Line, LineKind
from decomposition.model import Definition, OrderPlan
from decomposition.wording import count, delay, plain


class Aspect(StrEnum):
    """What of an order a consequence is about."""

    ORDER = "order"
    LINE = "line"
    STEP = "step"
    DEPENDENCY = "dependency"
    TABLE = "table"


class Consequence(Frozen):
    """One thing that differs: `subject` is a product, a step or a table, `text` says what, as after "it".

    `general` says it without what only this order has, such as its values; empty where `text` has nothing of that.
    """

    aspect: Aspect
    kind: Kind
    subject: str
    text: str
    general: str = Field(default="", exclude=True)


def compared(before: OrderPlan, after: OrderPlan) -> tuple[Consequence, ...]:
    """Return how the second plan differs from the first: lines, steps, dependencies, value tables, each by name.

    Steps are counted by definition and lines by product: ids derive from keys, and tell nothing by themselves.
    """
    return (
        *_lines(before, after),
        *_steps(before, after),
        *_dependencies(before, after),
        *_tables(before, after),
    )


def _lines(before: OrderPlan, after: OrderPlan) -> Iterator[Consequence]:
    # Between two orders, lines that were ordered differ by what was ordered: that tells nothing.
    kinds = tuple(LineKind) if before.order == after.order else (LineKind.TECHNICAL,)
    old, new = _by_product(before, kinds), _by_product(after, kinds)
    for product in sorted({**old, **new}):
        yield from _of_product(product, old.get(product, ()), new.get(product, ()))


def _by_product(plan: OrderPlan, kinds: tuple[LineKind, ...]) -> Mapping[str, tuple[Line, ...]]:
    found: dict[str, tuple[Line, ...]] = {}
    for each in plan.lines:
        if each.kind in kinds:
            found[each.product] = (*found.get(each.product, ()), each)
    return found


def _of_product(product: str, before: tuple[Line, ...], after: tuple[Line, ...]) -> Iterator[Consequence]:
    technical = (*before, *after)[0].kind is LineKind.TECHNICAL
    what = f"technical line `{product}`" if technical else f"line `{product}`"
    if len(before) != len(after):
        yield _count_changed(Aspect.LINE, what, product, len(before), len(after))
    elif len(before) == 1:
        for text, general in _of_line(before[0], after[0]):
            yield _line_changed(product, f"{what}: {text}", f"{what}: {general}")
    elif sorted(map(_content, before)) != sorted(map(_content, after)):
        lines = f"{'technical ' if technical else ''}lines `{product}`"
        otherwise = "other quantities or attributes of"
        yield _line_changed(product, f"{otherwise} the {len(before)} {lines}", f"{otherwise} {lines}")


def _line_changed(product: str, text: str, general: str) -> Consequence:
    return Consequence(aspect=Aspect.LINE, kind=Kind.CHANGED, subject=product, text=text, general=general)


def _of_line(before: Line, after: Line) -> Iterator[tuple[str, str]]:
    if before.quantity != after.quantity:
        yield f"quantity {plain(after.quantity)} instead of {plain(before.quantity)}", "another quantity"
    old, new = ({each.name: each.text for each in line.attributes} for line in (before, after))
    for name in sorted({**old, **new}):
        if old.get(name) != new.get(name):
            yield f"`{name}` is {_shown(new.get(name))} instead of {_shown(old.get(name))}", f"another `{name}`"


def _content(line: Line) -> tuple[str, ...]:
    return plain(line.quantity), *(f"{each.name}={each.text!r}" for each in line.attributes)


def _steps(before: OrderPlan, after: OrderPlan) -> Iterator[Consequence]:
    old, new = (Counter(each.definition for each in plan.steps) for plan in (before, after))
    definitions = [{each.id: each for each in plan.definitions} for plan in (before, after)]
    for step in sorted({**old, **new}):
        if old[step] != new[step]:
            yield _count_changed(Aspect.STEP, f"step `{step}`", step, old[step], new[step], _first_after(after, step))
        if old[step] and new[step] and (parts := _otherwise(definitions[0][step], definitions[1][step])):
            text = f"does step `{step}` otherwise ({listed(parts)})"
            yield Consequence(aspect=Aspect.STEP, kind=Kind.CHANGED, subject=step, text=text)


def _otherwise(before: Definition, after: Definition) -> tuple[str, ...]:
    """Return the parts of a step definition that differ, but for its dependencies, which are told by themselves."""
    if (before.step, before.operation, before.function) == (after.step, after.operation, after.function):
        return ()  # as nearly all are; what follows takes its time
    step = changes(before.step.model_copy(update={"after": ()}), after.step.model_copy(update={"after": ()}))
    parts = [each.path for each in step]
    for name, old, new in (
        ("operation", before.operation, after.operation),
        ("function", before.function, after.function),
    ):
        if old is not None and new is not None and old.name == new.name:
            parts += [f"{name}.{each.path}" for each in changes(old, new)]
    return tuple(parts)


def _first_after(plan: OrderPlan, definition: str) -> str:
    """Return after what a step that is new comes, as the end of a sentence."""
    found = sorted(_prerequisites(plan).get(definition, ()))
    return f", after {listed(found)}" if found else ""


def _dependencies(before: OrderPlan, after: OrderPlan) -> Iterator[Consequence]:
    """Yield what steps of both plans wait for in one of them only; of steps that come or go that is implied."""
    old, new = _prerequisites(before), _prerequisites(after)
    for step in (each for each in sorted(old) if each in new):
        for other in sorted({**old[step], **new[step]}):
            if other not in old[step]:
                yield _dependency(step, Kind.ADDED, f"`{step}` waits for `{other}`{_delay(new[step][other])}")
            elif other in new[step] and old[step][other] != new[step][other]:
                delays = f"a delay of {_length(new[step][other])} instead of {_length(old[step][other])}"
                yield _dependency(step, Kind.CHANGED, f"`{step}` waits for `{other}` with {delays}")
            elif other not in new[step] and other in new:
                yield _dependency(step, Kind.REMOVED, f"`{step}` no longer waits for `{other}`")


def _tables(before: OrderPlan, after: OrderPlan) -> Iterator[Consequence]:
    """Yield the tables that both plans look things up in while they run, where the rows differ."""
    old = {each.name: each for each in before.tables}
    for table in after.tables:
        if (was := old.get(table.name)) is not None and was != table:
            text = f"looks things up in other rows of table `{table.name}`"
            yield Consequence(aspect=Aspect.TABLE, kind=Kind.CHANGED, subject=table.name, text=text)


def _dependency(step: str, kind: Kind, text: str) -> Consequence:
    return Consequence(aspect=Aspect.DEPENDENCY, kind=kind, subject=step, text=text)


def _prerequisites(plan: OrderPlan) -> Mapping[str, Mapping[str, Lag]]:
    """Return, by step definition, the definitions that its instances wait for, with the longest delay after each."""
    definition_of = {each.id: each.definition for each in plan.steps}
    found: dict[str, dict[str, Lag]] = {}
    for step in plan.steps:
        lags = found.setdefault(step.definition, {})
        for after in plan.waits(step):
            other = definition_of[after.step]
            lags[other] = both(after, lags.get(other))
    return found


def _count_changed(aspect: Aspect, what: str, subject: str, before: int, after: int, ending: str = "") -> Consequence:
    if not before:
        more = "" if after == 1 else f", {after} times"
        text = f"adds {what}"
        return Consequence(aspect=aspect, kind=Kind.ADDED, subject=subject, text=f"{text}{more}{ending}", general=text)
    if not after:
        return Consequence(aspect=aspect, kind=Kind.REMOVED, subject=subject, text=f"no longer has {what}")
    text = f"has {what} {count(after, 'time')} instead of {before}"
    general = f"has {what} more or fewer times"
    return Consequence(aspect=aspect, kind=Kind.CHANGED, subject=subject, text=text, general=general)


def _delay(lag: Lag) -> str:
    return f" with a delay of {delay(lag)}" if delay(lag) else ""


def _length(lag: Lag) -> str:
    return delay(lag) or "none"


def _shown(text: str | None) -> str:
    return "nothing" if text is None else f"`{text}`"
