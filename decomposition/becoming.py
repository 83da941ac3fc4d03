"""What products become, by the catalog alone: parts of bundles, technical products by rules, lanes by scenarios.

No order is needed. Conditions are shown in words, since which of them hold depends on the order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from catalog.base import Code, Name, Refused
from catalog.catalog import Catalog
from catalog.expressions.spoken import in_words
from catalog.products import CommercialProduct, Component, QuantityMethod, Scaling, ScopeKind, TechnicalProduct
from catalog.rules import LineAction, Scenario
from catalog.words import did_you_mean, listed
from decomposition.drawing import Node, drawn
from decomposition.graphs import Arrow, Box, Frame, Graph
from decomposition.lines import Verdict
from decomposition.ruleset import Candidate, RuleSet
from decomposition.scenarios import ScenarioSet
from decomposition.wording import plain

_WHOLE = "Any order"
_AMOUNTS = {QuantityMethod.ONE: "one whatever is ordered", QuantityMethod.PER_UNIT: "one for each unit"}


class _Thing(NamedTuple):
    """What a box stands for: `sort` is one of order, class, sold, delivered, lane."""

    sort: str
    code: str


_FRAMES = {"sold": "Sold", "delivered": "Delivered", "lane": "Lanes"}
_IN_FRAME = {"order": "sold", "class": "sold", "sold": "sold", "delivered": "delivered", "lane": "lane"}
_Next = tuple[_Thing, str]
"""Where an arrow leads, and what stands on it."""


def becoming(catalog: Catalog, on: date, product: Code | None = None) -> Graph | Refused:
    """Return what a product or classification becomes on the day `on`; without one, all commercial products."""
    if product is None:
        starts = tuple(_Thing("sold", each.code) for each in catalog.products)
    elif catalog.classification(product):
        starts = (_Thing("class", product),)
    elif found := catalog.product(product):
        starts = (_Thing("sold" if isinstance(found, CommercialProduct) else "delivered", product),)
    else:
        return _unknown(product, catalog)
    return _Drawing(catalog, on).graph(starts)


def tree(graph: Graph) -> str:
    """Return the same as text: a tree for each box that nothing leads to; what was drawn before is only named."""
    boxes = {box.id: box for box in graph.boxes}
    heads = {arrow.head for arrow in graph.arrows}
    below: dict[str, list[Arrow]] = {}
    for arrow in graph.arrows:
        below.setdefault(arrow.tail, []).append(arrow)
    met = sorted(boxes, key=lambda name: int(name[1:]))
    roots = [each for each in met if each not in heads] or met[:1]
    shown: dict[str, bool] = {}
    found = []
    for root in roots:
        top = Node(_label(boxes[root]))
        waiting = [(root, top)]
        while waiting:
            at, node = waiting.pop()
            if at in shown and at in below:
                node.label += ", drawn above"
                continue
            shown[at] = True
            children = [(each.head, Node(_branch(boxes[each.head], each))) for each in below.get(at, ())]
            node.children += [child for _, child in children]
            waiting += reversed(children)
        found.append("\n".join(drawn(top)))
    return "\n\n".join(found) + "\n"


def _label(box: Box) -> str:
    name, *rest = box.texts
    code = f" (`{rest[0]}`)" if rest else ""
    return ", ".join((f"{name}{code}", *rest[1:]))


def _branch(box: Box, arrow: Arrow) -> str:
    return f"{_label(box)}: {arrow.label}" if arrow.label else _label(box)


def groups_of(graph: Graph) -> tuple[Name, ...]:
    """Return the names of the step groups that are brought in."""
    lanes = next((frame.boxes for frame in graph.frames if frame.title == _FRAMES["lane"]), ())
    return tuple(box.texts[1] for box in lanes)


def _unknown(product: Code, catalog: Catalog) -> Refused:
    products = [each.code for each in (*catalog.products, *catalog.technical_products)]
    known = (*products, *(each.code for each in catalog.classifications))
    hint = did_you_mean(product, known, "Products and classifications")
    message = f"The catalog has no product and no classification `{product}`."
    return Refused.because("unknown_product", message, hint)


class _Drawing:
    """Follows what things become, from the first ones on, each once."""

    def __init__(self, catalog: Catalog, on: date) -> None:
        self._catalog = catalog
        self._rules = RuleSet(catalog, on)
        self._scenarios = ScenarioSet(catalog)

    def graph(self, starts: tuple[_Thing, ...]) -> Graph:
        """Return the graph of everything that `starts` become, with the lanes that every order has."""
        whole = (_Thing("order", _WHOLE),) if self._scenarios.whole else ()
        ids: dict[_Thing, str] = {each: f"b{position}" for position, each in enumerate((*starts, *whole))}
        arrows: list[Arrow] = []
        waiting = list(ids)
        for thing in waiting:  # grows while it is walked
            for head, label in self._after(thing):
                if head not in ids:
                    ids[head] = f"b{len(ids)}"  # numbered as they are met: trees begin with the first
                    waiting.append(head)
                arrows.append(Arrow(tail=ids[thing], head=ids[head], label=label))
        boxes = [(_IN_FRAME[thing.sort], Box(id=name, texts=tuple(self._texts(thing)))) for thing, name in ids.items()]
        frames = (
            Frame(title=title, boxes=tuple(box for frame, box in boxes if frame == sort))
            for sort, title in _FRAMES.items()
        )
        return Graph(title="Products", frames=tuple(each for each in frames if each.boxes), arrows=tuple(arrows))

    def _after(self, thing: _Thing) -> Iterator[_Next]:
        match thing.sort:
            case "order":
                yield from (self._lane(each, each.actions) for each in self._scenarios.whole)
            case "class":
                yield from ((_Thing("sold", each.code), "") for each in self._catalog.members(thing.code))
            case "sold" | "delivered":
                yield from self._parts(thing.code)
                yield from self._rules_of(thing.code)
                yield from self._scenarios_of(thing.code)
            case _:
                return

    def _parts(self, code: Code) -> Iterator[_Next]:
        product = self._catalog.commercial(code)
        for each in product.components if product else ():
            sort = "class" if self._catalog.classification(each.product) else "sold"
            yield _Thing(sort, each.product), _amount(each)

    def _rules_of(self, code: Code) -> Iterator[_Next]:
        for each in self._rules.of(code):
            if each.verdict is not Verdict.OVERRIDDEN:
                yield _Thing("delivered", each.rule.target), _by_rule(each)

    def _scenarios_of(self, code: Code) -> Iterator[_Next]:
        asked: dict[Code, tuple[Scenario, list[LineAction]]] = {}
        for action in LineAction:
            for each in self._scenarios.of(code, action):
                if each.verdict is None:
                    asked.setdefault(each.scenario.code, (each.scenario, []))[1].append(action)
        for scenario, actions in asked.values():
            yield self._lane(scenario, tuple(actions))

    def _lane(self, scenario: Scenario, actions: tuple[LineAction, ...]) -> _Next:
        words = [f"lane by scenario `{scenario.code}`{_of_class(scenario.classification)}"]
        if actions != (LineAction.ADD,):
            words.append(f"for {listed((each.value for each in actions), 'or')}")
        if scenario.when is not None:
            words.append(f"when {in_words(scenario.when)}")
        return _Thing("lane", scenario.group), ", ".join(words)

    def _texts(self, thing: _Thing) -> Iterator[str]:
        describe: dict[str, Callable[[str], Iterator[str]]] = {
            "order": lambda code: iter((code,)),
            "class": self._class_texts,
            "lane": self._lane_texts,
        }
        yield from describe.get(thing.sort, self._product_texts)(thing.code)

    def _class_texts(self, code: str) -> Iterator[str]:
        found = self._catalog.classification(code)
        yield from (found.name if found else code, code, "any of the class")

    def _lane_texts(self, code: str) -> Iterator[str]:
        found = self._catalog.group(code)
        yield from ((found.title if found else "") or code, code)

    def _product_texts(self, code: str) -> Iterator[str]:
        found = self._catalog.product(code)
        yield from (found.name if found else code, code)
        match found:
            case CommercialProduct(nothing_to_do=reason) if reason:
                yield f"nothing to do: {reason}"
            case TechnicalProduct():
                yield _scope(found)
                if found.quantity in _AMOUNTS:
                    yield _AMOUNTS[found.quantity]


def _scope(product: TechnicalProduct) -> str:
    scope = product.scope
    return f"one for each `{scope.by}`" if scope.kind is ScopeKind.BY else f"one for each {scope.kind.value}"


def _of_class(classification: Code | None) -> str:
    return f" of class `{classification}`" if classification else ""


def _amount(part: Component) -> str:
    fixed = " in all" if part.scaling is Scaling.CONSTANT else ""
    if part.max is None:
        words = f"at least {plain(part.min)}" if part.min else "any number"
    elif part.min == part.max:
        words = plain(part.min)
    else:
        words = f"{plain(part.min)} to {plain(part.max)}" if part.min else f"up to {plain(part.max)}"
    default = part.default if part.min and part.default not in (part.min, Decimal(1)) else None
    return f"part, {words}{fixed}{f', {plain(default)} if not said' if default is not None else ''}"


def _by_rule(candidate: Candidate) -> str:
    rule = candidate.rule
    words = [f"by rule `{rule.code}`{_of_class(rule.classification)}"]
    if rule.when is not None:
        words.append(f"when {in_words(rule.when)}")
    if rule.quantity is not None:
        words.append(f"quantity `{rule.quantity}`")
    if candidate.verdict is Verdict.NOT_EFFECTIVE:
        words.append(f"not now: {candidate.why}")
    return ", ".join(words)
