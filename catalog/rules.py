"""Rules from products to technical products, and scenarios from lines to step groups (`domain.md` C5, C7)."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, model_validator

from catalog.base import Code, Frozen, Name
from catalog.effective import Effective
from catalog.fields import ExpressionText, Literal, from_mapping, sorted_by
from catalog.values import ValueType


class Priority(StrEnum):
    """How urgent an order is."""

    HIGH = "high"
    NORMAL = "normal"
    BULK = "bulk"


class LineAction(StrEnum):
    """What an order line asks for."""

    ADD = "add"
    AMEND = "amend"
    RENEW = "renew"
    CANCEL = "cancel"
    NO_CHANGE = "no_change"


class Mapping(Frozen):
    """How one attribute of the technical line gets its value: exactly one of copy, constant, table, expression.

    `copy` names an attribute of the source; `table` looks up the value of the expression `of` in a value table.
    `first_fulfillment_only`: it says nothing when the customer has the product already.
    """

    target: Name
    """Attribute of the target that gets the value."""
    copy_from: Name | None = None
    """Takes the value of that attribute of the source."""
    constant: Literal | None = None
    """Always this value."""
    table: Name | None = None
    """Takes what this value table has for the expression `of`."""
    of: ExpressionText | None = None
    """What to look up in the `table`; an expression."""
    expression: ExpressionText | None = None
    """Takes what the expression gives."""
    first_fulfillment_only: bool = False
    """Says something only where a line adds; a change of what the customer has leaves the attribute alone."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Mapping:
        given = [self.copy_from, self.constant, self.table, self.expression]
        if sum(each is not None for each in given) != 1:
            raise ValueError("give exactly one of copy_from, constant, table or expression")
        if (self.table is None) != (self.of is None):
            raise ValueError("`table` and `of` go together: of which value to look up in the table")
        return self


class DecompositionRule(Effective):
    """From a product or classification to a technical product; of equal targets the product's own rule wins.

    `quantity` is what one source contributes, in the target's unit; without it, the source's quantity, converted.
    Names in reach: `order`, `source`, `bundle`.
    """

    code: Code
    """What traces and issues call it."""
    product: Code | None = None
    """Whose lines decompose: those of this product, commercial or technical."""
    classification: Code | None = None
    """Whose lines decompose: those of the products of this classification."""
    target: Code
    """The technical product that they become."""
    when: ExpressionText | None = None
    """Condition over `order`, `source` and `bundle`; always if left out."""
    priority: int = 0
    """In which order several rules of one line contribute to one target, lower first."""
    quantity: ExpressionText | None = None
    """Expression for what one source contributes, in the target's unit; the source's quantity if left out."""
    mappings: Annotated[tuple[Mapping, ...], from_mapping("target"), sorted_by("target")] = ()
    """Values of the target's attributes, by attribute."""

    @model_validator(mode="after")
    def _one_subject(self) -> DecompositionRule:
        if (self.product is None) == (self.classification is None):
            raise ValueError("give exactly one of product or classification")
        return self


class Scenario(Frozen):
    """Product, classification or whole order, with actions and a condition, to step group.

    Without product and classification it is for the order as a whole.
    """

    code: Code
    """What plans and issues call it."""
    product: Code | None = None
    """For lines of this product, commercial or technical."""
    classification: Code | None = None
    """For lines of the products of this classification."""
    actions: tuple[LineAction, ...] = (LineAction.ADD,)
    """For which actions of a line."""
    when: ExpressionText | None = None
    """Condition over `order`, and `line` unless it is for the whole order; always if left out."""
    group: Name
    """The step group that is brought in; the lines that match are the sources of its steps."""

    @model_validator(mode="after")
    def _at_most_one_subject(self) -> Scenario:
        if self.product is not None and self.classification is not None:
            raise ValueError("give product or classification, not both; neither means the whole order")
        return self


class Row(Frozen):
    """One row of a value table."""

    key: Literal
    """What is looked up."""
    value: Literal
    """What it gives."""


def _rows(raw: object) -> object:
    return tuple({"key": key, "value": value} for key, value in raw.items()) if isinstance(raw, Dict) else raw


class ValueTable(Frozen):
    """Values by key; `rows` is written as a mapping of key to value."""

    name: Name
    """What mappings and `table('NAME', KEY)` call it."""
    key: ValueType
    """Type of its keys."""
    value: ValueType
    """Type of its values."""
    rows: Annotated[
        tuple[Row, ...],
        BeforeValidator(_rows, json_schema_input_type=Dict[str, Literal]),
        sorted_by("key"),
    ]
    """Value by key."""
