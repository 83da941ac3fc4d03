"""How an answer of a system is read: JSON text to values, success, typed outputs, error code (`domain.md` C8, E3).

A response is the record `{"status": integer, "body": anything}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from catalog.expressions import EvaluationError, ExpressionError, parse
from catalog.systems import OutputMapping
from catalog.values import NamedValue, NamedValues, NotOfType, Value, coerce, named

LONGEST_BODY = 1_000_000
"""Characters of an answer that are read at all."""

DEEPEST_BODY = 64
LONGEST_CODE = 100
LONGEST_MESSAGE = 2_000


class WrongAnswer(ValueError):
    """The answer is not what the operation declares; the message lists all problems."""


def parse_body(text: str) -> Value:
    """Return the JSON document that `text` is, numbers exact, lists as tuples; empty text is null.

    Raises:
        WrongAnswer: it is not JSON, or too large or too deep.
    """
    if not text.strip():
        return None
    if len(text) > LONGEST_BODY:
        raise WrongAnswer(f"The answer has {len(text):,} characters; at most {LONGEST_BODY:,} are read.")
    try:
        raw: object = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except RecursionError:
        raise WrongAnswer(_TOO_DEEP) from None
    except (ValueError, InvalidOperation) as error:
        raise WrongAnswer(f"The answer is not JSON: {error}.") from None
    return _value(raw, DEEPEST_BODY)


_TOO_DEEP = f"The answer is nested deeper than {DEEPEST_BODY} levels."


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is no number of JSON")


def _value(raw: object, levels: int) -> Value:
    if levels == 0:
        raise WrongAnswer(_TOO_DEEP)
    match raw:
        case dict():
            return {storable(str(name)): _value(part, levels - 1) for name, part in raw.items()}
        case list():
            return tuple(_value(part, levels - 1) for part in raw)
        case str():
            return storable(raw)
        case None | bool() | int() | Decimal():
            return raw
        case _:
            raise WrongAnswer(f"The answer has a value of type `{type(raw).__name__}`.")


def storable(text: str) -> str:
    """Return `text` with what JSON can say but UTF-8 or a database cannot keep replaced: lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def response(status: int, body: Value) -> Mapping[str, Value]:
    """Return the record that `response` names in expressions."""
    return {"status": status, "body": body}


def read_outputs(outputs: tuple[OutputMapping, ...], response: Value) -> NamedValues:
    """Return the typed outputs of an answer, sorted by name; an optional one that is not there is null.

    Raises:
        WrongAnswer: outputs are missing or not of their type; the message lists all of them.
    """
    read = [_output(mapping, response) for mapping in outputs]
    problems = [each for each in read if isinstance(each, str)]
    if problems:
        raise WrongAnswer(" ".join(problems))
    return tuple(sorted((each for each in read if isinstance(each, NamedValue)), key=lambda each: each.name))


def _output(mapping: OutputMapping, response: Value) -> NamedValue | str:
    try:
        raw = parse(mapping.value).evaluate({"response": response})
        value = coerce(raw, mapping.type)
    except (EvaluationError, ExpressionError, NotOfType) as error:
        return f"Output `{mapping.name}` (`{mapping.value}`): {_reason(error)}."
    if value is None and not mapping.optional:
        return f"Output `{mapping.name}` is missing: `{mapping.value}` gives nothing."
    return named(mapping.name, mapping.type, value)


def succeeded(success: str | None, response: Value) -> bool:
    """Tell whether the answer is a success: what `success` says, without it a status from 200 to 299.

    Raises:
        WrongAnswer: `success` has no value for an answer whose status is one of success.
    """
    fine = 200 <= _status(response) < 300
    if success is None:
        return fine
    try:
        verdict = parse(success).evaluate({"response": response})
    except (EvaluationError, ExpressionError) as error:
        if not fine:
            return False  # an error page need not have the fields of a success
        raise WrongAnswer(f"Whether it succeeded is not readable (`{success}`): {_reason(error)}.") from None
    return verdict is True


def error_of(error_code: str, error_message: str, response: Value) -> tuple[str, str]:
    """Return code and message of a failure; what the answer does not give is derived from its status."""
    status = _status(response)
    code = _text(error_code, response) or f"HTTP_{status}"
    message = _text(error_message, response) or f"The system answered with status {status}."
    return _short(code, LONGEST_CODE), _short(message, LONGEST_MESSAGE)


def _status(response: Value) -> int:
    status = response.get("status") if isinstance(response, Mapping) else None
    return status if isinstance(status, int) else 0


def _text(source: str, response: Value) -> str:
    try:
        found = parse(source).evaluate({"response": response})
    except (EvaluationError, ExpressionError):
        return ""
    return str(found).strip() if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _reason(error: ValueError) -> str:
    return _short(str(error), 300).rstrip(".")
