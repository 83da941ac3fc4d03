"""Bundles: their parts as ordered, checked against their components, and the required ones that are missing, added."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from catalog.base import Code, Issue
from catalog.catalog import Catalog
from catalog.products import CommercialProduct, Component, Scaling
from catalog.rules import LineAction
from catalog.words import did_you_mean, listed
from decomposition.attributes import typed
from decomposition.holdings import Holdings
from decomposition.kept_parts import kept_parts
from decomposition.lines import Line, LineId, LineKind
from decomposition.meeting import Met
from decomposition.order import Order, OrderLine

_NAMED = 8
"""How many products a hint names at most."""


class Bundles:
    """Turns ordered lines into lines, bundle by bundle from the top, and notes what is wrong in `issues`."""

    def __init__(self, order: Order, catalog: Catalog, met: dict[LineId, Met], holdings: Holdings, on: date) -> None:
        self.issues: list[Issue] = []
        self._order = order
        self._catalog = catalog
        self._met = met
        self._holdings = holdings
        self._changed = {each.asset.id for each in met.values() if each.asset is not None}
        self._on = on
        self._children: dict[LineId, list[OrderLine]] = {}
        self._inside: dict[LineId, tuple[Code, ...]] = {}
        """Of a derived line: the products of the derived lines it is in, so that a bundle in itself ends."""
        for line in order.lines:
            if line.parent is not None:
                self._children.setdefault(line.parent, []).append(line)

    def line(self, ordered: OrderLine, parent: Line | None) -> Line:
        """Return an ordered line; what it does not say of dates and places is its bundle's, else the order's."""
        above = parent or self._order
        met = self._met[ordered.id]
        return Line(
            id=ordered.id,
            kind=LineKind.COMMERCIAL,
            product=ordered.product,
            quantity=met.quantity,
            action=met.action,
            parent=ordered.parent,
            root=parent.root if parent else ordered.id,
            attributes=met.values,
            ship_to=ordered.ship_to or above.ship_to,
            bill_to=ordered.bill_to or above.bill_to,
            requested_date=ordered.requested_date
            or (parent.requested_date if parent else self._order.requested_completion),
            price=ordered.price,
            term=ordered.term or (met.asset.term if met.asset else None),
            asset=met.asset.id if met.asset else None,
            origin=(ordered.id,),
        )

    def parts(self, bundle: Line) -> list[Line]:
        """Return the lines directly in `bundle`: ordered ones, and derived ones for required components not ordered.

        Of a bundle that the customer has, the parts that the order does not name come along too.
        """
        parts = [self.line(each, bundle) for each in self._children.get(bundle.id, ())]
        parts += kept_parts(bundle, self._holdings, self._changed, self._catalog)
        product = self._catalog.commercial(bundle.product)
        if product is None or bundle.action is LineAction.CANCEL:
            return parts
        by_component: dict[Code, list[Line]] = {each.product: [] for each in product.components}
        for part in parts:
            component = self._catalog.component_of(part.product, product)
            if component is not None:
                by_component[component.product].append(part)
            elif self._catalog.commercial(part.product):
                self._refuse_part(part, bundle, product)
        for component_of in product.components:
            found = by_component[component_of.product]
            if found:
                self._check_quantity(found, component_of, bundle)
            elif component_of.min > 0:
                parts += self._derived(component_of, bundle)
        return parts

    def _refuse_part(self, part: Line, bundle: Line, product: CommercialProduct) -> None:
        codes = [each.product for each in product.components]
        message = f"Line `{part.id}`: `{part.product}` is no component of `{product.code}` (line `{bundle.id}`)."
        hint = did_you_mean(part.product, codes, "Its components") or f"`{product.code}` is no bundle; drop `parent`."
        self.issues.append(
            Issue(check="not_a_component", message=message, hint=hint, path=("lines", part.id, "product"))
        )

    def _check_quantity(self, parts: list[Line], component: Component, bundle: Line) -> None:
        total = sum((each.quantity for each in parts if each.action is not LineAction.CANCEL), Decimal(0))
        proportional = component.scaling is Scaling.PROPORTIONAL
        times = bundle.quantity if proportional else Decimal(1)
        low, high = component.min * times, None if component.max is None else component.max * times
        if low <= total and (high is None or total <= high):
            return
        bounds = f"at least {_plain(low)}" if high is None else f"{_plain(low)} to {_plain(high)}"
        bounds = f"exactly {_plain(low)}" if low == high else bounds
        each = f" ({_plain(bundle.quantity)} bundles)" if proportional and bundle.quantity != 1 else ""
        message = f"Line `{bundle.id}` takes {bounds} of `{component.product}`{each}, the order has {_plain(total)}."
        path = ("lines", parts[0].id, "quantity")
        self.issues.append(Issue(check="component_quantity", message=message, hint="Change the quantity.", path=path))

    def _derived(self, component: Component, bundle: Line) -> list[Line]:
        """Return the line of a required component that was not ordered."""
        product = self._catalog.commercial(component.default_product or component.product)
        inside = self._inside.get(bundle.id, (bundle.product,))
        if product is None:
            self._note_choice(component, bundle)
            return []
        if product.code in inside:
            self._note("bundle_in_itself", f"has `{product.code}` inside itself", "Change its components.", bundle)
            return []
        if not product.is_effective(self._on):
            what = f"needs `{product.code}` ({product.name}), which is in force {product.period}, not on {self._on}"
            self._note("not_effective", what, "Order another bundle, or give the order another `order_date`.", bundle)
            return []
        code = f"{bundle.id}.{product.code}"
        owner = f"line `{code}` ({product.name}, added as a required component of `{bundle.product}`)"
        values, wrong = typed((), self._catalog.attributes_of(product.code), self._path(bundle), owner)
        self.issues += wrong
        self._inside[code] = (*inside, product.code)
        return [
            Line(
                id=code,
                kind=LineKind.COMMERCIAL,
                product=product.code,
                quantity=self._default_quantity(component, product, bundle),
                action=LineAction.ADD,
                parent=bundle.id,
                root=bundle.root,
                attributes=values,
                ship_to=bundle.ship_to,
                bill_to=bundle.bill_to,
                requested_date=bundle.requested_date,
                derived=True,
                origin=(code,),
            )
        ]

    def _default_quantity(self, component: Component, product: CommercialProduct, bundle: Line) -> Decimal:
        times = bundle.quantity if component.scaling is Scaling.PROPORTIONAL else Decimal(1)
        unit = self._catalog.unit_of(product)
        return unit.rounded(component.default * times) if unit else component.default * times

    def _note_choice(self, component: Component, bundle: Line) -> None:
        """Note that a required component, a classification, leaves open which of its products is wanted."""
        of = self._catalog.commercial(bundle.product)
        would_do = [
            each.code
            for each in self._catalog.members(component.product)
            if of and self._catalog.component_of(each.code, of) == component and each.is_effective(self._on)
        ]
        if not would_do:
            what = f"needs a line of `{component.product}`, of which there is no product on {self._on}"
            self._note("missing_component", what, "Order another bundle.", bundle)
            return
        more = f" and {len(would_do) - _NAMED} more" if len(would_do) > _NAMED else ""
        shown = listed(would_do[:_NAMED], "or") if not more else ", ".join(f"`{each}`" for each in would_do[:_NAMED])
        place = f"with the parent `{bundle.id}`"
        if bundle.derived:
            place = f"in a line of `{bundle.product}`, which is to be ordered with it"
        self._note(
            "missing_component", f"needs a line of `{component.product}`", f"Order {shown}{more}, {place}.", bundle
        )

    def _note(self, check: str, what: str, hint: str, bundle: Line) -> None:
        message = f"Line `{bundle.id}`: the bundle `{bundle.product}` {what}."
        self.issues.append(Issue(check=check, message=message, hint=hint, path=self._path(bundle)))

    def _path(self, bundle: Line) -> tuple[str, ...]:
        """Return where a problem of a derived part stands: at the ordered line that it is in."""
        return ("lines", bundle.id.split(".")[0])


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
