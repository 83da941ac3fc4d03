"""What holds of assets whatever is ordered: nothing is made twice or left over, and equal orders plan equally."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catalog.base import Refused
from catalog.catalog import Catalog
from catalog.rules import LineAction
from decomposition.lines import LineKind
from decomposition.model import OrderPlan
from tests.unit.decomposition.builders import a_catalog
from tests.unit.decomposition.worlds import World, worlds
from tests.unit.fulfillment.accounts import ALL_ACTIONS, Account


def catalog_of(world: World) -> Catalog:
    """Return the catalog of a world, whose scenarios are for every change."""
    scenarios = {name: {**each, "actions": ALL_ACTIONS} for name, each in world.sections["scenarios"].items()}
    whole = {"whole": {"steps": {"do": {"type": "milestone"}}}}
    return a_catalog(
        **{
            **world.sections,
            "scenarios": {**scenarios, "S-WHOLE": {"actions": [each.value for each in LineAction], "group": "whole"}},
            "step_groups": {**world.sections["step_groups"], **whole},
        }
    )


def ordered(world: World, times: int = 1) -> Account:
    """Return an account that has had the order of a world delivered, so many times."""
    account = Account(catalog_of(world))
    for _ in range(times):
        account.order(world.lines)
    return account


def top(account: Account) -> dict[str, dict[str, Any]]:
    """Return a line for all that was ordered on its own, by which asset it changes."""
    ordered = [each for each in account.assets if each.kind is LineKind.COMMERCIAL and each.parent is None]
    return {f"X{number}": {"product": each.product, "asset": each.id} for number, each in enumerate(ordered)}


@given(worlds())
def test_an_order_and_its_cancellation_leave_nothing(world: World) -> None:
    account = ordered(world)
    account.order({code: {**each, "action": "cancel"} for code, each in top(account).items()})

    assert account.assets == ()


@given(worlds())
def test_nothing_comes_from_what_has_ended(world: World) -> None:
    account = ordered(world)
    first = top(account)
    account.order(world.lines)
    account.order({code: {**each, "action": "cancel"} for code, each in first.items()})

    living = {each.id for each in account.assets}
    assert {source.source for each in account.assets for source in each.sources} <= living
    account.order({code: {**each, "action": "cancel"} for code, each in top(account).items()})
    assert account.assets == ()


@given(worlds())
def test_what_an_account_has_once_it_has_once_however_often_it_is_ordered(world: World) -> None:
    account = ordered(world, times=2)
    products = account.catalog.technical_products
    shared = [each for each in products if each.scope.kind == "account" and each.quantity != "per_unit"]

    assert all(len(account.of(each.code)) <= 1 for each in shared)
    assert len({each.id for each in account.assets}) == len(account.assets)


@given(worlds())
def test_amending_to_what_is_there_changes_nothing(world: World) -> None:
    account = ordered(world)
    before = account.assets
    plan = account.order({code: {**each, "action": "amend"} for code, each in top(account).items()})

    kept = [line for line in plan.lines if account.catalog.is_asset(line.product)]
    assert {line.action for line in kept} <= {LineAction.NO_CHANGE}
    assert account.assets == before


@given(worlds(), st.randoms(use_true_random=False))
def test_an_order_is_planned_alike_in_whatever_order_assets_come(world: World, random: Any) -> None:
    account = ordered(world)
    shuffled = list(account.assets)
    random.shuffle(shuffled)
    again = Account(account.catalog, tuple(shuffled))
    again._orders = account._orders
    one, other = account.planned(world.lines), again.planned(world.lines)

    assert isinstance(one, OrderPlan | Refused)
    assert one.model_dump_json() == other.model_dump_json()
