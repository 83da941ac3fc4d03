"""What a change of the catalog does to products: each is ordered once, in its smallest form, and planned with both."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime
from typing import Any

from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.effects import Effects, effects
from decomposition.model import OrderPlan
from decomposition.plan import plan
from decomposition.sample import sample_order

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)

SHOP: dict[str, Any] = {
    "classifications": {"DEVICES": {"name": "Devices"}},
    "products": {
        "LAPTOP": {
            "name": "Laptop",
            "classification": "DEVICES",
            "attributes": {"ram": {"type": "choice", "choices": ["16", "32"], "required": True}},
        },
        "PHONE": {"name": "Phone", "classification": "DEVICES"},
        "GIFT": {"name": "Gift card"},
    },
    "technical_products": {
        "DEVICE": {"name": "Device", "attributes": {"memory": {"type": "text"}}},
    },
    "decomposition_rules": {
        "laptop": {"product": "LAPTOP", "target": "DEVICE", "mappings": {"memory": {"copy_from": "ram"}}},
        "phone": {"product": "PHONE", "target": "DEVICE"},
    },
    "step_groups": {
        "shipping": {
            "steps": {
                "pick": {"type": "manual_task", "scope": "line"},
                "ship": {"type": "manual_task", "scope": "line", "after": "pick"},
            }
        },
        "mailing": {"steps": {"mail": {"type": "manual_task"}}},
    },
    "scenarios": {
        "DEVICE": {"product": "DEVICE", "group": "shipping"},
        "GIFT": {"product": "GIFT", "group": "mailing"},
    },
}


def change(**sections: dict[str, Any]) -> dict[str, Any]:
    """Return the shop with entries of sections replaced or, where they are None, left out."""
    document = copy.deepcopy(SHOP)
    for section, entries in sections.items():
        document[section] = {
            name: body for name, body in {**document.get(section, {}), **entries}.items() if body is not None
        }
    return document


def effects_of(after: dict[str, Any], before: dict[str, Any] | None = None) -> Effects:
    return effects(Catalog.model_validate(before or SHOP), Catalog.model_validate(after), NOW)


def told(after: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, list[str]]:
    """Return what the change does, by the products that have it in common."""
    found = effects_of(after, before).effects
    return {" ".join(each.products): [told.text for told in each.consequences] for each in found}


def shipping(**steps: dict[str, Any]) -> dict[str, Any]:
    """Return the lane of shipping with steps replaced or added."""
    return {"shipping": {"steps": {**SHOP["step_groups"]["shipping"]["steps"], **steps}}}


def test_a_catalog_does_to_itself_nothing() -> None:
    assert effects_of(SHOP) == Effects(compared=3)


def test_a_new_step_is_told_with_its_place_for_all_products_that_get_it() -> None:
    insure = {"type": "manual_task", "scope": "line", "after": "pick"}
    ship = {"type": "manual_task", "scope": "line", "after": "insure"}
    assert told(change(step_groups=shipping(insure=insure, ship=ship))) == {
        "LAPTOP PHONE": [
            "adds step `shipping.insure`, after `shipping.pick`",
            "`shipping.ship` waits for `shipping.insure`",
            "`shipping.ship` no longer waits for `shipping.pick`",
        ]
    }


def test_a_step_that_is_gone_takes_along_that_it_was_waited_for() -> None:
    after = change(step_groups={"shipping": {"steps": {"ship": {"type": "manual_task", "scope": "line"}}}})
    assert told(after) == {"LAPTOP PHONE": ["no longer has step `shipping.pick`"]}


def test_a_step_done_otherwise_names_the_parts_that_differ() -> None:
    pick = {"type": "manual_task", "scope": "line", "instructions": "Wear gloves.", "when": "line.quantity > 1"}
    assert told(change(step_groups=shipping(pick=pick))) == {
        "LAPTOP PHONE": ["does step `shipping.pick` otherwise (`instructions` and `when`)"]
    }


def test_a_delay_is_told_for_the_step_that_waits() -> None:
    ship = {"type": "manual_task", "scope": "line", "after": [{"step": "pick", "lag": "2h"}]}
    later = change(step_groups=shipping(ship=ship))
    assert told(later) == {
        "LAPTOP PHONE": [
            "`shipping.ship` waits for `shipping.pick` with a delay of 2 hours instead of none",
        ]
    }
    assert told(SHOP, later) == {
        "LAPTOP PHONE": [
            "`shipping.ship` waits for `shipping.pick` with a delay of none instead of 2 hours",
        ]
    }


def test_steps_that_come_more_often_are_counted() -> None:
    split = {"product": "LAPTOP", "target": "CASE", "quantity": "3"}
    after = change(
        technical_products={"CASE": {"name": "Case", "quantity": "per_unit"}},
        decomposition_rules={"case": split},
        scenarios={"CASE": {"product": "CASE", "group": "shipping"}},
    )
    assert told(after) == {
        "LAPTOP": [
            "adds technical line `CASE`, 3 times",
            "has step `shipping.pick` 4 times instead of 1",
            "has step `shipping.ship` 4 times instead of 1",
        ]
    }


def test_other_values_and_quantities_of_a_technical_line_are_told() -> None:
    rule = {"product": "LAPTOP", "target": "DEVICE", "quantity": "2", "mappings": {"memory": {"constant": "64"}}}
    assert told(change(decomposition_rules={"laptop": rule})) == {
        "LAPTOP": [
            "technical line `DEVICE`: quantity 2 instead of 1",
            "technical line `DEVICE`: `memory` is `64` instead of `16`",
        ]
    }
    rule = {"product": "LAPTOP", "target": "DEVICE"}
    assert told(change(decomposition_rules={"laptop": rule})) == {
        "LAPTOP": ["technical line `DEVICE`: `memory` is nothing instead of `16`"]
    }


def test_another_lane_is_told_as_the_steps_that_come_and_go() -> None:
    assert told(change(scenarios={"GIFT": {"product": "GIFT", "group": "shipping"}})) == {
        "GIFT": [
            "no longer has step `mailing.mail`",
            "adds step `shipping.pick`",
            "adds step `shipping.ship`, after `shipping.pick`",
        ]
    }


def test_an_order_that_is_refused_from_now_on_says_why_and_what_becomes_of_one_that_is_not() -> None:
    phone = {
        "name": "Phone",
        "attributes": {"sim": {"type": "choice", "choices": ["nano", "none"], "required": True}},
    }
    rule = {"product": "PHONE", "target": "DEVICE", "mappings": {"memory": {"copy_from": "sim"}}}
    assert told(change(products={"PHONE": phone}, decomposition_rules={"phone": rule})) == {
        "PHONE": [
            "an order as before is refused: Line `L1` (Phone) needs the attribute `sim`",
            "technical line `DEVICE`: `memory` is `nano` instead of nothing",
        ]
    }


def test_a_product_that_nothing_fulfils_any_more_is_refused() -> None:
    [[consequence]] = told(change(scenarios={"GIFT": None})).values()
    assert consequence.startswith("an order as before is refused: Line `L1`")


def test_a_product_that_is_fulfilled_from_now_on_is_told_with_why_it_was_not() -> None:
    [[consequence]] = told(SHOP, change(scenarios={"GIFT": None})).values()
    assert consequence.startswith("is no longer refused (Line `L1`")


def test_a_product_that_neither_catalog_plans_is_named_with_the_reason() -> None:
    lacking = change(scenarios={"GIFT": None})
    found = effects_of(change(scenarios={"GIFT": None}, products={"GIFT": {"name": "Gift"}}), lacking)
    assert found.effects == ()
    [untold] = found.untold
    assert (untold.product, "`GIFT`" in untold.why) == ("GIFT", True)


def test_products_of_one_catalog_only_are_not_compared() -> None:
    found = effects_of(change(products={"GIFT": None, "CASE": {"name": "Case"}}, scenarios={"GIFT": None}))
    assert (found.compared, found.effects, found.untold) == (2, (), ())


def planned(document: dict[str, Any], product: str) -> OrderPlan | Refused:
    catalog = Catalog.model_validate(document)
    found = catalog.commercial(product)
    assert found is not None
    return plan(sample_order(catalog, found, NOW), catalog, now=NOW)


def test_the_smallest_order_has_the_parts_that_a_bundle_requires_and_nothing_else() -> None:
    bundle = {"name": "Bundle", "components": {"DEVICES": {}, "GIFT": {"min": 2, "default": 2}, "PHONE": {"min": 0}}}
    catalog = Catalog.model_validate(change(products={"BUNDLE": bundle}))
    product = catalog.commercial("BUNDLE")
    assert product is not None
    order = sample_order(catalog, product, NOW)
    assert [f"{each.id} {each.quantity} {each.product} in {each.parent}" for each in order.lines] == [
        "L1 1 BUNDLE in None",
        "L2 1 LAPTOP in L1",
        "L3 2 GIFT in L1",
    ]
    assert isinstance(plan(order, catalog, now=NOW), OrderPlan)


def test_the_smallest_order_gives_what_must_be_given_within_its_bounds() -> None:
    wanted: dict[str, dict[str, Any]] = {
        "pages": {"type": "integer", "min": 20},
        "price": {"type": "money", "max": "0.50"},
        "weight": {"type": "number"},
        "signed": {"type": "boolean"},
        "day": {"type": "date"},
        "at": {"type": "datetime"},
        "colour": {"type": "choice", "choices": ["red", "blue"]},
        "text": {"type": "text"},
    }
    attributes = {name: {**body, "required": True} for name, body in wanted.items()}
    attributes |= {"given": {"type": "text", "required": True, "default": "as it is"}, "free": {"type": "text"}}
    document = change(products={"GIFT": {"name": "Gift", "attributes": attributes}})
    found = planned(document | {"order_attributes": {"desk": {"type": "text", "required": True}}}, "GIFT")
    assert isinstance(found, OrderPlan), found
    assert {each.name: each.text for each in found.lines[0].attributes} == {
        "pages": "20", "price": "0.50", "weight": "1", "signed": "true", "day": "2026-11-25",
        "at": "2026-11-25T00:00:00Z", "colour": "red", "text": "sample", "given": "as it is", "free": None,
    }  # fmt: skip


def test_the_smallest_order_is_of_a_day_on_which_the_product_is_sold() -> None:
    dates = {
        "SOON": ({"effective_from": "2027-03-01"}, date(2027, 3, 1)),
        "GONE": ({"effective_until": "2026-02-01"}, date(2026, 1, 31)),
        "NOW": ({"effective_from": "2026-01-01"}, date(2026, 11, 25)),
    }
    for code, (period, on) in dates.items():
        catalog = Catalog.model_validate(change(products={code: {"name": code, **period}}))
        product = catalog.commercial(code)
        assert product is not None
        assert sample_order(catalog, product, NOW).order_date == on


def test_a_bundle_inside_itself_is_left_to_the_planner_to_refuse() -> None:
    found = planned(change(products={"BOX": {"name": "Box", "components": {"BOX": {}}}}), "BOX")
    assert isinstance(found, Refused)
    assert any(each.check == "bundle_in_itself" for each in found.issues)
