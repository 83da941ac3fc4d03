"""The checks of a catalog: every problem in one pass, before anything is published (`domain.md` C10).

A check is a function from catalog to issues, known by its name; its docstring says what holds when it finds nothing.
`docs/checks.md` lists them with examples.
"""

from collections.abc import Callable, Iterable

from catalog.base import Issue
from catalog.catalog import Catalog
from catalog.checks import (
    changes,
    components,
    conditions,
    coverage,
    cycles,
    dates,
    declarations,
    expressions,
    mappings,
    meetings,
    names,
    overlaps,
    quantities,
    schedules,
    step_types,
)
from catalog.checks.ignored import IGNORE_CHECKS, without_ignored
from catalog.checks.issues import place_issues

__all__ = ["CHECKS", "IGNORE_CHECKS", "check_catalog", "place_issues"]

CHECKS: tuple[Callable[[Catalog], Iterable[Issue]], ...] = (
    names.ambiguous_code,
    names.unknown_classification,
    names.unknown_product,
    names.not_technical,
    names.unknown_component,
    names.unknown_group,
    names.unknown_step,
    names.unknown_operation,
    names.unknown_table,
    cycles.classification_cycle,
    cycles.classification_depth,
    cycles.bundle_cycle,
    cycles.parent_cycle,
    cycles.rule_cycle,
    cycles.step_cycle,
    declarations.attribute_choices,
    declarations.attribute_bounds,
    declarations.attribute_default,
    declarations.table_row,
    components.ambiguous_component,
    components.default_product,
    quantities.unknown_unit,
    quantities.derived_base,
    quantities.component_scale,
    quantities.unconvertible_quantity,
    dates.effective_dates,
    dates.never_effective,
    mappings.unknown_attribute,
    mappings.copied_attribute,
    mappings.constant_value,
    mappings.table_value,
    mappings.missing_key,
    mappings.unfilled_attribute,
    expressions.expression,
    expressions.step_reference,
    expressions.request_count,
    conditions.constant_condition,
    schedules.schedule_attribute,
    schedules.schedule_before_ready,
    step_types.unknown_function,
    step_types.function_input,
    step_types.reserved_system,
    step_types.unused_function,
    step_types.constant_pause,
    step_types.idle_timeout,
    step_types.required_fact,
    step_types.unread_fact,
    changes.undoing_in_plan,
    changes.undo_circle,
    changes.undo_dependency,
    changes.undo_without_lines,
    changes.idle_undoing,
    changes.redone_without_undoing,
    changes.lasting_callout,
    changes.idle_reach,
    coverage.unfulfilled_product,
    coverage.broader_than_parent,
    overlaps.duplicate_rule,
    overlaps.overlapping_rule,
    overlaps.shadowed_rule,
    overlaps.overlapping_scenario,
    overlaps.shadowed_scenario,
    coverage.empty_group,
    coverage.repeated_dependency,
    meetings.unmet_requirement,
    meetings.unpaired_dependency,
    coverage.unreachable_group,
    meetings.unreachable_step,
    coverage.empty_classification,
    coverage.unused_technical_product,
    coverage.unused_operation,
    coverage.unused_system,
    coverage.unused_table,
    coverage.unused_unit,
)
"""Every check, in the order of the reference page."""


def check_catalog(catalog: Catalog) -> tuple[Issue, ...]:
    """Return every problem of the catalog, ordered by path; none means that it may be published.

    Warnings tell of what is idle or said twice; only errors refuse. Those that the catalog ignores for a reason are
    left out.
    """
    found = (issue for check in CHECKS for issue in check(catalog))
    return without_ignored(found, catalog.ignored_checks, tuple(check.__name__ for check in CHECKS))
