"""An automatic task computed as its activity does it: outputs, or a failure that the fallout rules judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
from temporalio.common import RawValue
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.functions import BUILT_IN
from activities.systems import SystemActivities
from catalog.environment import Environment
from catalog.values import Value, ValueType, as_record, named
from decomposition.model import OrderPlan
from fulfillment.computing import Body
from fulfillment.effects import Call
from fulfillment.outcomes import CallResult, Failed, Park, Succeeded
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service.settings import load
from tests.unit.catalog.shops import catalog
from tests.unit.decomposition.builders import an_order, planned

RULES = {"computed": {"type": "auto_task", "pattern": ".*", "queue": "accounting"}}
CONVERTER = PydanticPayloadConverter()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[OrderBook]:
    settings = load({"home": str(tmp_path)}, {})
    migrate(settings.database)
    with closing(OrderBook(settings.database)) as opened:
        yield opened


def plan_of(book: OrderBook) -> OrderPlan:
    """Store and return the plan of an order with one automatic task."""
    made = catalog(
        {
            "order_facts": {"starts_on": {"type": "date"}},
            "functions": {
                "add_days": {
                    "inputs": {"start": {"type": "date", "required": True}, "days": {"type": "integer", "default": 1}},
                    "outputs": {"date": {"type": "date", "required": True}},
                }
            },
            "products": {"COVER": {"name": "Cover"}},
            "step_groups": {
                "g": {
                    "steps": {
                        "begin": {"type": "auto_task", "function": "add_days", "input": {"start": "facts.starts_on"}}
                    }
                }
            },
            "scenarios": {"s": {"product": "COVER", "group": "g"}},
        }
    )
    at = datetime(2026, 11, 25, tzinfo=UTC)
    plan = planned(an_order({"L1": {"product": "COVER"}}), made)
    book.store_catalog(made, {}, label="draft-1", author="ada", note="", at=at)
    book.add_order(plan.order, catalog=made.digest, at=at, actor="ada")
    book.store_plan(plan)
    return plan


async def computed(book: OrderBook, functions: Mapping[str, Body] = BUILT_IN, start: date | None = None) -> CallResult:
    plan = plan_of(book)
    call = Call(
        number=plan.order.number,
        plan=plan.digest,
        step="g.begin",
        round=1,
        operation="functions.add_days",
        title="begin",
        facts=(named("starts_on", ValueType.DATE, start),),
    )
    async with httpx.AsyncClient() as http:
        environment = Environment.model_validate({"queues": {"accounting": {}}, "fallout_rules": RULES})
        systems = SystemActivities(book, http, environment, lambda _: None, "http://127.0.0.1:1", functions)
        payload = RawValue(CONVERTER.to_payload(call))
        activity = ActivityEnvironment()
        activity.payload_converter = CONVERTER
        result: CallResult = await activity.run(systems.call, [payload])
        return result


def broken(_: Mapping[str, Value]) -> Mapping[str, object]:
    raise KeyError("rate")


def wrong(_: Mapping[str, Value]) -> Mapping[str, object]:
    return {"date": "soon"}


async def test_a_function_computes_from_the_facts_that_the_call_carries(book: OrderBook) -> None:
    outcome = (await computed(book, start=date(2026, 12, 31))).outcome
    assert isinstance(outcome, Succeeded)
    assert as_record(outcome.outputs) == {"date": date(2027, 1, 1)}


@pytest.mark.parametrize(
    ("functions", "start", "code"),
    [
        ({"add_days": broken}, date(2026, 12, 31), "FUNCTION_FAILED"),
        ({"add_days": wrong}, date(2026, 12, 31), "WRONG_ANSWER"),
        (BUILT_IN, None, "REQUEST_IMPOSSIBLE"),
        ({}, date(2026, 12, 31), "NO_FUNCTION"),
    ],
)
async def test_a_failure_of_a_function_is_refused_and_judged_by_the_rules_of_its_type(
    book: OrderBook, functions: Mapping[str, Body], start: date | None, code: str
) -> None:
    with pytest.raises(ApplicationError) as raised:
        await computed(book, functions, start)
    failed = raised.value.details[0]
    assert isinstance(failed, Failed)
    assert isinstance(failed.decision, Park)
    assert (failed.failure.code, failed.unknown, failed.decision.queue) == (code, False, "accounting")
