"""The checks of a catalog: every problem in one pass, before anything is published (`domain.md` C10).

A check is a function from catalog to issues, known by its name; its docstring says what holds when it finds nothing.
`docs/checks.md` lists them with examples.
"""

from collections.abc import Callable, Iterable

from catalog.base import Issue
from catalog.catalog import Catalog
from catalog.checks import (
    components,
    coverage,
    cycles,
    dates,
    declarations,
    expressions,
    mappings,
    names,
    quantities,
    schedules,
    step_types,
)
from catalog.checks.issues import in_order, place_issues

__all__ = ["CHECKS", "check_catalog", "place_issues"]

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
    coverage.unfulfilled_product,
    coverage.broader_than_parent,
    coverage.duplicate_rule,
    coverage.overlapping_scenario,
    coverage.empty_group,
    coverage.repeated_dependency,
    coverage.unreachable_group,
    coverage.unused_technical_product,
    coverage.unused_operation,
    coverage.unused_system,
    coverage.unused_table,
)
"""Every check, in the order of the reference page."""


def check_catalog(catalog: Catalog) -> tuple[Issue, ...]:
    """Return every problem of the catalog, ordered by path; none means that it may be published.

    Warnings tell of what is idle or said twice; only errors refuse.
    """
    return in_order(issue for check in CHECKS for issue in check(catalog))
