"""Which decomposition rules are tried on which product, and in which order technical products are worked out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from catalog.base import Code, Issue
from catalog.catalog import Catalog
from catalog.rules import DecompositionRule
from catalog.words import listed
from decomposition.lines import Verdict


class Candidate(NamedTuple):
    """A rule for a product; without a verdict its condition decides, else it does not apply, for this reason."""

    rule: DecompositionRule
    verdict: Verdict | None = None
    why: str = ""


class RuleSet:
    """The catalog's decomposition rules by product, as of the day `on`; those of a product are worked out once.

    `made_of` are further products that a product leads to: what the account has of it was decomposed to them.
    """

    def __init__(self, catalog: Catalog, on: date, made_of: Mapping[Code, tuple[Code, ...]] | None = None) -> None:
        self._made_of = made_of or {}
        self._catalog = catalog
        self._on = on
        self._found: dict[Code, tuple[Candidate, ...]] = {}

    def of(self, code: Code) -> tuple[Candidate, ...]:
        """Return the rules of a product, its own first, then those of its classes, nearest first (`domain.md` C5)."""
        if code not in self._found:
            self._found[code] = self._candidates(code)
        return self._found[code]

    def _candidates(self, code: Code) -> tuple[Candidate, ...]:
        product = self._catalog.product(code)
        classes = self._catalog.classes_of(product) if product else ()
        nearer: dict[Code, Code] = {}
        found: list[Candidate] = []
        for subject in (("product", code), *(("classification", each) for each in classes)):
            rules = self._catalog.rules_by_subject.get(subject, ())
            found += [self._candidate(rule, nearer.get(rule.target)) for rule in rules]
            for rule in rules:
                # A rule out of its dates is as if it were not there: it hides none that is further up.
                if rule.is_effective(self._on):
                    nearer.setdefault(rule.target, rule.code)
        return tuple(found)

    def _candidate(self, rule: DecompositionRule, nearer: Code | None) -> Candidate:
        if not rule.is_effective(self._on):
            return Candidate(rule, Verdict.NOT_EFFECTIVE, f"it is in force {rule.period}, not on {self._on}")
        if nearer is not None:
            return Candidate(rule, Verdict.OVERRIDDEN, f"rule `{nearer}` to the same target is nearer")
        return Candidate(rule)

    def _targets(self, code: Code) -> tuple[Code, ...]:
        targets = {each.rule.target for each in self.of(code) if each.verdict is None}
        return tuple(sorted(targets.union(self._made_of.get(code, ()))))

    def order(self, products: Iterable[Code]) -> tuple[Code, ...] | Issue:
        """Return the technical products that `products` may decompose to, over all levels, each after its sources.

        Products that decompose to each other in a ring are an issue, with the ring.
        """
        done: dict[Code, bool] = {}
        starts = sorted({target for code in products for target in self._targets(code)})
        for start in starts:
            if start in done:
                continue
            path: dict[Code, list[Code]] = {start: list(reversed(self._targets(start)))}
            while path:
                code, waiting = next(reversed(path.items()))
                if not waiting:
                    done[code] = True
                    del path[code]
                    continue
                target = waiting.pop()
                if target in path:
                    return self._ring([*path][[*path].index(target) :])
                if target not in done:
                    path[target] = list(reversed(self._targets(target)))
        return tuple(reversed(done))

    def _ring(self, ring: list[Code]) -> Issue:
        after = dict(zip(ring, [*ring[1:], ring[0]], strict=True))
        rules = [
            each.rule.code
            for code in ring
            for each in self.of(code)
            if each.rule.target == after[code] and each.verdict is None
        ]
        by = listed(rules) if rules else "what the account has"
        path = " → ".join(f"`{code}`" for code in (*ring, ring[0]))
        return Issue(
            check="decomposition_cycle",
            message=f"Technical products decompose in a ring: {path}, by {by}.",
            hint="Change the target of one of these rules.",
        )
