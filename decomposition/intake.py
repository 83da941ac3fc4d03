"""The order as accepted: every reason to refuse it in one pass, then its lines, completed (`domain.md` O3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from catalog.base import Issue, Path, Refused
from catalog.catalog import Catalog
from catalog.products import CommercialProduct, TechnicalProduct
from catalog.rules import LineAction
from catalog.values import NamedValues
from catalog.words import did_you_mean, listed
from decomposition.attributes import typed
from decomposition.bubbling import bubbled
from decomposition.bundles import Bundles
from decomposition.holdings import Holdings
from decomposition.lines import Line, LineId
from decomposition.meeting import Meeting, Met
from decomposition.order import Order, OrderLine


def day_of(order: Order, now: datetime) -> date:
    """Return the day as of which effective dates count: the order's own date, else that of `now` in UTC."""
    return order.order_date or now.astimezone(UTC).date()


def complete(order: Order, catalog: Catalog, on: date, holdings: Holdings | None = None) -> tuple[Line, ...] | Refused:
    """Return the commercial lines by id, missing required components added, or all reasons to refuse the order.

    What is not in force on the day `on` is not sold. Lines that change what the account has meet their assets in
    `holdings`; what such a bundle has besides the parts that are named comes along as it does.
    """
    holdings = Holdings() if holdings is None else holdings
    issues = [*typed(order.attributes, catalog.order_attributes, ("attributes",), "the order").issues]
    issues += _unknown_address(order, order.ship_to, ("ship_to",))
    meeting = Meeting(order, catalog, holdings)
    met: dict[LineId, Met] = {}
    for line in order.lines:
        issues += _checked(line, order, catalog, on)
        met[line.id] = meeting.met(line)
    issues += meeting.issues
    issues += _repeated(order)
    issues += _parents(order)
    if any(each.check == "parent_cycle" for each in issues):
        return Refused(issues=tuple(issues))
    bundles = Bundles(order, catalog, met, holdings, on)
    lines = _expanded(order, bundles)
    issues += sorted(bundles.issues, key=lambda issue: tuple(str(part) for part in issue.path))
    return Refused(issues=tuple(issues)) if issues else bubbled(sorted(lines, key=lambda line: line.id))


def order_values(order: Order, catalog: Catalog) -> NamedValues:
    """Return the order's own attributes, typed, defaults applied; of an order that `complete` accepts."""
    return typed(order.attributes, catalog.order_attributes, ("attributes",), "the order").values


def _checked(line: OrderLine, order: Order, catalog: Catalog, on: date) -> list[Issue]:
    """Return what is wrong with a line on its own, but for its attributes."""
    issues = _unknown_address(order, line.ship_to, ("lines", line.id, "ship_to"))
    product = catalog.commercial(line.product)
    if product is None:
        return [*issues, _no_product(line, catalog)]
    return [*issues, *_not_sold(line, product, on), *_too_fine(line, product, catalog)]


def _not_sold(line: OrderLine, product: CommercialProduct, on: date) -> Iterator[Issue]:
    """Yield a problem for a line that adds what is not in force; what a customer has may still be changed and ended."""
    if line.action is LineAction.ADD and not product.is_effective(on):
        yield Issue(
            check="not_effective",
            message=f"Line `{line.id}`: `{product.code}` ({product.name}) is in force {product.period}, not on {on}.",
            hint="Order another product, or give the order another `order_date`.",
            path=("lines", line.id, "product"),
        )


def _too_fine(line: OrderLine, product: CommercialProduct, catalog: Catalog) -> Iterator[Issue]:
    unit = catalog.unit_of(product)
    if unit is not None and line.quantity is not None and not unit.takes(line.quantity):
        yield Issue(
            check="quantity_scale",
            message=f"Line `{line.id}`: `{product.code}` is counted in {unit.rule}, not {line.quantity}.",
            hint=f"Round the quantity: {unit.rounded(line.quantity)}.",
            path=("lines", line.id, "quantity"),
        )


def _unknown_address(order: Order, code: str | None, path: Path) -> list[Issue]:
    if code is None or order.address(code) is not None:
        return []
    hint = did_you_mean(code, (each.id for each in order.addresses), "The order's addresses")
    message = f"There is no address `{code}` in the order."
    return [Issue(check="unknown_address", message=message, hint=hint or "Add it to `addresses`.", path=path)]


def _no_product(line: OrderLine, catalog: Catalog) -> Issue:
    path = ("lines", line.id, "product")
    found = catalog.product(line.product)
    if isinstance(found, TechnicalProduct):
        return Issue(
            check="technical_product_ordered",
            message=f"Line `{line.id}` orders `{line.product}` ({found.name}), which is a technical product.",
            hint="Order the commercial product that decomposes to it.",
            path=path,
        )
    return Issue(
        check="unknown_product",
        message=f"Line `{line.id}`: the catalog has no product `{line.product}`.",
        hint=did_you_mean(line.product, (each.code for each in catalog.products), "Products"),
        path=path,
    )


def _repeated(order: Order) -> Iterator[Issue]:
    for before, line in zip(order.lines, order.lines[1:], strict=False):
        if before.id == line.id:
            message = f"There is more than one line `{line.id}`."
            yield Issue(check="repeated_line", message=message, hint="Give each its own id.", path=("lines", line.id))


def _parents(order: Order) -> Iterator[Issue]:
    """Yield a problem for each line whose parent is not there, and for each ring of parents."""
    parents = {line.id: line.parent for line in order.lines}
    settled: dict[LineId, bool] = {}
    for line in order.lines:
        if line.parent is not None and line.parent not in parents:
            yield Issue(
                check="unknown_parent",
                message=f"Line `{line.id}` names the parent `{line.parent}`, which the order does not have.",
                hint=did_you_mean(line.parent, (each for each in parents if each != line.id), "Its lines"),
                path=("lines", line.id, "parent"),
            )
        walk: dict[LineId, bool] = {}
        at: LineId | None = line.id
        while at is not None and at in parents and at not in settled and at not in walk:
            walk[at] = True
            at = parents[at]
        if at is not None and at in walk:
            ring = [*walk][[*walk].index(at) :]
            yield Issue(
                check="parent_cycle",
                message=f"The lines {listed(ring)} are parents of each other.",
                hint="Leave out the `parent` of the bundle's own line.",
                path=("lines", at, "parent"),
            )
        settled |= walk


def _expanded(order: Order, bundles: Bundles) -> list[Line]:
    """Return all lines, bundles before their parts."""
    known = {line.id for line in order.lines}
    waiting = [bundles.line(each, None) for each in order.lines if each.parent is None or each.parent not in known]
    lines: list[Line] = []
    while waiting:
        line = waiting.pop()
        lines.append(line)
        waiting += bundles.parts(line)
    return lines
