"""What a check finds: the problems of one expression, and the words they share."""

from __future__ import annotations

from catalog.expressions.errors import Problem
from catalog.expressions.nodes import Comprehension, Literal, Node, path
from catalog.expressions.types import ListType, NullType, ScalarType, Type, UnknownType, describe, required
from catalog.values import ValueType

_SHOWN = 60
_DEFAULTS = {
    ValueType.TEXT: "''",
    ValueType.CHOICE: "''",
    ValueType.INTEGER: "0",
    ValueType.NUMBER: "0",
    ValueType.MONEY: "0",
    ValueType.BOOLEAN: "false",
}


class Findings:
    """The problems of one source, in the order they are found."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def report(self, message: str, node: Node, hint: str = "") -> None:
        """Add a problem at the start of `node`, once."""
        problem = Problem(message, node.column, hint)
        if problem not in self.problems:
            self.problems.append(problem)

    def quoted(self, node: Node) -> str:
        """Return the text of `node` as messages show it: one line, cut when long."""
        text = " ".join(self.source[node.column - 1 : node.end].split())
        return f"`{text}`" if len(text) <= _SHOWN else f"`{text[: _SHOWN - 3]}...`"

    def value(self, node: Node, of: Type, default: str = "") -> Type:
        """Return the type of `node` without null; report it when it may be null (`domain.md` X2)."""
        if isinstance(of, NullType):
            self.report("`null` cannot be used here.", node, "Test for it with `is null`.")
            return UnknownType()
        if of.nullable:
            self.report(f"{self.quoted(node)} may be null.", node, self._way_out(node, of, default))
        return required(of)

    def items(self, node: Node, of: ListType) -> Type:
        """Return the type of the items of the list `node` without null; report it when they may be null."""
        if of.item.nullable:
            hint = f"Leave null out: `[each for each in {self.plain(node)} if each is not null]`."
            if isinstance(node, Comprehension):
                hint = f"Leave null out: add `if {self.plain(node.element)} is not null` at its end."
            self.report(f"Items of {self.quoted(node)} may be null.", node, hint)
        return required(of.item)

    def needed(self, node: Node, of: Type, what: str, hint: str = "") -> None:
        """Report that `node` is not `what` is needed."""
        self.report(f"{self.quoted(node)} is {describe(of, with_null=False)}; {what} is needed here.", node, hint)

    def plain(self, node: Node) -> str:
        """Return the text of `node` for use inside a hint's example; long ones become `...`."""
        quoted = self.quoted(node)[1:-1]
        return "..." if quoted.endswith("...") else quoted

    def _way_out(self, node: Node, of: Type, default: str) -> str:
        fallback = default or (_DEFAULTS.get(of.value, "...") if isinstance(of, ScalarType) else "...")
        test = f", or test `{self.plain(node)} is not null` first" if path(node) is not None else ""
        return f"Give a default, `coalesce({self.plain(node)}, {fallback})`{test}."


def is_zero(node: Node) -> bool:
    """Tell whether `node` is a literal zero."""
    return isinstance(node, Literal) and not isinstance(node.value, bool) and node.value == 0
