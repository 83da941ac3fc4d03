"""Expressions in words, for people who read a catalog's drawings: what they are about and compare.

What has no good words, such as a comprehension, stays as it is written, in backticks.
"""

from __future__ import annotations

from catalog.expressions.errors import ExpressionError
from catalog.expressions.expression import parse
from catalog.expressions.nodes import (
    Arithmetic,
    Call,
    Comparison,
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
    Variable,
)
from catalog.values import to_text

_SIGNS = {
    "==": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_OWNERS = {
    "order": "the order",
    "line": "the line",
    "source": "the source",
    "bundle": "the bundle",
    "step": "the step",
    "response": "the answer",
}
_BETWEEN = {"contains": "contains", "startswith": "begins with"}


def in_words(source: str) -> str:
    """Return a condition in words, as what follows "when": "the order's channel is 'web'".

    What is no expression of the language is returned in backticks.
    """
    try:
        return _Speaker(source).claim(parse(source).tree)
    except ExpressionError:
        return f"`{source}`"


class _Speaker:
    """Puts the tree of one source into words."""

    def __init__(self, source: str) -> None:
        self._source = source

    def claim(self, node: Node) -> str:
        """Return a node that is true or false in words."""
        match node:
            case Comparison(operands=operands, signs=signs):
                parts = zip(operands, signs, operands[1:], strict=False)
                return " and ".join(f"{self.term(a)} {_SIGNS[sign]} {self.term(b)}" for a, sign, b in parts)
            case Logic(word=word, operands=operands):
                return f" {word} ".join(self._inside(each, word) for each in operands)
            case Not(value=value):
                return self._opposite(value)
            case NullTest(value=value, negated=negated):
                return f"{self.term(value)} is {'' if negated else 'not '}given"
            case Membership():
                return self._membership(node, node.negated)
            case Call(function=name, arguments=(first, second)) if name in _BETWEEN:
                return f"{self.term(first)} {_BETWEEN[name]} {self.term(second)}"
            case Call(function="coalesce", arguments=(first, Literal(value=False))):
                return self.claim(first)
            case Name() | Field() | Item() | Variable():
                return f"{self.term(node)} is true"
            case Literal(value=value):
                return "always" if value else "never"
            case _:
                return self._written(node)

    def term(self, node: Node) -> str:
        """Return a node that is some value in words."""
        match node:
            case Literal(value=None):
                return "nothing"
            case Literal(value=str(text)):
                return f"'{text}'"
            case Literal(value=value):
                return str(to_text(value))
            case Name(name=name):
                return _OWNERS.get(name, name)
            case Field():
                return self._path(node)
            case Arithmetic(sign=sign, left=left, right=right):
                return f"{self._factor(left)} {sign} {self._factor(right)}"
            case Negative(value=value):
                return f"-{self._factor(value)}"
            case Call(function="coalesce", arguments=(first, second)):
                return f"{self.term(first)} (else {self.term(second)})"
            case Call(function="len", arguments=(only,)):
                return f"the number of {self.term(only)}"
            case _:
                return self._written(node)

    def _path(self, node: Field) -> str:
        """Return what is read in words: "the line's ship to country", "`reference` of step `shipping.ship`"."""
        keys: list[str] = []
        at: Node = node
        while isinstance(at, Field):
            keys.insert(0, at.key)
            at = at.base
        match at, keys:
            case Name(name="steps"), [group, step, *rest] if rest:
                return f"`{'.'.join(rest)}` of step `{group}.{step}`"
            case Name(name="facts"), [fact]:
                return f"the order's fact {_spaced(fact)}"
            case Name(name="line_facts"), [fact]:
                return f"the line's fact {_spaced(fact)}"
            case Name(name=name), _ if name in _OWNERS:
                said = " ".join(_spaced(each) for each in keys if each != "attributes")
                return f"{_OWNERS[name]}'s {said}"
            case _:
                return self._written(node)

    def _membership(self, node: Membership, negated: bool) -> str:
        value = self.term(node.value)
        match node.container:
            case ListDisplay(items=(only,)):
                return f"{value} is {'not ' if negated else ''}{self.term(only)}"
            case ListDisplay(items=(*items, last)) if items:
                choices = f"{', '.join(self.term(each) for each in items)} or {self.term(last)}"
                return f"{value} is {'none' if negated else 'one'} of {choices}"
            case _:
                return f"{value} is {'not ' if negated else ''}in {self.term(node.container)}"

    def _opposite(self, node: Node) -> str:
        match node:
            case Comparison(operands=(first, second), signs=(sign,)):
                return f"{self.term(first)} {_SIGNS[_OPPOSITE[sign]]} {self.term(second)}"
            case Membership():
                return self._membership(node, not node.negated)
            case NullTest(value=value, negated=negated):
                return f"{self.term(value)} is {'not ' if negated else ''}given"
            case Name() | Field() | Item() | Variable():
                return f"{self.term(node)} is false"
            case _:
                return f"not ({self.claim(node)})"

    def _inside(self, node: Node, word: str) -> str:
        said = self.claim(node)
        return f"({said})" if isinstance(node, Logic) and node.word != word else said

    def _factor(self, node: Node) -> str:
        said = self.term(node)
        return f"({said})" if isinstance(node, Arithmetic) else said

    def _written(self, node: Node) -> str:
        return f"`{self._source[node.column - 1 : node.end]}`"


def _spaced(name: str) -> str:
    return name.replace("_", " ")
