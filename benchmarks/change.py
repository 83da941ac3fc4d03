"""Times planning a change of an order under way, against planning the order: a plan of 1,000 steps, half of them done.

python -m benchmarks.change [--json] [--lines 250]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.model import OrderPlan
from decomposition.order import Order
from decomposition.plan import plan
from fulfillment.change import Effect, StepFact
from fulfillment.compare import compare
from fulfillment.planning import run_change, run_plan
from fulfillment.proposal import Change
from fulfillment.states import StepState

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
STEPS_PER_LINE = 4
REPEATS = 9
STEPS = ("reserve", "pick", "pack", "ship")


def catalog() -> Catalog:
    """Return a catalog whose lines are reserved, picked, packed and shipped, each of which can be undone."""
    groups: dict[str, Any] = {"parcels": {"steps": {}}, "backwards": {"steps": {"undo": _call()}}}
    for number, name in enumerate(STEPS):
        answer = {"on_cancel": "backwards", "on_amend": "redo", "after": list(STEPS[:number][-1:])}
        groups["parcels"]["steps"][name] = {**_call(), **answer}
    return Catalog.model_validate(
        {
            "products": {"PARCEL": {"name": "Parcel"}},
            "technical_products": {"BOX": {"name": "Box"}},
            "decomposition_rules": {"R": {"product": "PARCEL", "target": "BOX"}},
            "scenarios": {"S": {"product": "BOX", "group": "parcels"}},
            "step_groups": groups,
            "systems": {"store": {"operations": {"do": {"path": "/do", "request": {"n": "input.n"}}}}},
        }
    )


def order(lines: int, **quantities: int) -> Order:
    """Return an order of so many parcels; `quantities` by line are others than 1, and 0 leaves a line out."""
    named = {f"L{at:05}": quantities.get(f"L{at:05}", 1) for at in range(lines)}
    parcels = {code: {"product": "PARCEL", "quantity": number} for code, number in named.items() if number}
    return Order.model_validate({"number": "CHANGED", "account": "ACME", "lines": parcels})


def _call() -> dict[str, Any]:
    return {"type": "callout", "scope": "line", "operation": "store.do", "input": {"n": "line.quantity"}}


def main() -> None:
    """Print the figures as text or as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.change", description="Times planning a change.")
    parser.add_argument("--lines", type=int, default=250, help="lines of the order, four steps each")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    options = parser.parse_args()
    figures = measured(options.lines)
    print(json.dumps(figures, indent=2) if options.json else "\n".join(f"{k:<32}{v}" for k, v in figures.items()))


def measured(lines: int) -> Mapping[str, float]:
    """Return seconds of the processor, medians of turns, and the changes over planning."""
    shop, first = catalog(), order(lines)
    planned = _planned(first, shop)
    facts = tuple(_fact(each.id) for each in planned.steps)
    # A tenth of the lines each: another quantity, gone, and new.
    tenth = lines // 10
    other = {f"L{at:05}": 5 if at < tenth else 0 for at in range(2 * tenth)}
    wanted = order(lines + tenth, **other)
    turns: dict[str, Callable[[], object]] = {
        "plan_seconds": lambda: _planned(first, shop),
        "same_seconds": lambda: _changed(planned, facts, first, shop),
        "amend_seconds": lambda: _changed(planned, facts, wanted, shop),
        "cancel_seconds": lambda: _changed(planned, facts, None, shop),
    }
    taken: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(REPEATS):
        for name, run in turns.items():
            began = time.process_time()
            run()
            taken[name].append(time.process_time() - began)
    seconds = {name: round(statistics.median(each), 4) for name, each in taken.items()}
    change = _changed(planned, facts, wanted, shop)
    former = {planned.digest: planned}.__getitem__
    return {
        "steps": len(planned.steps),
        "steps_after": len(change.plan.steps),
        **seconds,
        **{
            f"{name}_over_plan": round(seconds[f"{name}_seconds"] / seconds["plan_seconds"], 2)
            for name in ("same", "amend", "cancel")
        },
        "run_plan_kib": round(len(run_plan(planned).model_dump_json()) / 1024),
        "run_change_kib": round(len(run_change(change, former).model_dump_json()) / 1024),
    }


def _fact(step: str) -> StepFact:
    """Return that of each line the first two steps are done."""
    done = step.startswith(("parcels.reserve", "parcels.pick"))
    return (
        StepFact(id=step, state=StepState.COMPLETED, effect=Effect.CERTAIN, begun=True) if done else StepFact(id=step)
    )


def _planned(wanted: Order, shop: Catalog) -> OrderPlan:
    found = plan(wanted, shop, now=NOW)
    assert not isinstance(found, Refused), found
    return found


def _changed(planned: OrderPlan, facts: tuple[StepFact, ...], wanted: Order | None, shop: Catalog) -> Change:
    # A stored plan comes as JSON, so nothing of it has been worked out.
    fresh = OrderPlan(**{name: getattr(planned, name) for name in OrderPlan.model_fields})
    found = compare(fresh, facts, wanted, shop, now=NOW)
    assert isinstance(found, Change), found
    return found


if __name__ == "__main__":
    main()
