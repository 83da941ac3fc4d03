"""What checks look at grows with the catalog, not with its square: counted, since no clock is as steady as a count."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from catalog.base import Severity
from catalog.checks import check_catalog, expressions
from catalog.plain_data import Data
from tests.unit.catalog.shops import catalog, lane

Sections = dict[str, dict[str, Data]]


def _products(count: int, **more: Data) -> dict[str, Data]:
    return {f"P{at}": {"name": "p", **more} for at in range(count)}


def _targets(count: int, **more: Data) -> dict[str, Data]:
    return {f"T{at}": {"name": "t", **more} for at in range(count)}


def one_class(count: int) -> Sections:
    """Every rule is for all products, none of which is in force when the rule is."""
    rules: dict[str, Data] = {
        f"R{at}": {"classification": "C", "target": f"T{at}", "effective_from": "2027-01-01"} for at in range(count)
    }
    products = _products(count, classification="C", effective_until="2026-01-01")
    classes: dict[str, Data] = {"C": {"name": "c"}}
    return {
        "classifications": classes,
        "products": products,
        "technical_products": _targets(count),
        "decomposition_rules": rules,
    }


def misspelt(count: int) -> Sections:
    """Every name is wrong."""
    rules: dict[str, Data] = {f"R{at}": {"product": f"Q{at}", "target": f"U{at}"} for at in range(count)}
    return {"products": _products(count), "technical_products": _targets(count), "decomposition_rules": rules}


def same_way(count: int) -> Sections:
    """All rules lead from one product to one target, on days and conditions of their own."""
    rules: dict[str, Data] = {
        f"R{at}": {"product": "P0", "target": "T0", "when": f"source.quantity == {at}"} for at in range(count)
    }
    dated: dict[str, Data] = {
        f"D{at}": {
            "product": "P1",
            "target": "T0",
            "effective_from": f"{1000 + at}-01-01",
            "effective_until": f"{1000 + at}-02-01",
        }
        for at in range(count)
    }
    products = _products(2)
    return {"products": products, "technical_products": _targets(1), "decomposition_rules": rules | dated}


def one_lane(count: int) -> Sections:
    """Each step comes after the one before it, and reads what the first one left."""
    steps: dict[str, Data] = {
        f"s{at}": {
            "type": "manual_task",
            "form": {"seen": {"type": "boolean", "required": True}},
            **({"after": [f"s{at - 1}"], "when": "steps.lane.s0.seen"} if at else {}),
        }
        for at in range(count)
    }
    return {"step_groups": {"lane": {"steps": steps}}, "scenarios": {"all": {"group": "lane"}}}


def many_lanes(count: int) -> Sections:
    """Each group is for a product of its own, after the one before it."""
    groups: dict[str, Data] = {
        f"g{at}": {"steps": {"s": {"type": "milestone", "after": [f"g{at - 1}.s"] if at else []}}}
        for at in range(count)
    }
    scenarios: dict[str, Data] = {f"S{at}": {"product": f"P{at}", "group": f"g{at}"} for at in range(count)}
    return {"products": _products(count), "step_groups": groups, "scenarios": scenarios}


def deep_classes(count: int) -> Sections:
    """Each classification is below the one before it, and each has a scenario."""
    classes: dict[str, Data] = {
        f"C{at}": {"name": "c", **({"parent": f"C{at - 1}"} if at else {})} for at in range(count)
    }
    scenarios: dict[str, Data] = {f"S{at}": {"classification": f"C{at}", "group": "g"} for at in range(count)}
    products = _products(count, classification=f"C{count - 1}")
    groups: dict[str, Data] = {"g": {"steps": {"s": {"type": "milestone"}}}}
    return {"classifications": classes, "products": products, "step_groups": groups, "scenarios": scenarios}


def ignoring(count: int) -> Sections:
    """Every target is idle, and meant to be."""
    ignored: dict[str, Data] = {
        f"i{at}": {"check": "unused_technical_product", "at": f"technical_products.T{at}", "reason": "Later."}
        for at in range(count)
    }
    return {"technical_products": _targets(count), "ignored_checks": ignored}


def _work(sections: Sections) -> int:
    """Return how many functions of Python are entered, or gone on with, while the catalog is checked."""
    subject = catalog({**sections})
    entered = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal entered
        entered += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        check_catalog(subject)
    finally:
        sys.setprofile(before)
    return entered


SHAPES: tuple[tuple[Callable[[int], Sections], int], ...] = (
    (one_class, 60),
    (misspelt, 120),  # beyond a hundred names not all are compared with a misspelt one
    (same_way, 60),
    (one_lane, 60),
    (many_lanes, 60),
    (deep_classes, 60),
    (ignoring, 60),
)


@pytest.mark.parametrize(("shape", "count"), SHAPES)
def test_four_times_the_catalog_is_about_four_times_the_work(shape: Callable[[int], Sections], count: int) -> None:
    small, large = _work(shape(count)), _work(shape(4 * count))
    assert large < 6 * small


def test_requests_beyond_what_can_be_checked_are_told_with_the_step_at_which_that_ends() -> None:
    fields = {f"f{at}": "order.number" for at in range(200)}
    steps: dict[str, dict[str, object]] = {f"s{at}": {"type": "callout", "operation": "shop.do"} for at in range(1_501)}
    large = catalog(
        {
            "step_groups": {"main": lane(**steps)},
            "systems": {"shop": {"operations": {"do": {"path": "/do", "request": fields}}}},
        }
    )
    (issue,) = expressions.request_count(large)
    assert (issue.check, issue.severity) == ("request_count", Severity.ERROR)
    assert issue.message.startswith("From `main.s")
    assert "300,000 expressions" in issue.message
