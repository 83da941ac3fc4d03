"""Checks of coverage: what is sold is fulfilled, nothing is said twice, nothing stands idle (`domain.md` C10, D2)."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.base import Issue, Path
from catalog.catalog import Catalog
from catalog.checks.issues import error, warning
from catalog.checks.names import step_path, subjects
from catalog.checks.written import every_expression
from catalog.expressions import ExpressionError, parse
from catalog.products import Scope, ScopeKind
from catalog.reach import Reach
from catalog.step_graph import StepGraph, every_step
from catalog.steps import Callout

_BREADTH = {ScopeKind.LINE: 0, ScopeKind.BUNDLE: 1, ScopeKind.BY: 2, ScopeKind.ORDER: 3, ScopeKind.ACCOUNT: 4}
"""How much a scope gathers; a key gathers lines of any bundle of the order."""


def unfulfilled_product(catalog: Catalog) -> Iterable[Issue]:
    """A commercial product has a rule, a scenario, components, or a reason why nothing need be done."""
    products = {each.product for _, each in subjects(catalog)}
    classes = {each.classification for _, each in subjects(catalog)}
    for product in catalog.products:
        idle = product.code not in products and not any(each in classes for each in catalog.classes_of(product))
        if idle and not product.components and not product.nothing_to_do:
            message = f"Nothing fulfils `{product.code}`: no rule and no scenario is for it or its classifications."
            hint = "Add one, or say why nothing need be done under `nothing_to_do`."
            yield error("unfulfilled_product", ("products", product.code), message, hint)


def broader_than_parent(catalog: Catalog) -> Iterable[Issue]:
    """The scope of a technical product is not broader than that of the one it is kept under."""
    for product in catalog.technical_products:
        parent = catalog.technical(product.parent) if product.parent is not None else None
        if parent is not None and (found := _broader(product.scope, parent.scope)):
            scope, above = found
            message = f"`{product.code}` has {scope}, which is broader than {above} of its parent `{parent.code}`."
            hint = f"Give `{parent.code}` the broader scope, or `{product.code}` the narrower one."
            yield error("broader_than_parent", ("technical_products", product.code, "scope"), message, hint)


def _broader(scope: Scope, above: Scope) -> tuple[str, str] | None:
    """Return both scopes in words if the first is broader, by itself or where its key is missing."""
    if _BREADTH[scope.kind] > _BREADTH[above.kind]:
        return f"scope {scope}", f"scope {above}"
    if scope.fallback is None:
        return None
    # Without a key the parent falls back too, if it has the same one; else it keeps its scope.
    limit = above.fallback or above.kind
    if _BREADTH[scope.fallback] > _BREADTH[limit]:
        named = "fallback" if above.fallback else "scope"
        return f"fallback {scope.fallback.value}", f"{named} {limit.value}"
    return None


def unreachable_group(catalog: Catalog) -> Iterable[Issue]:
    """A scenario brings in every step group, unless it is an alternative, or steps name it for changes."""
    reached = {each.group for each in catalog.scenarios} | StepGraph(catalog).named_by.keys()
    for group in catalog.step_groups:
        if group.name not in reached and not group.alternative:
            message = f"No scenario brings in the step group `{group.name}`."
            hint = "Add a scenario, or remove it; if it stands in for steps that fail, mark it `alternative: true`; "
            hint += "if it undoes a step, name it there as `on_cancel`."
            yield warning("unreachable_group", ("step_groups", group.name), message, hint)


def unused_technical_product(catalog: Catalog) -> Iterable[Issue]:
    """A technical product is the target of a rule, or others are kept under it."""
    used = {each.target for each in catalog.decomposition_rules} | {each.parent for each in catalog.technical_products}
    for product in catalog.technical_products:
        if product.code not in used:
            message = f"No rule leads to the technical product `{product.code}`."
            path: Path = ("technical_products", product.code)
            yield warning("unused_technical_product", path, message, "Add a rule with it as target, or remove it.")


def empty_classification(catalog: Catalog) -> Iterable[Issue]:
    """A classification has products, of its own or by those below it."""
    members = Reach(catalog).members
    for each in catalog.classifications:
        if each.code not in members:
            message = f"No product is of the classification `{each.code}`: rules and scenarios for it never apply."
            hint = "Give a product this `classification`, or remove it."
            yield warning("empty_classification", ("classifications", each.code), message, hint)


def unused_unit(catalog: Catalog) -> Iterable[Issue]:
    """A product is counted in every unit, or another unit is a multiple of it."""
    products = (*catalog.products, *catalog.technical_products)
    used = {each.unit for each in products} | {each.base for each in catalog.units}
    for unit in catalog.units:
        if unit.code not in used:
            message = f"No product is counted in the unit `{unit.code}`."
            yield warning("unused_unit", ("units", unit.code), message, "Give a product this `unit`, or remove it.")


def unused_operation(catalog: Catalog) -> Iterable[Issue]:
    """A step calls every operation of a system of which any is called."""
    called = _called(catalog)
    for system in catalog.systems:
        names = [each.name for each in system.operations]
        if not any(f"{system.name}.{name}" in called for name in names):
            continue
        for name in names:
            if f"{system.name}.{name}" not in called:
                path: Path = ("systems", system.name, "operations", name)
                message = f"No step calls the operation `{system.name}.{name}`."
                yield warning("unused_operation", path, message, "Add a callout, or remove it.")


def unused_system(catalog: Catalog) -> Iterable[Issue]:
    """A step calls an operation of every system."""
    called = _called(catalog)
    for system in catalog.systems:
        if not any(f"{system.name}.{each.name}" in called for each in system.operations):
            message = f"No step calls the system `{system.name}`."
            yield warning("unused_system", ("systems", system.name), message, "Add a callout, or remove it.")


def unused_table(catalog: Catalog) -> Iterable[Issue]:
    """A mapping or an expression looks values up in every value table."""
    used = {mapping.table for rule in catalog.decomposition_rules for mapping in rule.mappings}
    for written in every_expression(catalog, Reach(catalog)):
        used.update(_tables(written.source))
    for table in catalog.value_tables:
        if table.name not in used:
            message = f"Nothing looks values up in the value table `{table.name}`."
            yield warning("unused_table", ("value_tables", table.name), message, "Look values up in it, or remove it.")


def empty_group(catalog: Catalog) -> Iterable[Issue]:
    """A step group has steps."""
    for group in catalog.step_groups:
        if not group.steps:
            message = f"The step group `{group.name}` has no steps."
            yield error("empty_group", ("step_groups", group.name), message, "Add a step, or remove the group.")


def repeated_dependency(catalog: Catalog) -> Iterable[Issue]:
    """A step names each of its prerequisites once."""
    for group, step in every_step(catalog):
        seen: set[str] = set()
        for position, each in enumerate(step.after):
            name = each.step.removeprefix(f"{group.name}.")
            if name in seen:
                path = (*step_path(f"{group.name}.{step.name}"), "after", position, "step")
                yield error("repeated_dependency", path, f"`{each.step}` is named twice.", "Keep one of the two.")
            seen.add(name)


def _called(catalog: Catalog) -> frozenset[str]:
    return frozenset(step.operation for _, step in every_step(catalog) if isinstance(step, Callout))


def _tables(source: str) -> tuple[str, ...]:
    try:
        return parse(source).tables
    except ExpressionError:
        return ()
