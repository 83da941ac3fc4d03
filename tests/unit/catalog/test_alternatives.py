"""Step groups that stand in for steps that fail: what they must give, and how a catalog says so."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.checks import check_catalog
from catalog.environment import Environment
from catalog.environment_checks import check_environment
from catalog.steps import StepGroup
from tests.unit.decomposition.shipping import BACKUP, call, shop

ADDRESSES = {name: {"base_url": f"http://{name}.example"} for name in ("store", "courier")}


def told(backup: dict[str, Any] | None = None, **rule: object) -> list[str]:
    """Return what the checks say of a rule that names the back-up shipper."""
    rules = {"strike": {"alternative": "backup", **rule}}
    environment = Environment.model_validate({"systems": ADDRESSES, "fallout_rules": rules})
    return [
        each.message for each in check_environment(environment, shop(backup)) if each.check == "alternative_outputs"
    ]


@pytest.mark.parametrize("rule", [{}, {"step": "shipping.ship"}, {"system": "store"}, {"type": "callout"}])
def test_an_alternative_that_gives_what_later_steps_read_fits_every_step_it_may_replace(rule: dict[str, Any]) -> None:
    assert told(**rule) == []


@pytest.mark.parametrize("rule", [{}, {"step": "shipping.ship"}, {"system": "store"}, {"type": "callout"}])
def test_an_alternative_without_an_output_that_is_read_is_found(rule: dict[str, Any]) -> None:
    message = (
        "Later steps read the output `parcel` of `shipping.ship`, and the steps of the group `backup` do not give "
    )
    assert told({"book": BACKUP["book"]}, **rule) == [f"{message}one of that type."]


def test_an_alternative_owes_nothing_to_steps_that_nobody_reads_or_that_its_rule_is_not_for() -> None:
    assert told({"book": BACKUP["book"]}, step="stock.pick") == []
    assert told({"book": BACKUP["book"]}, system="courier") == []


def test_two_steps_of_an_alternative_that_give_the_same_output_are_found() -> None:
    (message,) = told({**BACKUP, "resend": call("courier.send", after="send")}, step="shipping.ship")
    assert message.endswith("`backup.resend` and `backup.send` give it: only one may.")


def test_a_group_that_only_stands_in_need_not_be_reached_by_a_scenario() -> None:
    assert "unreachable_group" not in [each.check for each in check_catalog(shop())]
    lonely = shop().model_copy(update={"step_groups": tuple(_unmarked(each) for each in shop().step_groups)})
    assert [each.path for each in check_catalog(lonely) if each.check == "unreachable_group"] == [
        ("step_groups", "backup")
    ]


def _unmarked(group: StepGroup) -> StepGroup:
    return group.model_copy(update={"alternative": False})


def test_a_catalog_without_alternatives_has_the_bytes_it_always_had() -> None:
    unmarked = shop().model_copy(update={"step_groups": tuple(_unmarked(each) for each in shop().step_groups)})
    assert "alternative" not in unmarked.canonical()
    assert shop().canonical().count('"alternative":true') == 1
