"""Checks of quantities: units exist, convert where they have to, and are fine enough (`domain.md` C1, C5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.base import Issue, Path
from catalog.catalog import Catalog
from catalog.checks.issues import error, nearest
from catalog.reach import Reach
from catalog.words import listed


def unknown_unit(catalog: Catalog) -> Iterable[Issue]:
    """A unit that a product or another unit names exists."""
    known = tuple(each.code for each in catalog.units)
    for path, code in _units_named(catalog):
        if catalog.unit(code) is None:
            yield error("unknown_unit", path, f"There is no unit `{code}`.", nearest(code, known, "Units"))


def _units_named(catalog: Catalog) -> Iterator[tuple[Path, str]]:
    for section, products in (("products", catalog.products), ("technical_products", catalog.technical_products)):
        for product in products:
            if product.unit is not None:
                yield (section, product.code, "unit"), product.unit
    for unit in catalog.units:
        if unit.base is not None:
            yield ("units", unit.code, "base"), unit.base


def derived_base(catalog: Catalog) -> Iterable[Issue]:
    """The base of a unit is no multiple of another one."""
    for unit in catalog.units:
        base = catalog.unit(unit.base) if unit.base is not None else None
        if base is not None and base.base is not None:
            message = f"`{base.code}`, the base of `{unit.code}`, has the base `{base.base}` itself."
            hint = f"Say how many of `{base.base}` one `{unit.code}` is." if base.base != base.code else ""
            yield error(
                "derived_base", ("units", unit.code, "base"), message, hint or "A base unit has no `base` and `factor`."
            )


def component_scale(catalog: Catalog) -> Iterable[Issue]:
    """Quantities of a component have no more decimal places than the unit of its product."""
    for bundle in catalog.products:
        for component in bundle.components:
            product = catalog.commercial(component.default_product or component.product)
            unit = catalog.unit_of(product) if product is not None else None
            if product is None or unit is None:
                continue
            for name, quantity in (("min", component.min), ("max", component.max), ("default", component.default)):
                if quantity is not None and not unit.takes(quantity):
                    path = ("products", bundle.code, "components", component.product, name)
                    message = f"`{name}` {quantity} is finer than `{product.code}` is counted, in {unit.rule}."
                    yield error("component_scale", path, message, f"Round it, or give `{unit.code}` a larger `scale`.")


def unconvertible_quantity(catalog: Catalog) -> Iterable[Issue]:
    """A rule without `quantity` leads to a product whose unit its sources' units convert into."""
    reach = Reach(catalog)
    counted: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for rule in catalog.decomposition_rules:
        technical = catalog.technical(rule.target)
        target = catalog.unit_of(technical) if technical is not None else None
        if rule.quantity is not None or target is None:
            continue
        sources = reach.sources(rule)
        if sources not in counted:
            counted[sources] = _by_unit(sources, catalog)
        for unit_code, codes in counted[sources].items():
            unit = catalog.unit(unit_code)
            if unit is None or unit.dimension == target.dimension:
                continue
            message = f"{listed(codes)} {'is' if len(codes) == 1 else 'are'} counted in `{unit_code}`, "
            message += f"`{rule.target}` in `{target.code}`: neither converts into the other."
            hint = f"Say under `quantity` how many `{target.code}` one source contributes."
            yield error("unconvertible_quantity", ("decomposition_rules", rule.code), message, hint)


def _by_unit(sources: tuple[str, ...], catalog: Catalog) -> dict[str, list[str]]:
    """Return the products by the unit that they are counted in."""
    found: dict[str, list[str]] = {}
    for code in sources:
        product = catalog.product(code)
        if product is not None and product.unit is not None:
            found.setdefault(product.unit, []).append(code)
    return found
