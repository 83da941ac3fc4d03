"""Planning: from an order and a catalog to the plan, or to all reasons to refuse the order (`domain.md` §5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from catalog.base import Issue, Refused
from catalog.calendars import Calendars
from catalog.catalog import Catalog
from catalog.rules import LineAction
from catalog.words import did_you_mean
from catalog.working import calendars_for
from decomposition.asking import Asking
from decomposition.assets import Assets
from decomposition.decompose import decompose
from decomposition.decomposed import Decomposition
from decomposition.definitions import definition_in, tables_read, unknown_calendars, with_titles
from decomposition.dependencies import Linker
from decomposition.family import Family
from decomposition.instances import Instances
from decomposition.intake import order_values
from decomposition.lines import Line, LineKind
from decomposition.model import Definition, OrderPlan, ProductTitle, Step
from decomposition.order import Order
from decomposition.pairing import Pairs
from decomposition.records import Records, tables_of
from decomposition.scenarios import Scenarios, uncovered
from decomposition.schedule import dated, timetable


def plan(
    order: Order, catalog: Catalog, assets: Assets = (), *, now: datetime, calendars: Calendars = ()
) -> OrderPlan | Refused:
    """Return the plan of an order accepted at `now`, or all reasons to refuse the order.

    `calendars` are those of the installation; the plan keeps the ones that its catalog names.
    """
    decomposed = decompose(order, catalog, assets, now=now)
    if isinstance(decomposed, Refused):
        return decomposed
    return _planned(order, catalog, decomposed, now, calendars)


def _planned(
    order: Order, catalog: Catalog, decomposed: Decomposition, now: datetime, calendars: Calendars
) -> OrderPlan | Refused:
    lines = decomposed.lines
    titles = _titles(lines, catalog)
    attributes = order_values(order, catalog)
    records = Records(order, attributes, lines, {each.code: each.name for each in titles}, decomposed.assets)
    asking = Asking(tables_of(catalog.value_tables))
    scenarios = Scenarios(catalog, asking, records)
    scenarios.match(lines)
    asking.issues += uncovered(lines, catalog, scenarios.matched())
    steps, definitions = _steps(lines, catalog, scenarios, asking, records)
    if not steps and not asking.issues:
        asking.issues.append(_empty(order))
    asking.issues += unknown_calendars(definitions.values(), calendars)
    if asking.issues:
        return Refused(issues=tuple(asking.issues))
    by_id = {line.id: line for line in lines}
    linked = Linker(definitions, steps, Pairs(Family(lines), by_id, asking, records)).linked()
    if asking.issues or linked.issues:
        return Refused(issues=(*asking.issues, *linked.issues))
    trace = sorted((*decomposed.trace, *scenarios.trace), key=lambda each: (each.line or "", each.rule))
    used = tuple(definitions[code] for code in sorted(definitions))
    calendars = calendars_for(catalog, calendars)
    times = timetable(dated(linked.steps, definitions, order, by_id, now, calendars), definitions, now, calendars)
    return OrderPlan(
        catalog=catalog.digest,
        accepted_at=now,
        order=order,
        lines=lines,
        definitions=used,
        steps=times.steps,
        dropped=with_titles(linked.dropped, catalog),
        trace=tuple(trace),
        tables=tables_read(used, catalog),
        titles=titles,
        order_attributes=attributes,
        order_facts=catalog.order_facts,
        line_facts=catalog.line_facts,
        assets=decomposed.assets,
        predicted_completion=times.predicted_completion,
        critical_path=times.critical_path,
        calendars=calendars,
    )


def _titles(lines: Iterable[Line], catalog: Catalog) -> tuple[ProductTitle, ...]:
    codes = sorted(dict.fromkeys(line.product for line in lines))
    products = [catalog.product(code) for code in codes]
    return tuple(
        ProductTitle(code=each.code, name=each.name, classes=catalog.classes_of(each)) for each in products if each
    )


def _steps(
    lines: tuple[Line, ...], catalog: Catalog, scenarios: Scenarios, asking: Asking, records: Records
) -> tuple[list[Step], dict[str, Definition]]:
    """Return the steps of all groups that scenarios brought in, and the definitions they are instances of."""
    commercial = [line.id for line in lines if line.kind is LineKind.COMMERCIAL]
    instances = Instances({line.id: line for line in lines}, commercial, asking, records)
    steps: list[Step] = []
    definitions: dict[str, Definition] = {}
    for name in sorted(scenarios.reasons):
        group = catalog.group(name)
        if group is None:
            hint = did_you_mean(name, (each.name for each in catalog.step_groups), "Step groups")
            message = f"Scenario `{scenarios.reasons[name][0].scenario}`: there is no step group `{name}`."
            asking.issues.append(Issue(check="unknown_group", message=message, hint=hint))
            continue
        steps += instances.of(group, scenarios.reasons[name])
        for definition in group.steps:
            found = definition_in(group, definition, catalog)
            definitions[found.id] = found
    return steps, definitions


def _empty(order: Order) -> Issue:
    what = "has no lines, and no scenario is for the order as a whole" if not order.lines else "brings no step in"
    hint = "Order something that has something to do, or add a scenario."
    if order.lines and all(each.action is not LineAction.ADD for each in order.lines):
        hint = "The account has all of it as it is ordered; change something, or add a scenario for it."
    return Issue(check="empty_plan", message=f"Order `{order.number}` {what}: there is nothing to do.", hint=hint)
