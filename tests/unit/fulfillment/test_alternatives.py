"""An alternative takes the place of a failed step: chosen by a rule or a person, planned, run, read as the step was."""

from __future__ import annotations

from datetime import timedelta

from fulfillment.board import Board
from fulfillment.commands import Alternative, GiveUp, Retry, Skip
from fulfillment.effects import Call, Extend
from fulfillment.events import Due, Extended, Prepared
from fulfillment.outcomes import Failed, Park, RetryLater, RunAlternative
from fulfillment.planning import growth, run_plan
from fulfillment.progress import Batch
from fulfillment.run import Run
from fulfillment.runplan import grown
from fulfillment.state import RunState
from fulfillment.states import OrderState, StepState
from tests.unit.decomposition.builders import NOW
from tests.unit.decomposition.shipping import BACKUP, call, shop
from tests.unit.fulfillment.grown import REFUSED, Growing, answered, failed, sent

SHIP = "shipping.ship@L1"
STRIKE = Alternative(steps=(SHIP,), group="backup", actor="ada", reason="strike")


def picked(world: Growing | None = None) -> Growing:
    """Return a run that has picked both goods and calls the shipper."""
    world = world or Growing()
    world.end("stock.pick@L1")
    world.end("stock.pick@L2")
    return world


def on_strike(world: Growing | None = None) -> Growing:
    """Return a run whose shipper has refused the first parcel, for which a rule names the back-up shipper."""
    world = picked(world)
    world.end(SHIP, failed())
    return world


def parked(*, unknown: bool = False) -> Growing:
    """Return a run whose shipper has failed with the first parcel, so that it waits for a person."""
    world = picked()
    world.end(SHIP, Failed(failure=REFUSED, decision=Park(queue="desk", why="no rule"), unknown=unknown))
    return world


def test_a_rule_has_the_alternative_planned_while_the_step_says_so() -> None:
    world = on_strike()
    (effect,) = [each for each in world.asked if isinstance(each, Extend)]
    assert (effect.step, effect.group, effect.fallout, effect.rule) == (SHIP, "backup", 1, "strike")
    assert (effect.plan, effect.at) == (world.plan.plan, NOW)
    assert world.told(SHIP).reason == "its alternative `backup` is being planned"
    assert world.run.open_fallouts == 1


def test_the_plan_grows_and_the_step_is_skipped_and_not_waived() -> None:
    world = on_strike()
    assert [each.step for each in world.grow() if isinstance(each, Call)] == ["backup.book@L1"]
    ship = world.told(SHIP)
    assert (ship.state, ship.ended_at) == (StepState.SKIPPED, NOW)
    assert ship.reason == (
        "replaced by `backup.book@L1` and `backup.send@L1`, its alternative `backup`, chosen by rule `strike`"
    )
    assert not world.memory(SHIP).waived
    (fallout,) = world.memory(SHIP).fallouts
    assert (fallout.resolution, fallout.actor, fallout.reason) == ("replaced by `backup`", "system", "rule `strike`")
    assert world.run.open_fallouts == 0


def test_who_waited_for_the_step_waits_for_the_end_of_the_group() -> None:
    world = on_strike()
    world.grow()
    assert world.told("shipping.thank@L1").after == ("backup.send@L1",)
    assert world.told("shipping.thank@L1").reason == "waits for `send` (backup.send@L1)"
    world.end("backup.book@L1")
    assert "shipping.thank@L1" not in world.calls()
    world.end("backup.send@L1", sent("P-1"))
    assert "shipping.thank@L1" in world.calls()


def test_later_steps_read_the_outputs_of_the_alternative_where_they_read_those_of_the_step() -> None:
    world = on_strike()
    world.grow()
    world.end("shipping.ship@L2", sent("P-2"))
    world.end("backup.book@L1")
    assert world.told(SHIP).outputs == ()
    world.end("backup.send@L1", sent("P-1"))
    assert [each.text for each in world.told(SHIP).outputs] == ["P-1"]
    (invoice,) = [each for each in world.apply(Due(key="start/billing.invoice")) if isinstance(each, Call)]
    assert [(each.step, [one.text for one in each.outputs]) for each in invoice.values] == [
        (SHIP, ["P-1"]),
        ("shipping.ship@L2", ["P-2"]),
    ]
    assert invoice.plan == world.plan.plan


def test_a_condition_reads_what_the_alternative_gave() -> None:
    world = on_strike()
    world.grow()
    world.end("backup.book@L1")
    world.end("backup.send@L1", sent("lost"))
    assert world.told("shipping.thank@L1").reason.startswith("condition is false")


def test_an_order_completes_by_its_alternative() -> None:
    world = on_strike()
    world.grow()
    for each in ("backup.book@L1", "shipping.thank@L2", "shipping.thank@L1", "billing.invoice"):
        world.end("shipping.ship@L2", sent("P-2"))
        world.end("backup.send@L1", sent("P-1"))
        world.apply(Due(key="start/billing.invoice"))
        world.end(each)
    assert (world.run.closed, world.run.order_state) == (True, OrderState.COMPLETED)
    assert len(world.calls()) == len(set(world.calls()))


def test_a_refused_extension_leaves_the_step_parked_and_the_fallout_says_why() -> None:
    world = on_strike(Growing(shop({"book": BACKUP["book"]})))
    assert world.grow() == ()
    assert world.told(SHIP).state is StepState.FATALLY_FAILED
    (fallout,) = world.memory(SHIP).fallouts
    assert (fallout.resolution, fallout.queue) == ("", "logistics")
    assert "its alternative `backup` cannot be run: Later steps read the output `parcel`" in fallout.why
    assert world.told(SHIP).reason.startswith("needs a person: its alternative `backup` cannot be run: ")
    assert world.run.refusals(Retry(steps=(SHIP,))) == ()


def test_a_rule_that_names_a_group_of_another_version_falls_back_to_its_queue_and_says_so() -> None:
    world = picked()
    world.end(SHIP, failed(decision=RunAlternative(group="courier", rule="strike", queue="logistics")))
    world.grow()
    (fallout,) = world.memory(SHIP).fallouts
    assert fallout.queue == "logistics"
    assert "has no step group `courier`" in fallout.why


def test_after_an_unknown_outcome_a_rule_leaves_the_choice_to_a_person() -> None:
    world = picked()
    assert world.end(SHIP, failed(unknown=True)) == ()
    (fallout,) = world.memory(SHIP).fallouts
    assert (fallout.alternative, fallout.queue) == ("backup", "logistics")
    assert (
        fallout.why == "rule `strike`; whether it worked is unknown, so its alternative `backup` is not run by itself"
    )
    unsure = Alternative(steps=(SHIP,))
    (why,) = world.run.refusals(unsure)
    assert "if nothing happened, replace it with `--nothing-happened` and `--reason`" in why
    sure = unsure.model_copy(update={"nothing_happened": True, "reason": "asked them"})
    assert world.run.refusals(sure) == ()
    world.say(sure)
    world.grow()
    assert world.told(SHIP).state is StepState.SKIPPED


def test_a_person_names_the_group_where_no_rule_does() -> None:
    world = parked()
    (why,) = world.run.refusals(Alternative(steps=(SHIP,)))
    assert why.endswith("no rule names an alternative to it; name a step group with `--group`.")
    world.say(STRIKE)
    world.grow()
    assert world.told(SHIP).actor == "ada"
    assert world.told(SHIP).reason.endswith("its alternative `backup`, chosen by ada: strike")
    (fallout,) = world.memory(SHIP).fallouts
    assert (fallout.actor, fallout.reason) == ("ada", "strike")


def test_a_step_that_waits_for_its_next_try_can_have_an_alternative_too() -> None:
    world = picked()
    world.end(SHIP, Failed(failure=REFUSED, decision=RetryLater(delay=timedelta(hours=1))))
    world.say(STRIKE)
    world.grow()
    assert world.told(SHIP).state is StepState.SKIPPED
    (fallout,) = world.memory(SHIP).fallouts
    assert fallout.failure.code == "ALTERNATIVE_CHOSEN"
    assert "failed with `STRIKE`" in fallout.failure.message


def test_nothing_else_fits_while_the_alternative_is_planned() -> None:
    world = on_strike()
    for command in (Retry(steps=(SHIP,)), Skip(steps=(SHIP,), reason="no"), STRIKE):
        (why,) = world.run.refusals(command)
        assert why.endswith("its alternative is being planned; wait until that has taken its place.")


def test_one_alternative_is_planned_at_a_time_each_on_the_plan_before() -> None:
    world = on_strike()
    world.end("shipping.ship@L2", failed())
    assert len([each for each in world.asked if isinstance(each, Extend)]) == 1
    world.grow()
    first, second = [each for each in world.asked if isinstance(each, Extend)]
    assert (second.step, second.plan) == ("shipping.ship@L2", world.plan.plan)
    assert first.plan != second.plan
    world.grow()
    assert [each.steps[-1] for each in world.plan.extensions] == ["backup.send@L1", "backup.send@L2"]


def test_an_alternative_that_fails_is_not_run_again_by_itself_but_by_a_person() -> None:
    world = on_strike()
    world.grow()
    world.end("backup.book@L1")
    assert world.end("backup.send@L1", failed()) == ()
    (fallout,) = world.memory("backup.send@L1").fallouts
    assert fallout.why.endswith("it belongs to the alternative `backup`, which is not run again by itself")
    world.say(Alternative(steps=("backup.send@L1",)))
    world.grow()
    world.end("backup.book@L1+2")
    world.end("backup.send@L1+2", sent("P-9"))
    assert [each.text for each in world.told("backup.send@L1").outputs] == ["P-9"]
    assert [each.text for each in world.told(SHIP).outputs] == ["P-9"]
    assert "shipping.thank@L1" in world.calls()


def test_an_alternative_whose_steps_wait_for_something_starts_when_that_has_ended() -> None:
    backup = {"send": call("courier.send", after="slow.go")}
    world = on_strike(Growing(shop(backup, slow={"go": call("store.thank")})))
    world.grow()
    assert "backup.send@L1" not in world.calls()
    world.end("slow.go@L1")
    assert "backup.send@L1" in world.calls()


def test_an_alternative_that_would_wait_for_what_was_given_up_is_not_run() -> None:
    backup = {"send": call("courier.send", after="slow.go")}
    world = picked(Growing(shop(backup, slow={"go": call("store.thank")})))
    world.end("slow.go@L1", Failed(failure=REFUSED, decision=Park()))
    world.say(GiveUp(steps=("slow.go@L1",), reason="hopeless"))
    world.end(SHIP, failed())
    world.grow()
    assert world.told(SHIP).reason == (
        "needs a person: its alternative `backup` cannot be run: backup.send@L1 would wait for `go` (slow.go@L1), which"
        " was given up"
    )


def test_an_answer_that_nobody_waits_for_changes_nothing() -> None:
    world = on_strike()
    effect = next(each for each in world.asked if isinstance(each, Extend))
    again = answered(effect, world.plans, world.catalog)
    world.grow()
    before = world.run.dump()
    assert world.apply(again) == ()
    assert world.apply(Extended(step="shipping.nobody", refused="no")) == ()
    assert world.run.dump() == before


def test_a_step_that_is_over_has_no_alternative() -> None:
    world = picked()
    assert world.run.refusals(Alternative(steps=("stock.pick@L1",), group="backup"))[0].endswith(
        "nothing is left to do."
    )


def test_a_board_that_grew_is_laid_out_like_one_that_begins_with_the_grown_plan() -> None:
    world = on_strike()
    former = world.plan
    world.grow()
    whole = world.plan
    assert former.extensions == ()
    one, other = Board(former), Board(whole)
    before, after = (world.plans[each.plan] for each in (former, whole))
    one.extend(growth(before, after))
    assert (one.steps, one.dependents) == (other.steps, other.dependents)
    assert {each.id for each in one.plan.definitions} == {each.id for each in whole.definitions}
    assert grown(former, growth(before, after)).plan == run_plan(after).plan


def test_a_run_that_continues_as_new_while_an_alternative_is_planned_asks_for_it_again() -> None:
    world = on_strike()
    state = RunState.model_validate_json(world.run.dump().model_dump_json())
    again = Run.load(state)
    again.apply(Prepared(plan=world.plan), NOW)
    assert again.outstanding() == world.run.outstanding()
    effect = next(each for each in again.outstanding() if isinstance(each, Extend))
    again.apply(answered(effect, world.plans, world.catalog), NOW)
    world.grow()
    assert again.dump() == world.run.dump()


def test_a_run_that_grew_goes_on_from_the_order_book() -> None:
    world = on_strike()
    world.grow()
    world.end("backup.book@L1")
    again = from_the_book(world.everything(), world)
    assert {each.step for each in again.outstanding() if isinstance(each, Call)} == {
        "backup.send@L1",
        "shipping.ship@L2",
    }
    assert again.standing().model_copy(update={"untold": world.run.standing().untold}) == world.run.standing()


def test_a_book_that_was_told_of_the_plan_but_not_of_the_step_does_not_call_the_step_again() -> None:
    world = picked()
    told = world.everything()
    world.end(SHIP, failed())
    world.grow()
    again = from_the_book(told.model_copy(update={"plan": world.plan.plan}), world)
    called = {each.step for each in again.outstanding() if isinstance(each, Call)}
    assert SHIP not in called
    assert "backup.book@L1" in called


def test_a_book_that_was_told_that_the_alternative_ended_gives_its_outputs_to_later_steps() -> None:
    world = on_strike()
    world.grow()
    world.end("backup.book@L1")
    world.end("backup.send@L1", sent("P-1"))
    told = world.everything()
    untold = tuple(each.model_copy(update={"outputs": ()}) if each.id == SHIP else each for each in told.steps)
    again = from_the_book(told.model_copy(update={"steps": untold}), world)
    ship = next(each for each in again.dump().steps if each.id == SHIP)
    assert [each.text for each in ship.outputs] == ["P-1"]


def from_the_book(earlier: Batch, world: Growing) -> Run:
    """Return the run that goes on from what the book knows."""
    again = Run("SO-1", "ACME", "normal", restart=True)
    again.apply(Prepared(plan=world.plan, earlier=Batch.model_validate_json(earlier.model_dump_json())), NOW)
    return again
