"""The check of an expression at load: every problem of names, types and nulls in one pass (`domain.md` X1, X2)."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.expressions.ends import check_result, literal_type
from catalog.expressions.errors import Problem, suggestion
from catalog.expressions.expression import Expression
from catalog.expressions.findings import Findings
from catalog.expressions.fit import joined
from catalog.expressions.narrow import Reach
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
    path,
)
from catalog.expressions.operators import arithmetic_type, check_comparison
from catalog.expressions.signatures import Signatures
from catalog.expressions.types import (
    ANYTHING,
    BOOLEAN,
    NUMERIC,
    TEXTUAL,
    UNKNOWN,
    AnythingType,
    ListType,
    RecordType,
    Scope,
    Type,
    UnknownType,
    describe,
    is_a,
    is_open,
    nullable,
    required,
)
from catalog.values import ValueType


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check tells: the type of the expression, and its problems by column."""

    type: Type
    issues: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.issues


def check(expression: Expression, scope: Scope, expected: Type | None = None) -> Checked:
    """Return the type of `expression` and everything that is wrong with it where `scope` is in reach.

    With `expected`, its value must fit there: `BOOLEAN` for a condition, which is never null.
    """
    findings = Findings(expression.source)
    found = _Checker(findings, scope).of(expression.tree, Reach())
    check_result(findings, expression.tree, found, expected)
    return Checked(found, tuple(sorted(findings.problems, key=lambda problem: problem.column)))


class _Checker:
    """One pass over one tree."""

    def __init__(self, findings: Findings, scope: Scope) -> None:
        self._findings = findings
        self._scope = scope
        self._signatures = Signatures(findings, scope)

    def of(self, node: Node, reach: Reach) -> Type:
        """Return the type of `node`, reporting what is wrong inside it."""
        match node:
            case Literal():
                return literal_type(node)
            case Name() | Variable():
                return _narrowed(node, self._name(node, reach), reach)
            case Field():
                return _narrowed(node, self._field(node, self.of(node.base, reach)), reach)
            case Item():
                return _narrowed(node, self._item(node, reach), reach)
            case Negative():
                return self._negative(node, reach)
            case Not(value=value):
                self._condition(value, reach)
                return BOOLEAN
            case Arithmetic(left=left, right=right):
                return arithmetic_type(self._findings, node, self.of(left, reach), self.of(right, reach))
            case Logic():
                return self._logic(node, reach)
            case Comparison():
                return self._comparison(node, reach)
            case NullTest(value=value):
                self.of(value, reach)
                return BOOLEAN
            case Membership():
                return self._membership(node, reach)
            case Conditional():
                return self._conditional(node, reach)
            case ListDisplay():
                return self._list(node, reach)
            case RecordDisplay(keys=keys, values=values):
                return RecordType(tuple((key, self.of(value, reach)) for key, value in zip(keys, values, strict=True)))
            case Comprehension():
                return self._comprehension(node, reach)
            case Call(arguments=arguments):
                return self._signatures.of(node, [self.of(argument, reach) for argument in arguments])

    def _name(self, node: Name | Variable, reach: Reach) -> Type:
        found = reach.variable(node.name) if isinstance(node, Variable) else self._scope.name(node.name)
        if found is None:
            hint = suggestion(node.name, (name for name, _ in self._scope.names), "In reach")
            self._findings.report(f"There is no `{node.name}` here.", node, hint)
            return UNKNOWN
        return found

    def _field(self, node: Field, base: Type) -> Type:
        match base:
            case RecordType() if (found := base.field(node.key)) is not None:
                return nullable(found) if base.nullable else found
            case RecordType(fields=fields):
                hint = suggestion(node.key, (key for key, _ in fields), "Its fields")
                self._findings.report(f"{self._findings.quoted(node.base)} has no field `{node.key}`.", node, hint)
            case AnythingType():
                return ANYTHING
            case UnknownType():
                return UNKNOWN
            case ListType():
                hint = f"Read it from every item: `[each.{node.key} for each in {self._findings.plain(node.base)}]`."
                self._findings.needed(node.base, base, "a record", hint)
            case _:
                self._findings.needed(node.base, base, "a record")
        return UNKNOWN

    def _item(self, node: Item, reach: Reach) -> Type:
        base, index = self.of(node.base, reach), self._findings.value(node.index, self.of(node.index, reach))
        match base:
            case AnythingType() if is_a(index, ValueType.INTEGER, *TEXTUAL):
                return ANYTHING
            case ListType(item=item):
                if not is_a(index, ValueType.INTEGER):
                    self._findings.needed(node.index, index, "an integer")
                return nullable(item)
            case AnythingType():
                self._findings.needed(node.index, index, "an integer or text")
            case RecordType():
                hint = "Name the field: `record.field` or `record['field']`."
                self._findings.report("A field of a record is named by a text literal.", node.index, hint)
            case UnknownType():
                return UNKNOWN
            case _:
                self._findings.needed(node.base, base, "a list")
        return UNKNOWN

    def _negative(self, node: Negative, reach: Reach) -> Type:
        found = self._findings.value(node.value, self.of(node.value, reach))
        if not is_a(found, *NUMERIC, ValueType.MONEY):
            self._findings.needed(node.value, found, "a number or money")
            return UNKNOWN
        return found

    def _condition(self, node: Node, reach: Reach) -> None:
        found = self._findings.value(node, self.of(node, reach), default="false")
        if not is_a(found, ValueType.BOOLEAN):
            self._findings.needed(node, found, "a boolean", "Write a comparison.")

    def _logic(self, node: Logic, reach: Reach) -> Type:
        for operand in node.operands:
            self._condition(operand, reach)
            reach = reach.after(operand, node.word == "and")
        return BOOLEAN

    def _comparison(self, node: Comparison, reach: Reach) -> Type:
        typed = [(operand, self.of(operand, reach)) for operand in node.operands]
        for sign, left, right in zip(node.signs, typed, typed[1:], strict=False):
            check_comparison(self._findings, sign, left, right)
        return BOOLEAN

    def _membership(self, node: Membership, reach: Reach) -> Type:
        value = (node.value, self.of(node.value, reach))
        if isinstance(node.container, ListDisplay):
            self._findings.value(*value)
            for item in node.container.items:
                check_comparison(self._findings, "==", value, (item, self.of(item, reach)))
            return BOOLEAN
        container = self._findings.value(node.container, self.of(node.container, reach))
        if isinstance(container, ListType):
            items = self._findings.items(node.container, container)
            check_comparison(self._findings, "==", value, (node.container, items))
        elif not is_open(container):
            hint = f"Write `contains({self._findings.plain(node.container)}, {self._findings.plain(node.value)})`."
            self._findings.needed(node.container, container, "a list", hint if is_a(container, *TEXTUAL) else "")
        else:
            self._findings.value(*value)
        return BOOLEAN

    def _conditional(self, node: Conditional, reach: Reach) -> Type:
        self._condition(node.test, reach)
        then = self.of(node.then, reach.after(node.test, True))
        otherwise = self.of(node.otherwise, reach.after(node.test, False))
        found = joined(then, otherwise)
        if found is None:
            message = f"The two results are {describe(then)} and {describe(otherwise)}; they need one type."
            self._findings.report(message, node)
        return UNKNOWN if found is None else found

    def _list(self, node: ListDisplay, reach: Reach) -> Type:
        found: Type = UNKNOWN
        for item in node.items:
            of = self.of(item, reach)
            both = joined(found, of)
            if both is None:
                message = f"{self._findings.quoted(item)} is {describe(of)}; the items before are {describe(found)}."
                self._findings.report(message, item, "The items of a list have one type.")
            found = UNKNOWN if both is None else both
        return ListType(found)

    def _comprehension(self, node: Comprehension, reach: Reach) -> Type:
        item = self._signatures.list(node.source, self.of(node.source, reach))
        if self._scope.name(node.variable) is not None:
            message = f"`{node.variable}` is already in reach here."
            self._findings.report(message, node, "Give the variable of the comprehension another name.")
        inner = reach.inside(node.variable, item)
        for condition in node.conditions:
            self._condition(condition, inner)
            inner = inner.after(condition, True)
        return ListType(self.of(node.element, inner))


def _narrowed(node: Node, of: Type, reach: Reach) -> Type:
    read = path(node)
    return required(of) if read is not None and reach.proves(read) else of
