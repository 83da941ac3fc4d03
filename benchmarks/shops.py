"""Catalogs and orders of any size, made of nothing but a number: the same every time."""

from __future__ import annotations

from typing import Any

from catalog.catalog import Catalog
from decomposition.order import Order

PRODUCTS = 60
CLASSES = 20
LEVELS = 5
SITES = 25
TARGETS = ("DEVICE", "LICENCE", "CABLE")

Sections = dict[str, Any]


def wide_catalog() -> Catalog:
    """Return a catalog of 200 rules: three for each of 60 products, one for each of 20 classifications."""
    products = [f"P{number}" for number in range(PRODUCTS)]
    classes = [f"C{number}" for number in range(CLASSES)]
    return Catalog.model_validate(
        {
            "classifications": {each: {"name": each} for each in classes},
            "products": {
                each: {"name": each, "classification": classes[at % CLASSES], "attributes": _attributes()}
                for at, each in enumerate(products)
            },
            "technical_products": _technical_products(),
            "value_tables": {"speeds": {"key": "text", "value": "integer", "rows": {"fast": 50, "faster": 100}}},
            "decomposition_rules": {
                **{f"R-{each}-{target}": _rule("product", each, target) for each in products for target in TARGETS},
                **{f"R-{each}": {"classification": each, "target": "VAN"} for each in classes},
            },
            **_fulfilment(),
        }
    )


def wide_order(count: int, number: str = "WIDE") -> Order:
    """Return an order of so many lines, over all products and sites, each line on its own."""
    return _order(
        number,
        {
            f"L{at}": {
                "product": f"P{at % PRODUCTS}",
                "quantity": 1 + at % 3,
                "attributes": {"site": f"S{at % SITES}", "speed": ("fast", "faster")[at % 2]},
            }
            for at in range(count)
        },
    )


def deep_catalog() -> Catalog:
    """Return a catalog of bundles in bundles, five levels deep, each level with a product of its own."""
    levels = range(1, LEVELS + 1)
    bundles = {
        f"B{level}": {
            "name": f"Level {level}",
            "attributes": _attributes(),
            "nothing_to_do": "Its parts are delivered.",
            "components": {f"P{level}": {}, **({f"B{level + 1}": {}} if level < LEVELS else {})},
        }
        for level in levels
    }
    goods = {f"P{level}": {"name": f"Part {level}", "attributes": _attributes()} for level in levels}
    rules = {f"R-P{level}-{each}": _rule("product", f"P{level}", each) for level in levels for each in TARGETS}
    vans = {f"R-B{level}": {"product": f"B{level}", "target": "VAN"} for level in levels}
    return Catalog.model_validate(
        {
            "products": {**bundles, **goods},
            "technical_products": _technical_products(),
            "value_tables": {"speeds": {"key": "text", "value": "integer", "rows": {"fast": 50, "faster": 100}}},
            "decomposition_rules": {**rules, **vans},
            **_fulfilment(),
        }
    )


def deep_order(count: int) -> Order:
    """Return an order of so many lines, ten for each bundle of five levels."""
    lines: Sections = {}
    for tree in range(count // (2 * LEVELS)):
        above = None
        for level in range(1, LEVELS + 1):
            attributes = {"site": f"S{tree % SITES}", "speed": "fast"}
            bundle = f"T{tree}-{level}"
            lines[bundle] = {"product": f"B{level}", "parent": above, "attributes": attributes}
            lines[f"{bundle}-P"] = {"product": f"P{level}", "parent": bundle, "attributes": attributes}
            above = bundle
    return _order("DEEP", lines)


def _order(number: str, lines: Sections) -> Order:
    return Order.model_validate({"number": number, "account": "ACME", "lines": lines})


def _attributes() -> Sections:
    return {"site": {"type": "text", "default": "S0"}, "speed": {"type": "text", "default": "fast"}}


def _technical_products() -> Sections:
    return {
        "DEVICE": {"name": "Device", "attributes": {"mbps": {"type": "integer", "required": True}}},
        "LICENCE": {"name": "Licence", "scope": "bundle"},
        "CABLE": {"name": "Cable", "scope": {"by": "source.attributes.site"}},
        "VAN": {"name": "Van", "scope": "order", "quantity": "one"},
    }


def _rule(subject: str, code: str, target: str) -> Sections:
    """Return a rule; of a device it has a mapping, of a cable a quantity, of a licence a condition."""
    extra: Sections = {
        "DEVICE": {"mappings": {"mbps": {"table": "speeds", "of": "source.attributes.speed"}}},
        "CABLE": {"quantity": "source.quantity * 2"},
        "LICENCE": {"when": "source.attributes.speed == 'fast'"},
    }
    return {subject: code, "target": target, **extra[target]}


def _fulfilment() -> Sections:
    """Return lanes of all scopes: steps for the order, for sites and for lines, and one that waits for all of them."""
    return {
        "step_groups": {
            "payment": {"steps": {"authorize": _step("plan"), "capture": _step("plan", "delivery.arrive")}},
            "device": {
                "steps": {
                    "configure": _step("line", "payment.authorize"),
                    "test": _step("line", "configure", {"step": "cabling.lay", "unpaired": "start"}),
                }
            },
            "cabling": {"steps": {"lay": _step("line", "payment.authorize")}},
            "licence": {"steps": {"activate": _step("bundle", "payment.authorize")}},
            "delivery": {"steps": {"arrive": _step("plan", "device.test", "licence.activate")}},
        },
        "scenarios": {
            "S-PAY": {"group": "payment"},
            "S-DEVICE": {"product": "DEVICE", "group": "device"},
            "S-CABLE": {"product": "CABLE", "group": "cabling"},
            "S-LICENCE": {"product": "LICENCE", "group": "licence"},
            "S-VAN": {"product": "VAN", "group": "delivery"},
        },
    }


def _step(scope: str, *after: object) -> Sections:
    return {"type": "milestone", "scope": scope, "after": list(after)}
