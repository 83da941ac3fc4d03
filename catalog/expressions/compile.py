"""From the tree to closures: each node becomes one function of the frame, once per source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from catalog.expressions.errors import EvaluationError
from catalog.expressions.exact import arithmetic, negated
from catalog.expressions.functions import FUNCTIONS
from catalog.expressions.nodes import (
    Arithmetic,
    Call,
    Comparison,
    Comprehension,
    Conditional,
    Field,
    Item,
    ListDisplay,
    Literal,
    Logic,
    Membership,
    Name,
    Negative,
    Node,
    Not,
    NullTest,
    RecordDisplay,
    Variable,
    size,
)
from catalog.expressions.runtime import (
    Frame,
    Operand,
    as_boolean,
    as_integer,
    as_list,
    as_text,
    compared,
    equal,
    kind,
)

Closure: TypeAlias = Callable[[Frame], Operand]


def compiled(node: Node) -> Closure:
    """Return the function that computes `node`; it raises `EvaluationError` with the column of what has no value."""
    match node:
        case Literal(value=value):
            return lambda _: value
        case Name():
            return _name(node)
        case Variable(name=name):
            return lambda frame: frame.variables[name]
        case Field():
            return _field(node)
        case Item():
            return _item(node)
        case Negative(value=inner):
            run, column = compiled(inner), inner.column
            return lambda frame: negated(run(frame), column)
        case Not(value=inner):
            run, column = compiled(inner), inner.column
            return lambda frame: not as_boolean(run(frame), column)
        case Arithmetic():
            return _arithmetic(node)
        case Logic():
            return _logic(node)
        case Comparison():
            return _comparison(node)
        case NullTest(value=inner, negated=negative):
            run = compiled(inner)
            return lambda frame: (run(frame) is None) is not negative
        case Membership():
            return _membership(node)
        case Conditional():
            return _conditional(node)
        case ListDisplay(items=items):
            return _list(tuple(compiled(item) for item in items))
        case RecordDisplay(keys=keys, values=values):
            return _record(keys, tuple(compiled(value) for value in values))
        case Comprehension():
            return _comprehension(node)
        case Call():
            return _call(node)


def _name(node: Name) -> Closure:
    name, column = node.name, node.column

    def run(frame: Frame) -> Operand:
        try:
            return frame.names[name]
        except KeyError:
            raise EvaluationError(f"There is no `{name}` here.", column) from None

    return run


def _field(node: Field) -> Closure:
    keys: list[str] = []
    base: Node = node
    while isinstance(base, Field):
        keys.insert(0, base.key)
        base = base.base
    start, path, column = compiled(base), tuple(keys), node.column

    def run(frame: Frame) -> Operand:
        value = start(frame)
        for key in path:
            value = _read(value, key, column)
        return value

    return run


def _read(value: Operand, key: str, column: int) -> Operand:
    if type(value) is dict or isinstance(value, Mapping):
        return value.get(key)
    if value is None:
        return None
    raise EvaluationError(f"{_capital(kind(value))} has no field `{key}`.", column)


def _item(node: Item) -> Closure:
    base, index, column, at = compiled(node.base), compiled(node.index), node.column, node.index.column

    def run(frame: Frame) -> Operand:
        value, key = base(frame), index(frame)
        if value is None:
            return None
        if isinstance(value, Mapping):
            return value.get(as_text(key, at))
        items, position = as_list(value, column), as_integer(key, at)
        return items[position] if -len(items) <= position < len(items) else None

    return run


def _arithmetic(node: Arithmetic) -> Closure:
    left, right, sign, column = compiled(node.left), compiled(node.right), node.sign, node.column
    return lambda frame: arithmetic(sign, left(frame), right(frame), frame, column)


def _logic(node: Logic) -> Closure:
    operands = tuple((compiled(operand), operand.column) for operand in node.operands)
    decisive = node.word == "or"

    def run(frame: Frame) -> Operand:
        for operand, column in operands:
            if as_boolean(operand(frame), column) is decisive:
                return decisive
        return not decisive

    return run


def _comparison(node: Comparison) -> Closure:
    first, column = compiled(node.operands[0]), node.column
    rest = tuple(zip(node.signs, (compiled(operand) for operand in node.operands[1:]), strict=True))
    if len(rest) == 1:
        sign, second = rest[0]
        return lambda frame: compared(sign, first(frame), second(frame), column)

    def run(frame: Frame) -> Operand:
        left = first(frame)
        for sign, operand in rest:
            right = operand(frame)
            if not compared(sign, left, right, column):
                return False
            left = right
        return True

    return run


def _membership(node: Membership) -> Closure:
    value, container = compiled(node.value), compiled(node.container)
    column, at, negative = node.column, node.container.column, node.negated

    def run(frame: Frame) -> Operand:
        wanted, items = value(frame), as_list(container(frame), at)
        frame.spend(len(items), at)
        return any(equal(wanted, item, column) for item in items) is not negative

    return run


def _conditional(node: Conditional) -> Closure:
    test, then, otherwise, at = compiled(node.test), compiled(node.then), compiled(node.otherwise), node.test.column
    return lambda frame: then(frame) if as_boolean(test(frame), at) else otherwise(frame)


def _list(items: tuple[Closure, ...]) -> Closure:
    return lambda frame: tuple([item(frame) for item in items])


def _record(keys: tuple[str, ...], values: tuple[Closure, ...]) -> Closure:
    pairs = tuple(zip(keys, values, strict=True))
    return lambda frame: {key: value(frame) for key, value in pairs}


def _comprehension(node: Comprehension) -> Closure:
    source, element, variable, at = compiled(node.source), compiled(node.element), node.variable, node.source.column
    conditions = tuple((compiled(condition), condition.column) for condition in node.conditions)
    body = size(node.element) + sum(size(condition) for condition in node.conditions)

    def run(frame: Frame) -> Operand:
        items = as_list(source(frame), at)
        results: list[Operand] = []
        for item in items:
            frame.spend(body, at)
            frame.variables[variable] = item
            if all(as_boolean(condition(frame), column) for condition, column in conditions):
                results.append(element(frame))
        return tuple(results)

    return run


def _call(node: Call) -> Closure:
    function, column = FUNCTIONS.get(node.function), node.column
    if function is None:
        return _failing(f"There is no function `{node.function}`.", column)
    if not function.takes(len(node.arguments)):
        return _failing(f"`{function.usage}` was given {len(node.arguments)} arguments.", column)
    arguments = tuple(compiled(argument) for argument in node.arguments)
    if function.name == "coalesce":
        return _coalesce(arguments)
    run, at = function.run, tuple(argument.column for argument in node.arguments)
    return lambda frame: run(frame, [argument(frame) for argument in arguments], at)


def _coalesce(arguments: tuple[Closure, ...]) -> Closure:
    def run(frame: Frame) -> Operand:
        for argument in arguments:
            value = argument(frame)
            if value is not None:
                return value
        return None

    return run


def _failing(message: str, column: int) -> Closure:
    def run(_: Frame) -> Operand:
        raise EvaluationError(message, column)

    return run


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
