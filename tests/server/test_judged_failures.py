"""Failures that happen in no call, through a real server: the rules in force decide about pauses and callbacks."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from temporalio.common import RetryPolicy
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.orders import OrderActivities
from activities.systems import SystemActivities
from catalog.base import Refused
from catalog.environment import Environment
from catalog.fallout_rules import FalloutRule
from fulfillment.states import OrderState, StepState
from service.catalogs import load_environment
from service.orders import submit
from tests.replay.recording import histories_of
from tests.replay.replay import replay
from tests.server.conftest import Shop
from tests.server.kinds import CATALOG
from worker import running_worker
from workflows import calls
from workflows.fulfill_order import FulfillOrder

pytestmark = pytest.mark.server

ONCE_MORE = {"retries": 1, "interval": "50ms"}
RULES = (
    FalloutRule.model_validate({"name": "not_agreed", "code": "PAUSE_TIMED_OUT", "retry": ONCE_MORE, "skip": True}),
    FalloutRule.model_validate(
        {"name": "silent", "system": "shipping", "code": "CALLBACK_OVERDUE", "retry": ONCE_MORE, "queue": "logistics"}
    ),
)
AGREED = {"type": "pause", "scope": "line", "until": "coalesce(facts.released, false)", "timeout": "200ms"}
SHIPPED = {
    "type": "callout",
    "scope": "line",
    "operation": "shipping.ship_at_once",
    "input": {"quantity": "1", "to": "'/nobody'"},
    "after": "agree",
}


@pytest.fixture
async def strict(shop: Shop) -> AsyncIterator[Shop]:
    """The shop with its orders on a queue whose worker has the rules above."""
    there = dataclasses.replace(shop, settings=shop.settings.model_copy(update={"task_queue": "strict"}))
    loaded = load_environment(shop.settings.home / "environment").environment
    assert loaded is not None
    environment = loaded.model_copy(update={"fallout_rules": (*RULES, *loaded.fallout_rules)})
    async with running_worker(shop.stack.client, shop.stack.book, environment, there.settings):
        yield there


async def ordered(shop: Shop, folder: Path) -> str:
    """Hand in an order whose pause never ends and whose parcel is never answered; return its number."""
    catalog: dict[str, Any] = yaml.safe_load((CATALOG / "kinds.yaml").read_text())
    del catalog["systems"]["shipping"]["operations"]["ship"]
    catalog["products"] = {"LATE": {"name": "Late"}}
    catalog["scenarios"] = {"LATE": {"product": "LATE", "group": "late"}}
    catalog["step_groups"] = {"late": {"steps": {"agree": AGREED, "ship": SHIPPED}}}
    (folder / "catalog").mkdir()
    (folder / "catalog/catalog.yaml").write_text(yaml.safe_dump(catalog))
    number = f"T-{next(shop.numbers)}"
    order = {"number": number, "account": "ACME", "currency": "USD", "lines": {"L1": {"product": "LATE"}}}
    (folder / "order.json").write_text(json.dumps(order))
    settings = shop.settings.model_copy(update={"catalog": str(folder / "catalog")})
    submitted = await submit(folder / "order.json", shop.stack.client, shop.stack.book, settings)
    assert not isinstance(submitted, Refused), "\n".join(str(issue) for issue in submitted.issues)
    return number


async def test_a_pause_is_skipped_by_a_rule_and_an_overdue_answer_goes_to_the_queue_of_its_rule(
    strict: Shop, tmp_path: Path
) -> None:
    number = await ordered(strict, tmp_path)
    stuck = await strict.stuck(number)
    view = await strict.view(number)

    states = {each.id.partition("@")[0]: each.state for each in view.steps}
    assert states == {"late.agree": StepState.SKIPPED, "late.ship": StepState.FATALLY_FAILED}
    told = [(each.failure.code, each.rule, each.queue, each.resolution) for each in view.fallouts]
    assert told == [
        ("PAUSE_TIMED_OUT", "not_agreed", None, "skipped"),
        ("CALLBACK_OVERDUE", "silent", "logistics", ""),
    ]
    # The second call went out under the key of the first: the carrier sent one parcel.
    assert [each["operation"] for each in await strict.calls(number)] == ["ship", "ship"]
    assert await strict.doubled(number) == []
    assert stuck.attempts == 2
    assert view.state is OrderState.HELD
    for each in await histories_of(strict.stack.client, number):
        await replay(each)


async def test_where_no_worker_can_be_asked_the_step_parks_without_a_rule_and_says_why(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "A_FEW_TIMES", RetryPolicy(maximum_attempts=1))
    old = dataclasses.replace(shop, settings=shop.settings.model_copy(update={"task_queue": "old"}))
    orders = OrderActivities(shop.stack.book)
    systems = SystemActivities(shop.stack.book, shop.http, Environment(), lambda _: None, "")
    with ThreadPoolExecutor(max_workers=4) as threads:
        async with Worker(
            shop.stack.client,
            task_queue="old",
            workflows=[FulfillOrder],
            activities=[orders.prepare_order, orders.write_progress, systems.call],
            activity_executor=threads,
            workflow_runner=UnsandboxedWorkflowRunner(),
        ):
            number = await ordered(old, tmp_path)
            await old.stuck(number)

    [fallout] = (await shop.view(number)).fallouts
    assert (fallout.failure.code, fallout.rule, fallout.queue) == ("PAUSE_TIMED_OUT", None, None)
    assert fallout.why.startswith("the fallout rules could not be asked: ")
