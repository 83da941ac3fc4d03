"""A plan that grows by an alternative: what is added, what waits for what, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.base import Refused
from decomposition.diagrams import mermaid
from decomposition.drawing import tree
from decomposition.explain import explain_step
from decomposition.extend import extend
from decomposition.extensions import InsteadOf, Provided
from decomposition.model import After, OrderPlan, Step
from tests.unit.decomposition.builders import NOW, step
from tests.unit.decomposition.shipping import BACKUP, call, instead_of, shop, two_goods

LATER = NOW + timedelta(hours=3)
SHIP = "shipping.ship@L1"


def grown(plan: OrderPlan, *steps: str, backup: dict[str, object] | None = None) -> OrderPlan:
    """Return the plan with the back-up shipper for these steps."""
    for each in steps:
        found = extend(plan, shop(backup), instead_of(each), LATER)
        assert isinstance(found, OrderPlan), found
        plan = found
    return plan


def refused(*, backup: dict[str, object] | None = None, **more: object) -> str:
    """Return why the back-up shipper cannot take over."""
    catalog = shop(backup, **more)
    found = extend(two_goods(catalog), catalog, instead_of(SHIP), LATER)
    assert isinstance(found, Refused)
    return " ".join(f"{each.message} {each.hint}".strip() for each in found.issues)


def waits(plan: OrderPlan, code: str) -> list[str]:
    """Return what a step waits for as the plan has grown."""
    return [each.step for each in plan.waits(step(plan, code))]


def test_all_that_was_planned_stays_and_the_group_is_added_for_the_lines_of_the_failed_step() -> None:
    former = two_goods(shop())
    plan = grown(former, SHIP)
    assert [each for each in plan.steps if former.step(each.id)] == list(former.steps)
    assert [each.id for each in plan.steps if not former.step(each.id)] == ["backup.book@L1", "backup.send@L1"]
    assert {each.id for each in plan.definitions} - {each.id for each in former.definitions} == {
        "backup.book",
        "backup.send",
    }
    kept = ("order", "lines", "accepted_at", "catalog", "predicted_completion", "critical_path", "trace")
    assert [getattr(plan, name) for name in kept] == [getattr(former, name) for name in kept]


def test_the_extension_tells_what_was_added_to_which_plan_and_why() -> None:
    former = two_goods(shop())
    (found,) = grown(former, SHIP).extensions
    assert (found.cause, found.at, found.former) == (instead_of(SHIP), LATER, former.digest)
    assert (found.steps, found.last) == (("backup.book@L1", "backup.send@L1"), ("backup.send@L1",))
    assert found.provided == (Provided(output="parcel", step="backup.send@L1"),)


def test_new_steps_wait_for_each_other_and_the_first_ones_for_nothing() -> None:
    plan = grown(two_goods(shop()), SHIP)
    assert waits(plan, "backup.book@L1") == []
    assert waits(plan, "backup.send@L1") == ["backup.book@L1"]
    assert step(plan, "backup.send@L1").because == (InsteadOf(step=SHIP, line="L1"),)


def test_what_waited_for_the_failed_step_waits_for_the_end_of_its_alternative_with_the_same_lag() -> None:
    plan = grown(two_goods(shop()), SHIP)
    hour = timedelta(hours=1)
    assert waits(plan, "shipping.thank@L1") == ["backup.send@L1"]
    assert plan.waits(step(plan, "billing.invoice")) == (
        After(step="backup.send@L1", lag=hour),
        After(step="shipping.ship@L2", lag=hour),
    )
    assert waits(plan, "shipping.thank@L2") == ["shipping.ship@L2"]


def test_planned_times_of_new_steps_count_from_when_they_were_added() -> None:
    plan = grown(two_goods(shop()), SHIP)
    send = step(plan, "backup.send@L1")
    assert (send.planned_start, send.planned_end) == (LATER, LATER + timedelta(hours=2))
    assert (send.latest_start, send.critical) == (None, False)


def test_the_same_alternative_to_another_line_gets_ids_of_its_own() -> None:
    plan = grown(two_goods(shop()), SHIP, "shipping.ship@L2")
    assert plan.extensions[1].steps == ("backup.book@L2", "backup.send@L2")
    assert plan.extensions[1].former == grown(two_goods(shop()), SHIP).digest


def test_ids_that_are_taken_get_one_number_for_the_whole_group() -> None:
    backup = {"book": {**BACKUP["book"], "scope": "plan"}, "send": BACKUP["send"]}
    plan = grown(two_goods(shop(backup)), SHIP, "shipping.ship@L2", backup=backup)
    assert plan.extensions[1].steps == ("backup.book+2", "backup.send@L2+2")
    assert waits(plan, "backup.send@L2+2") == ["backup.book+2"]


def test_an_alternative_to_a_step_of_an_alternative_stands_for_both() -> None:
    plan = grown(two_goods(shop()), SHIP, "backup.send@L1")
    assert plan.extensions[1].steps == ("backup.book@L1+2", "backup.send@L1+2")
    assert waits(plan, "shipping.thank@L1") == ["backup.send@L1+2"]


def test_the_same_input_gives_the_same_bytes_and_every_growth_a_digest_of_its_own() -> None:
    former = two_goods(shop())
    one, other = grown(former, SHIP), grown(two_goods(shop()), SHIP)
    assert one.model_dump_json() == other.model_dump_json()
    assert len({former.digest, one.digest, grown(former, SHIP, "shipping.ship@L2").digest}) == 3
    assert OrderPlan.model_validate_json(one.model_dump_json()) == one


def test_a_plan_that_never_grew_says_nothing_of_extensions() -> None:
    assert "extensions" not in two_goods(shop()).model_dump_json()


def test_tables_that_only_the_alternative_reads_are_in_the_grown_plan() -> None:
    backup = {**BACKUP, "book": {**BACKUP["book"], "when": "table('hubs', 'north') == 'HUB-1'"}}
    former = two_goods(shop(backup))
    assert former.tables == ()
    assert [each.name for each in grown(former, SHIP, backup=backup).tables] == ["hubs"]


def test_an_alternative_depends_on_steps_of_other_groups_as_a_planner_would_have_it() -> None:
    after = ["stock.pick", "billing.never"]
    backup = {"book": {**BACKUP["book"], "after": after}, "send": BACKUP["send"]}
    plan = grown(two_goods(shop(backup)), SHIP, backup=backup)
    assert waits(plan, "backup.book@L1") == ["stock.pick@L1"]
    assert [(each.step, each.prerequisite) for each in plan.dropped] == [("backup.book@L1", "billing.never")]


@pytest.mark.parametrize("of", ["shipping.ship", "shipping.thank"])
def test_an_alternative_that_waits_for_what_waits_for_it_is_refused_with_the_ring(of: str) -> None:
    backup = {"book": {**BACKUP["book"], "after": of}, "send": BACKUP["send"]}
    assert "`backup.send@L1` (send) → `backup.book@L1` (book)" in refused(backup=backup)


def test_a_group_that_the_version_lacks_is_refused_with_the_nearest_one() -> None:
    catalog = shop()
    found = extend(two_goods(catalog), catalog, instead_of(SHIP, "bakcup"), LATER)
    assert isinstance(found, Refused)
    (issue,) = found.issues
    assert issue.message == f"The catalog version of the order, {catalog.digest[:12]}, has no step group `bakcup`."
    assert issue.hint == "Did you mean `backup`?"


def test_a_group_without_an_output_that_is_read_is_refused() -> None:
    assert "the steps of the group `backup` do not give one of that type" in refused(backup={"book": BACKUP["book"]})


def test_a_group_of_which_two_steps_give_the_output_is_refused() -> None:
    backup = {**BACKUP, "resend": call("courier.send", after="send")}
    assert "`backup.resend` and `backup.send` give it: only one may." in refused(backup=backup)


def test_a_step_that_gives_the_output_only_sometimes_is_refused() -> None:
    backup = {**BACKUP, "send": {**BACKUP["send"], "when": "order.priority == 'high'"}}
    assert "the steps of the group `backup` do not give one of that type" in refused(backup=backup)


def test_several_instances_that_give_one_output_are_refused() -> None:
    catalog = shop(
        shipping={"ship": {**call("store.ship"), "scope": "plan"}},
        billing={"invoice": {**call("store.bill", after="shipping.ship"), "input": {"a": READ}}},
    )
    found = extend(two_goods(catalog), catalog, instead_of("shipping.ship"), LATER)
    assert isinstance(found, Refused)
    (issue,) = found.issues
    assert "`backup.send@L1` and `backup.send@L2` give it" in issue.message
    assert issue.hint == "Give the step a scope as broad as that of `shipping.ship`."


READ = "steps.shipping.ship.parcel"


def test_a_step_is_replaced_once() -> None:
    catalog = shop()
    for code, why in ((SHIP, "has been replaced already"), ("shipping.ship@L9", "is not in the plan")):
        found = extend(grown(two_goods(catalog), SHIP), catalog, instead_of(code), LATER)
        assert isinstance(found, Refused)
        assert why in found.issues[0].message


def test_an_explanation_tells_who_replaced_what() -> None:
    plan = grown(two_goods(shop()), SHIP)
    by_person = extend(two_goods(shop()), shop(), instead_of(SHIP, rule=None, actor="ada", reason="strike"), LATER)
    assert isinstance(by_person, OrderPlan)
    chosen = "as its alternative `backup`, by rule `strike` after fallout 1"
    assert f"because it does the work of ship (`{SHIP}`) for Good (`L1`), {chosen}." in explain_step(
        plan, "backup.send@L1"
    )
    assert f"It was replaced by send (`backup.send@L1`), {chosen}." in explain_step(plan, SHIP)
    assert f"It waits for send (`backup.send@L1`), in place of ship (`{SHIP}`)." in explain_step(
        plan, "shipping.thank@L1"
    )
    assert "asked for by ada after fallout 1: strike." in explain_step(by_person, SHIP)


def test_a_grown_plan_names_every_step_that_waits_for_a_new_one() -> None:
    explained = explain_step(grown(two_goods(shop()), SHIP), "backup.send@L1")
    assert "thank (`shipping.thank@L1`) waits for it." in explained
    assert "invoice (`billing.invoice`) waits for it." in explained
    assert "without delaying the order" not in explained


def everything_before(plan: OrderPlan, at: Step) -> dict[str, None]:
    """Return all steps that a step waits for, directly or not."""
    found: dict[str, None] = {}
    pending = [at]
    while pending:
        fresh = [each.step for each in plan.waits(pending.pop()) if each.step not in found]
        found.update(dict.fromkeys(fresh))
        pending += [step(plan, each) for each in fresh]
    return found


def test_nobody_waits_for_a_replaced_step() -> None:
    plan = grown(two_goods(shop()), SHIP, "backup.send@L1", "shipping.ship@L2")
    replaced = {each.cause.step for each in plan.extensions}
    assert not any(replaced & set(everything_before(plan, each)) for each in plan.steps)


def test_a_drawing_leads_from_the_alternative_to_what_waited_for_the_step() -> None:
    plan = grown(two_goods(shop()), SHIP)
    drawn = mermaid(plan).splitlines()
    box = {each: next(line.split("[")[0].strip() for line in drawn if f"<br/>{each}<br/>" in line) for each in SHIPPED}
    arrows = [line.split() for line in drawn if "-->" in line]
    assert [line[-1] for line in arrows if line[0] == box["backup.send@L1"]] == [box["billing.invoice"], box[THANK]]
    assert box[SHIP] not in [line[0] for line in arrows]
    assert "after send (`backup.send@L1`)" in tree(plan)


THANK = "shipping.thank@L1"
SHIPPED = (SHIP, THANK, "backup.send@L1", "billing.invoice")
