"""What a plan carries, so that it can be run, shown and explained without the catalog (`domain.md` P6)."""

from __future__ import annotations

from decomposition.model import OrderPlan
from decomposition.records import step_names
from tests.unit.decomposition.builders import NOW, a_catalog, an_order, planned
from tests.unit.decomposition.groups import goods


def test_the_plan_carries_what_running_it_needs() -> None:
    plan = called()
    (definition,) = plan.definitions
    assert definition.task_queue == "crm"
    assert definition.operation is not None
    assert definition.operation.path == "/send"
    assert [each.name for each in plan.tables] == ["asked", "sent"]
    assert [(each.code, each.name) for each in plan.titles] == [("GOOD", "Good")]
    assert [(each.name, each.value) for each in plan.order_attributes] == [("channel", "web")]
    assert plan.accepted_at == NOW


def test_a_system_without_a_queue_of_its_own_is_called_from_the_shared_one() -> None:
    (definition,) = called(own_queue=False).definitions
    assert definition.task_queue is None


def test_a_plan_read_back_is_the_same_plan() -> None:
    plan = called()
    again = OrderPlan.model_validate_json(plan.model_dump_json())
    assert again == plan
    assert again.digest == plan.digest
    assert hash(again) == hash(plan)


def test_a_plan_made_before_classifications_were_kept_loads_and_keeps_its_digest() -> None:
    plan = called()
    written = plan.model_dump_json()
    assert '"titles":[{"code":"GOOD","name":"Good"}]' in written
    assert OrderPlan.model_validate_json(written).digest == plan.digest


def test_a_step_knows_its_products_and_their_classifications_nearest_first() -> None:
    shop = a_catalog(
        classifications={"thing": {"name": "Things"}, "good": {"name": "Goods", "parent": "thing"}},
        products={"GOOD": {"name": "Good", "classification": "good"}},
        step_groups={"g": {"steps": {"s": {"type": "milestone", "scope": "line"}}}},
        scenarios={"S": {"product": "GOOD", "group": "g"}},
    )
    plan = planned(an_order({"L1": {"product": "GOOD"}}), shop)
    assert [(each.code, each.classes) for each in plan.products_of(plan.steps[0])] == [("GOOD", ("good", "thing"))]


def test_a_step_reads_its_lines_and_a_line_step_its_line() -> None:
    plan = called()
    names = step_names(plan, plan.steps[0])
    assert names["step"] == {"id": "g.s@L1", "title": "Send it", "undoes": None, "amends": None}
    line = names["line"]
    assert isinstance(line, dict)
    assert (line["title"], line["amount"]) == ("Good", None)
    assert names["lines"] == (line,)
    assert plan.records.line(plan.line("L1")) is line


def called(*, own_queue: bool = True) -> OrderPlan:
    catalog = goods(
        {
            "g": {
                "s": {
                    "type": "callout",
                    "title": "Send it",
                    "scope": "line",
                    "operation": "crm.send",
                    "when": "table('asked', order.account)",
                }
            }
        },
        systems={
            "crm": {
                "own_queue": own_queue,
                "operations": {"send": {"path": "/send", "request": {"to": ["table('sent', line.product)"]}}},
            }
        },
        value_tables={
            "asked": {"key": "text", "value": "boolean", "rows": {"ACME": True}},
            "sent": {"key": "text", "value": "text", "rows": {"GOOD": "x"}},
            "unused": {"key": "text", "value": "text", "rows": {"GOOD": "x"}},
        },
        order_attributes={"channel": {"type": "text", "default": "web"}},
    )
    return planned(an_order({"L1": {"product": "GOOD"}}), catalog)
