"""Plans of known shapes whose steps do nothing: one catalog for all shapes, and orders that bring them about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from catalog.catalog import Catalog
from catalog.values import Value
from decomposition.order import Order
from fulfillment.effects import FUNCTIONS

NOTHING = f"{FUNCTIONS}.nothing"
"""What each step calls: the operation, which is the type of its activity."""


class Stage(NamedTuple):
    """So many lanes side by side, each of so many steps one after the other."""

    lanes: int
    steps: int


class Shape(NamedTuple):
    """A plan: its stages one after the other, and the product and the number of lines that bring it about."""

    product: str
    lines: int
    stages: tuple[Stage, ...]

    @property
    def steps(self) -> int:
        return sum(stage.lanes * stage.steps for stage in self.stages)


def _lanes(width: int) -> Shape:
    return Shape("LANES", width, (Stage(1, 1), Stage(width, 2), Stage(1, 1)))


def _crossed(width: int) -> Shape:
    return Shape("CROSSED", width, (Stage(1, 1), Stage(width, 1), Stage(width, 1), Stage(1, 1)))


TEN = "1-4-4-1"
CHAIN = "chain"
SHAPES: Mapping[str, Shape] = {
    TEN: _lanes(4),
    CHAIN: Shape("CHAIN", 1, (Stage(1, 10),)),
    "1-50-50-1": _lanes(50),
    "1-250-250-1": _lanes(250),
    "1-4-4-1-crossed": _crossed(4),
    "1-50-50-1-crossed": _crossed(50),
}
"""The shapes by name; where one is crossed, each step of a layer waits for the whole layer before."""

HELD = Shape("HELD", 4, (Stage(1, 1), Stage(4, 2), Stage(1, 1)))
"""Ten steps whose last one waits for a fact that nobody sets, so that the order stays open."""


def catalog() -> Catalog:
    """Return the catalog of all shapes."""
    products = ("LANES", "CROSSED", "CHAIN", "HELD")
    held = {"type": "pause", "until": "coalesce(facts.released, false)", "after": ["second"]}
    return Catalog.model_validate(
        {
            "name": "Plan shapes",
            "functions": {"nothing": {}},
            "order_facts": {"released": {"type": "boolean"}},
            "products": {each: {"name": each.title(), "asset": False} for each in products},
            "scenarios": {each: {"product": each, "group": each.lower()} for each in products},
            "step_groups": {
                "lanes": {"steps": _layers("line") | {"close": _step("plan", "second")}},
                "crossed": {"steps": _layers("all") | {"close": _step("plan", "second")}},
                "chain": {"steps": {f"step_{at}": _step("plan", *_before(at)) for at in range(10)}},
                "held": {"steps": _layers("line") | {"close": held}},
            },
        }
    )


def content(shape: Shape, number: str) -> dict[str, Any]:
    """Return an order of a shape as people write it."""
    lines = {f"L{at}": {"product": shape.product} for at in range(shape.lines)}
    return {"number": number, "account": "ACME", "lines": lines}


def order(shape: Shape, number: str) -> Order:
    """Return that order as planned."""
    return Order.model_validate(content(shape, number))


def nothing(inputs: Mapping[str, Value]) -> Mapping[str, object]:  # noqa: ARG001 - functions have one form
    """Do nothing."""
    return {}


WORKER_FUNCTIONS = {"nothing": nothing}
"""What the environment of the benchmark names as its functions."""


def _layers(pair: str) -> dict[str, Any]:
    return {
        "open": _step("plan"),
        "first": _step("line", "open"),
        "second": _step("line", {"step": "first", "pair": pair}),
    }


def _before(at: int) -> tuple[str, ...]:
    return (f"step_{at - 1}",) if at else ()


def _step(scope: str, *after: object) -> dict[str, Any]:
    return {"type": "auto_task", "function": "nothing", "scope": scope, "after": list(after)}
