"""What a change of the catalog does to orders that were recorded: what differs alike is told once (`domain.md` C12)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from catalog.base import Code, Frozen, Issue, OrderNumber, Refused, digest
from catalog.differences import Kind
from decomposition.comparison import Aspect, Consequence, compared
from decomposition.model import OrderPlan
from decomposition.order import Order

MOST_KINDS = 20
"""How many ways of one thing to differ are told apart: orders may give a reason no end of values."""

_QUOTED = re.compile(r"`([^`]+)`")


class Alike(Frozen):
    """Orders that differ alike: how many, the first of them, which products it is about, and how.

    `products` are codes, or `PREFIX-*` for all of that prefix that were ordered; none where it is about all of several.
    """

    orders: int
    example: OrderNumber
    products: tuple[str, ...]
    consequences: tuple[Consequence, ...]


class Impact(Frozen):
    """What became of all orders: each counts once in `same`, `changed`, `refused` or `untold`.

    An order may be in several of the `changes`, which are sorted: refusals, then those of most orders. Those that are
    `untold` are refused by the catalog they were accepted with, so that nothing can be compared; `reasons` has why.
    """

    orders: int
    same: int
    changed: int
    refused: int
    untold: int
    changes: tuple[Alike, ...]
    reasons: tuple[Alike, ...]


Key = tuple[Aspect, Kind, str, str]


@dataclass
class _Met:
    """A difference as it was first met, and of which orders; `mark` is the same for the same orders."""

    first: Consequence
    example: str
    last: str = ""
    orders: int = 0
    varies: bool = False
    mark: int = 0
    products: dict[Code, None] = field(default_factory=dict)

    def add(self, consequence: Consequence, order: Order, products: Iterable[Code]) -> None:
        self.products |= dict.fromkeys(products)
        if order.number == self.last:
            return  # several lines of an order differ alike
        self.last = order.number
        self.orders += 1
        self.varies |= consequence.text != self.first.text
        self.mark ^= int(digest(order.number)[:16], 16)

    @property
    def consequence(self) -> Consequence:
        """The difference as all these orders have it."""
        if not self.varies:
            return self.first
        general = self.first.general or f"{self.first.text}, or the like"
        return self.first.model_copy(update={"text": general})


class _Tally:
    """Differences, counted: what is held grows with the names of the catalog, never with the orders."""

    def __init__(self) -> None:
        self._met: dict[Key, _Met] = {}
        self._kinds: Counter[tuple[Aspect, Kind, str]] = Counter()

    def add(self, consequence: Consequence, order: Order, products: Iterable[Code]) -> None:
        what = (consequence.aspect, consequence.kind, consequence.subject)
        key = (*what, consequence.general or consequence.text)
        if key not in self._met and self._kinds[what] >= MOST_KINDS:
            key = (*what, "")
            consequence = consequence.model_copy(update={"general": ""})
        if key not in self._met:
            self._kinds[what] += 1
            self._met[key] = _Met(consequence, order.number)
        self._met[key].add(consequence, order, products)

    def alike(self, ordered: Mapping[Code, None]) -> tuple[Alike, ...]:
        """Return the differences, those of the same orders about the same products together."""
        groups: dict[tuple[int, int, tuple[str, ...]], list[_Met]] = {}
        for each in self._met.values():
            groups.setdefault((each.orders, each.mark, families(each.products, ordered)), []).append(each)
        found = (
            Alike(
                orders=orders,
                example=together[0].example,
                products=products,
                consequences=tuple(each.consequence for each in together),
            )
            for (orders, _, products), together in groups.items()
        )
        return tuple(sorted(found, key=lambda each: (not _is_refusal(each), -each.orders, each.example)))


def _is_refusal(alike: Alike) -> bool:
    return alike.consequences[0].aspect is Aspect.ORDER


class Impacts:
    """What a change does, gathered order by order."""

    def __init__(self) -> None:
        self._changes = _Tally()
        self._reasons = _Tally()
        self._ordered: dict[Code, None] = {}
        self._counts: Counter[str] = Counter()

    def keep(self, order: Order) -> None:
        """Count an order that the change cannot concern."""
        self._counts["same"] += 1
        self._ordered |= _products_of(order)

    def add(self, order: Order, before: OrderPlan | Refused, after: OrderPlan | Refused) -> None:
        """Compare what an order got with what it would get."""
        self._ordered |= _products_of(order)
        if isinstance(before, Refused):
            self._counts["untold"] += 1
            _add_reasons(self._reasons, order, before)
        elif isinstance(after, Refused):
            self._counts["refused"] += 1
            _add_reasons(self._changes, order, after)
        else:
            found = compared(before, after)
            self._counts["changed" if found else "same"] += 1
            for each in found:
                self._changes.add(each, order, _concerned(each, order, before, after))

    def told(self) -> Impact:
        """Return what became of all orders so far."""
        counts = {name: self._counts[name] for name in ("same", "changed", "refused", "untold")}
        return Impact(
            orders=sum(counts.values()),
            **counts,
            changes=self._changes.alike(self._ordered),
            reasons=self._reasons.alike(self._ordered),
        )


def _products_of(order: Order) -> dict[Code, None]:
    return dict.fromkeys(each.product for each in order.lines)


def _concerned(each: Consequence, order: Order, before: OrderPlan, after: OrderPlan) -> Mapping[Code, None]:
    """Return the commercial products that a difference is about: those behind its line or step, else all."""
    origins: Iterator[tuple[OrderPlan, tuple[str, ...]]]
    match each.aspect:
        case Aspect.LINE:
            origins = ((p, line.origin) for p in (before, after) for line in p.lines if line.product == each.subject)
        case Aspect.STEP | Aspect.DEPENDENCY:
            origins = ((p, step.origin) for p in (before, after) for step in p.steps if step.definition == each.subject)
        case Aspect.ORDER | Aspect.TABLE:
            return _products_of(order)
    return dict.fromkeys(p.line(line).product for p, lines in origins for line in lines)


def _add_reasons(tally: _Tally, order: Order, refused: Refused) -> None:
    product_of = {each.id: each.product for each in order.lines}
    for issue in refused.issues:
        text = issue.message.rstrip(".")
        general = _without_ids(text, order.number, product_of)
        consequence = Consequence(
            aspect=Aspect.ORDER, kind=Kind.REMOVED, subject=issue.check, text=text, general=general
        )
        tally.add(consequence, order, _named(issue, product_of))


def _named(issue: Issue, product_of: Mapping[str, Code]) -> tuple[Code, ...]:
    """Return the product of the line that a reason is about, else all of the order."""
    line = str(issue.path[1]) if issue.path[:1] == ("lines",) and len(issue.path) > 1 else ""
    return (product_of[line],) if line in product_of else tuple(product_of.values())


def _without_ids(text: str, number: str, product_of: Mapping[str, Code]) -> str:
    """Return a reason with products in place of lines, and definitions in place of steps."""

    def general(found: re.Match[str]) -> str:
        name = found[1]
        if name == number:
            return "the order"
        line, _, derived = name.partition(".")
        if line in product_of:
            return f"`{derived or product_of[line]}`"
        return f"`{re.split('[@~]', name, maxsplit=1)[0]}`"

    return _QUOTED.sub(general, text)


def families(products: Iterable[Code], ordered: Iterable[Code]) -> tuple[str, ...]:
    """Return products by code, sorted; `PREFIX-*` where it is all of several ordered ones, nothing where it is all."""
    found = dict.fromkeys(products)
    everything = dict.fromkeys(ordered)
    if len(everything) > 1 and all(each in found for each in everything):
        return ()
    families: dict[str, list[Code]] = {}
    for each in everything:
        if "-" in each:
            families.setdefault(each.partition("-")[0], []).append(each)
    whole = {name for name, codes in families.items() if len(codes) > 1 and all(each in found for each in codes)}
    return tuple(sorted({f"{name}-*" if (name := each.partition("-")[0]) in whole else each: None for each in found}))
