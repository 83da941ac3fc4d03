"""The name `steps` as expressions of a running step read it (`domain.md` X3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from catalog.cardinality import definition_of, gives_one, instance_of
from catalog.values import Value, as_record
from fulfillment.effects import StepOutputs


def steps_record(reader: str, values: Iterable[StepOutputs], scope_of: Callable[[str], str]) -> dict[str, Value]:
    """Return outputs by group, step and name, as the step `reader` sees them.

    `values` are those of the steps it depends on, directly or not; `scope_of` gives the scope of a `GROUP.STEP` as
    text. One value where the scopes guarantee one instance, else a list in step-id order; a skipped step reads `null`.
    """
    by_definition: dict[str, list[StepOutputs]] = {}
    for each in sorted(values, key=lambda value: value.step):
        by_definition.setdefault(definition_of(each.step), []).append(each)
    own_group, _, _ = reader.partition(".")
    own_scope = scope_of(definition_of(reader))
    groups: dict[str, dict[str, Value]] = {}
    for definition, instances in by_definition.items():
        group, _, name = definition.partition(".")
        scope = scope_of(definition)
        if gives_one(own_group, own_scope, group, scope):
            wanted = "" if scope == "plan" else instance_of(reader)
            record = _one([each for each in instances if instance_of(each.step) == wanted])
        else:
            record = _lists(instances)
        groups.setdefault(group, {})[name] = record
    return dict(groups)


def _one(instances: list[StepOutputs]) -> dict[str, Value]:
    return as_record(instances[0].outputs) if instances else {}


def _lists(instances: list[StepOutputs]) -> dict[str, Value]:
    records = [as_record(each.outputs) for each in instances]
    names = sorted({name for record in records for name in record})
    return {name: tuple(record.get(name) for record in records) for name in names}
