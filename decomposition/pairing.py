"""Pairing: which instances of a prerequisite a step waits for, by index, not by comparing all (`domain.md` P2)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence

from catalog.steps import Pairing, PairKind
from catalog.values import Value
from decomposition.asking import FAILED, Asking
from decomposition.family import Family
from decomposition.keys import key_text
from decomposition.lines import Line, LineId
from decomposition.model import Step, StepId
from decomposition.records import Records


class Pairs:
    """Pairs steps; what a step pairs by is worked out once for each kind of pairing and prerequisite."""

    def __init__(self, family: Family, lines: dict[LineId, Line], asking: Asking, records: Records) -> None:
        self._family = family
        self._lines = lines
        self._asking = asking
        self._records = records
        self._indexes: dict[tuple[str, Pairing], dict[Hashable, list[StepId]]] = {}
        self._keys: dict[tuple[StepId, str], tuple[Hashable, ...]] = {}

    def of(self, step: Step, prerequisite: str, instances: Sequence[Step], pairing: Pairing) -> tuple[StepId, ...]:
        """Return the `instances` of a `prerequisite` (`GROUP.STEP`) that `step` pairs with, sorted."""
        if pairing.kind is PairKind.ALL:
            return tuple(sorted(each.id for each in instances))
        index = self._index(prerequisite, instances, pairing)
        found: dict[StepId, bool] = {}
        for key in self._asked(step, pairing):
            found |= dict.fromkeys(index.get(key, ()), True)
        return tuple(sorted(found))

    def _index(self, prerequisite: str, instances: Sequence[Step], pairing: Pairing) -> dict[Hashable, list[StepId]]:
        if (prerequisite, pairing) not in self._indexes:
            index: dict[Hashable, list[StepId]] = {}
            for each in instances:
                for key in self._found_by(each, pairing):
                    index.setdefault(key, []).append(each.id)
            self._indexes[prerequisite, pairing] = index
        return self._indexes[prerequisite, pairing]

    def _found_by(self, step: Step, pairing: Pairing) -> Iterable[Hashable]:
        """Return the keys under which `step` is found as a prerequisite."""
        if pairing.kind is not PairKind.ORIGIN:
            return self._common(step, pairing)
        above = dict.fromkeys(each for line in step.origin for each in self._family.chain(line)[1:])
        return (*_whole(step), *(("at", line) for line in step.origin), *(("below", line) for line in above))

    def _asked(self, step: Step, pairing: Pairing) -> Iterable[Hashable]:
        """Return the keys that `step` asks for: its lines, their ancestors, and whatever is below its lines."""
        if pairing.kind is not PairKind.ORIGIN:
            return self._common(step, pairing)
        chains = dict.fromkeys(each for line in step.origin for each in self._family.chain(line))
        return (*_whole(step), *(("at", line) for line in chains), *(("below", line) for line in step.origin))

    def _common(self, step: Step, pairing: Pairing) -> Iterable[Hashable]:
        """Return what two steps pair by if they have it in common."""
        if pairing.kind is PairKind.LINE:
            return step.origin
        if pairing.kind is PairKind.BUNDLE:
            return tuple(dict.fromkeys(self._family.root(line) for line in step.origin))
        source = pairing.by or ""
        if (step.id, source) not in self._keys:
            self._keys[step.id, source] = tuple(dict.fromkeys(self._values(step, source)))
        return self._keys[step.id, source]

    def _values(self, step: Step, source: str) -> Iterator[str]:
        """Yield the key of each of the step's lines; of a step for the whole order, of each commercial line."""
        for each in step.sources or step.origin:
            line = self._lines[each]
            names: dict[str, Value] = {"order": self._records.order, "line": self._records.line(line)}
            answer = self._asking.value(source, names, f"Pairing of step `{step.definition}`", line)
            key = None if answer is FAILED else key_text(answer)
            if key is not None:
                yield key


def _whole(step: Step) -> tuple[Hashable, ...]:
    """Return the key that steps for the whole order share: in an order without lines they have nothing else."""
    return (("whole", ""),) if any(each.line is None for each in step.because) else ()
