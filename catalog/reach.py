"""Names in reach: what an expression may read at each place of a catalog, with its types (`domain.md` X3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from catalog.catalog import Catalog
from catalog.expressions import (
    ANYTHING,
    DATE,
    TEXT,
    ExpressionError,
    RecordType,
    Scope,
    TableType,
    Type,
    UnknownType,
    joined,
    list_of,
    nullable,
    parse,
    record_of,
)
from catalog.products import CommercialProduct, ScopeKind, TechnicalProduct
from catalog.reach_types import ADDRESS, CALLBACK, LINE, STEP, asset_type, facts_type, read_type, table_type
from catalog.rules import DecompositionRule, Scenario
from catalog.step_graph import StepGraph
from catalog.steps import StepDefinition
from catalog.systems import Operation

Codes = tuple[str, ...]
"""Codes of the products that a line may be of; none: not known, so that its attributes are not checked."""


class Reach:
    """The names in reach at every place of one catalog; records of lines are built once for each set of products."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lines: dict[Codes, RecordType] = {}
        self._bundles_by_sources: dict[Codes, Codes] = {}

    @cached_property
    def graph(self) -> StepGraph:
        """The steps and their dependencies."""
        return StepGraph(self._catalog)

    @cached_property
    def tables(self) -> tuple[TableType, ...]:
        """The value tables, in reach everywhere but where an answer is read."""
        return tuple(table_type(each) for each in self._catalog.value_tables)

    def rule(self, rule: DecompositionRule) -> Scope:
        """Return what a rule's condition, quantity and mappings read: `order`, `source`, `bundle`."""
        sources = self.sources(rule)
        if sources not in self._bundles_by_sources:
            self._bundles_by_sources[sources] = self._bundles(sources)
        bundle = nullable(self.line(self._bundles_by_sources[sources]))
        return self._scope(("source", self.line(sources)), ("bundle", bundle))

    def technical(self, product: TechnicalProduct) -> Scope:
        """Return what the scope of a technical product reads: `order`, `source`."""
        return self._scope(("source", self.line(self.sources_by_target.get(product.code, ()))))

    def scenario(self, scenario: Scenario) -> Scope:
        """Return what a scenario's condition reads: `order`, and `line` unless it is for the order as a whole."""
        if scenario.product is None and scenario.classification is None:
            return self._scope()
        return self._scope(("line", self.line(self.sources(scenario))))

    def matched(self, group: str) -> Scope:
        """Return what the scope of a step, and a pairing, reads of each line: `order`, `line`."""
        return self._scope(("line", self.line(self._codes_by_group.get(group, ()))))

    def step(self, group: str, step: StepDefinition, source: str = "true") -> Scope:
        """Return what the expression `source` of a step reads: `order`, `lines`, `line`, `step`, `steps`, and facts.

        Of `steps` there is what `source` reads, so that the cost does not grow with the steps before this one.
        """
        steps = self._steps(f"{group}.{step.name}", source)
        return self._scope(*self._sources(group, step), ("step", STEP), ("steps", steps), *self._facts(step))

    def request(self, group: str, step: StepDefinition, operation: Operation, inputs: Type) -> Scope:
        """Return what the request of `operation` reads when `step` calls it with `inputs`."""
        return self._scope(*self._sources(group, step), *_called(operation, inputs))

    def uncalled(self, operation: Operation) -> Scope:
        """Return what the request of an operation reads that no step calls: nothing is known of its inputs."""
        line = self.line(())
        return self._scope(("lines", list_of(line)), ("line", line), *_called(operation, ANYTHING))

    def attribute(self, codes: Codes, name: str) -> Type | None:
        """Return the type of an attribute over all these products; None when none of them has it."""
        attributes = self.line(codes).field("attributes")
        return attributes.field(name) if isinstance(attributes, RecordType) else UnknownType()

    def sources(self, subject: DecompositionRule | Scenario) -> Codes:
        """Return the products that a rule or a scenario is for, by code; a scenario for whole orders is for all."""
        if subject.product is not None:
            return (subject.product,) if self._catalog.product(subject.product) else ()
        if subject.classification is not None:
            return self.members.get(subject.classification, ())
        return self._commercial

    @cached_property
    def members(self) -> dict[str, Codes]:
        """The products of each classification and of those below it, by its code; sorted, commercial ones first."""
        found: dict[str, list[str]] = {}
        products: tuple[CommercialProduct | TechnicalProduct, ...] = self._catalog.products
        for product in products + self._catalog.technical_products:
            for code in self._catalog.classes_of(product):
                found.setdefault(code, []).append(product.code)
        return {code: tuple(dict.fromkeys(members)) for code, members in found.items()}

    def line(self, codes: Codes) -> RecordType:
        """Return the record of a line that is of one of these products."""
        if codes not in self._lines:
            self._lines[codes] = record_of((*self._bare(codes).fields[:-1], ("origin", self._origin)))
        return self._lines[codes]

    @cached_property
    def order(self) -> RecordType:
        """The record `order`."""
        return record_of(
            (
                ("number", TEXT),
                ("account", TEXT),
                ("priority", TEXT),
                ("currency", TEXT),
                ("order_date", nullable(DATE)),
                ("requested_start", nullable(DATE)),
                ("requested_completion", nullable(DATE)),
                ("ship_to", nullable(ADDRESS)),
                ("bill_to", nullable(TEXT)),
                ("attributes", record_of((each.name, read_type(each)) for each in self._catalog.order_attributes)),
                ("lines", list_of(self.line(self._commercial))),
            )
        )

    @cached_property
    def _origin(self) -> Type:
        return list_of(self._bare(self._commercial))

    @cached_property
    def _commercial(self) -> Codes:
        return tuple(each.code for each in self._catalog.products)

    @cached_property
    def sources_by_target(self) -> dict[str, Codes]:
        """The products that decompose to each technical product, by its code."""
        found: dict[str, list[str]] = {}
        for rule in self._catalog.decomposition_rules:
            found.setdefault(rule.target, []).extend(self.sources(rule))
        return {target: tuple(dict.fromkeys(codes)) for target, codes in found.items()}

    @cached_property
    def _codes_by_group(self) -> dict[str, Codes]:
        found: dict[str, list[str]] = {}
        for scenario in self._catalog.scenarios:
            found.setdefault(scenario.group, []).extend(self.sources(scenario))
        brought_in = {group: tuple(dict.fromkeys(codes)) for group, codes in found.items()}
        return brought_in | {group: self._codes_about(group, brought_in) for group in self.graph.named_by}

    def _codes_about(self, group: str, brought_in: Mapping[str, Codes], within: tuple[str, ...] = ()) -> Codes:
        """Return the products behind the steps that name the group for changes; none if those of any are not known."""
        if group in brought_in or group in within:
            return brought_in.get(group, ())
        groups = dict.fromkeys(step.partition(".")[0] for step in self.graph.named_by.get(group, ()))
        found = [self._codes_about(each, brought_in, (*within, group)) for each in groups]
        return tuple(dict.fromkeys(code for codes in found for code in codes)) if all(found) else ()

    @cached_property
    def bundles_by_component(self) -> dict[str, Codes]:
        """The bundles that name each product or classification as a component, by its code."""
        found: dict[str, list[str]] = {}
        for bundle in self._catalog.products:
            for component in bundle.components:
                found.setdefault(component.product, []).append(bundle.code)
        return {component: tuple(bundles) for component, bundles in found.items()}

    def _bundles(self, sources: Codes) -> Codes:
        found: dict[str, None] = {}
        for code in sources:
            product = self._catalog.product(code)
            if not isinstance(product, CommercialProduct):
                return tuple(each.code for each in self._catalog.products if each.components)
            for key in (code, *self._catalog.classes_of(product)):
                found.update(dict.fromkeys(self.bundles_by_component.get(key, ())))
        return tuple(sorted(found))

    def _sources(self, group: str, step: StepDefinition) -> tuple[tuple[str, Type], ...]:
        line = self.line(self._codes_by_group.get(group, ()))
        one = (("line", line),) if step.scope.kind is ScopeKind.LINE else ()
        return (("lines", list_of(line)), *one)

    def _facts(self, step: StepDefinition) -> tuple[tuple[str, Type], ...]:
        one = (("line_facts", facts_type(self._catalog.line_facts)),) if step.scope.kind is ScopeKind.LINE else ()
        return (("facts", facts_type(self._catalog.order_facts)), *one)

    def _steps(self, step: str, source: str) -> Type:
        groups: dict[str, dict[str, dict[str, Type]]] = {}
        for path in step_references(source):
            if len(path) < 3:
                return UnknownType()
            groups.setdefault(path[0], {}).setdefault(path[1], {})[path[2]] = self.graph.read(step, path).type
        return record_of(
            (group, record_of((name, record_of(outputs.items())) for name, outputs in steps.items()))
            for group, steps in groups.items()
        )

    def _bare(self, codes: Codes) -> RecordType:
        attributes = self._attributes(codes)
        own = (("asset", nullable(asset_type(attributes))), ("attributes", attributes))
        return record_of((*LINE, *own, ("origin", list_of(UnknownType()))))

    def _attributes(self, codes: Codes) -> Type:
        found: dict[str, Type] = {}
        carriers: dict[str, int] = {}
        for code in codes:
            for attribute in self._catalog.attributes_of(code):
                of = read_type(attribute)
                before = found.get(attribute.name, of)
                # Two types without anything in common: known at run time only.
                found[attribute.name] = of if before == of else joined(before, of) or ANYTHING
                carriers[attribute.name] = carriers.get(attribute.name, 0) + 1
        if not codes:
            return UnknownType()
        every = len(codes)
        return record_of((name, of if carriers[name] == every else nullable(of)) for name, of in sorted(found.items()))

    def _scope(self, *names: tuple[str, Type]) -> Scope:
        return Scope((("order", self.order), *names), self.tables)


def _called(operation: Operation, inputs: Type) -> Iterable[tuple[str, Type]]:
    callback = (("callback", CALLBACK),) if operation.callback else ()
    return (("step", STEP), ("input", inputs), *callback)


def step_references(source: str) -> tuple[tuple[str, ...], ...]:
    """Return what an expression reads of `steps`: the parts after that name, of each reference; sorted."""
    try:
        references = parse(source).references
    except ExpressionError:
        return ()
    paths = (tuple(each.split(".")) for each in references)
    return tuple(path[1:] for path in paths if path[0] == "steps")
