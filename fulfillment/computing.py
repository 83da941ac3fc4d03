"""What an automatic task computes: typed values in, typed values out, and its troubles as failures (`domain.md` P4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from catalog.functions import Function
from catalog.products import Attribute
from catalog.values import NamedValues, NotOfType, Value, coerce, named
from catalog.words import listed
from fulfillment.answers import WrongAnswer
from fulfillment.forms import read_value
from fulfillment.outcomes import Failure

Body: TypeAlias = Callable[[Mapping[str, Value]], Mapping[str, object]]
"""What computes: inputs by name in, outputs by name out; it raises ValueError where it has no answer."""


def computed(body: Body, function: Function, given: Mapping[str, Value]) -> NamedValues | Failure:
    """Return the outputs of a function for what a step gives it, or why there are none; it computes, so that a failure
    means that certainly nothing happened.
    """
    name = function.name
    try:
        return compute(body, typed_inputs(given, function.inputs), function.outputs)
    except NotOfType as error:
        message = f"The function `{name}` cannot take its input: {error}."
        return Failure(code="REQUEST_IMPOSSIBLE", message=message, refused=True)
    except WrongAnswer as error:
        return Failure(code="WRONG_ANSWER", message=str(error), refused=True)
    except Exception as error:  # noqa: BLE001 - a function is a stranger's code
        message = f"The function `{name}` failed: {type(error).__name__}: {error}"
        return Failure(code="FUNCTION_FAILED", message=message, refused=True)


def compute(body: Body, inputs: Mapping[str, Value], outputs: tuple[Attribute, ...]) -> NamedValues:
    """Return the typed outputs of a function, sorted by name.

    Raises:
        WrongAnswer: outputs are missing or not of their declared type; the message lists all of them.
        ValueError: the function has no answer for these inputs.
    """
    answer: object = body(inputs)
    if not isinstance(answer, Mapping):
        raise WrongAnswer(f"The function gave no mapping of outputs, but {type(answer).__name__}.")
    problems: list[str] = []
    values = []
    for output in outputs:
        try:
            value = coerce(answer.get(output.name), output.type)
            if value is None and output.required:
                problems.append(f"Output `{output.name}` is missing.")
            elif output.choices and value is not None and str(value) not in output.choices:
                problems.append(f"Output `{output.name}`: expected one of {listed(output.choices, 'or')}.")
            else:
                values.append(named(output.name, output.type, value))
        except NotOfType as problem:
            problems.append(f"Output `{output.name}`: {problem}.")
    if problems:
        raise WrongAnswer(" ".join(problems))
    return tuple(sorted(values, key=lambda each: each.name))


def typed_inputs(given: Mapping[str, Value], inputs: tuple[Attribute, ...]) -> dict[str, Value]:
    """Return every declared input by name, of its type; one that is not given has its default, else null.

    Raises:
        NotOfType: a value is not of its input's type, or a required one is null.
    """
    found: dict[str, Value] = {}
    for each in inputs:
        value = coerce(given.get(each.name), each.type)
        found[each.name] = read_value(each, each.default) if value is None else value
        if found[each.name] is None and each.required:
            raise NotOfType(f"input `{each.name}` is null")
    return found
