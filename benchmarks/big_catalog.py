"""A large catalog as the YAML files that designers would write: the same texts every time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

PER_FILE = 250
CLASSES = 40
GROUPS = 100
SYSTEMS = 20


class Size(NamedTuple):
    """How much a catalog holds: commercial products, technical products, decomposition rules."""

    products: int
    technical: int
    rules: int


def files(size: Size) -> Iterator[tuple[str, str]]:
    """Yield name and text of every file of a catalog of that size, of which no check finds anything."""
    yield "main.yaml", _main()
    yield from _section("products", size.products, lambda at: _product(at, size))
    yield from _section("technical_products", size.technical, _technical)
    yield from _section("decomposition_rules", size.rules, lambda at: _rule(at, size))
    yield from _section("step_groups", GROUPS, _group)
    yield from _section("scenarios", GROUPS, _scenario)
    yield from _section("systems", SYSTEMS, _system)


def _section(name: str, count: int, entry: Callable[[int], str]) -> Iterator[tuple[str, str]]:
    for start in range(0, count, PER_FILE):
        entries = "\n".join(entry(at) for at in range(start, min(start + PER_FILE, count)))
        yield f"{name}/{start:05}.yaml", f"{name}:\n{entries}\n"


def _main() -> str:
    classes = "\n".join(
        f"""  C{at}:
    name: Class {at}
    attributes:
      region{at}: {{type: choice, choices: [north, south, east, west], required: true}}"""
        for at in range(CLASSES)
    )
    return f"""name: A large catalog
order_attributes:
  channel: {{type: choice, choices: [web, shop, partner], default: web}}
classifications:
{classes}
value_tables:
  speeds:
    key: choice
    value: integer
    rows: {{slow: 10, fast: 50, faster: 100}}
"""


def _product(at: int, size: Size) -> str:
    return f"""  P{at}:
    name: Product number {at} of {size.products}
    classification: C{at % CLASSES}
    attributes:
      speed: {{type: choice, choices: [slow, fast, faster], required: true}}
      colour: {{type: text, default: grey}}
      weight: {{type: number, min: 0, max: 100, required: true}}"""


def _technical(at: int) -> str:
    return f"""  T{at}:
    name: Technical product {at}
    scope: line
    attributes:
      mbps: {{type: integer, required: true}}
      site: {{type: text, required: true, merge: first}}
      note: {{type: text}}"""


def _rule(at: int, size: Size) -> str:
    product, other = at % size.products, at // size.products
    conditions = (
        "source.attributes.speed == 'fast' and order.attributes.channel in ['web', 'shop']",
        "source.attributes.weight > 10 or source.quantity >= 5",
        "bundle is null and source.attributes.colour != 'red'",
    )
    return f"""  R{at}:
    # Number {other + 1} of its product.
    product: P{product}
    target: T{(at * 7 + other) % size.technical}
    when: {conditions[at % len(conditions)]}
    quantity: source.quantity * {1 + other}
    priority: {at % 10}
    mappings:
      mbps: {{table: speeds, of: source.attributes.speed}}
      site: {{expression: "coalesce(source.ship_to.id, 'site-{at}')"}}
      note: {{constant: Made by rule number {at}}}"""


def _group(at: int) -> str:
    return f"""  lane{at}:
    title: Lane {at}
    steps:
      check: {{type: manual_task, scope: line, form: {{seen: {{type: boolean, required: true}}}}}}
      pick:
        type: callout
        operation: system{at % SYSTEMS}.pick
        scope: line
        after: check
        input: {{speed: line.attributes.speed, seen: steps.lane{at}.check.seen}}
      ship:
        type: callout
        operation: system{at % SYSTEMS}.ship
        scope: line
        when: line.quantity > 0 or steps.lane{at}.check.seen
        after: [pick{f", lane{at - CLASSES}.ship" if at >= CLASSES else ""}]
        input: {{shelf: "coalesce(steps.lane{at}.pick.shelf, 'none')"}}
      done: {{type: milestone, after: ship}}"""


def _scenario(at: int) -> str:
    return f"""  S{at}:
    classification: C{at % CLASSES}
    actions: [add]
    when: line.attributes.region{at % CLASSES} == 'north' or line.quantity > {at}
    group: lane{at}"""


def _system(at: int) -> str:
    return f"""  system{at}:
    operations:
      pick:
        path: /pick
        request: {{speed: input.speed, line: line.id, seen: input.seen}}
        outputs:
          shelf: {{type: text, value: response.body.shelf, optional: true}}
      ship:
        path: /ship
        request: {{from: input.shelf, account: order.account}}
        success: response.status < 300"""
