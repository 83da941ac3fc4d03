"""The order of thousands of asynchronous calls is what its benchmark says it is."""

from __future__ import annotations

from datetime import UTC, datetime

from benchmarks.long_plan import STEPS_PER_LINE, catalog, order
from catalog.base import Refused
from catalog.checks import check_catalog
from decomposition.order import Order
from decomposition.plan import plan

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_each_line_goes_there_and_back_by_two_asynchronous_calls() -> None:
    assert [str(each) for each in check_catalog(catalog())] == []
    found = plan(Order.model_validate(order(3)), catalog(), now=NOW)
    assert not isinstance(found, Refused), found.issues
    assert len(found.steps) == 3 * STEPS_PER_LINE
    assert {len(each.after) for each in found.steps} == {0, 1}
    operations = {found.definition_of(each).operation for each in found.steps}
    assert [each.callback is not None for each in operations if each] == [True]
