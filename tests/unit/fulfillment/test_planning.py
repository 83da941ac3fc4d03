"""From an order's plan to its run plan, and a condition that reads the same data in both."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.cardinality import Read
from catalog.catalog import Catalog
from catalog.steps import OnTimeout
from catalog.values import ValueType, from_tagged
from fulfillment.board import Board
from fulfillment.effects import Call
from fulfillment.events import CallEnded
from fulfillment.outcomes import Succeeded
from fulfillment.planning import run_plan
from fulfillment.runplan import RunPlan
from fulfillment.states import StepState
from tests.unit.decomposition.builders import a_catalog, an_order, planned
from tests.unit.fulfillment.plans import World, text

CREDIT = {
    "credit": {
        "operations": {
            "check": {
                "path": "/checks",
                "timeout": "3s",
                "outputs": {"score": {"type": "integer", "value": "response.body.score"}},
                "error_code": "response.body.error",
                "refused_codes": ["BARRED"],
                "callback": {
                    "deadline": "2h",
                    "outputs": {"limit": {"type": "money", "value": "response.body.limit"}},
                },
            }
        }
    }
}


def catalog(when: str) -> Catalog:
    return a_catalog(
        products={"LAPTOP": {"name": "Laptop 13"}},
        systems=CREDIT,
        value_tables={
            "limits": {"key": "text", "value": "money", "rows": {"high": "10.00", "normal": "1000.00"}},
            "unused": {"key": "text", "value": "text", "rows": {"a": "b"}},
        },
        step_groups={
            "credit": {
                "title": "Credit",
                "steps": {
                    "check": {"type": "callout", "operation": "credit.check", "when": when},
                    "sign": {
                        "type": "manual_task",
                        "queue": "sales",
                        "after": "check",
                        "form": {"date": {"type": "date"}},
                    },
                    "report": {
                        "type": "callout",
                        "operation": "credit.check",
                        "after": [{"step": "sign", "lag": "1d"}],
                        "input": {"score": "steps.credit.check.score"},
                    },
                },
            }
        },
        scenarios={"S1": {"product": "LAPTOP", "group": "credit"}},
    )


def made(when: str = "order.account == 'ACME'") -> RunPlan:
    lines = {
        "L1": {"product": "LAPTOP", "quantity": 2, "price": "900.00"},
        "L2": {"product": "LAPTOP", "price": "1.50"},
    }
    return run_plan(planned(an_order(lines), catalog(when)))


def test_definitions_carry_what_running_them_needs() -> None:
    check, report, sign = made().definitions
    assert (check.id, check.title, check.group_title) == ("credit.check", "check", "Credit")
    assert (check.operation, check.timeout) == ("credit.check", timedelta(seconds=3))
    assert [each.name for each in check.outputs] == ["limit", "score"]
    assert check.callback is not None
    assert check.callback.deadline == timedelta(hours=2)
    assert (check.callback.error_code, check.callback.refused_codes) == ("response.body.error", ("BARRED",))
    assert ([each.name for each in sign.form], sign.queue) == (["date"], "sales")
    assert report.reads == (Read(step="credit.check", output="score", one=True),)


def test_steps_and_lines_are_those_of_the_plan() -> None:
    plan = made()
    assert [(each.id, each.title) for each in plan.lines] == [("L1", "Laptop 13"), ("L2", "Laptop 13")]
    steps = {each.id: each for each in plan.steps}
    assert steps["credit.sign"].origin == ("L1", "L2")
    assert [(each.step, each.lag) for each in steps["credit.report"].after] == [("credit.sign", timedelta(days=1))]


def test_only_what_conditions_read_is_carried() -> None:
    data = {each.id: each.data for each in made("order.account == 'ACME' and len(lines) > 1").steps}
    assert [each.path for each in data["credit.check"]] == ["lines", "order.account"]
    assert data["credit.sign"] == ()


def test_data_keeps_its_types() -> None:
    (datum,) = next(each.data for each in made("sum([line.amount for line in order.lines]) > 5").steps if each.data)
    lines = from_tagged(datum.tagged)
    assert isinstance(lines, tuple)
    assert [each["amount"] for each in lines if isinstance(each, dict)] == [Decimal("1800.00"), Decimal("1.50")]


@pytest.mark.parametrize(
    ("when", "state"),
    [
        ("order.account == 'ACME'", StepState.IN_PROGRESS),
        ("order.account == 'OTHER'", StepState.SKIPPED),
        ("order.ship_to.city == null and order.ship_to == null", StepState.IN_PROGRESS),
        ("sum([line.amount for line in lines]) == 1801.50", StepState.IN_PROGRESS),
        ("table('limits', order.priority) > 500", StepState.IN_PROGRESS),
        ("order.lines[0].product == 'LAPTOP'", StepState.IN_PROGRESS),
        ("step.id == 'credit.check'", StepState.IN_PROGRESS),
    ],
)
def test_a_condition_finds_in_the_run_plan_what_it_reads(when: str, state: StepState) -> None:
    world = World(made(when))
    assert next(each.state for each in world.run.dump().steps if each.id == "credit.check") is state


def test_only_tables_that_conditions_look_up_are_carried() -> None:
    assert made().tables == ()
    (table,) = made("table('limits', order.priority) > 500").tables
    assert (table.name, table.rows) == ("limits", (("high", "10.00"), ("normal", "1000.00")))


def test_a_run_plan_survives_json() -> None:
    plan = made("table('limits', order.priority) > 500")
    assert RunPlan.model_validate_json(plan.model_dump_json()) == plan


def with_facts(until: str) -> RunPlan:
    document = catalog("true").model_dump(mode="json") | {
        "order_facts": [{"name": "signed_off", "type": "boolean"}],
        "line_facts": [{"name": "floor", "type": "text"}],
    }
    group = document["step_groups"][0]
    wait = {"name": "wait", "type": "pause", "until": until, "timeout": "PT2H", "on_timeout": "continue"}
    group["steps"] = [*group["steps"], wait]
    check = next(each for each in group["steps"] if each["name"] == "check")
    check["input"] = [{"name": "floor", "value": "facts.signed_off"}]
    return run_plan(planned(an_order({"L1": {"product": "LAPTOP"}}), Catalog.model_validate(document)))


def test_a_pause_carries_its_condition_and_what_it_reads_but_for_facts() -> None:
    plan = with_facts("facts.signed_off is not null and order.account == 'ACME' and table('limits', 'high') > 1")
    wait = next(each for each in plan.definitions if each.id == "credit.wait")
    assert (wait.pause_timeout, wait.on_timeout) == (timedelta(hours=2), OnTimeout.CONTINUE)
    assert [each.path for step in plan.steps if step.definition == "credit.wait" for each in step.data] == [
        "order.account"
    ]
    assert [each.name for each in plan.tables] == ["limits"]


def test_facts_are_declared_in_the_run_plan_and_carried_by_calls_whose_input_reads_them() -> None:
    plan = with_facts("facts.signed_off is not null")
    assert [each.name for each in (*plan.order_facts, *plan.line_facts)] == ["signed_off", "floor"]
    assert {each.id: each.reads_facts for each in plan.definitions} == {
        "credit.check": True,
        "credit.report": False,
        "credit.sign": False,
        "credit.wait": False,
    }


def test_an_automatic_task_is_called_as_a_function_with_typed_outputs() -> None:
    document = catalog("true").model_dump(mode="json") | {
        "functions": [
            {"name": "score", "inputs": [], "outputs": [{"name": "points", "type": "integer", "required": True}]}
        ]
    }
    group = document["step_groups"][0]
    group["steps"] = [*group["steps"], {"name": "rate", "type": "auto_task", "function": "score"}]
    world = World(run_plan(planned(an_order({"L1": {"product": "LAPTOP"}}), Catalog.model_validate(document))))
    (call,) = [each for each in world.asked if isinstance(each, Call) and each.step == "credit.rate"]
    assert call.operation == "functions.score"
    rate = next(each for each in world.plan.definitions if each.id == "credit.rate")
    assert [(each.name, each.type, each.optional) for each in rate.outputs] == [("points", ValueType.INTEGER, False)]
    ended = CallEnded(step="credit.rate", round=1, outcome=Succeeded(outputs=text("points", "5")))
    world.run.apply(ended, world.now)
    assert next(each.state for each in world.run.dump().steps if each.id == "credit.rate") is StepState.COMPLETED


CROSSED: dict[str, object] = {
    "products": {"SEAT": {"name": "Seat"}},
    "scenarios": {"SEAT": {"product": "SEAT", "group": "seats"}},
    "step_groups": {
        "seats": {
            "steps": {
                "check": {"type": "milestone", "scope": "line"},
                "assign": {"type": "milestone", "scope": "line", "after": [{"step": "check", "pair": "all"}]},
            }
        }
    },
}


def test_prerequisites_that_many_steps_share_are_told_once_and_kept_by_all() -> None:
    lines = {f"L{at:03d}": {"product": "SEAT"} for at in range(100)}
    order_plan = planned(an_order(lines), a_catalog(**CROSSED))
    made = run_plan(order_plan)
    assert len([each for each in made.steps if each.after]) == 1
    assert {each.id: {one.step for one in each.after} for each in Board(made).steps.values()} == {
        each.id: {one.step for one in each.after} for each in order_plan.steps
    }
