"""Functions that a catalog's `auto_task` steps name: Python callables, by name (`domain.md` P4)."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType

from catalog.catalog import Catalog
from catalog.values import Value
from catalog.words import did_you_mean
from fulfillment.computing import Body

_CENT = Decimal("0.01")


class FunctionsUnusable(Exception):
    """The functions that the environment names cannot be loaded; the message says why, and what next."""


def add_days(inputs: Mapping[str, Value]) -> Mapping[str, object]:
    """Give `date`, the day `days` after `start`."""
    start, days = inputs["start"], inputs["days"]
    if not isinstance(start, date) or not isinstance(days, int):
        raise ValueError("`start` must be a date and `days` an integer")
    try:
        return {"date": start + timedelta(days=days)}
    except OverflowError:
        raise ValueError(f"no calendar has the day {days} days after {start}") from None


def split_amount(inputs: Mapping[str, Value]) -> Mapping[str, object]:
    """Split `amount` into `parts` equal parts, in cents: `each`, and the `last`, which has the rounding."""
    amount, parts = inputs["amount"], inputs["parts"]
    if not isinstance(amount, int | Decimal) or not isinstance(parts, int) or parts < 1:
        raise ValueError("`amount` must be an amount and `parts` an integer of at least 1")
    each = (Decimal(amount) / parts).quantize(_CENT, ROUND_HALF_UP)
    return {"each": each, "last": Decimal(amount) - each * (parts - 1)}


BUILT_IN: Mapping[str, Body] = MappingProxyType({"add_days": add_days, "split_amount": split_amount})
"""Functions that every worker has."""


def load(named_in_environment: str) -> Mapping[str, Body]:
    """Return all functions: the built-in ones, and those of the mapping at `module:attribute`, which win.

    Raises:
        FunctionsUnusable: there is no such module or attribute, or it is no mapping of names to callables.
    """
    if not named_in_environment:
        return BUILT_IN
    module, _, attribute = named_in_environment.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise FunctionsUnusable(
            f"The environment's `functions: {named_in_environment}` cannot be loaded: {type(error).__name__}: {error}. "
            "Write `module:attribute`, and make the module importable by the worker."
        ) from error
    if not isinstance(found, Mapping) or not all(isinstance(name, str) and callable(found[name]) for name in found):
        message = f"The environment's `functions: {named_in_environment}` is no mapping of names to functions."
        raise FunctionsUnusable(f"{message} Make it a dictionary, each function by its name.")
    return {**BUILT_IN, **found}


def lacking(catalogs: Iterable[Catalog], functions: Mapping[str, Body]) -> tuple[str, ...]:
    """Return, in words, which functions the catalogs declare and a worker does not have."""
    declared = dict.fromkeys(each.name for catalog in catalogs for each in catalog.functions)
    hints = ((each, did_you_mean(each, functions, "It has")) for each in sorted(declared) if each not in functions)
    return tuple(f"This worker lacks the function `{name}`. {hint}".rstrip() for name, hint in hints)
