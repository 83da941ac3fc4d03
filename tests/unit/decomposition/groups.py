"""Catalogs whose steps are what matters: a bundle, a good, and groups of milestones."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.catalog import Catalog
from tests.unit.decomposition.builders import a_catalog


def goods(
    groups: Mapping[str, Mapping[str, object]], scenarios: Mapping[str, object] | None = None, **sections: object
) -> Catalog:
    """Return a catalog of a bundle and a good; each group, of steps by name, is brought in by the good."""
    by_good = {f"S-{name}": {"product": "GOOD", "group": name} for name in groups}
    return a_catalog(
        products={
            "BUNDLE": {"name": "Bundle", "components": {"GOOD": {"min": 0, "max": 9}}},
            "GOOD": {"name": "Good", "attributes": {"site": {"type": "text"}, "rush": {"type": "boolean"}}},
            "NOTHING": {"name": "Nothing", "nothing_to_do": "It is a discount."},
        },
        step_groups={name: {"steps": steps} for name, steps in groups.items()},
        scenarios=by_good if scenarios is None else scenarios,
        **sections,
    )


def milestone(scope: object = "plan", *after: object, **fields: object) -> dict[str, object]:
    return {"type": "milestone", "scope": scope, "after": list(after), **fields}
