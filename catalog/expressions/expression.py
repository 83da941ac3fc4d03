"""The expression as a value: its source, what it reads, what it computes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from catalog.expressions.compile import Closure, compiled
from catalog.expressions.errors import EvaluationError
from catalog.expressions.nodes import Node, references, tables
from catalog.expressions.read import Reader
from catalog.expressions.runtime import Frame, Tables, result
from catalog.expressions.scan import scan
from catalog.values import Value

_NO_TABLES: Tables = MappingProxyType({})


class Expression:
    """A parsed, compiled expression; immutable, equal by source, made by `parse`."""

    __slots__ = ("_references", "_run", "_source", "_tables", "_tree")

    def __init__(self, source: str, tree: Node, run: Closure) -> None:
        self._source = source
        self._tree = tree
        self._run = run
        self._references = references(tree)
        self._tables = tables(tree)

    @property
    def source(self) -> str:
        """The text it was parsed from."""
        return self._source

    @property
    def tree(self) -> Node:
        """The tree that the check walks."""
        return self._tree

    @property
    def references(self) -> tuple[str, ...]:
        """The dotted paths it reads, `order.account.code`, each the longest that is static; sorted."""
        return self._references

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the value tables it looks up, sorted."""
        return self._tables

    def evaluate(self, names: Mapping[str, Value], tables: Tables = _NO_TABLES) -> Value:
        """Return the value for the names and value tables given: lists as tuples, records as dicts.

        Raises:
            EvaluationError: the expression has no value for them; the error has the column.
        """
        try:
            return result(self._run(Frame(names, tables)), self._tree.column)
        except EvaluationError as error:
            error.source = self._source
            raise

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and other.source == self._source

    def __hash__(self) -> int:
        return hash(self._source)

    def __reduce__(self) -> tuple[object, ...]:
        return (parse, (self._source,))

    def __repr__(self) -> str:
        return f"parse({self._source!r})"


@lru_cache(maxsize=4096)
def parse(source: str) -> Expression:
    """Return the expression that `source` writes.

    Raises:
        ExpressionError: the source is no expression of the language; the error has column and hint.
    """
    scan(source)
    tree = Reader(source).read()
    return Expression(source, tree, compiled(tree))
