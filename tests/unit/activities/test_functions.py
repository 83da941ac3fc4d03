"""Functions compute typed outputs from typed inputs, and a worker that lacks one does not start."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from temporalio.client import Client

from activities.functions import BUILT_IN, FunctionsUnusable, lacking, load
from catalog.catalog import Catalog
from catalog.environment import Environment
from catalog.functions import Function
from catalog.values import NotOfType, Value, as_record
from fulfillment.answers import WrongAnswer
from fulfillment.computing import compute, typed_inputs
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service.running import CannotStart
from service.settings import load as settings_of
from tests.unit.catalog.shops import catalog
from tests.unit.decomposition.builders import an_order
from worker import running_worker

ADD_DAYS = Function.model_validate(
    {
        "name": "add_days",
        "inputs": {"start": {"type": "date", "required": True}, "days": {"type": "integer", "default": 1}},
        "outputs": {"date": {"type": "date", "required": True}},
    }
)


def doubled(inputs: Mapping[str, Value]) -> Mapping[str, object]:
    return {"number": f"{inputs['number']}{inputs['number']}"}


MORE = {"doubled": doubled}
NOT_FUNCTIONS = ("doubled",)


def declaring(*names: str) -> Catalog:
    return catalog({"functions": {name: {} for name in names}})


def test_days_are_added() -> None:
    given = typed_inputs({"start": "2026-12-31"}, ADD_DAYS.inputs)
    assert as_record(compute(BUILT_IN["add_days"], given, ADD_DAYS.outputs)) == {"date": date(2027, 1, 1)}


def test_an_amount_is_split_without_losing_a_cent() -> None:
    assert BUILT_IN["split_amount"]({"amount": Decimal("100.00"), "parts": 3}) == {
        "each": Decimal("33.33"),
        "last": Decimal("33.34"),
    }


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("add_days", {"start": date.max, "days": 1}),
        ("add_days", {"start": "tomorrow", "days": 1}),
        ("split_amount", {"amount": Decimal(1), "parts": 0}),
    ],
)
def test_a_built_in_function_without_an_answer_says_why(name: str, inputs: Mapping[str, Value]) -> None:
    with pytest.raises(ValueError, match=r"must be|no calendar"):
        BUILT_IN[name](inputs)


def test_inputs_that_are_not_of_their_type_or_missing_are_refused() -> None:
    with pytest.raises(NotOfType, match="a date"):
        typed_inputs({"start": 5}, ADD_DAYS.inputs)
    with pytest.raises(NotOfType, match="`start` is null"):
        typed_inputs({}, ADD_DAYS.inputs)


@pytest.mark.parametrize(
    ("answer", "problem"), [({}, "is missing"), ({"date": "soon"}, "Output `date`"), ("soon", "no mapping of outputs")]
)
def test_outputs_that_are_not_as_declared_are_a_wrong_answer(answer: Mapping[str, object], problem: str) -> None:
    with pytest.raises(WrongAnswer, match=problem):
        compute(lambda _: answer, {}, ADD_DAYS.outputs)


def test_the_environment_adds_functions_to_the_built_in_ones() -> None:
    assert sorted(load(f"{__name__}:MORE")) == ["add_days", "doubled", "split_amount"]
    assert load("") is BUILT_IN


@pytest.mark.parametrize("named", ["no_such_module:MORE", f"{__name__}:NONE", f"{__name__}:NOT_FUNCTIONS"])
def test_functions_that_cannot_be_loaded_are_named_with_the_next_step(named: str) -> None:
    with pytest.raises(FunctionsUnusable, match=r"`module:attribute`|Make it a dictionary") as raised:
        load(named)
    assert named in str(raised.value)


def test_lacking_functions_are_all_told_with_the_nearest_ones() -> None:
    assert lacking([declaring("add_dayz"), declaring("add_days", "zzz")], BUILT_IN) == (
        "This worker lacks the function `add_dayz`. Did you mean `add_days`?",
        "This worker lacks the function `zzz`. It has: `add_days` and `split_amount`.",
    )


async def test_a_worker_does_not_start_without_a_function_of_an_open_order(tmp_path: Path) -> None:
    settings = settings_of({"home": str(tmp_path)}, {})
    migrate(settings.database)
    book = OrderBook(settings.database)
    pinned, at = declaring("doubled"), datetime(2026, 11, 25, tzinfo=UTC)
    book.store_catalog(pinned, {}, label="draft-1", author="ada", note="", at=at)
    book.add_order(an_order({"L1": {"product": "X"}}), catalog=pinned.digest, at=at, actor="ada")
    client = await Client.connect("127.0.0.1:1", lazy=True)
    with pytest.raises(CannotStart, match="lacks the function `doubled`"):
        async with running_worker(client, book, Environment(), settings):
            pass
    book.close()
