"""The tree of an expression: what reading gives, what the check and the compiler walk.

Every node has `column` (from 1) and `end`, so that `source[column - 1 : end]` is its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from catalog.values import Scalar


@dataclass(frozen=True, slots=True)
class _Spanned:
    column: int
    end: int


@dataclass(frozen=True, slots=True)
class Literal(_Spanned):
    """A text, an integer, an exact decimal, `true`, `false` or `null`."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Name(_Spanned):
    """A name that the place puts in reach."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable(_Spanned):
    """The variable of a comprehension around it."""

    name: str


@dataclass(frozen=True, slots=True)
class Field(_Spanned):
    """`base.key`, or `base['key']`."""

    base: Node
    key: str


@dataclass(frozen=True, slots=True)
class Item(_Spanned):
    """`base[index]`, the index being no text literal."""

    base: Node
    index: Node


@dataclass(frozen=True, slots=True)
class Negative(_Spanned):
    """`-value`."""

    value: Node


@dataclass(frozen=True, slots=True)
class Not(_Spanned):
    """`not value`."""

    value: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(_Spanned):
    """`left sign right`; the sign is one of `+ - * / // %`."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic(_Spanned):
    """`a and b and c`, or with `or`."""

    word: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison(_Spanned):
    """`operands[0] signs[0] operands[1] signs[1] ...`; signs are `== != < <= > >=`."""

    operands: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NullTest(_Spanned):
    """`value is null`, `value == null`; negated: `is not`, `!=`."""

    value: Node
    negated: bool


@dataclass(frozen=True, slots=True)
class Membership(_Spanned):
    """`value in container`; negated: `not in`."""

    value: Node
    container: Node
    negated: bool


@dataclass(frozen=True, slots=True)
class Conditional(_Spanned):
    """`then if test else otherwise`."""

    test: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class ListDisplay(_Spanned):
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class RecordDisplay(_Spanned):
    """`{'key': value}`, in the order written."""

    keys: tuple[str, ...]
    values: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comprehension(_Spanned):
    """`element for variable in source if conditions`, in brackets or as an argument."""

    element: Node
    variable: str
    source: Node
    conditions: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call(_Spanned):
    """`function(arguments)`; the function need not exist, the check says so."""

    function: str
    arguments: tuple[Node, ...]


Node: TypeAlias = (
    Literal
    | Name
    | Variable
    | Field
    | Item
    | Negative
    | Not
    | Arithmetic
    | Logic
    | Comparison
    | NullTest
    | Membership
    | Conditional
    | ListDisplay
    | RecordDisplay
    | Comprehension
    | Call
)


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly inside `node`."""
    match node:
        case Literal() | Name() | Variable():
            return ()
        case Field(base=base):
            return (base,)
        case Item(base=base, index=index):
            return (base, index)
        case Negative(value=value) | Not(value=value) | NullTest(value=value):
            return (value,)
        case Arithmetic(left=left, right=right):
            return (left, right)
        case Logic(operands=operands) | Comparison(operands=operands):
            return operands
        case Membership(value=value, container=container):
            return (value, container)
        case Conditional(test=test, then=then, otherwise=otherwise):
            return (test, then, otherwise)
        case ListDisplay(items=items):
            return items
        case RecordDisplay(values=values):
            return values
        case Comprehension(element=element, source=source, conditions=conditions):
            return (source, *conditions, element)
        case Call(arguments=arguments):
            return arguments


def size(node: Node) -> int:
    """Return how many nodes the tree under `node` has, itself included."""
    return 1 + sum(size(child) for child in children(node))


def path(node: Node) -> str | None:
    """Return the static path that `node` reads (`order.total`, `each.parts[0]`), or None for a computed value."""
    match node:
        case Name(name=name) | Variable(name=name):
            return name
        case Field(base=base, key=key) if key.isidentifier():
            start = path(base)
            return None if start is None else f"{start}.{key}"
        case Item(base=base, index=Literal(value=int(index))):
            start = path(base)
            return None if start is None else f"{start}[{index}]"
        case _:
            return None


def references(node: Node) -> tuple[str, ...]:
    """Return the dotted paths of names that the tree reads, each the longest that is static, sorted."""
    return tuple(sorted(set(_references(node))))


def tables(node: Node) -> tuple[str, ...]:
    """Return the names of the value tables that the tree looks up, sorted."""
    found = [table for child in children(node) for table in tables(child)]
    match node:
        case Call(function="table", arguments=(Literal(value=str(name)), *_)):
            found.append(name)
    return tuple(sorted(set(found)))


def _references(node: Node) -> list[str]:
    match node:
        case Name(name=name):
            return [name]
        case Field() if (dotted := _dotted(node)) is not None:
            return [dotted]
        case _:
            return [each for child in children(node) for each in _references(child)]


def _dotted(node: Node) -> str | None:
    match node:
        case Name(name=name):
            return name
        case Field(base=base, key=key) if key.isidentifier() and (start := _dotted(base)) is not None:
            return f"{start}.{key}"
        case _:
            return None
