"""What products become by the catalog alone, as tree, Mermaid and DOT; and the lanes with their steps."""

from __future__ import annotations

import re
from datetime import date

import pytest

from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition import graphs
from decomposition.becoming import becoming, groups_of, tree
from decomposition.graphs import Graph
from decomposition.lanes import lanes, lanes_tree
from tests.unit.golden import assert_golden

TODAY = date(2026, 3, 2)
SHOP = {
    "name": "Shop",
    "order_attributes": {"gift": {"type": "boolean", "default": False}},
    "classifications": {"GOODS": {"name": "Goods"}, "BOOKS": {"name": "Books", "parent": "GOODS"}},
    "products": {
        "BOX": {"name": "Box", "components": {"BOOKS": {"min": 1, "max": 3, "default": 2}, "CARD": {"min": 0}}},
        "NOVEL": {"name": "Novel", "classification": "BOOKS"},
        "ATLAS": {"name": "Atlas", "classification": "BOOKS"},
        "CARD": {"name": "Card", "nothing_to_do": "it is printed at home"},
    },
    "technical_products": {
        "PARCEL": {"name": "Parcel", "scope": "order", "quantity": "one"},
        "LABEL": {"name": "Label", "quantity": "per_unit", "scope": {"by": "source.ship_to"}},
        "MAP": {"name": "Map"},
    },
    "decomposition_rules": {
        "GOODS": {"classification": "GOODS", "target": "PARCEL", "when": "source.quantity > 1"},
        "ATLAS": {"product": "ATLAS", "target": "PARCEL", "quantity": "source.quantity * 2"},
        "ATLAS-MAP": {"product": "ATLAS", "target": "MAP", "effective_from": "2030-01-01"},
        "LABELS": {"product": "PARCEL", "target": "LABEL"},
    },
    "step_groups": {
        "packing": {
            "title": "Packing",
            "steps": {
                "pack": {"type": "milestone", "title": "Pack", "scope": "line"},
                "wrap": {
                    "type": "manual_task",
                    "when": "order.attributes.gift",
                    "after": [{"step": "pack", "pair": "bundle", "required": True, "lag": "1h"}],
                },
            },
        },
        "billing": {
            "steps": {
                "bill": {
                    "type": "callout",
                    "operation": "bank.bill",
                    "after": [{"step": "packing.wrap", "pair": "all", "unpaired": "start", "propagates": True}],
                    "on_cancel": "credit",
                    "on_amend": {"group": "credit"},
                    "point_of_no_return": {"deny": "amend", "over": "bundle"},
                }
            }
        },
        "credit": {"steps": {"credit": {"type": "manual_task", "point_of_no_return": "both"}}},
        "rescue": {"alternative": True, "steps": {"call": {"type": "manual_task", "scope": {"by": "line.product"}}}},
    },
    "scenarios": {
        "PACKING": {"product": "PARCEL", "group": "packing", "actions": ["add", "no_change"]},
        "BILLING": {"group": "billing", "when": "order.attributes.gift"},
    },
    "systems": {"bank": {"operations": {"bill": {"path": "/bills"}}}},
}
HOSTILE = 'Pack "it" [now] <b>|;--> `x` \\ #35; %% end\n}'
ARROW = re.compile(r"  (\w+) -->(?:\|\"[^\"|]+\"\|)? (\w+)")
BOX = re.compile(r"    (\w+)\[\"[^\"\[\]{}<>|;\\]*(?:(?:<br/>|#\d+;)[^\"\[\]{}<>|;\\]*)*\"\]")


@pytest.fixture(scope="module")
def shop() -> Catalog:
    return Catalog.model_validate(SHOP)


def graph(catalog: Catalog, product: str | None = None) -> Graph:
    found = becoming(catalog, TODAY, product)
    assert isinstance(found, Graph)
    return found


def test_what_a_bundle_becomes_is_drawn_as_in_the_golden_files(shop: Catalog) -> None:
    found = graph(shop, "BOX")
    assert_golden("becoming/tree.txt", tree(found))
    assert_golden("becoming/mermaid.txt", graphs.mermaid(found))
    assert_golden("becoming/dot.txt", graphs.dot(found))


def test_lanes_are_drawn_as_in_the_golden_files(shop: Catalog) -> None:
    assert_golden("lanes/tree.txt", lanes_tree(shop))
    assert_golden("lanes/mermaid.txt", graphs.mermaid(lanes(shop)))
    assert_golden("lanes/dot.txt", graphs.dot(lanes(shop)))


def test_a_product_s_own_rule_hides_that_of_its_class(shop: Catalog) -> None:
    assert "`GOODS`" not in tree(graph(shop, "ATLAS"))
    assert "by rule `GOODS` of class `GOODS`, when the source's quantity is more than 1" in tree(graph(shop, "NOVEL"))


def test_a_rule_out_of_its_dates_is_drawn_and_says_so(shop: Catalog) -> None:
    assert "by rule `ATLAS-MAP`, not now: it is in force from 2030-01-01, not on 2026-03-02" in tree(
        graph(shop, "ATLAS")
    )


def test_what_several_things_become_is_one_box_and_drawn_once(shop: Catalog) -> None:
    found = graph(shop)
    assert [box.texts[1] for box in found.boxes if box.texts[0] == "Parcel"] == ["PARCEL"]
    assert tree(found).count("by rule `LABELS`") == 1
    assert "drawn above" in tree(found)


def test_only_the_lanes_that_a_product_may_bring_in_are_its_lanes(shop: Catalog) -> None:
    assert groups_of(graph(shop, "CARD")) == ("billing",)
    assert sorted(groups_of(graph(shop, "NOVEL"))) == ["billing", "packing"]
    only = lanes(shop, ("billing",))
    assert [frame.title for frame in only.frames] == ["billing", "credit, to undo a step and to make up for a change"]
    assert only.arrows == ()
    assert "after `packing.wrap`" in lanes_tree(shop, ("billing",))


@pytest.mark.parametrize("product", ["PARCEL", "BOOKS"])
def test_technical_products_and_classes_are_drawn_too(shop: Catalog, product: str) -> None:
    assert tree(graph(shop, product)).splitlines()[0].split(" (")[1].startswith(f"`{product}`)")


def test_an_unknown_product_is_refused_with_the_nearest_name(shop: Catalog) -> None:
    refused = becoming(shop, TODAY, "NOVLE")
    assert isinstance(refused, Refused)
    assert refused.issues[0].hint == "Did you mean `NOVEL`?"


def test_an_empty_catalog_is_an_empty_drawing() -> None:
    assert graph(Catalog()) == Graph(title="Products")
    assert graphs.mermaid(graph(Catalog())) == "flowchart LR\n"


def test_products_that_become_each_other_are_drawn_and_end() -> None:
    ring = Catalog.model_validate(
        {
            "technical_products": {"A": {"name": "A"}, "B": {"name": "B"}},
            "decomposition_rules": {"AB": {"product": "A", "target": "B"}, "BA": {"product": "B", "target": "A"}},
        }
    )
    assert tree(graph(ring, "A")).count("drawn above") == 1


def test_a_deep_bundle_is_no_recursion() -> None:
    parts = {f"P{each}": {"name": "P", "components": {f"P{each + 1}": {}}} for each in range(3_000)}
    deep = Catalog.model_validate({"products": {**parts, "P3000": {"name": "P", "nothing_to_do": "none"}}})
    assert tree(graph(deep, "P0")).count("\n") == 3_001


def named(title: str) -> Catalog:
    """Return a shop in which everything that people read is called so."""
    return Catalog.model_validate(
        {
            **SHOP,
            "name": title,
            "products": {"CARD": {"name": title, "nothing_to_do": title}},
            "step_groups": {"billing": {"title": title, "steps": {"bill": {"type": "milestone", "title": title}}}},
        }
    )


@pytest.mark.parametrize("found", [graph(named(HOSTILE)), lanes(named(HOSTILE)), graph(Catalog.model_validate(SHOP))])
def test_every_line_of_mermaid_is_a_box_an_arrow_or_a_frame_whatever_the_names(found: Graph) -> None:
    head, *lines = graphs.mermaid(found).splitlines()
    assert head == "flowchart LR"
    boxes = [match[1] for line in lines if (match := BOX.fullmatch(line))]
    arrows = [match.groups() for line in lines if (match := ARROW.fullmatch(line))]
    frames = [
        line
        for line in lines
        if line == "  end" or re.fullmatch(r'  subgraph lane\d+\["[^"\[\]<>|;\\]*(?:#\d+;[^"\[\]<>|;\\]*)*"\]', line)
    ]
    assert len(boxes) + len(arrows) + len(frames) == len(lines)
    assert boxes == [box.id for box in found.boxes]
    assert [end for arrow in arrows for end in arrow if end not in boxes] == []


@pytest.mark.parametrize("found", [graph(named(HOSTILE)), lanes(named(HOSTILE)), graph(Catalog.model_validate(SHOP))])
def test_dot_has_balanced_braces_outside_of_its_texts_and_names_only_boxes_that_are_there(found: Graph) -> None:
    text = graphs.dot(found)
    bare = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)
    assert bare.count("{") == bare.count("}") == 1 + len(found.frames)
    assert '"' not in bare.replace('""', "")
    boxes = re.findall(r"^ +(\w+) \[label=", bare, re.MULTILINE)
    assert boxes == [box.id for box in found.boxes]
    ends = re.findall(r"(\w+) -> (\w+)", bare)
    assert len(ends) == len(found.arrows)
    assert [end for pair in ends for end in pair if end not in boxes] == []
