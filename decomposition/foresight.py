"""Foresight: what a step's condition gives, where that can be known before the order runs (`domain.md` P7)."""

from __future__ import annotations

from catalog.expressions import EvaluationError, parse
from catalog.words import kind_of
from decomposition.model import OrderPlan, Step
from decomposition.records import step_names, tables_of

LATER = "asked when it would start"
"""Of a condition that reads what is not known yet."""

_UNKNOWN_YET = ("steps", "facts", "line_facts")


class Foresight:
    """Conditions of one plan; its value tables are read once."""

    def __init__(self, plan: OrderPlan) -> None:
        self._plan = plan
        self._tables = tables_of(plan.tables)

    def condition(self, step: Step) -> str:
        """Return what the condition of a step gives: `true`, `false`, why it gives nothing, or `LATER`.

        It reads the order as planned; of a step without condition, the answer is empty.
        """
        when = self._plan.definition_of(step).step.when
        if when is None:
            return ""
        expression = parse(when)
        if any(path.split(".")[0] in _UNKNOWN_YET for path in expression.references):
            return LATER
        try:
            value = expression.evaluate(step_names(self._plan, step), self._tables)
        except EvaluationError as error:
            return f"without a value: {error.message}"
        if isinstance(value, bool):
            return "true" if value else "false"
        return f"neither true nor false, but {kind_of(value)}"
