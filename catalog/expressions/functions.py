"""The functions of the language: how each is called and what the reference page says of it."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.expressions import bodies
from catalog.expressions.bodies import Run


@dataclass(frozen=True, slots=True)
class Function:
    """One function; `usage` and `summary` stand in the reference page, `most` is None for any number."""

    usage: str
    summary: str
    fewest: int
    most: int | None
    run: Run

    @property
    def name(self) -> str:
        return self.usage.partition("(")[0]

    def takes(self, count: int) -> bool:
        """Tell whether the function can be called with `count` arguments."""
        return self.fewest <= count and (self.most is None or count <= self.most)


_ALL = (
    Function(
        "all(list)", "True when every item of a list of booleans is true; true for an empty list.", 1, 1, bodies.run_all
    ),
    Function(
        "any(list)", "True when an item of a list of booleans is true; false for an empty list.", 1, 1, bodies.run_any
    ),
    Function(
        "coalesce(value, default, ...)",
        "The first argument that is not null; later ones are not evaluated.",
        2,
        None,
        bodies.run_coalesce,
    ),
    Function("contains(text, part)", "True when the text has the part in it.", 2, 2, bodies.run_contains),
    Function(
        "date(value)", "A date from a text like `2026-11-25`, or the day of a datetime in UTC.", 1, 1, bodies.run_date
    ),
    Function(
        "datetime(value)",
        "A datetime from a text like `2026-11-25T08:00:00Z`, or a date's midnight in UTC.",
        1,
        1,
        bodies.run_datetime,
    ),
    Function(
        "days(integer)", "A number of days, to be added to or taken from a date or datetime.", 1, 1, bodies.run_days
    ),
    Function("distinct(list)", "The list of scalars without repetitions, first ones kept.", 1, 1, bodies.run_distinct),
    Function("endswith(text, end)", "True when the text ends so.", 2, 2, bodies.run_endswith),
    Function("first(list)", "The first item; null for an empty list.", 1, 1, bodies.run_first),
    Function("integer(value)", "An integer from a text or a number without fraction.", 1, 1, bodies.run_integer),
    Function("join(list, separator)", "The texts of the list with the separator between them.", 2, 2, bodies.run_join),
    Function("last(list)", "The last item; null for an empty list.", 1, 1, bodies.run_last),
    Function("len(value)", "The number of items of a list or characters of a text.", 1, 1, bodies.run_len),
    Function("lower(text)", "The text in lower case.", 1, 1, bodies.run_lower),
    Function("max(list) or max(a, b, ...)", "The greatest item; null for an empty list.", 1, None, bodies.run_greatest),
    Function("min(list) or min(a, b, ...)", "The least item; null for an empty list.", 1, None, bodies.run_least),
    Function(
        "number(value)", "A number from a text like `12.50`, or the bare number of money.", 1, 1, bodies.run_number
    ),
    Function(
        "round(number, digits)",
        "The number with so many decimals, halves away from zero; without digits, whole.",
        1,
        2,
        bodies.run_round,
    ),
    Function("startswith(text, start)", "True when the text begins so.", 2, 2, bodies.run_startswith),
    Function("sum(list)", "The sum of the numbers or money of the list; 0 for an empty list.", 1, 1, bodies.run_sum),
    Function(
        "table('name', key)",
        "The value that the value table has for the key; a key it lacks is an error.",
        2,
        2,
        bodies.run_table,
    ),
    Function("text(value)", "The canonical text of a scalar: `12.50`, `true`, `2026-11-25`.", 1, 1, bodies.run_text),
    Function("upper(text)", "The text in upper case.", 1, 1, bodies.run_upper),
)

FUNCTIONS = {each.name: each for each in _ALL}
"""The functions by name, sorted."""
