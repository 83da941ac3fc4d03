"""Random orders under way and random changes of them, over the catalogs of the planner's properties."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from random import Random
from typing import Any, NamedTuple

from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.model import OrderPlan
from decomposition.order import Order
from decomposition.plan import plan as planned
from tests.unit.decomposition.builders import NOW, a_catalog, an_order
from tests.unit.decomposition.worlds import GOODS, World
from tests.unit.fulfillment.changing import Story

ENDED = ("completed", "skipped", "cancelled", "amended", "discarded")
_HOW_FAR = (*["completed"] * 8, "skipped", "skipped", "calling", "doubtful", "failed", "ready", "pending")
_ANSWERS: tuple[object, ...] = ("ignore", "redo", "redo", {"group": "mend"}, {"group": "mend"})
_READS = ("line.quantity", "coalesce(line.attributes.site, '')")
_READS_ALL = ("sum([0] + [each.quantity for each in lines])", "len(lines)", "len(order.lines)")

Lines = dict[str, dict[str, Any]]


class Changing(NamedTuple):
    """A catalog whose steps can be changed, and an order for it."""

    catalog: Catalog
    lines: Lines


def changing(world: World, random: Random) -> Changing:
    """Return a world whose steps call a system, and say what changes mean for them."""
    sections = dict(world.sections)
    groups = {name: {**lane, "steps": dict(lane["steps"])} for name, lane in sections["step_groups"].items()}
    for lane in groups.values():
        for name in sorted(lane["steps"]):
            lane["steps"][name] = _calling(dict(lane["steps"][name]), random)
    call = {"type": "callout", "operation": "office.do"}
    groups["undo"] = {"steps": {"one": {**call, "scope": "plan"}, "two": {**call, "scope": "plan", "after": ["one"]}}}
    groups["mend"] = {"steps": {"fix": {**call, "scope": "plan", "on_cancel": "undo"}}}
    sections["step_groups"] = groups
    sections["systems"] = {"office": {"operations": {"do": {"path": "/do"}}}}
    return Changing(a_catalog(**sections), world.lines)


def _calling(step: dict[str, Any], random: Random) -> dict[str, Any]:
    after = [{**each, "propagates": random.random() < 0.3} for each in step.get("after", ())]
    reads = _READS if step["scope"] == "line" else _READS_ALL
    if random.random() < 0.2:
        return {**step, "after": after}
    more: dict[str, Any] = {"on_amend": random.choice(_ANSWERS), "input": {"read": random.choice(reads)}}
    if random.random() < 0.7:
        more["on_cancel"] = "undo"
    if random.random() < 0.15:
        deny, over = random.choice(("amend", "cancel", "both")), random.choice(("line", "bundle"))
        more["point_of_no_return"] = {"deny": deny, "over": over}
    return {**step, "type": "callout", "operation": "office.do", "after": after, **more}


def edited(lines: Lines, random: Random) -> Lines:
    """Return the lines of another version: fewer, more, or with other content."""
    gone = {code for code in lines if random.random() < 0.25}
    found: Lines = {}
    for code, line in lines.items():
        if code in gone or line["parent"] in gone:
            gone.add(code)
            continue
        found[code] = dict(line)
        if random.random() < 0.5:
            found[code]["quantity"] = line["quantity"] + random.randint(1, 2)
        if random.random() < 0.2:
            found[code]["attributes"] = {"site": random.choice(("north", "south"))}
    for number in range(random.randint(0, 2)):
        code = f"N{number}"
        found.setdefault(code, {"product": random.choice(GOODS), "quantity": 1, "parent": None, "attributes": {}})
    return found


def order_of(lines: Mapping[str, Any]) -> Order:
    """Return the order of these lines."""
    return an_order(lines)


def is_accepted(changing: Changing, lines: Lines) -> bool:
    """Tell whether an order of these lines would be taken as a first one."""
    return not isinstance(planned(order_of(lines), changing.catalog, now=NOW), Refused)


def go_on(story: Story, random: Random) -> None:
    """Let steps of an order go as far as they happen to: each only after what it waits for has ended."""
    waiting = {each.id: [one.step for one in story.plan.waits(each)] for each in story.plan.steps}
    for code in TopologicalSorter(waiting).static_order():
        if story.states.get(code, "pending") in ENDED:
            continue
        if all(story.states.get(each, "pending") in ENDED for each in waiting[code]):
            story.states[code] = random.choice(_HOW_FAR)


def living(plan: OrderPlan) -> list[str]:
    """Return the steps of a plan that stand for what its order wants, by the planner's id."""
    added = {step for each in plan.extensions for step in each.steps}
    own = [each for each in plan.steps if each.undoes is None and each.amends is None and each.id not in added]
    return sorted(plan.planned_as(each.id) for each in own if each.id not in plan.unwanted)
