"""Checks of bundles: what a component names has one meaning, and what is added for it is one of it (`domain.md` C3)."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.base import Issue, Path
from catalog.catalog import Catalog
from catalog.checks.issues import error, nearest
from catalog.products import CommercialProduct, Component
from catalog.words import listed


def ambiguous_component(catalog: Catalog) -> Iterable[Issue]:
    """A component names a product or a classification, not both."""
    for bundle in catalog.products:
        for component in bundle.components:
            code = component.product
            if catalog.commercial(code) is not None and catalog.classification(code) is not None:
                path: Path = ("products", bundle.code, "components", code)
                message = f"`{code}` is both a product and a classification."
                yield error("ambiguous_component", path, message, "Give one of them another code.")


def default_product(catalog: Catalog) -> Iterable[Issue]:
    """A default product is one of the classification that the component names, and counts for no other component."""
    for bundle in catalog.products:
        for component in bundle.components:
            if component.default_product is not None and (found := _misplaced(catalog, bundle, component)):
                path = ("products", bundle.code, "components", component.product, "default_product")
                yield error("default_product", path, *found)


def _misplaced(catalog: Catalog, bundle: CommercialProduct, component: Component) -> tuple[str, str] | None:
    """Return why the default product of a component will not do, with a hint."""
    code, of = component.default_product or "", component.product
    if catalog.classification(of) is None:
        return f"`{of}` is no classification: what is added of it is itself.", "Leave `default_product` out."
    product = catalog.commercial(code)
    if product is None or of not in catalog.classes_of(product):
        found = (each.code for each in catalog.members(of))
        members = [each for each in found if catalog.component_of(each, bundle) == component]
        return f"`{code}` is no product of `{of}`.", nearest(code, members, "Its products")
    other = catalog.component_of(code, bundle)
    if other is not None and other != component:
        hint = f"Leave `default_product` out, or the component {listed([other.product])}."
        return f"A line of `{code}` counts for the component `{other.product}`, not for `{of}`.", hint
    return None
