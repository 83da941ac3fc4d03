"""Worlds that changes are tried in, and what the book would be told of them."""

from __future__ import annotations

from datetime import timedelta

from catalog.products import Attribute
from catalog.values import ValueType
from fulfillment.commands import CompleteTask
from fulfillment.progress import Batch
from fulfillment.run import Run
from fulfillment.runplan import RunDefinition, RunPlan
from fulfillment.state import ReportMemory
from tests.unit.fulfillment.changes import Changing
from tests.unit.fulfillment.plans import NOW, callout, line, manual, plan, step

PAY = callout("pay")
REST = CompleteTask(step="main.rest")


def one(definition: RunDefinition = PAY, *more: RunDefinition, lag: timedelta = timedelta(0)) -> Changing:
    """Return a world with one step of interest, those before it, and a task that keeps the order open."""
    name = definition.id.removeprefix("main.")
    before = [each.id.removeprefix("main.") for each in more]
    steps = [*(step(each) for each in before), step(name, *before, lag=lag), step("rest")]
    facts = (Attribute(name="known", type=ValueType.BOOLEAN),)
    return Changing(plan([*more, definition, manual("rest")], steps).model_copy(update={"order_facts": facts}))


def two_lines() -> RunPlan:
    steps = [
        step("reserve@L1"),
        step("reserve@L2", origin=("L2",)),
        step("ship", "reserve@L1", "reserve@L2", origin=("L1", "L2")),
    ]
    return plan([callout("reserve"), callout("ship")], steps, [line("L0"), line("L1", "L0"), line("L2", "L0")])


def everything(world: Changing) -> Batch:
    """Return all that the book would be told by now."""
    state = world.run.dump().model_copy(update={"report": ReportMemory()})
    batch = Run.load(state, world.run.plan).changes(NOW)
    assert batch is not None
    return batch


def everything_audited(world: Changing) -> list[str]:
    batch = world.run.changes(NOW)
    assert batch is not None
    return [each.detail for each in batch.audit]


def lines(world: Changing) -> dict[str, str]:
    return {each.id: each.state.value for each in everything(world).lines}
