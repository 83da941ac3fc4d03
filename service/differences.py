"""What differs between two versions of an order, line by line, in words."""

from __future__ import annotations

from collections.abc import Iterator

from decomposition.model import OrderPlan
from decomposition.order import OrderLine

_SHOWN = ("product", "quantity", "action", "parent", "ship_to", "bill_to", "requested_date", "price", "term", "asset")


def differences(before: OrderPlan, after: OrderPlan) -> tuple[str, ...]:
    """Return what has become of an order, lines by id: `line "L3" was added`."""
    old, new = _lines(before), _lines(after)
    found: list[str] = []
    for line in sorted({**old, **new}):
        if line not in new:
            found.append(f"line `{line}` was cancelled")
        elif line not in old:
            found.append(f"line `{line}` ({new[line].product}) was added")
        elif changed := tuple(_changed(old[line], new[line])):
            found.append(f"line `{line}` has {', '.join(changed)}")
    return tuple(found) or ("its lines stayed as they were",)


def _lines(plan: OrderPlan) -> dict[str, OrderLine]:
    gone = {each.id for each in plan.lines if each.cancelled}
    return {each.id: each for each in plan.order.lines if each.id not in gone}


def _changed(old: OrderLine, new: OrderLine) -> Iterator[str]:
    for name in _SHOWN:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{name.replace('_', ' ')} {_text(after)} instead of {_text(before)}"
    was = {each.name: each.value for each in old.attributes}
    now = {each.name: each.value for each in new.attributes}
    for name in sorted({**was, **now}):
        if was.get(name) != now.get(name):
            yield f"{name} {_text(now.get(name))} instead of {_text(was.get(name))}"


def _text(value: object) -> str:
    return "none" if value is None else str(value)
