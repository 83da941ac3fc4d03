"""The shapes that the benchmark runs: the same plans on both sides, and what its figures are made of."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime

import pytest

from benchmarks.loads import Load, percentile, under
from benchmarks.plan_shape_catalogs import CHAIN, HELD, SHAPES, TEN, Shape, catalog, order
from catalog.base import Refused
from catalog.checks import check_catalog
from decomposition.model import OrderPlan
from decomposition.plan import plan

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


def planned(shape: Shape) -> OrderPlan:
    found = plan(order(shape, "B-1"), catalog(), now=NOW)
    assert not isinstance(found, Refused), found.issues
    return found


def depth(found: OrderPlan) -> dict[str, int]:
    """Return of each step how many steps stand one after the other up to it."""
    after = {step.id: [each.step for each in step.after] for step in found.steps}

    def of(step: str) -> int:
        return 1 + max((of(each) for each in after[step]), default=0)

    return {step: of(step) for step in after}


def widths(found: OrderPlan) -> list[int]:
    """Return how many steps stand in each layer, from the first to the last."""
    layers = sorted(depth(found).values())
    return [len(list(group)) for _, group in itertools.groupby(layers)]


def test_the_catalog_of_all_shapes_has_no_issues() -> None:
    assert [str(each) for each in check_catalog(catalog())] == []


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        (TEN, [1, 4, 4, 1]),
        (CHAIN, [1] * 10),
        ("1-50-50-1", [1, 50, 50, 1]),
        ("1-250-250-1", [1, 250, 250, 1]),
        ("1-4-4-1-crossed", [1, 4, 4, 1]),
    ],
)
def test_a_shape_is_planned_in_the_layers_that_its_name_tells(name: str, layers: list[int]) -> None:
    assert widths(planned(SHAPES[name])) == layers


@pytest.mark.parametrize("name", SHAPES)
def test_the_bare_workflow_runs_as_many_steps_as_the_plan_has(name: str) -> None:
    assert SHAPES[name].steps == len(planned(SHAPES[name]).steps)


def test_only_in_a_crossed_shape_a_step_waits_for_other_lanes() -> None:
    def waits_for(name: str) -> int:
        step = planned(SHAPES[name]).step(f"{SHAPES[name].product.lower()}.second@L2")
        assert step
        return len(step.after)

    assert (waits_for(TEN), waits_for("1-4-4-1-crossed")) == (1, 4)


def test_a_held_order_has_ten_steps_and_ends_with_one_that_waits_for_a_fact() -> None:
    found = planned(HELD)
    last = [step for step, at in depth(found).items() if at == 4]
    assert (len(found.steps), last) == (10, ["held.close"])


async def test_a_load_keeps_its_orders_in_flight_and_counts_each_of_them() -> None:
    running, most, ended = 0, 0, 0

    async def run_order() -> None:
        nonlocal running, most, ended
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        ended += 1

    block = await under(Load(in_flight=3, seconds=0, at_least=10), run_order)
    assert (most, running, ended, block.orders) == (3, 0, 10, 10)


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(each) for each in range(1, 21)]
    assert (percentile(values, 50), percentile(values, 95), percentile([7.0], 95)) == (10, 19, 7)
