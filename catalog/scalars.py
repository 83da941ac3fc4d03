"""What an unquoted word in a file means: the part of YAML 1.2 that surprises nobody.

`true`, `false`, `null`, `~` and nothing are themselves; whole numbers are integers; numbers with a point are decimals,
exactly as written; dates, and moments with an offset, are themselves. All else is text: `yes`, `no`, `on`, `007`,
`0x1F`, `12:30`, `1_000`, `.nan`.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from catalog.values import Scalar

MAX_DIGITS = 30

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_MAYBE_MORE = frozenset("0123456789+-.")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?[0-9]*\.[0-9]+(?:[eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[-+][0-9]{2}:[0-9]{2})"
)


class TooManyDigits(ValueError):
    """A number is longer or larger than any amount or quantity can be."""


def resolve(text: str) -> Scalar:
    """Return what the unquoted `text` of a YAML file means.

    Raises:
        TooManyDigits: it is a number of more than 30 digits, written out.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _MAYBE_MORE:
        return text
    if _INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text):
        return number(text)
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
        return datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else text
    except ValueError:  # a 30 February stays what it is: text
        return text


def number(text: str) -> int | Decimal:
    """Return the number that `text` writes: an integer, or a decimal if it has a point.

    Raises:
        TooManyDigits: it has more than 30 digits, written out.
    """
    if _INTEGER.fullmatch(text):
        if len(text.lstrip("+-")) > MAX_DIGITS:
            raise TooManyDigits(text)
        return int(text)
    mantissa, _, exponent = text.lower().partition("e")
    # a long exponent is refused by its length: some of them are too large even for `Decimal`
    if len(mantissa) > MAX_DIGITS + 2 or len(exponent) > 4:
        raise TooManyDigits(text)
    value = Decimal(text)
    if abs(value.adjusted()) > MAX_DIGITS:
        raise TooManyDigits(text)
    return value
