"""The catalog as one frozen value, with the look-ups that everything else needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated

from catalog.base import Code, Frozen, digest
from catalog.canonical import canonical
from catalog.fields import from_mapping, sorted_by
from catalog.functions import Function
from catalog.ignoring import IgnoredChecks
from catalog.products import (
    Attribute,
    Attributes,
    Classification,
    CommercialProduct,
    Component,
    ScopeKind,
    TechnicalProduct,
)
from catalog.rules import DecompositionRule, Scenario, ValueTable
from catalog.steps import StepDefinition, StepGroup
from catalog.systems import Operation, System
from catalog.units import Unit

SECTIONS = (
    "classifications",
    "decomposition_rules",
    "functions",
    "ignored_checks",
    "line_facts",
    "order_attributes",
    "order_facts",
    "products",
    "scenarios",
    "step_groups",
    "systems",
    "technical_products",
    "units",
    "value_tables",
)


DEEPEST = 32
"""So many levels a tree of classifications has at most."""


class Catalog(Frozen):
    """Everything a designer declares, keyed and sorted; its digest is its identity (`domain.md` C1, C11)."""

    name: str = ""
    """What the catalog is called; once over all files."""
    order_attributes: Attributes = ()
    """Attributes of orders, by name."""
    order_facts: Attributes = ()
    """What becomes known of orders during fulfilment, by name."""
    line_facts: Attributes = ()
    """What becomes known of lines during fulfilment, by name."""
    functions: Annotated[tuple[Function, ...], from_mapping("name"), sorted_by("name")] = ()
    """What workers compute, by name."""
    units: Annotated[tuple[Unit, ...], from_mapping("code"), sorted_by("code")] = ()
    """Units of measure, by code."""
    classifications: Annotated[tuple[Classification, ...], from_mapping("code"), sorted_by("code")] = ()
    """The tree of classifications, by code."""
    products: Annotated[tuple[CommercialProduct, ...], from_mapping("code"), sorted_by("code")] = ()
    """Commercial products and bundles: what customers buy, by code."""
    technical_products: Annotated[tuple[TechnicalProduct, ...], from_mapping("code"), sorted_by("code")] = ()
    """What operations deliver, by code."""
    value_tables: Annotated[tuple[ValueTable, ...], from_mapping("name"), sorted_by("name")] = ()
    """Values by key, for mappings and expressions, by name."""
    decomposition_rules: Annotated[tuple[DecompositionRule, ...], from_mapping("code"), sorted_by("code")] = ()
    """From products to technical products, by code."""
    step_groups: Annotated[tuple[StepGroup, ...], from_mapping("name"), sorted_by("name")] = ()
    """Lanes of steps, by name."""
    scenarios: Annotated[tuple[Scenario, ...], from_mapping("code"), sorted_by("code")] = ()
    """Which lines bring in which step group, by code."""
    systems: Annotated[tuple[System, ...], from_mapping("name"), sorted_by("name")] = ()
    """What is called, by name."""
    ignored_checks: IgnoredChecks = ()
    """Warnings that are meant so, by code."""

    def canonical(self) -> str:
        """Return the one text of this catalog: same content, same bytes, whatever the files looked like."""
        return canonical(self)

    @classmethod
    def stored(cls, text: str, known_as: str) -> Catalog:
        """Return the version that is stored under a digest: that stays its identity, however this code would write it.

        Orders and plans name it, and so does the order book.
        """
        found = cls.model_validate_json(text)
        found.__dict__["digest"] = known_as
        return found

    @cached_property
    def digest(self) -> str:
        """The catalog's identity, by content."""
        return digest(self.canonical())

    @cached_property
    def _products(self) -> dict[Code, CommercialProduct | TechnicalProduct]:
        found: dict[Code, CommercialProduct | TechnicalProduct] = {each.code: each for each in self.technical_products}
        return found | {each.code: each for each in self.products}

    @cached_property
    def _classifications(self) -> dict[Code, Classification]:
        return {each.code: each for each in self.classifications}

    @cached_property
    def _operations(self) -> dict[str, Operation]:
        return {f"{system.name}.{each.name}": each for system in self.systems for each in system.operations}

    @cached_property
    def _functions(self) -> dict[str, Function]:
        return {each.name: each for each in self.functions}

    @cached_property
    def _systems(self) -> dict[str, System]:
        return {each.name: each for each in self.systems}

    @cached_property
    def _tables(self) -> dict[str, ValueTable]:
        return {each.name: each for each in self.value_tables}

    @cached_property
    def _units(self) -> dict[Code, Unit]:
        return {each.code: each for each in self.units}

    @cached_property
    def _groups(self) -> dict[str, StepGroup]:
        return {each.name: each for each in self.step_groups}

    @cached_property
    def _attributes(self) -> dict[Code, tuple[Attribute, ...]]:
        return {}

    @cached_property
    def titles(self) -> Mapping[Code, str]:
        """The names of all products by their codes."""
        return {code: each.name for code, each in self._products.items()}

    @cached_property
    def rules_by_subject(self) -> Mapping[tuple[str, Code], tuple[DecompositionRule, ...]]:
        """The decomposition rules of each `("product", CODE)` and `("classification", CODE)`, as they are tried."""
        found: dict[tuple[str, Code], tuple[DecompositionRule, ...]] = {}
        for rule in sorted(self.decomposition_rules, key=lambda each: (each.priority, each.code)):
            subject = ("product", rule.product) if rule.product else ("classification", rule.classification or "")
            found[subject] = (*found.get(subject, ()), rule)
        return found

    def product(self, code: str) -> CommercialProduct | TechnicalProduct | None:
        """Return the commercial or technical product of this code, or None."""
        return self._products.get(code)

    def commercial(self, code: str) -> CommercialProduct | None:
        """Return the commercial product of this code, or None."""
        found = self._products.get(code)
        return found if isinstance(found, CommercialProduct) else None

    def technical(self, code: str) -> TechnicalProduct | None:
        """Return the technical product of this code, or None."""
        found = self._products.get(code)
        return found if isinstance(found, TechnicalProduct) else None

    def is_asset(self, code: str) -> bool:
        """Tell whether the customer has a product afterwards (`domain.md` A6)."""
        found = self._products.get(code)
        if isinstance(found, TechnicalProduct) and found.asset is None:
            return found.scope.kind is not ScopeKind.ORDER
        return found is not None and found.asset is not False

    @cached_property
    def shared_assets(self) -> tuple[Code, ...]:
        """The technical products of which the orders of an account share one asset, by code."""
        return tuple(each.code for each in self.technical_products if each.is_shared and self.is_asset(each.code))

    def classification(self, code: str) -> Classification | None:
        """Return the classification of this code, or None."""
        return self._classifications.get(code)

    def system(self, name: str) -> System | None:
        """Return the system of this name, or None."""
        return self._systems.get(name)

    def operation(self, name: str) -> Operation | None:
        """Return the operation `SYSTEM.OPERATION`, or None."""
        return self._operations.get(name)

    def unit_of(self, product: CommercialProduct | TechnicalProduct) -> Unit | None:
        """Return what the quantities of a product count; None for a number of its own."""
        return self._units.get(product.unit) if product.unit is not None else None

    def unit(self, code: str) -> Unit | None:
        """Return the unit of measure of this code, or None."""
        return self._units.get(code)

    def function(self, name: str) -> Function | None:
        """Return the function of this name, or None."""
        return self._functions.get(name)

    def table(self, name: str) -> ValueTable | None:
        """Return the value table of this name, or None."""
        return self._tables.get(name)

    def group(self, name: str) -> StepGroup | None:
        """Return the step group of this name, or None."""
        return self._groups.get(name)

    def step(self, group: str, name: str) -> StepDefinition | None:
        """Return the step definition `GROUP.STEP`, or None."""
        found = self._groups.get(group)
        return next((step for step in found.steps if step.name == name), None) if found else None

    def lineage(self, code: Code | None) -> Iterator[Classification]:
        """Yield the classification and its ancestors, nearest first; a cycle ends it, and too many (checks tell)."""
        seen: set[Code] = set()
        while code is not None and code not in seen and (found := self._classifications.get(code)):
            if len(seen) == DEEPEST:
                return
            seen.add(code)
            yield found
            code = found.parent

    def members(self, code: Code) -> tuple[CommercialProduct, ...]:
        """Return the commercial products of a classification and of those below it, by code."""
        return tuple(each for each in self.products if code in self.classes_of(each))

    def component_of(self, product: Code, bundle: CommercialProduct) -> Component | None:
        """Return which component of a bundle a product counts for: its own, else that of its nearest classification."""
        by_code = {each.product: each for each in bundle.components}
        found = self.commercial(product)
        classes = self.classes_of(found) if found else ()
        return next((by_code[code] for code in (product, *classes) if code in by_code), None)

    def classes_of(self, product: CommercialProduct | TechnicalProduct) -> tuple[Code, ...]:
        """Return the codes of a product's classifications, nearest first."""
        return tuple(each.code for each in self.lineage(product.classification))

    def attributes_of(self, code: Code) -> tuple[Attribute, ...]:
        """Return a product's attributes by name, its own before inherited ones of the same name (`domain.md` C2)."""
        if code not in self._attributes:
            self._attributes[code] = self._inherited(code)
        return self._attributes[code]

    def _inherited(self, code: Code) -> tuple[Attribute, ...]:
        product = self._products[code]
        by_name: dict[str, Attribute] = {}
        for each in (product, *self.lineage(product.classification)):
            for attribute in each.attributes:
                by_name.setdefault(attribute.name, attribute)
        return tuple(by_name[name] for name in sorted(by_name))
