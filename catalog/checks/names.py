"""Checks of names: what is named exists, is of the right kind, and has one meaning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.base import Issue, Path
from catalog.catalog import Catalog
from catalog.checks.issues import error, nearest
from catalog.rules import DecompositionRule, Scenario
from catalog.step_graph import StepGraph, every_step
from catalog.steps import Callout, groups_for_changes


def ambiguous_code(catalog: Catalog) -> Iterable[Issue]:
    """A code names one product: commercial or technical, not both."""
    technical = {each.code for each in catalog.technical_products}
    for product in catalog.products:
        if product.code in technical:
            message = f"`{product.code}` is both a commercial and a technical product."
            yield error("ambiguous_code", ("products", product.code), message, "Give one of them another code.")


def unknown_classification(catalog: Catalog) -> Iterable[Issue]:
    """A classification that a product, classification, rule or scenario names exists."""
    known = tuple(each.code for each in catalog.classifications)
    for path, code in _classifications_named(catalog):
        if catalog.classification(code) is None:
            message = f"There is no classification `{code}`."
            yield error("unknown_classification", path, message, nearest(code, known, "Classifications"))


def _classifications_named(catalog: Catalog) -> Iterator[tuple[Path, str]]:
    for each in catalog.classifications:
        if each.parent is not None:
            yield ("classifications", each.code, "parent"), each.parent
    for section, products in (("products", catalog.products), ("technical_products", catalog.technical_products)):
        for product in products:
            if product.classification is not None:
                yield (section, product.code, "classification"), product.classification
    for section, subject in subjects(catalog):
        if subject.classification is not None:
            yield (section, subject.code, "classification"), subject.classification


def subjects(catalog: Catalog) -> Iterator[tuple[str, DecompositionRule | Scenario]]:
    """Yield every rule and scenario, with the name of its section."""
    for rule in catalog.decomposition_rules:
        yield "decomposition_rules", rule
    for scenario in catalog.scenarios:
        yield "scenarios", scenario


def unknown_product(catalog: Catalog) -> Iterable[Issue]:
    """A product that a rule, a scenario or a technical product names exists."""
    technical = tuple(each.code for each in catalog.technical_products)
    every = tuple(each.code for each in catalog.products) + technical
    for section, subject in subjects(catalog):
        code = subject.product
        if code is not None and catalog.product(code) is None:
            hint = nearest(code, every, "Products")
            yield error("unknown_product", (section, subject.code, "product"), f"There is no product `{code}`.", hint)
    for path, code in _technical_named(catalog):
        if catalog.product(code) is None:
            hint = nearest(code, technical, "Technical products")
            yield error("unknown_product", path, f"There is no technical product `{code}`.", hint)


def not_technical(catalog: Catalog) -> Iterable[Issue]:
    """A rule's target and a technical product's parent are technical products."""
    technical = dict.fromkeys(each.code for each in catalog.technical_products)
    for path, code in _technical_named(catalog):
        if code not in technical and catalog.product(code) is not None:
            hint = nearest(code, technical, "Technical products")
            message = f"`{code}` is a commercial product; a technical product is needed here."
            yield error("not_technical", path, message, hint)


def _technical_named(catalog: Catalog) -> Iterator[tuple[Path, str]]:
    for rule in catalog.decomposition_rules:
        yield ("decomposition_rules", rule.code, "target"), rule.target
    for product in catalog.technical_products:
        if product.parent is not None:
            yield ("technical_products", product.code, "parent"), product.parent


def unknown_component(catalog: Catalog) -> Iterable[Issue]:
    """A component of a bundle is a commercial product or a classification."""
    known = tuple(each.code for each in catalog.products) + tuple(each.code for each in catalog.classifications)
    for bundle in catalog.products:
        for component in bundle.components:
            code = component.product
            if catalog.commercial(code) is None and catalog.classification(code) is None:
                message = f"There is no commercial product or classification `{code}`."
                hint = nearest(code, known, "Products and classifications")
                yield error("unknown_component", ("products", bundle.code, "components", code), message, hint)


def unknown_group(catalog: Catalog) -> Iterable[Issue]:
    """The step group that a scenario names, or a step for changes of orders under way, exists."""
    known = tuple(each.name for each in catalog.step_groups)
    for path, name in _groups_named(catalog):
        if catalog.group(name) is None:
            yield error("unknown_group", path, f"There is no step group `{name}`.", nearest(name, known, "Groups"))


def _groups_named(catalog: Catalog) -> Iterator[tuple[Path, str]]:
    for scenario in catalog.scenarios:
        yield ("scenarios", scenario.code, "group"), scenario.group
    for group, step in every_step(catalog):
        for key, name in groups_for_changes(step).items():
            yield (*step_path(f"{group.name}.{step.name}"), *key), name


def unknown_step(catalog: Catalog) -> Iterable[Issue]:
    """A step that another one depends on exists."""
    graph = StepGraph(catalog)
    for step, dependencies in graph.before.items():
        for each in dependencies:
            if each.prerequisite not in graph.steps:
                path = (*step_path(step), "after", each.position, "step")
                message = f"There is no step `{each.prerequisite}`."
                yield error("unknown_step", path, message, _nearest_step(catalog, step, each.prerequisite))


def _nearest_step(catalog: Catalog, step: str, wrong: str) -> str:
    own, (group, _, name) = step.partition(".")[0], wrong.partition(".")
    found = catalog.group(group)
    if found is None:
        return nearest(group, (each.name for each in catalog.step_groups), "Groups")
    written = (each.name if group == own else f"{group}.{each.name}" for each in found.steps)
    return nearest(name if group == own else wrong, written, "Steps of the group")


def step_path(step: str) -> Path:
    """Return where the step `GROUP.STEP` stands in the document."""
    group, _, name = step.partition(".")
    return ("step_groups", group, "steps", name)


def unknown_operation(catalog: Catalog) -> Iterable[Issue]:
    """The operation of a callout exists."""
    known = tuple(f"{system.name}.{each.name}" for system in catalog.systems for each in system.operations)
    for group, step in every_step(catalog):
        if isinstance(step, Callout) and catalog.operation(step.operation) is None:
            path = (*step_path(f"{group.name}.{step.name}"), "operation")
            message = f"There is no operation `{step.operation}`."
            yield error("unknown_operation", path, message, nearest(step.operation, known, "Operations"))


def unknown_table(catalog: Catalog) -> Iterable[Issue]:
    """The value table of a mapping exists."""
    known = tuple(each.name for each in catalog.value_tables)
    for rule in catalog.decomposition_rules:
        for mapping in rule.mappings:
            if mapping.table is not None and catalog.table(mapping.table) is None:
                path = ("decomposition_rules", rule.code, "mappings", mapping.target, "table")
                message = f"There is no value table `{mapping.table}`."
                yield error("unknown_table", path, message, nearest(mapping.table, known, "Value tables"))
