"""The order book as gauges for Prometheus, read again and again; every worker tells the same figures.

What has gone from the figures is told as 0: left alone, its last value would stay for ever.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from temporalio.client import Client
from temporalio.common import MetricGaugeFloat, MetricMeter

from orderbook.errors import BookError
from orderbook.figures import Figures
from orderbook.store import OrderBook

PERIOD = timedelta(seconds=15)

logger = logging.getLogger(__name__)

Labels: TypeAlias = tuple[str, ...]
"""Values of a gauge's labels, in the order of their names."""


async def keep_counting(client: Client, book: OrderBook, period: timedelta = PERIOD) -> None:
    """Read the figures now and after each period until cancelled; returns at once where nobody collects metrics."""
    runtime = client.service_client.config.runtime
    if runtime is None or runtime.metric_meter is MetricMeter.noop:
        return
    gauges = Gauges(runtime.metric_meter)
    was_read = True
    while True:
        try:
            gauges.show(await asyncio.to_thread(book.figures), datetime.now(UTC))
            was_read = True
        except BookError as error:
            gauges.show_unread()
            # Told once: each period anew, it would bury what else goes wrong meanwhile.
            if was_read:
                logger.warning("The figures of the order book stand still, it cannot be read: %s", error)
            was_read = False
        await asyncio.sleep(period.total_seconds())


class Gauges:
    """The gauges of one process."""

    def __init__(self, meter: MetricMeter) -> None:
        self._read = _Gauge(meter, "dro_order_book_read", "1 where the figures could be read")
        self._orders = _Gauge(meter, "dro_orders", "Orders", "state")
        self._fallouts = _Gauge(meter, "dro_open_fallouts", "Fallouts to be decided", "queue", "system")
        self._tasks = _Gauge(meter, "dro_open_tasks", "Tasks to be done", "queue")
        self._steps = _Gauge(meter, "dro_steps_under_way", "Steps that have begun and not ended", "type")
        self._waiting = _Gauge(meter, "dro_waiting_seconds", "Age of the oldest", "kind", "queue", "type")

    def show(self, figures: Figures, now: datetime) -> None:
        """Tell these figures in place of the former ones."""
        fallouts: Counter[Labels] = Counter()
        for each in figures.fallouts:
            fallouts[each.queue or "", each.system] += each.count
        self._read.show({(): 1})
        self._orders.show({(each.state.value,): each.count for each in figures.orders})
        self._fallouts.show(fallouts)
        self._tasks.show({(each.queue or "",): each.count for each in figures.tasks})
        self._steps.show({(each.type,): each.count for each in figures.steps})
        self._waiting.show(_ages(figures, now))

    def show_unread(self) -> None:
        """Tell that the other gauges are as they were when the book could last be read."""
        self._read.show({(): 0})


def _ages(figures: Figures, now: datetime) -> dict[Labels, float]:
    ages: dict[Labels, float] = {}
    for labels, oldest in _oldest(figures):
        ages[labels] = max(ages.get(labels, 0.0), (now - oldest).total_seconds())
    return ages


def _oldest(figures: Figures) -> Iterator[tuple[Labels, datetime]]:
    yield from ((("fallout", each.queue or "", ""), each.oldest) for each in figures.fallouts)
    yield from ((("task", each.queue or "", ""), each.oldest) for each in figures.tasks)
    yield from ((("step", "", each.type), each.oldest) for each in figures.steps)


class _Gauge:
    """A gauge whose value is told for all its labels at once."""

    def __init__(self, meter: MetricMeter, name: str, description: str, *labels: str) -> None:
        self._gauge: MetricGaugeFloat = meter.create_gauge_float(name, description)
        self._labels = labels
        self._told: dict[Labels, float] = {}

    def show(self, values: Mapping[Labels, float]) -> None:
        self._told = {**dict.fromkeys(self._told, 0.0), **values}
        for labels, value in self._told.items():
            self._gauge.set(value, dict(zip(self._labels, labels, strict=True)))
