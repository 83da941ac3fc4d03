"""The name `steps` as expressions of a running step read it (`domain.md` X3)."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.cardinality import Read, definition_of, instance_of
from catalog.values import Value, as_record
from fulfillment.effects import StepOutputs


def steps_record(
    reader: str, reads: Iterable[Read], values: Iterable[StepOutputs], about: str | None = None
) -> dict[str, Value]:
    """Return the outputs that the step `reader` reads, by group, step and name.

    `values` are those of the steps it depends on, directly or not. A list is in step-id order and empty where there is
    no instance; a skipped step gives `null`. `about` is the step that the reader undoes or makes up for: of its
    instances that one is meant. All ids are those by which the planner knows the steps.
    """
    by_definition: dict[str, list[StepOutputs]] = {}
    for each in sorted(values, key=lambda value: value.step):
        by_definition.setdefault(definition_of(each.step), []).append(each)
    groups: dict[str, dict[str, dict[str, Value]]] = {}
    for read in reads:
        group, _, name = read.step.partition(".")
        outputs = groups.setdefault(group, {}).setdefault(name, {})
        outputs[read.output] = _value(reader, about, read, by_definition.get(read.step, []))
    return dict(groups)


def _value(reader: str, about: str | None, read: Read, instances: list[StepOutputs]) -> Value:
    if not read.one:
        return tuple(as_record(each.outputs).get(read.output) for each in instances)
    # Of several instances of a step with the reader's scope, its own is meant; a plan-wide step has no other.
    own = [each for each in instances if each.step == about or instance_of(each.step) in ("", instance_of(reader))]
    return as_record(own[0].outputs).get(read.output) if own else None
