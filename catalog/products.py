"""Products: what the customer buys and what operations deliver (`domain.md` C2-C4)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from catalog.base import Code, Frozen, Name
from catalog.effective import Effective
from catalog.fields import ExpressionText, Literal, from_mapping, sorted_by, written_as
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
    """What expressions and orders call it."""
    type: ValueType
    """Kind of its values; `money` is in the order's currency."""
    title: str = ""
    """What people read; the name if left out."""
    required: bool = False
    """A value must be given, unless there is a `default`."""
    default: Literal | None = None
    """The value where none is given."""
    min: Literal | None = None
    """Least value, of numbers, money and dates."""
    max: Literal | None = None
    """Greatest value, of numbers, money and dates."""
    choices: tuple[Literal, ...] = ()
    """The values of a `choice`."""
    merge: Merge | None = None
    """How several sources' values of a technical product's attribute become one; without it they must agree."""
    compared: bool = True
    """Whether a different value is a change of what the customer has."""
    compared_in_flight: bool = True
    """Whether a different value is a change of an order under way."""
    assetized: bool = True
    """Whether what the customer has keeps the value."""


Attributes = Annotated[tuple[Attribute, ...], from_mapping("name"), sorted_by("name")]


class Classification(Frozen):
    """A class in the tree of classifications; its attributes, rules and scenarios are inherited, nearest wins."""

    code: Code
    """What products, rules and scenarios call it."""
    name: str
    """What people read."""
    parent: Code | None = None
    """The classification above."""
    attributes: Attributes = ()
    """Inherited by everything below; the nearest of one name wins."""


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
    """Code of a product, a bundle or a classification; the lines of a classification's products count together."""
    min: Decimal = Field(default=Decimal(1), ge=0, max_digits=28)
    """Least quantity; what is required and not ordered is added as a derived line."""
    max: Decimal | None = Field(default=None, gt=0, max_digits=28)
    """Greatest quantity; no bound if left out."""
    default: Decimal = Field(default=Decimal(1), gt=0, max_digits=28)
    """Quantity of a derived line."""
    scaling: Scaling = Scaling.PROPORTIONAL
    """Whether quantities are per one bundle, or whatever the bundle's quantity."""
    default_product: Code | None = None
    """Of a classification: the product that is added where it is required and none of it is ordered."""

    @model_validator(mode="after")
    def _within(self) -> Component:
        if self.max is not None and not self.min <= self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        if self.default < self.min or (self.max is not None and self.default > self.max):
            raise ValueError(f"default {self.default} is not within min {self.min} and max {self.max}")
        return self


class Claims(StrEnum):
    """What becomes of an order that would change what another open order is changing (`domain.md` A6)."""

    WAIT = "wait"
    REFUSE = "refuse"


class Product(Effective):
    """What commercial and technical products share; `unit` is what their quantities count.

    `asset`: whether the customer has it afterwards; None: yes, unless there is one for each order.
    """

    code: Code
    """What orders, rules and scenarios call it."""
    name: str
    """What people read."""
    classification: Code | None = None
    """Where in the tree of classifications it is."""
    unit: Code | None = None
    """Unit of measure that its quantities count; any number if left out."""
    attributes: Attributes = ()
    """Its own attributes, besides those of its classifications."""
    asset: bool | None = None
    """Whether the customer has it afterwards; if left out: yes, unless its scope is `order`."""
    claims: Claims = Claims.WAIT
    """Whether an order that would change one waits while another open order does so, or is refused."""


class CommercialProduct(Product):
    """What the customer buys; with components it is a bundle.

    `nothing_to_do` gives the reason why nothing need be done for it (`domain.md` D6).
    """

    components: Annotated[tuple[Component, ...], from_mapping("product"), sorted_by("product")] = ()
    """Makes it a bundle: its parts, by code of a product, a bundle or a classification."""
    nothing_to_do: str = ""
    """Why nothing need be done for it; without rule, scenario and such a reason an order for it is refused."""


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
    """Over what there is one of it."""
    by: ExpressionText | None = None
    """Expression that gives the key, with `kind: by`."""
    fallback: ScopeKind | None = None
    """Scope where the key is missing."""
    amends: bool = True
    """With `kind: by`: whether a line amends what the account has of the same key, or adds another one."""

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
            if "amends" in raw and ScopeKind.ACCOUNT not in kinds:
                raise ValueError("`amends` is for technical products: whether what the account has already is amended")
            if "by" not in raw:
                raise ValueError(f"expected one of {allowed}, or a mapping with `by` and `fallback`")
            return {"kind": "by", "fallback": kinds[0], **raw}
        return raw

    words = {"enum": [kind.value for kind in kinds if kind is not ScopeKind.BY]}
    key = {"type": "string", "description": "Expression that gives the key: there is one for each of its values."}
    fallback = {**words, "description": "Scope where the key is missing.", "default": kinds[0].value}
    amends = {"type": "boolean", "description": "Whether what the account has of the key is amended.", "default": True}
    more = {"amends": amends} if ScopeKind.ACCOUNT in kinds else {}
    by_key = {"type": "object", "properties": {"by": key, "fallback": fallback, **more}, "required": ["by"]}
    return written_as(convert, anyOf=[words, {**by_key, "additionalProperties": False}])


class QuantityMethod(StrEnum):
    """How the quantities of several sources become technical lines (`domain.md` C4)."""

    AGGREGATE = "aggregate"
    ONE = "one"
    PER_UNIT = "per_unit"


class TechnicalProduct(Product):
    """What operations deliver; `parent` names the technical product that this one is kept under."""

    scope: Annotated[Scope, scope_of(LINE_SCOPES)] = Scope(kind=ScopeKind.LINE)
    """Over what its line is unique."""
    quantity: QuantityMethod = QuantityMethod.AGGREGATE
    """Whether the quantities of several sources add up, stay one, or give one line for each unit."""
    parent: Code | None = None
    """The technical product that it is kept under; its scope is not broader than the parent's."""

    @property
    def is_shared(self) -> bool:
        """True if what one order of an account delivers of it may be what another one amends."""
        kinds = (self.scope.kind, self.scope.fallback if self.scope.kind is ScopeKind.BY else None)
        return ScopeKind.ACCOUNT in kinds or (self.scope.kind is ScopeKind.BY and self.scope.amends)

    @model_validator(mode="before")
    @classmethod
    def _as_written_before(cls, raw: object) -> object:
        # Stored catalog versions, and files, say `becomes_asset`: it was renamed when assets came.
        if isinstance(raw, Mapping) and "becomes_asset" in raw and "asset" not in raw:
            others = {name: value for name, value in raw.items() if name != "becomes_asset"}
            return {**others, "asset": raw["becomes_asset"]}
        return raw
