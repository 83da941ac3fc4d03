"""What orders deliver is the account's, and later orders are planned against it (`domain.md` D5, A6, W11, W13)."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.model import OrderPlan
from fulfillment.states import OrderState
from tests.unit.decomposition.builders import a_catalog, an_order, checks
from tests.unit.fulfillment.accounts import ALL_ACTIONS, Account, actions

TIER = {"tier": {"type": "choice", "choices": ["silver", "gold"], "default": "silver"}}


def shop(**products: Any) -> Catalog:
    """Return a catalog of boxes and seats: lines have boxes of their own, the account has one pool of seats."""
    scenario = {"actions": ALL_ACTIONS, "group": "work"}
    return a_catalog(
        products={
            "BOX": {"name": "Box", "attributes": TIER},
            "SEAT": {"name": "Seat"},
            "KIT": {
                "name": "Kit",
                "components": {"BOX": {"min": 1, "max": 9}, "SEAT": {"min": 0, "max": 99, "scaling": "constant"}},
            },
            **products,
        },
        technical_products={
            "CRATE": {"name": "Crate", "attributes": TIER},
            "POOL": {"name": "Pool", "scope": "account", "attributes": {"peak": {"type": "integer", "merge": "max"}}},
            "SHIPPING": {"name": "Shipping", "scope": "order", "quantity": "one"},
            "SERIAL": {"name": "Serial", "quantity": "per_unit"},
        },
        decomposition_rules={
            "BOX-CRATE": {"product": "BOX", "target": "CRATE", "mappings": {"tier": {"copy_from": "tier"}}},
            "BOX-SERIAL": {"product": "BOX", "target": "SERIAL"},
            "BOX-SHIPPING": {"product": "BOX", "target": "SHIPPING"},
            "SEAT-POOL": {
                "product": "SEAT",
                "target": "POOL",
                "mappings": {"peak": {"expression": "10 if source.quantity > 5 else 1"}},
            },
        },
        step_groups={"work": {"steps": {"do": {"type": "milestone", "scope": "line"}}}},
        scenarios={each: {"product": each, **scenario} for each in ("CRATE", "POOL", "SHIPPING", "SERIAL", "KIT")},
    )


@pytest.fixture
def account() -> Account:
    return Account(shop())


def test_what_is_delivered_is_the_accounts_but_not_what_there_is_once_for_an_order(account: Account) -> None:
    account.order({"L1": {"product": "BOX", "quantity": 2}, "L2": {"product": "SEAT", "quantity": 3}})

    assert account.quantities() == {"BOX": [2], "CRATE": [2], "POOL": [3], "SEAT": [3], "SERIAL": [1, 1]}
    (crate,), (box,) = account.of("CRATE"), account.of("BOX")
    assert [each.source for each in crate.sources] == [box.id]
    assert (box.made_by, box.made_for, crate.valid_to) == ("SO-1", "L1", None)


def test_lines_of_one_order_share_its_shipping(account: Account) -> None:
    plan = account.order({f"L{each}": {"product": "BOX"} for each in (1, 2, 3)})

    assert [line.id for line in plan.lines if line.product == "SHIPPING"] == ["SHIPPING"]


def test_a_second_order_amends_what_the_account_has_once(account: Account) -> None:
    account.order({"L1": {"product": "SEAT", "quantity": 3}})
    plan = account.order({"L1": {"product": "SEAT", "quantity": 6}})

    assert actions(plan) == {"L1": "add", "POOL": "amend"}
    assert account.quantities() == {"POOL": [9], "SEAT": [3, 6]}
    assert [each.value for each in account.of("POOL")[0].attributes] == [10]


def test_cancelling_one_of_two_contributors_amends_what_they_share(account: Account) -> None:
    account.order({"L1": {"product": "SEAT", "quantity": 3}, "L2": {"product": "SEAT", "quantity": 6}})
    six = next(each.id for each in account.of("SEAT") if each.quantity == 6)
    plan = account.order({"L1": {"product": "SEAT", "action": "cancel", "asset": six}})

    assert actions(plan) == {"L1": "cancel", "POOL": "amend"}
    assert account.quantities() == {"POOL": [3], "SEAT": [3]}
    assert [each.value for each in account.of("POOL")[0].attributes] == [1]


def test_cancelling_all_leaves_nothing(account: Account) -> None:
    account.order({"L1": {"product": "BOX", "quantity": 2}, "L2": {"product": "SEAT"}})
    cancel = {"L1": {"product": "BOX", "action": "cancel"}, "L2": {"product": "SEAT", "action": "cancel"}}
    plan = account.order(cancel)

    assert {action for line, action in actions(plan).items() if line != "SHIPPING"} == {"cancel"}
    assert account.quantities() == {}


def test_an_amended_line_amends_what_differs_and_leaves_the_rest(account: Account) -> None:
    account.order({"L1": {"product": "BOX", "quantity": 2}})
    plan = account.order({"L1": {"product": "BOX", "action": "amend", "attributes": {"tier": "gold"}}})

    own = {line: action for line, action in actions(plan).items() if line != "SHIPPING"}
    assert own == {"L1": "amend", "CRATE@L1": "amend", "SERIAL@L1#1": "no_change", "SERIAL@L1#2": "no_change"}
    assert account.quantities()["CRATE"] == [2]
    assert account.of("CRATE")[0].changed_by == "SO-2"
    assert account.of("SERIAL")[0].changed_by == "SO-1"


def test_fewer_units_cancel_the_last_ones_and_more_add_some(account: Account) -> None:
    account.order({"L1": {"product": "BOX", "quantity": 3}})
    fewer = account.order({"L1": {"product": "BOX", "action": "amend", "quantity": 1}})
    more = account.order({"L1": {"product": "BOX", "action": "amend", "quantity": 2}})

    assert [actions(fewer)[f"SERIAL@L1#{each}"] for each in (1, 2, 3)] == ["no_change", "cancel", "cancel"]
    assert [actions(more)[f"SERIAL@L1#{each}"] for each in (1, 2)] == ["no_change", "add"]


def test_amending_to_what_is_there_leaves_nothing_to_do(account: Account) -> None:
    account.order({"L1": {"product": "BOX", "quantity": 2}})
    found = account.planned({"L1": {"product": "BOX", "action": "amend", "quantity": 2}})

    assert isinstance(found, Refused)
    assert checks(found) == ["empty_plan"]


def test_a_renewed_line_renews_what_it_was_decomposed_to(account: Account) -> None:
    account.order({"L1": {"product": "SEAT", "quantity": 3, "term": 12}})
    plan = account.order({"L1": {"product": "SEAT", "action": "renew", "term": 24}})

    assert actions(plan) == {"L1": "renew", "POOL": "renew"}
    assert account.of("SEAT")[0].term == 24


def test_a_cancelled_bundle_takes_its_parts_along(account: Account) -> None:
    account.order({"K": {"product": "KIT"}, "B": {"product": "BOX", "parent": "K"}})
    plan = account.order({"X": {"product": "KIT", "action": "cancel"}})

    assert actions(plan)["X.BOX"] == "cancel"
    assert account.quantities() == {}


def test_a_cancelled_bundle_with_a_living_part_is_amended(account: Account) -> None:
    account.order({"K": {"product": "KIT"}, "B": {"product": "BOX", "parent": "K"}})
    lines = {
        "X": {"product": "KIT", "action": "cancel"},
        "Y": {"product": "BOX", "action": "amend", "parent": "X", "attributes": {"tier": "gold"}},
    }
    plan = account.order(lines)

    assert (actions(plan)["X"], actions(plan)["Y"]) == ("amend", "amend")
    assert account.quantities()["KIT"] == [1]


def test_an_unchanged_bundle_with_a_new_part_is_amended(account: Account) -> None:
    account.order({"K": {"product": "KIT"}, "B": {"product": "BOX", "parent": "K"}})
    lines = {
        "X": {"product": "KIT", "action": "no_change"},
        "Y": {"product": "SEAT", "parent": "X", "quantity": 4},
    }
    plan = account.order(lines)

    assert (actions(plan)["X"], actions(plan)["X.BOX"], actions(plan)["Y"]) == ("amend", "no_change", "add")
    assert account.of("SEAT")[0].parent == account.of("KIT")[0].id


def test_a_bundle_of_another_size_takes_its_parts_along(account: Account) -> None:
    account.order({"K": {"product": "KIT"}, "B": {"product": "BOX", "parent": "K", "quantity": 2}})
    account.order({"X": {"product": "KIT", "action": "amend", "quantity": 3}})

    assert account.quantities()["BOX"] == [6]


def test_what_a_rule_leads_to_no_more_ends() -> None:
    styles = {"style": {"type": "choice", "choices": ["plain", "fine"], "required": True}}
    catalog = a_catalog(
        products={"BAG": {"name": "Bag", "attributes": styles}},
        technical_products={"PLAIN": {"name": "Plain bag"}, "FINE": {"name": "Fine bag"}},
        decomposition_rules={
            "P": {"product": "BAG", "target": "PLAIN", "when": "source.attributes.style == 'plain'"},
            "F": {"product": "BAG", "target": "FINE", "when": "source.attributes.style == 'fine'"},
        },
        step_groups={"work": {"steps": {"do": {"type": "milestone", "scope": "line"}}}},
        scenarios={each: {"product": each, "actions": ALL_ACTIONS, "group": "work"} for each in ("PLAIN", "FINE")},
    )
    account = Account(catalog)
    account.order({"L1": {"product": "BAG", "attributes": {"style": "plain"}}})
    plan = account.order({"L1": {"product": "BAG", "action": "amend", "attributes": {"style": "fine"}}})

    assert actions(plan) == {"L1": "amend", "FINE@L1": "add", "PLAIN@L1": "cancel"}
    assert account.quantities() == {"BAG": [1], "FINE": [1]}


def test_attributes_may_be_left_out_of_comparison_and_of_what_is_kept() -> None:
    attributes = {
        "note": {"type": "text", "compared": False},
        "secret": {"type": "text", "assetized": False},
        "size": {"type": "integer"},
    }
    account = Account(shop(GIFT={"name": "Gift", "attributes": attributes, "nothing_to_do": "It is sent by others."}))
    given = {"note": "a", "secret": "b", "size": 1}
    account.order({"L1": {"product": "GIFT", "attributes": given}, "L2": {"product": "SEAT"}})

    assert [each.name for each in account.of("GIFT")[0].attributes] == ["note", "size"]
    change = {"product": "GIFT", "action": "amend"}
    found = account.planned({"L1": {**change, "attributes": {"note": "c", "secret": "d"}}, "L2": {"product": "SEAT"}})
    assert isinstance(found, OrderPlan)
    assert actions(found)["L1"] == "no_change"
    found = account.planned({"L1": {**change, "attributes": {"size": 2}}, "L2": {"product": "SEAT"}})
    assert isinstance(found, OrderPlan)
    assert actions(found)["L1"] == "amend"


def test_a_line_that_ended_otherwise_delivers_nothing(account: Account) -> None:
    found = account.planned({"L1": {"product": "BOX"}, "L2": {"product": "SEAT"}})
    assert isinstance(found, OrderPlan)
    account.deliver(found, L2=OrderState.FAILED)

    assert "SEAT" not in account.quantities()
    assert account.quantities()["BOX"] == [1]


REFUSALS: dict[str, tuple[dict[str, object], str]] = {
    "none of it": ({"product": "SEAT", "action": "cancel"}, "no_asset"),
    "several of it": ({"product": "BOX", "action": "cancel"}, "which_asset"),
    "one that is not there": ({"product": "BOX", "action": "cancel", "asset": "BOX-7"}, "unknown_asset"),
    "an addition that names one": ({"product": "BOX", "asset": "BOX-7"}, "asset_of_added"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_line_that_meets_no_asset_is_refused(account: Account, case: str) -> None:
    account.order({"L1": {"product": "BOX"}, "L2": {"product": "BOX"}})
    line, check = REFUSALS[case]
    found = account.planned({"L1": line})

    assert isinstance(found, Refused)
    assert checks(found) == [check]


def test_half_a_cancellation_and_a_change_by_no_change_are_refused(account: Account) -> None:
    account.order({"L1": {"product": "BOX", "quantity": 2}, "L2": {"product": "SEAT", "quantity": 2}})
    half = {"product": "BOX", "action": "cancel", "quantity": 1}
    found = account.planned({"L1": half, "L2": {"product": "SEAT", "action": "no_change", "quantity": 3}})

    assert isinstance(found, Refused)
    assert checks(found) == ["cancelled_quantity", "not_unchanged"]


def test_two_lines_cannot_change_one_asset(account: Account) -> None:
    account.order({"L1": {"product": "BOX"}})
    same = {"product": "BOX", "action": "amend", "asset": account.of("BOX")[0].id, "quantity": 2}
    found = account.planned({"L1": same, "L2": same})

    assert isinstance(found, Refused)
    assert checks(found) == ["asset_named_twice"]


def test_conditions_read_what_the_customer_had(account: Account) -> None:
    catalog = shop()
    grows = "line.asset is not null and line.quantity > line.asset.quantity"
    scenario = {"product": "POOL", "actions": ALL_ACTIONS, "group": "work", "when": grows}
    dumped = catalog.model_dump(mode="json", exclude_defaults=True)
    others = [each for each in dumped["scenarios"] if each["code"] != "POOL"]
    account = Account(Catalog.model_validate({**dumped, "scenarios": [*others, {"code": "POOL", **scenario}]}), ())
    first = account.planned({"L1": {"product": "SEAT"}})
    assert isinstance(first, Refused)

    with_seats = Account(shop())
    with_seats.order({"L1": {"product": "SEAT"}})
    second = Account(account.catalog, with_seats.assets).plan(an_order({"L1": {"product": "SEAT"}}, number="SO-9"))
    assert isinstance(second, OrderPlan)
    assert [each.id for each in second.steps] == ["work.do@POOL"]
