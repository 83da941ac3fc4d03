"""Random small catalogs with orders for them, as plain data: bundles of three levels, all scopes, crossing lanes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

GOODS = ("P0", "P1", "P2")
BUNDLES = ("B0", "B1", "B2")
TECHNICAL = ("T0", "T1", "T2", "T3")
CLASSES: Mapping[str, tuple[str, ...]] = {"SOFT": ("SOFT", "ANY"), "ANY": ("ANY",)}
SITES = ("north", "south", None)
FACTORS = {"source.quantity": 1, "source.quantity * 2": 2}
LANES = ("g0", "g1", "g2", "g3")
IN_NORTH = "coalesce(source.attributes.site, '') == 'north'"

SITE = {"site": {"type": "text", "merge": "first"}}
IDLE = {"nothing_to_do": "Whatever must be done for it is done for its parts, or for the order."}

Sections = dict[str, dict[str, Any]]
"""A catalog as plain data: sections, then definitions by name."""


class World(NamedTuple):
    """A catalog, and the lines of an order by id."""

    sections: Sections
    lines: dict[str, dict[str, Any]]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Return a catalog with an order that it accepts."""
    whole = draw(st.booleans())
    sections = {
        "classifications": {"ANY": {"name": "Any"}, "SOFT": {"name": "Software", "parent": "ANY"}},
        "products": {**_products(draw), "ALONE": {"name": "Alone", **IDLE}},
        "technical_products": {
            **{each: _technical(draw) for each in TECHNICAL},
            "T-CLASS": {key: value for key, value in _technical(draw).items() if key != "classification"},
            "T-ALONE": {"name": "Alone"},
        },
        "decomposition_rules": {**_rules(draw), "R-ALONE": {"product": "ALONE", "target": "T-ALONE"}},
        "step_groups": {**_lanes(draw), "alone": {"steps": {"do": {"type": "milestone", "scope": "line"}}}},
        "scenarios": {**_scenarios(draw, whole), "S-ALONE": {"product": "T-ALONE", "group": "alone"}},
    }
    return World(sections, _lines(draw, sections["products"]))


def _products(draw: st.DrawFn) -> dict[str, Any]:
    one = {"name": "Product", "attributes": SITE, **IDLE}
    products: dict[str, Any] = {
        each: {**one, "classification": draw(st.sampled_from(["ANY", "SOFT"]))} for each in GOODS
    }
    for number, code in enumerate(BUNDLES):
        parts = [*GOODS, *BUNDLES[max(0, number - 1) : number]]
        components = {each: {"min": draw(st.sampled_from([0, 0, 0, 1]))} for each in parts}
        products[code] = {**one, "classification": "ANY", "components": components}
    return products


def _technical(draw: st.DrawFn) -> dict[str, Any]:
    by = {"by": "source.attributes.site", "fallback": draw(st.sampled_from(["line", "bundle", "order"]))}
    return {
        "name": "Technical",
        "classification": draw(st.sampled_from(["ANY", "SOFT"])),
        "scope": draw(st.sampled_from(["line", "bundle", "order", "account", by])),
        "quantity": draw(st.sampled_from(["aggregate", "aggregate", "one", "per_unit"])),
        "attributes": SITE,
    }


def _rules(draw: st.DrawFn) -> dict[str, Any]:
    """Return rules without a ring: technical products decompose to later ones, classifications to what has none."""
    classes = draw(st.lists(st.sampled_from(["ANY", "SOFT"]), unique=True))
    rules: dict[str, Any] = {
        f"R-{each}": {
            "classification": each,
            "target": "T-CLASS",
            "quantity": draw(st.sampled_from(sorted(FACTORS))),
            "mappings": {"site": {"copy_from": "site"}},
        }
        for each in classes
    }
    for number in range(draw(st.integers(1, 7))):
        subject = draw(st.sampled_from([*GOODS, *BUNDLES, *TECHNICAL]))
        later = TECHNICAL[TECHNICAL.index(subject) + 1 :] if subject in TECHNICAL else TECHNICAL
        rules[f"R{number}"] = {
            "product": subject,
            "target": draw(st.sampled_from([*later, "T-CLASS"])),
            "quantity": draw(st.sampled_from(sorted(FACTORS))),
            "priority": draw(st.integers(0, 2)),
            "mappings": {"site": {"copy_from": "site"}},
        }
        if draw(st.booleans()):
            rules[f"R{number}"]["when"] = IN_NORTH
    return rules


def _lanes(draw: st.DrawFn) -> dict[str, Any]:
    """Return lanes whose steps depend on earlier ones, of their own lane and others; all of `g0` are for the order."""
    lanes: dict[str, Any] = {}
    before: list[str] = []
    for lane in LANES:
        steps: dict[str, Any] = {}
        for name in ("a", "b", "c")[: draw(st.integers(1, 3))]:
            after = draw(st.lists(st.sampled_from(before), max_size=3, unique=True)) if before else []
            steps[name] = {
                "type": "milestone",
                "scope": "plan" if lane == "g0" else draw(_step_scopes()),
                "after": [{"step": each, "pair": draw(_pairings()), "unpaired": "start"} for each in after],
            }
            before.append(f"{lane}.{name}")
        lanes[lane] = {"steps": steps}
    return lanes


def _step_scopes() -> st.SearchStrategy[Any]:
    by = {"by": "line.attributes.site", "fallback": "line"}
    return st.sampled_from(["plan", "bundle", "line", by])


def _pairings() -> st.SearchStrategy[Any]:
    return st.sampled_from(["origin", "origin", "all", "bundle", "line", {"by": "line.attributes.site"}])


def _scenarios(draw: st.DrawFn, whole: bool) -> dict[str, Any]:
    """Return scenarios of which one is for the order as a whole, or for everything in it."""
    scenarios: dict[str, Any] = {"S-ALL": {"group": "g0"} if whole else {"classification": "ANY", "group": "g1"}}
    for number in range(draw(st.integers(0, 5))):
        subject = draw(st.sampled_from([*GOODS, *BUNDLES, *TECHNICAL, "SOFT"]))
        kind = "classification" if subject == "SOFT" else "product"
        scenarios[f"S{number}"] = {kind: subject, "group": draw(st.sampled_from(LANES))}
    return scenarios


def _lines(draw: st.DrawFn, products: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    lines: dict[str, dict[str, Any]] = {}
    for number in range(draw(st.integers(1, 6))):
        bundles: Sequence[str | None] = [code for code, each in lines.items() if each["product"] in BUNDLES]
        parent = draw(st.sampled_from([None, *bundles]))
        above = lines[parent] if parent else None
        parts = sorted(products[above["product"]]["components"]) if above else [*GOODS, *BUNDLES, "B2"]
        lines[f"L{number}"] = {
            "product": draw(st.sampled_from(parts)),
            # At least as many as bundles, which is what a required component takes.
            "quantity": (above["quantity"] if above else 1) + draw(st.integers(0, 1)),
            "parent": parent,
            "attributes": {"site": draw(st.sampled_from(SITES))},
        }
    return lines
