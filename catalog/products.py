"""Products: what the customer buys and what operations deliver (`domain.md` C2-C4)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from catalog.base import Code, Frozen, Name
from catalog.effective import Effective
from catalog.fields import ExpressionText, Literal, from_mapping, sorted_by
from catalog.values import ValueType


class Merge(StrEnum):
    """How several sources' values of one attribute become one (`domain.md` D3); without it they must agree."""

    FIRST = "first"
    LAST = "last"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    JOIN = "join"
    ANY = "any"
    ALL = "all"


class Attribute(Frozen):
    """A typed property of a product, an order or a form, or a fact; `min` and `max` bound numbers, money and dates.

    Three opt-outs, each on its own: `compared` with what the customer has, to tell what a line changes;
    `compared_in_flight` with the same order as it was before a change; `assetized`, kept with what the customer has.
    """

    name: Name
    type: ValueType
    title: str = ""
    required: bool = False
    default: Literal | None = None
    min: Literal | None = None
    max: Literal | None = None
    choices: tuple[Literal, ...] = ()
    merge: Merge | None = None
    compared: bool = True
    compared_in_flight: bool = True
    assetized: bool = True


Attributes = Annotated[tuple[Attribute, ...], from_mapping("name"), sorted_by("name")]


class Classification(Frozen):
    """A class in the tree of classifications; its attributes, rules and scenarios are inherited, nearest wins."""

    code: Code
    name: str
    parent: Code | None = None
    attributes: Attributes = ()


class Scaling(StrEnum):
    """Whether a component's quantity grows with its bundle's."""

    PROPORTIONAL = "proportional"
    CONSTANT = "constant"


class Component(Frozen):
    """A part of a bundle, its quantities per one bundle when proportional.

    `product` is the code of a product or of a classification; the lines of a classification's products count together.
    `default_product` is what is added of a required classification when nothing of it is ordered.
    """

    product: Code
    min: Decimal = Field(default=Decimal(1), ge=0)
    max: Decimal | None = Field(default=None, gt=0)
    default: Decimal = Field(default=Decimal(1), gt=0)
    scaling: Scaling = Scaling.PROPORTIONAL
    default_product: Code | None = None

    @model_validator(mode="after")
    def _within(self) -> Component:
        if self.max is not None and not self.min <= self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        if self.default < self.min or (self.max is not None and self.default > self.max):
            raise ValueError(f"default {self.default} is not within min {self.min} and max {self.max}")
        return self


class Product(Effective):
    """What commercial and technical products share; `unit` is what their quantities count."""

    code: Code
    name: str
    classification: Code | None = None
    unit: Code | None = None
    attributes: Attributes = ()


class CommercialProduct(Product):
    """What the customer buys; with components it is a bundle.

    `nothing_to_do` gives the reason why nothing need be done for it (`domain.md` D6).
    """

    components: Annotated[tuple[Component, ...], from_mapping("product"), sorted_by("product")] = ()
    nothing_to_do: str = ""


class ScopeKind(StrEnum):
    """Over what a technical line or a step is unique; `order` and `account` are for lines, `plan` is for steps."""

    LINE = "line"
    BUNDLE = "bundle"
    ORDER = "order"
    ACCOUNT = "account"
    PLAN = "plan"
    BY = "by"


LINE_SCOPES = (ScopeKind.LINE, ScopeKind.BUNDLE, ScopeKind.ORDER, ScopeKind.ACCOUNT, ScopeKind.BY)
STEP_SCOPES = (ScopeKind.PLAN, ScopeKind.BUNDLE, ScopeKind.LINE, ScopeKind.BY)


class Scope(Frozen):
    """A scope, written as its kind or as `{by: EXPRESSION, fallback: KIND}`; the fallback serves a missing key."""

    kind: ScopeKind
    by: ExpressionText | None = None
    fallback: ScopeKind | None = None

    def __str__(self) -> str:
        return f"by {self.by}" if self.kind is ScopeKind.BY else self.kind.value


def scope_of(kinds: tuple[ScopeKind, ...]) -> BeforeValidator:
    """Take a scope as people write it, allowing only `kinds`."""
    allowed = ", ".join(kind.value for kind in kinds)

    def convert(raw: object) -> object:
        if isinstance(raw, str):
            if raw == "by" or raw not in kinds:
                raise ValueError(f"expected one of {allowed} (`by` as a mapping with an expression), got {raw!r}")
            return {"kind": raw}
        if isinstance(raw, Mapping) and "kind" not in raw:
            if "by" not in raw:
                raise ValueError(f"expected one of {allowed}, or a mapping with `by` and `fallback`")
            return {"kind": "by", "fallback": kinds[0], **raw}
        return raw

    return BeforeValidator(convert)


class QuantityMethod(StrEnum):
    """How the quantities of several sources become technical lines (`domain.md` C4)."""

    AGGREGATE = "aggregate"
    ONE = "one"
    PER_UNIT = "per_unit"


class TechnicalProduct(Product):
    """What operations deliver; `parent` names the technical product that this one is kept under."""

    scope: Annotated[Scope, scope_of(LINE_SCOPES)] = Scope(kind=ScopeKind.LINE)
    quantity: QuantityMethod = QuantityMethod.AGGREGATE
    parent: Code | None = None
    becomes_asset: bool = False
