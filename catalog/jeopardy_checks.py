"""Checks of jeopardy rules against the catalog whose steps they watch (`domain.md` H2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.base import Issue
from catalog.catalog import Catalog
from catalog.checks.issues import error, nearest, warning
from catalog.environment import Environment
from catalog.jeopardy import JeopardyRule, exactness
from catalog.step_graph import every_step


def unknown_jeopardy_subject(environment: Environment, catalog: Catalog) -> Iterable[Issue]:
    """The step, group, product and classification that a jeopardy rule names exist in the catalog."""
    known = {
        "step": {f"{group.name}.{step.name}": None for group, step in every_step(catalog)},
        "group": {each.name: None for each in catalog.step_groups},
        "product": {each.code: None for each in (*catalog.products, *catalog.technical_products)},
        "classification": {each.code: None for each in catalog.classifications},
    }
    for rule in environment.jeopardy_rules:
        for what, name in _subject(rule):
            if what in known and name not in known[what]:
                path = ("jeopardy_rules", rule.name, what)
                hint = nearest(name, known[what], f"{what.capitalize()}s")
                yield error("unknown_jeopardy_subject", path, f"The catalog has no {what} `{name}`.", hint)


def jeopardy_tie(environment: Environment, catalog: Catalog) -> Iterable[Issue]:  # noqa: ARG001  # a check like the others
    """No two jeopardy rules name the same, so that only file order decides."""
    first: dict[object, JeopardyRule] = {}
    for rule in environment.jeopardy_rules:
        other = first.setdefault((exactness(rule), tuple(_subject(rule))), rule)
        if other is not rule:
            message = f"`{rule.name}` names the same as `{other.name}`, which comes first and wins."
            yield warning("jeopardy_tie", ("jeopardy_rules", rule.name), message, "Remove one of the two.")


def _subject(rule: JeopardyRule) -> Iterator[tuple[str, str]]:
    named = ("step", rule.step), ("group", rule.group), ("product", rule.product)
    for what, name in (*named, ("classification", rule.classification), ("account", rule.account), ("type", rule.type)):
        if name is not None:
            yield what, str(name)
