"""Whether `steps.GROUP.STEP.OUTPUT` is one value or a list (`domain.md` X3): decided by scopes, the same everywhere."""

from __future__ import annotations


def gives_one(reader_group: str, reader_scope: str, group: str, scope: str) -> bool:
    """Return whether a step of `reader_scope` sees exactly one instance of a step of `scope`.

    A plan-wide step has one instance. Steps of one group with the same scope come in pairs, since the same scenarios
    bring them in: each reads the instance of its own line, bundle or key.
    """
    return scope == "plan" or (reader_group == group and reader_scope == scope)


def instance_of(step: str) -> str:
    """Return what tells the instances of one definition apart: `@LINE` or `~HASH`, empty for a plan-wide step."""
    for position, character in enumerate(step):
        if character in "@~":
            return step[position:]
    return ""


def definition_of(step: str) -> str:
    """Return `GROUP.STEP` of a step's id."""
    return step.removesuffix(instance_of(step))
