"""Checks of units and bundle components: each problem is told with its way out."""

from __future__ import annotations

import pytest

from catalog.catalog import Catalog
from catalog.checks import check_catalog, place_issues
from catalog.files import read_document
from catalog.shapes import validate
from tests.unit.catalog.shops import found, products, told

UNITS: dict[str, object] = {
    "METRE": {"name": "Metre", "scale": 1},
    "REEL": {"name": "Reel", "base": "METRE", "factor": 305},
    "HOUR": {"name": "Hour", "scale": 2},
}


def test_a_unit_that_is_named_exists() -> None:
    document: dict[str, object] = {
        "units": {"METRE": {"name": "Metre"}, "REEL": {"name": "Reel", "base": "METER", "factor": 305}},
        "products": products(CABLE={"unit": "METER"}),
        "technical_products": products(STOCK={"unit": "REAL"}),
    }
    assert told("unknown_unit", document) == [
        "products.CABLE.unit: error[unknown_unit]: There is no unit `METER`. Did you mean `METRE`?",
        "technical_products.STOCK.unit: error[unknown_unit]: There is no unit `REAL`. Did you mean `REEL`?",
        "units.REEL.base: error[unknown_unit]: There is no unit `METER`. Did you mean `METRE`?",
    ]


def test_a_base_unit_has_no_base() -> None:
    document: dict[str, object] = {"units": {**UNITS, "BOX": {"name": "Box", "base": "REEL", "factor": 4}}}
    assert told("derived_base", document) == [
        (
            "units.BOX.base: error[derived_base]: `REEL`, the base of `BOX`, has the base `METRE` itself. "
            "Say how many of `METRE` one `BOX` is."
        )
    ]


def test_a_component_is_counted_as_finely_as_its_product() -> None:
    document: dict[str, object] = {
        "units": UNITS,
        "classifications": {"cables": {"name": "Cables"}},
        "products": products(
            CABLE={"unit": "METRE", "classification": "cables"},
            SET={"components": {"CABLE": {"min": "0.25", "default": "1.5", "max": "2.00"}}},
            KIT={"components": {"cables": {"min": "0.75", "default_product": "CABLE"}}},
        ),
    }
    assert [(each.path[1:], each.message) for each in found("component_scale", document)] == [
        (
            ("KIT", "components", "cables", "min"),
            "`min` 0.75 is finer than `CABLE` is counted, in `METRE` with 1 decimal place.",
        ),
        (
            ("SET", "components", "CABLE", "min"),
            "`min` 0.25 is finer than `CABLE` is counted, in `METRE` with 1 decimal place.",
        ),
    ]


def test_a_rule_that_says_no_quantity_leads_to_a_unit_of_the_same_kind() -> None:
    own = {"product": "LAYING", "target": "STOCK"}
    document: dict[str, object] = {
        "units": UNITS,
        "classifications": {"c": {"name": "c"}},
        "products": products(
            CABLE={"unit": "REEL", "classification": "c"},
            LAYING={"unit": "HOUR", "classification": "c"},
            PLUG={"classification": "c"},
        ),
        "technical_products": products(STOCK={"unit": "METRE"}, LOOSE={}),
        "decomposition_rules": {
            "all": {"classification": "c", "target": "STOCK"},
            "free": own | {"target": "LOOSE"},
            "own": own,
            "said": own | {"quantity": "source.quantity * 20"},
        },
    }
    hint = "Say under `quantity` how many `METRE` one source contributes."
    assert [(each.path, each.message, each.hint) for each in found("unconvertible_quantity", document)] == [
        (
            ("decomposition_rules", rule),
            "`LAYING` is counted in `HOUR`, `STOCK` in `METRE`: neither converts into the other.",
            hint,
        )
        for rule in ("all", "own")
    ]


def test_a_component_has_one_meaning() -> None:
    document: dict[str, object] = {
        "classifications": {"BAG": {"name": "Bags"}},
        "products": products(BAG={}, SET={"components": {"BAG": {}}}),
    }
    assert told("ambiguous_component", document) == [
        (
            "products.SET.components.BAG: error[ambiguous_component]: `BAG` is both a product and a classification. "
            "Give one of them another code."
        )
    ]


@pytest.mark.parametrize(
    ("components", "message", "hint"),
    [
        (
            {"bags": {"default_product": "TIN"}},
            "`TIN` is no product of `bags`.",
            "Its products: `BAG` and `SACK`.",
        ),
        (
            {"BAG": {"default_product": "BAG"}},
            "`BAG` is no classification: what is added of it is itself.",
            "Leave `default_product` out.",
        ),
        (
            {"bags": {"default_product": "BAG"}, "BAG": {}},
            "A line of `BAG` counts for the component `BAG`, not for `bags`.",
            "Leave `default_product` out, or the component `BAG`.",
        ),
        (
            {"bags": {"default_product": "SACK"}, "sacks": {}},
            "A line of `SACK` counts for the component `sacks`, not for `bags`.",
            "Leave `default_product` out, or the component `sacks`.",
        ),
        ({"bags": {"default_product": "SACK"}}, None, None),
    ],
)
def test_a_default_product_is_one_of_its_classification(
    components: dict[str, object], message: str | None, hint: str | None
) -> None:
    document: dict[str, object] = {
        "classifications": {"bags": {"name": "Bags"}, "sacks": {"name": "Sacks", "parent": "bags"}},
        "products": products(
            BAG={"classification": "bags"},
            SACK={"classification": "sacks"},
            TIN={},
            SET={"components": components},
        ),
    }
    expected = [] if message is None else [(message, hint)]
    assert [(each.message, each.hint) for each in found("default_product", document)] == expected


def test_a_bundle_does_not_contain_itself_through_what_is_added_of_a_classification() -> None:
    document: dict[str, object] = {
        "classifications": {"kits": {"name": "Kits"}},
        "products": products(KIT={"classification": "kits", "components": {"kits": {"default_product": "KIT"}}}),
    }
    assert told("bundle_cycle", document) == [
        (
            "products.KIT.components.kits: error[bundle_cycle]: A bundle contains itself: `KIT` → `KIT`. "
            "Cut it at one of these places."
        )
    ]


def test_all_problems_come_in_one_pass_with_their_places() -> None:
    document = read_document(
        """\
units:
  REEL: {name: Reel, base: METER, factor: 305}
products:
  CABLE:
    name: Cable
    unit: REAL
    effective_from: 2027-01-01
    effective_until: 2026-01-01
    nothing_to_do: It is sold out.
    attributes:
      day: {type: date, min: 2026-02-01, max: 2026-01-01, compared: false}
""",
        "cables.yaml",
    )
    read, misfits = validate(Catalog, document.data, document.places)
    assert read is not None, misfits
    issues = place_issues(check_catalog(read), document.places)
    assert sorted((str(each.place), each.check) for each in issues) == [
        ("cables.yaml:11:30", "attribute_bounds"),
        ("cables.yaml:2:28", "unknown_unit"),
        ("cables.yaml:2:9", "unused_unit"),
        ("cables.yaml:6:11", "unknown_unit"),
        ("cables.yaml:7:21", "effective_dates"),
    ]


@pytest.mark.parametrize(
    ("unit", "problem"),
    [
        ("{name: Reel, base: METRE}", "u.yaml:2:9: error[shape]: `REEL`: `base` and `factor` go together"),
        ("{name: Reel, scale: 10}", "u.yaml:2:29: error[shape]: `scale` must be at most 9, not 10."),
        ("{name: Reel, base: A, factor: 0}", "u.yaml:2:39: error[shape]: `factor` must be more than 0, not 0."),
    ],
)
def test_a_unit_that_cannot_be_is_refused_at_its_place(unit: str, problem: str) -> None:
    document = read_document(f"units:\n  REEL: {unit}\n", "u.yaml")
    read, misfits = validate(Catalog, document.data, document.places)
    assert read is None
    assert [str(each).startswith(problem) for each in misfits] == [True]
