"""What a worker tells those who watch it: metrics on a port, and a log in which every line is JSON."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from fulfillment.commands import Retry
from fulfillment.states import OrderState
from service import desk
from service.server_program import free_ports
from tests.server.conftest import Shop

pytestmark = [pytest.mark.server, pytest.mark.processes]

QUEUE = "watched"


@dataclass
class Watched:
    """A `dro worker` as a process of its own; its log is complete once it has stopped."""

    metrics: str
    log: str = ""

    async def scrape(self) -> dict[str, float]:
        """Return the values by name and labels, without the labels that Temporal adds."""
        async with httpx.AsyncClient(trust_env=False) as http:
            text = (await http.get(self.metrics)).raise_for_status().text
        added = r'(namespace|task_queue|activity_type)="[^"]*",?'
        found = (re.sub(added, "", line).rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name.replace(",}", "}").removesuffix("{}"): float(value) for name, _, value in found}

    def lines(self) -> list[dict[str, Any]]:
        """Return the log."""
        return [json.loads(each) for each in self.log.splitlines()]


@asynccontextmanager
async def watched(shop: Shop) -> AsyncIterator[Watched]:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    environ = {
        **os.environ,
        "DRO_HOME": str(shop.settings.home),
        "DRO_ENVIRONMENT": str(shop.settings.home / "environment"),
        "DRO_TASK_QUEUE": QUEUE,
        "DRO_CALLBACK_URL": shop.settings.callback_url,
        "DRO_METRICS_ADDRESS": address,
        "DRO_LOG_FORMAT": "json",
        "DRO_LOG_LEVEL": "debug",
        "TEMPORAL_ADDRESS": shop.stack.server.address,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "worker"), env=environ, stdout=DEVNULL, stderr=PIPE
    )
    told = Watched(f"http://{address}/metrics")
    try:
        yield told
    finally:
        process.terminate()
        _, log = await process.communicate()
        told.log = log.decode()


async def test_metrics_and_log_tell_of_failed_calls_and_a_parked_step(shop: Shop) -> None:
    queue = replace(shop, settings=shop.settings.model_copy(update={"task_queue": QUEUE}))
    await shop.fault("inventory", "reserve", kind="status", status=503, calls=2)
    await shop.fault("warranty", "register", kind="status", status=422, code="PROVIDER_CLOSED")
    try:
        async with watched(queue) as worker:
            number = await queue.order("laptop-bundle")
            parked = await shop.stuck(number)
            values = await worker.scrape()
            again = Retry(steps=(parked.id,), actor="ada", role="operator", reason="open again")
            await desk.ask(shop.stack.client, number, again, "watched")
            assert (await shop.ended(number)).state is OrderState.COMPLETED
    finally:
        await shop.heal()
    assert values['dro_steps{operation="reserve",outcome="retried",system="inventory"}'] == 2
    assert values['dro_steps{operation="register",outcome="parked",system="warranty"}'] == 1
    assert values['dro_call_seconds_count{operation="register",system="warranty"}'] == 1
    assert values["dro_order_book_read"] == 1
    assert values['dro_orders{state="assessing_cancellation"}'] == 0
    assert any(name.startswith("temporal_") for name in values)
    assert "Traceback" not in worker.log
    lines = worker.lines()
    [line] = [each for each in lines if each["message"].startswith("Step parked")]
    assert (line["order"], line["step"], line["attempt"], line["level"]) == (number, parked.id, 1, "info")
    assert "PROVIDER_CLOSED" in line["message"]
    calls = [each for each in lines if each.get("operation") == "inventory.reserve"]
    assert [(each["attempt"], each["outcome"]) for each in calls] == [(1, "retried"), (2, "retried"), (3, "succeeded")]
    ended = [each["order"] for each in lines if each["message"] == "Order ended: completed"]
    assert ended == [number]
