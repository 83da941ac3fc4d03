"""The types of function calls: what each function needs, what it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from catalog.expressions.bodies import Run, run_date, run_datetime
from catalog.expressions.errors import EvaluationError, suggestion
from catalog.expressions.findings import Findings
from catalog.expressions.fit import fits, joined, ordered, outside
from catalog.expressions.functions import FUNCTIONS
from catalog.expressions.nodes import Call, Literal, Node
from catalog.expressions.runtime import Frame
from catalog.expressions.types import (
    ANYTHING,
    BOOLEAN,
    DATE,
    DATETIME,
    DURATION,
    INTEGER,
    MONEY,
    NUMBER,
    NUMERIC,
    TEXT,
    TEXTUAL,
    UNKNOWN,
    AnythingType,
    ListType,
    NullType,
    ScalarType,
    Scope,
    Type,
    choice,
    describe,
    is_a,
    is_open,
    nullable,
    required,
)
from catalog.values import ValueType, to_text

Types: TypeAlias = Sequence[Type]
Signature: TypeAlias = Callable[["Signatures", Call, Types], Type]

_MOMENTS = (ValueType.TEXT, ValueType.DATE, ValueType.DATETIME)


class Signatures:
    """Gives the type of each call of one expression, reporting arguments that do not fit."""

    def __init__(self, findings: Findings, scope: Scope) -> None:
        self._findings = findings
        self._scope = scope

    def of(self, node: Call, types: Types) -> Type:
        """Return the type that the call gives, its arguments being of `types`."""
        function = FUNCTIONS.get(node.function)
        if function is None:
            message = f"There is no function `{node.function}`."
            self._findings.report(message, node, suggestion(node.function, FUNCTIONS, "Functions"))
            return UNKNOWN
        if not function.takes(len(types)):
            given = "1 argument" if len(types) == 1 else f"{len(types)} arguments"
            self._findings.report(f"`{node.function}` was given {given}.", node, f"It is called as `{function.usage}`.")
            return UNKNOWN
        return _SIGNATURES[node.function](self, node, types)

    def scalar(self, node: Node, of: Type, values: tuple[ValueType, ...], what: str) -> Type:
        """Return the type of an argument that must be a non-null scalar of one of `values`."""
        found = self._findings.value(node, of)
        if not is_a(found, *values):
            self._findings.needed(node, found, what)
            return UNKNOWN
        return found

    def items(self, node: Node, of: Type, values: tuple[ValueType, ...], what: str) -> Type:
        """Return the item type of an argument that must be a list of non-null scalars of one of `values`."""
        item = self.list(node, of)
        if isinstance(of, ListType):
            item = self._findings.items(node, ListType(item))
        if not is_a(item, *values):
            self._findings.needed(node, of, what)
            return UNKNOWN
        return item

    def list(self, node: Node, of: Type) -> Type:
        """Return the item type of an argument that must be a non-null list of anything."""
        found = self._findings.value(node, of)
        if isinstance(found, ListType):
            return found.item
        if not is_open(found):
            self._findings.needed(node, found, "a list")
            return UNKNOWN
        return ANYTHING if isinstance(found, AnythingType) else UNKNOWN

    def len(self, node: Call, types: Types) -> Type:
        found = self._findings.value(node.arguments[0], types[0])
        if not isinstance(found, ListType) and not is_a(found, *TEXTUAL):
            self._findings.needed(node.arguments[0], found, "a list or text")
        return INTEGER

    def extreme(self, node: Call, types: Types) -> Type:
        if len(types) == 1:
            item = self.items(node.arguments[0], types[0], tuple(ValueType), "a list")
            self._order(node.arguments[0], item)
            return nullable(item)
        found: Type | None = UNKNOWN
        for argument, of in zip(node.arguments, types, strict=True):
            value = self._findings.value(argument, of)
            self._order(argument, value)
            found = None if found is None else joined(found, value)
        return self._common(node, found)

    def sum(self, node: Call, types: Types) -> Type:
        values = (*NUMERIC, ValueType.MONEY)
        return required(self.items(node.arguments[0], types[0], values, "a list of numbers or money"))

    def truth(self, node: Call, types: Types) -> Type:
        self.items(node.arguments[0], types[0], (ValueType.BOOLEAN,), "a list of booleans")
        return BOOLEAN

    def join(self, node: Call, types: Types) -> Type:
        self.items(node.arguments[0], types[0], TEXTUAL, "a list of text")
        self.scalar(node.arguments[1], types[1], TEXTUAL, "text")
        return TEXT

    def round(self, node: Call, types: Types) -> Type:
        values = (*NUMERIC, ValueType.MONEY)
        number = self.scalar(node.arguments[0], types[0], values, "a number or money")
        if len(types) == 2:
            self.scalar(node.arguments[1], types[1], (ValueType.INTEGER,), "an integer")
        if isinstance(number, ScalarType) and number.value is ValueType.MONEY:
            return MONEY
        return NUMBER if len(types) == 2 else INTEGER

    def cased(self, node: Call, types: Types) -> Type:
        self.scalar(node.arguments[0], types[0], TEXTUAL, "text")
        return TEXT

    def found(self, node: Call, types: Types) -> Type:
        for argument, of in zip(node.arguments, types, strict=True):
            self.scalar(argument, of, TEXTUAL, "text")
        return BOOLEAN

    def coalesce(self, node: Call, types: Types) -> Type:
        found: Type | None = UNKNOWN
        for of in types:
            found = None if found is None else joined(found, of)
        common = self._common(node, found)
        return common if all(of.nullable for of in types) else required(common)

    def date(self, node: Call, types: Types) -> Type:
        self.scalar(node.arguments[0], types[0], _MOMENTS, "text, a date or a datetime")
        self._literal(node.arguments[0], run_date)
        return DATE

    def datetime(self, node: Call, types: Types) -> Type:
        self.scalar(node.arguments[0], types[0], _MOMENTS, "text, a date or a datetime")
        self._literal(node.arguments[0], run_datetime)
        return DATETIME

    def days(self, node: Call, types: Types) -> Type:
        self.scalar(node.arguments[0], types[0], (ValueType.INTEGER,), "an integer")
        return DURATION

    def text(self, node: Call, types: Types) -> Type:
        self.scalar(node.arguments[0], types[0], tuple(ValueType), "a scalar")
        return TEXT

    def number(self, node: Call, types: Types) -> Type:
        values = (*NUMERIC, ValueType.MONEY, *TEXTUAL)
        self.scalar(node.arguments[0], types[0], values, "a number, money or text")
        return INTEGER if node.function == "integer" else NUMBER

    def end(self, node: Call, types: Types) -> Type:
        return nullable(self.list(node.arguments[0], types[0]))

    def distinct(self, node: Call, types: Types) -> Type:
        item = self.list(node.arguments[0], types[0])
        if not is_a(item, *ValueType) and not isinstance(item, NullType):
            self._findings.needed(node.arguments[0], types[0], "a list of scalars")
            return UNKNOWN
        return ListType(item)

    def table(self, node: Call, types: Types) -> Type:
        name, key = node.arguments
        if not isinstance(name, Literal) or not isinstance(name.value, str):
            self._findings.report("The value table is named by a text literal.", name, "Write `table('name', key)`.")
            return UNKNOWN
        table = self._scope.table(name.value)
        if table is None:
            known = (each.name for each in self._scope.tables)
            message = f"There is no value table `{name.value}`."
            self._findings.report(message, name, suggestion(name.value, known, "Value tables"))
            return UNKNOWN
        found = self._findings.value(key, types[1])
        keys = tuple(str(to_text(each)) for each in table.keys)
        missing = outside(found, choice(*keys))
        for each in missing:
            message = f"The value table `{table.name}` has no {each!r}."
            self._findings.report(message, key, suggestion(each, keys, "Its keys"))
        if not missing and not fits(found, table.key):
            self._findings.needed(key, found, f"{describe(table.key)}, a key of `{table.name}`,")
        return table.value

    def _order(self, node: Node, of: Type) -> None:
        if not ordered(of):
            self._findings.report(f"{self._findings.quoted(node)}: {describe(of)} has no order.", node)

    def _common(self, node: Call, found: Type | None) -> Type:
        if found is None:
            self._findings.report(f"The arguments of `{node.function}` have no common type.", node)
        return UNKNOWN if found is None else found

    def _literal(self, node: Node, run: Run) -> None:
        if not isinstance(node, Literal) or not isinstance(node.value, str):
            return
        try:
            run(Frame({}, {}), (node.value,), (node.column,))
        except EvaluationError as error:
            self._findings.report(error.message, node)


_SIGNATURES: dict[str, Signature] = {
    "all": Signatures.truth,
    "any": Signatures.truth,
    "coalesce": Signatures.coalesce,
    "contains": Signatures.found,
    "date": Signatures.date,
    "datetime": Signatures.datetime,
    "days": Signatures.days,
    "distinct": Signatures.distinct,
    "endswith": Signatures.found,
    "first": Signatures.end,
    "integer": Signatures.number,
    "join": Signatures.join,
    "last": Signatures.end,
    "len": Signatures.len,
    "lower": Signatures.cased,
    "max": Signatures.extreme,
    "min": Signatures.extreme,
    "number": Signatures.number,
    "round": Signatures.round,
    "startswith": Signatures.found,
    "sum": Signatures.sum,
    "table": Signatures.table,
    "text": Signatures.text,
    "upper": Signatures.cased,
}
