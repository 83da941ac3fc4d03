"""From Python's tree to the language's own: a whitelist, node by node."""

from __future__ import annotations

import ast
from decimal import Decimal
from typing import NoReturn

from catalog.expressions.errors import ExpressionError
from catalog.expressions.limits import DEPTH
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
)

GENERATOR_FUNCTIONS = ("all", "any", "distinct", "first", "join", "last", "len", "max", "min", "sum")
"""Functions that take a generator expression as their argument."""

_CONSTANTS = {"true": True, "false": False, "null": None}
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_REFUSED: dict[type[ast.AST], str] = {
    ast.Tuple: "Lists are written in square brackets: `[a, b]`.",
    ast.Set: "Lists are written in square brackets, records as `{'key': value}`.",
    ast.DictComp: "A comprehension gives a list: `[element for name in list]`.",
    ast.SetComp: "A comprehension gives a list: `[element for name in list]`.",
    ast.Starred: "Name every argument or item; `*` does not unpack here.",
    ast.Slice: "Take single items: `list[0]`, `first(list)`, or `[each for each in list if ...]`.",
    ast.GeneratorExp: f"Put it in square brackets, or into one of {', '.join(f'`{n}`' for n in GENERATOR_FUNCTIONS)}.",
}


class Reader:
    """Reads one source that `scan` has let through."""

    def __init__(self, source: str) -> None:
        self._source = source
        flat = source.replace("\n", " ").replace("\r", " ").replace("\t", " ")
        self._text = (
            f"({flat})"  # the brackets allow blanks in front; every column moves by one, which counts it from 1
        )
        self._bytes = self._text.encode()
        self._variables: list[str] = []

    def read(self) -> Node:
        """Return the tree of the source.

        Raises:
            ExpressionError: it is no expression of the language.
        """
        try:
            tree = ast.parse(self._text, mode="eval")
        except SyntaxError as error:
            column = min(max((error.offset or 2) - 1, 1), len(self._source) + 1)
            raise self._refusal("The expression is not well formed here.", column) from None
        except (MemoryError, RecursionError):
            raise self._refusal(f"The expression is nested more than {DEPTH} levels deep.", 1) from None
        return self._node(tree.body, 1)

    def _node(self, node: ast.expr, depth: int) -> Node:
        if depth > DEPTH:
            hint = "Join many texts with `join([...], '')`, add many numbers with `sum([...])`, map with a value table."
            self._refuse(f"The expression is nested more than {DEPTH} levels deep.", node, hint)
        column, end = self._span(node)
        deeper = depth + 1
        match node:
            case ast.Constant():
                return Literal(column, end, self._constant(node))
            case ast.Name(id=name):
                return self._name(name, node)
            case ast.Attribute(value=base, attr=key):
                self._no_underscore(key, node)
                return Field(column, end, self._node(base, deeper), key)
            case ast.Subscript(value=base, slice=index):
                return self._subscript(self._node(base, deeper), self._node(index, deeper), column, end)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Negative(column, end, self._node(operand, deeper))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(column, end, self._node(operand, deeper))
            case ast.BinOp(left=left, op=op, right=right) if (sign := _ARITHMETIC.get(type(op))) is not None:
                return Arithmetic(column, end, sign, self._node(left, deeper), self._node(right, deeper))
            case ast.BoolOp(op=word, values=values):
                operands = tuple(self._node(value, deeper) for value in values)
                return Logic(column, end, "and" if isinstance(word, ast.And) else "or", operands)
            case ast.Compare():
                return self._comparison(node, deeper)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                then = self._node(body, deeper)
                return Conditional(column, end, self._node(test, deeper), then, self._node(orelse, deeper))
            case ast.List(elts=items):
                return ListDisplay(column, end, tuple(self._node(item, deeper) for item in items))
            case ast.Dict(keys=keys, values=values):
                return self._record(node, keys, tuple(self._node(value, deeper) for value in values))
            case ast.ListComp():
                return self._comprehension(node, deeper)
            case ast.Call():
                return self._call(node, deeper)
            case _:
                hint = _REFUSED.get(type(node), "")
                raise self._refusal("This is not part of the language.", column, hint)

    def _constant(self, node: ast.Constant) -> str | int | Decimal | bool | None:
        match node.value:
            case bool() | int() | None:
                return node.value
            case float():
                column, end = self._span(node)
                return Decimal(self._source[column - 1 : end])
            case str() as text:
                if any("\ud800" <= character <= "\udfff" for character in text):
                    self._refuse("The text has half a character in it.", node, "Write the character in full.")
                return text
            case _:
                raise self._refusal("This is not part of the language.", self._span(node)[0])

    def _name(self, name: str, node: ast.expr) -> Node:
        column, end = self._span(node)
        if name in _CONSTANTS:
            return Literal(column, end, _CONSTANTS[name])
        self._no_underscore(name, node)
        return Variable(column, end, name) if name in self._variables else Name(column, end, name)

    def _subscript(self, base: Node, index: Node, column: int, end: int) -> Node:
        match index:
            case Literal(value=str(key)):
                return Field(column, end, base, key)
            case Literal(value=value) if not isinstance(value, int) or isinstance(value, bool):
                message = "An item is taken by an integer or a text."
                raise self._refusal(message, index.column, "Write `list[0]` or `record['key']`.")
            case _:
                return Item(column, end, base, index)

    def _comparison(self, node: ast.Compare, depth: int) -> Node:
        column, end = self._span(node)
        operands = tuple(self._node(operand, depth) for operand in (node.left, *node.comparators))
        if len(node.ops) == 1:
            return self._single(node.ops[0], operands[0], operands[1], (column, end))
        signs = tuple(_COMPARISONS.get(type(op), "") for op in node.ops)
        for sign, operand in zip(signs, operands[1:], strict=True):
            if not sign:
                hint = "Join two comparisons with `and`."
                raise self._refusal("`in` and `is` cannot be part of a chain.", operand.column, hint)
        return Comparison(column, end, operands, signs)

    def _single(self, op: ast.cmpop, left: Node, right: Node, span: tuple[int, int]) -> Node:
        match op, left, right:
            case ((ast.Is() | ast.IsNot() | ast.Eq() | ast.NotEq()), _, Literal(value=None)):
                return NullTest(*span, left, isinstance(op, ast.IsNot | ast.NotEq))
            case ((ast.Eq() | ast.NotEq()), Literal(value=None), _):
                return NullTest(*span, right, isinstance(op, ast.NotEq))
            case ((ast.Is() | ast.IsNot()), _, _):
                raise self._refusal("`is` only tests for `null`.", right.column, "Compare values with `==`.")
            case ((ast.In() | ast.NotIn()), _, _):
                return Membership(*span, left, right, isinstance(op, ast.NotIn))
            case _:
                return Comparison(*span, (left, right), (_COMPARISONS[type(op)],))

    def _record(self, node: ast.expr, keys: list[ast.expr | None], values: tuple[Node, ...]) -> Node:
        names: list[str] = []
        for key, value in zip(keys, values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                at = value.column if key is None else self._span(key)[0]
                raise self._refusal("The key of a record is a text literal.", at, "Write `{'key': value}`.")
            if key.value in names:
                self._refuse(f"The record has the key {key.value!r} twice.", key)
            names.append(key.value)
        return RecordDisplay(*self._span(node), tuple(names), values)

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp, depth: int) -> Node:
        if len(node.generators) > 1:
            hint = "Put a second comprehension inside the first."
            self._refuse("A comprehension has one `for`.", node.generators[1].target, hint)
        loop = node.generators[0]
        if not isinstance(loop.target, ast.Name):
            self._refuse("A comprehension has one variable.", loop.target, "Write `for each in list`.")
        variable = loop.target.id
        self._no_underscore(variable, loop.target)
        if variable in self._variables or variable in _CONSTANTS:
            self._refuse(f"`{variable}` already has a meaning here.", loop.target, "Choose another name.")
        source = self._node(loop.iter, depth)
        self._variables.append(variable)
        conditions = tuple(self._node(condition, depth) for condition in loop.ifs)
        element = self._node(node.elt, depth)
        self._variables.pop()
        return Comprehension(*self._span(node), element, variable, source, conditions)

    def _call(self, node: ast.Call, depth: int) -> Node:
        column, end = self._span(node)
        if not isinstance(node.func, ast.Name):
            hint = "Values have no methods: write `upper(name)`, not `name.upper()`."
            self._refuse("Only the functions of the language can be called.", node.func, hint)
        function = node.func.id
        self._no_underscore(function, node.func)
        if node.keywords:
            self._refuse("Arguments have no names.", node.keywords[0].value, "Give them by position.")
        arguments: list[Node] = []
        for argument in node.args:
            if isinstance(argument, ast.GeneratorExp) and function in GENERATOR_FUNCTIONS:
                arguments.append(self._comprehension(argument, depth))
            else:
                arguments.append(self._node(argument, depth))
        return Call(column, end, function, tuple(arguments))

    def _no_underscore(self, name: str, node: ast.expr) -> None:
        if name.startswith("_"):
            self._refuse(f"`{name}` is not a name.", node, "Names begin with a letter.")

    def _span(self, node: ast.expr) -> tuple[int, int]:
        column = max(len(self._bytes[: node.col_offset].decode()), 1)  # a tuple begins at our own bracket
        return column, len(self._bytes[: node.end_col_offset].decode()) - 1

    def _refuse(self, message: str, node: ast.expr, hint: str = "") -> NoReturn:
        raise self._refusal(message, self._span(node)[0], hint)

    def _refusal(self, message: str, column: int, hint: str = "") -> ExpressionError:
        return ExpressionError(message, column, hint, self._source)
