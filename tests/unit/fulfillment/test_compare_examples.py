"""Changes of real orders: a security system before and after its delivery, a shared service (`domain.md` W12, W13)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.catalog import Catalog
from decomposition.order import Order
from decomposition.without import without_lines
from fulfillment.points import changeable
from tests.unit.decomposition.builders import a_catalog, an_order
from tests.unit.fulfillment.changing import Story, call, goods, lines, shop, stand, verdicts, waits, whole

PARTS = {
    "FRONT-CAM": "Front door camera",
    "FRONT-PRO": "Front door camera, better",
    "INDOOR-CAM": "Indoor camera",
    "OUTDOOR-CAM": "Outdoor camera",
    "SENSOR": "Motion sensor",
}


def security() -> Catalog:
    """Return the catalog of a shop of security systems; their delivery is the point of no return."""
    item = {"product": "line.product", "n": "line.quantity"}
    items = {"n": "sum(each.quantity for each in lines)", "what": "join([each.product for each in lines], ' ')"}

    def ask(operation: str, **more: Any) -> dict[str, Any]:
        return {"type": "callout", "operation": f"store.{operation}", "scope": "line", "input": item, **more}

    shipping = {
        "pack": ask("pack", on_amend={"group": "amend_items"}, on_cancel="unpack"),
        "deliver": ask(
            "deliver",
            title="Shipment delivery",
            scope="bundle",
            input=items,
            after=[{"step": "pack", "pair": "bundle"}],
            on_amend="redo",
            on_cancel="reverse_logistics",
            point_of_no_return={"deny": "both", "over": "bundle"},
        ),
    }
    groups: dict[str, Any] = {
        "shipping": shipping,
        "storage": {"open": ask("open", input={"years": "line.term"}, on_amend="ignore", on_cancel="closing")},
        "amend_items": {"amend": ask("amend")},
        "unpack": {"unpack": ask("unpack")},
        "closing": {"close": ask("close")},
        "reverse_logistics": {"fetch": ask("fetch", scope="bundle", input={}), "check": ask("check", after="fetch")},
    }
    names = [step["operation"].split(".")[1] for steps in groups.values() for step in steps.values()]
    return a_catalog(
        products={
            "SYSTEM": {
                "name": "Security system",
                "nothing_to_do": "Its parts are delivered.",
                "components": {each: {"min": 0} for each in (*PARTS, "STORAGE")},
            },
            **{code: {"name": name} for code, name in PARTS.items()},
            "STORAGE": {"name": "Cloud storage"},
        },
        systems={"store": {"operations": {each: {"path": f"/{each}"} for each in names}}},
        step_groups={name: {"steps": steps} for name, steps in groups.items()},
        scenarios={
            **{f"S-{code}": {"product": code, "group": "shipping"} for code in PARTS},
            "S-STORAGE": {"product": "STORAGE", "group": "storage"},
        },
    )


def system(front: str = "FRONT-CAM", sensors: int = 3, months: int = 12, **more: object) -> Order:
    """Return Sarah's order."""
    parts: dict[str, dict[str, object]] = {
        "FRONT": {"product": front},
        "INDOOR": {"product": "INDOOR-CAM", "quantity": 2},
        "MOTION": {"product": "SENSOR", "quantity": sensors},
        "STORAGE": {"product": "STORAGE", "term": months},
        **{code: {"product": product} for code, product in more.items()},
    }
    below = {code: {**each, "parent": "SYS"} for code, each in parts.items()}
    return an_order({"SYS": {"product": "SYSTEM"}, **below})


def packed() -> Story:
    """Return that everything is packed, and nothing has left."""
    packing = {f"shipping__pack__{each}": "completed" for each in ("FRONT", "INDOOR", "MOTION")}
    return Story(security(), system()).stands(**packing, storage__open__STORAGE="completed")


def delivered() -> Story:
    """Return that everything has been delivered."""
    return packed().stands(everything="completed")


def test_w12_before_the_delivery_a_camera_and_a_sensor_join_the_shipment() -> None:
    change = packed().changed(system(sensors=4, months=24, OUTDOOR="OUTDOOR-CAM"))
    assert verdicts(change) == {
        "amend_items.amend@MOTION": "added",
        "shipping.pack@MOTION": "amended",
        "shipping.pack@OUTDOOR": "added",
    }
    assert lines(change) == {
        "SYS": "kept",
        "FRONT": "kept",
        "INDOOR": "kept",
        "MOTION": "amended",
        "OUTDOOR": "added",
        "STORAGE": "amended",
    }
    assert waits(change.plan, "shipping.deliver@SYS") == [
        "amend_items.amend@MOTION",
        "shipping.pack@FRONT",
        "shipping.pack@INDOOR",
        "shipping.pack@MOTION",
        "shipping.pack@OUTDOOR",
    ]


def test_w12_after_the_delivery_an_upgrade_is_refused_with_the_step_named() -> None:
    [found] = delivered().refused(system(front="FRONT-PRO"))
    assert found.startswith("Step `shipping.deliver@SYS` (Shipment delivery) has begun: from then on to amend lines")
    assert "`FRONT`" in found
    assert "override" in found


def test_w12_with_authority_the_upgrade_brings_reverse_logistics_and_a_second_delivery() -> None:
    change = delivered().changed(system(front="FRONT-PRO"), override=True)
    assert verdicts(change) == {
        "amend_items.amend@FRONT": "added",
        "reverse_logistics.check@FRONT": "added",
        "reverse_logistics.check@INDOOR": "added",
        "reverse_logistics.check@MOTION": "added",
        "reverse_logistics.fetch@SYS": "added",
        "shipping.deliver@SYS": "redone, undone",
        "shipping.deliver@SYS+2": "added",
        "shipping.pack@FRONT": "amended",
    }
    assert waits(change.plan, "shipping.deliver@SYS+2") == [
        "amend_items.amend@FRONT",
        *(f"reverse_logistics.check@{each}" for each in ("FRONT", "INDOOR", "MOTION")),
        *(f"shipping.pack@{each}" for each in ("FRONT", "INDOOR", "MOTION")),
    ]
    [told] = change.overridden
    assert "`shipping.deliver@SYS`" in told


def test_w12_after_the_delivery_an_added_part_of_the_bundle_is_refused_too() -> None:
    [found] = delivered().refused(system(OUTDOOR="OUTDOOR-CAM"))
    assert "`OUTDOOR`" in found


@pytest.mark.parametrize("state", ["pending", "skipped", "discarded"])
def test_a_point_of_no_return_that_was_not_passed_denies_nothing(state: str) -> None:
    story = packed().stands(shipping__deliver__SYS=state)
    found = changeable(story.plan, stand(story.plan, story.states))
    assert {each.line: (each.amend, each.cancel, each.why) for each in found} == dict.fromkeys(
        ("SYS", "FRONT", "INDOOR", "MOTION", "STORAGE"), (True, True, ())
    )


@pytest.mark.parametrize("state", ["calling", "failed", "doubtful", "completed"])
def test_what_may_be_changed_is_told_for_each_line_with_the_step_that_denies_it(state: str) -> None:
    story = packed().stands(shipping__deliver__SYS=state)
    found = changeable(story.plan, stand(story.plan, story.states))
    assert {(each.amend, each.cancel) for each in found} == {(False, False)}
    why = "Step `shipping.deliver@SYS` (Shipment delivery) has begun, which denies to amend or cancel it."
    assert {each.why for each in found} == {(why,)}


# what a point denies


def pointed(point: object) -> Story:
    """Return a bundle of two parts, of which the first was packed, which is a point of no return."""
    catalog = a_catalog(
        products={
            "BOX": {"name": "Box", "nothing_to_do": "Its parts are packed.", "components": {"PART": {"min": 0}}},
            "PART": {"name": "Part"},
        },
        systems={"store": {"operations": {"pack": {"path": "/pack"}}}},
        step_groups={
            "g": {
                "steps": {
                    "pack": {
                        "type": "callout",
                        "operation": "store.pack",
                        "scope": "line",
                        "input": {"n": "line.quantity"},
                        "on_amend": "ignore",
                        "point_of_no_return": point,
                    }
                }
            }
        },
        scenarios={"S": {"product": "PART", "group": "g"}},
    )
    return Story(catalog, box(A=1, B=1)).stands(g__pack__A="completed")


def box(**parts: int) -> Order:
    """Return an order of a box with these parts, by line how many."""
    below = {code: {"product": "PART", "quantity": n, "parent": "BOX"} for code, n in parts.items()}
    return an_order({"BOX": {"product": "BOX"}, **below})


@pytest.mark.parametrize(
    ("point", "amended", "cancelled", "beside"),
    [
        ("amend", False, True, True),
        ("cancel", True, False, True),
        ("both", False, False, True),
        ({"deny": "both", "over": "bundle"}, False, False, False),
        ({"deny": "amend", "over": "bundle"}, False, True, False),
    ],
)
def test_a_point_denies_what_it_declares_over_its_lines_or_their_bundle(
    point: object, amended: bool, cancelled: bool, beside: bool
) -> None:
    story = pointed(point)
    answers = [story.compared(each) for each in (box(A=2, B=1), box(B=1), box(A=1, B=2))]
    assert [hasattr(each, "plan") for each in answers] == [amended, cancelled, beside]


def test_a_cancelled_order_is_denied_where_one_of_its_lines_is() -> None:
    [found] = pointed("cancel").refused(None)
    assert found.startswith("Step `g.pack@A` (pack) has begun: from then on to cancel line `A` is denied.")


def test_a_step_that_was_undone_denies_nothing_any_more() -> None:
    story = pointed("both")
    story.changed(box(B=1), override=True)
    change = story.changed(box(A=1, B=1))
    assert verdicts(change) == {"g.pack@A+2": "added"}


def test_a_point_that_stays_is_not_crossed_by_a_line_that_only_a_shared_step_touches() -> None:
    send = call(point_of_no_return="both")
    pay = whole(on_amend="redo")
    story = Story(shop({"send": send, "pay": pay}), goods({"L1": 1, "L2": 1}))
    change = story.stands(main__send__L1="completed", main__pay="completed").changed(goods({"L1": 1, "L2": 5}))
    assert lines(change) == {"L1": "amended", "L2": "amended"}
    assert [each.line for each in change.lines if each.of_itself] == ["L2"]
    assert verdicts(change) == {"main.pay": "redone, undone", "main.pay+2": "added"}


# a technical line that two lines share


def shared() -> Story:
    """Return two lines of seats, which share one licence; it has been ordered for both."""
    order_it = {
        "type": "callout",
        "operation": "office.licence",
        "scope": "line",
        "input": {"seats": "line.quantity"},
        "on_amend": {"group": "fewer"},
        "on_cancel": "giving_back",
    }
    plain = {"type": "callout", "operation": "office.licence", "scope": "line", "input": {"seats": "line.quantity"}}
    catalog = a_catalog(
        products={"SEAT": {"name": "Seat"}},
        technical_products={"LICENCE": {"name": "Licence", "scope": "order", "quantity": "aggregate"}},
        decomposition_rules={"R": {"product": "SEAT", "target": "LICENCE"}},
        systems={"office": {"operations": {"licence": {"path": "/licence"}}}},
        step_groups={
            "licences": {"steps": {"order": order_it}},
            "fewer": {"steps": {"change": plain}},
            "giving_back": {"steps": {"return": plain}},
        },
        scenarios={"S": {"product": "LICENCE", "group": "licences"}},
    )
    return Story(catalog, an_order({"L1": seats(2), "L2": seats(3)})).stands(everything="completed")


def seats(number: int) -> dict[str, object]:
    return {"product": "SEAT", "quantity": number}


def test_w13_one_of_two_lines_that_share_a_technical_line_is_cancelled_and_the_other_keeps_it_with_less() -> None:
    story = shared()
    left = without_lines(story.plan, ["L1"], story.catalog)
    assert isinstance(left, Order)
    change = story.changed(left)
    [technical] = [line for line in change.plan.lines if line.kind == "technical"]
    assert (technical.quantity, technical.cancelled, technical.origin) == (Decimal(3), False, ("L2",))
    [step] = [each.id for each in change.plan.steps if each.definition == "licences.order"]
    assert verdicts(change) == {step: "amended", f"fewer.change@{technical.id}": "added"}
    assert lines(change) == {"L1": "cancelled", "L2": "amended"}


def test_a_technical_line_that_nobody_needs_any_more_is_cancelled_and_what_it_got_is_given_back() -> None:
    change = shared().changed(None)
    assert [line.cancelled for line in change.plan.lines] == [True, True, True]
    assert [each.split("@")[0] for each in verdicts(change)] == ["giving_back.return", "licences.order"]
