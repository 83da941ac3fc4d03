"""Facts: what becomes known of an order and its lines while it runs (`domain.md` O5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from catalog.products import Attribute
from catalog.values import NamedValue, NamedValues, NotOfType, named, to_text
from catalog.words import did_you_mean
from fulfillment.commands import GivenValue, SetFacts
from fulfillment.forms import read_value
from fulfillment.progress import FactsMemory, LineFacts
from fulfillment.runplan import RunPlan, RunStep


class Facts:
    """The facts of one run; what nobody has set has its default, else null."""

    def __init__(self, plan: RunPlan, memory: FactsMemory | None = None) -> None:
        memory = memory or FactsMemory()
        self._plan = plan
        self._order = {each.name: each for each in memory.order}
        self._lines = {each.line: {fact.name: fact for fact in each.values} for each in memory.lines}

    def set(self, line: str | None, values: NamedValues) -> None:
        """Take note of facts of the order, or of one of its lines; the last word counts."""
        known = self._order if line is None else self._lines.setdefault(line, {})
        known.update({each.name: each for each in values})

    def of_order(self) -> NamedValues:
        """Return all declared facts of the order, sorted by name."""
        return tuple(self._order.get(each.name) or _unset(each) for each in self._plan.order_facts)

    def of_line(self, line: str) -> NamedValues:
        """Return all declared facts of a commercial line, sorted by name."""
        known = self._lines.get(line, {})
        return tuple(known.get(each.name) or _unset(each) for each in self._plan.line_facts)

    def of_step(self, step: RunStep) -> NamedValues:
        """Return the line facts that a step sees: what the commercial lines behind it agree on, else null."""
        behind = [self.of_line(each) for each in step.origin]
        return tuple(
            _agreed(declared, [values[at] for values in behind]) for at, declared in enumerate(self._plan.line_facts)
        )

    def memory(self) -> FactsMemory:
        """Return what to remember."""
        lines = (LineFacts(line=each, values=_sorted(self._lines[each].values())) for each in sorted(self._lines))
        return FactsMemory(order=_sorted(self._order.values()), lines=tuple(lines))


def read_facts(plan: RunPlan, command: SetFacts) -> tuple[NamedValues, tuple[str, ...]]:
    """Return the facts that a person gave, by name, each of its declared type, and all problems."""
    declared = plan.order_facts if command.line is None else plan.line_facts
    problems = list(_unknown_line(plan, command.line))
    if not command.values:
        problems.append("No fact is given. Write each as `NAME=VALUE`.")
    problems += _misnamed(command, declared)
    values: list[NamedValue] = []
    by_name = {each.name: each for each in declared}
    for given in command.values:
        field = by_name.get(given.name)
        if field is not None:
            problems += _taken(field, given, values)
    return _sorted(values), tuple(problems)


def in_words(command: SetFacts, values: NamedValues) -> str:
    """Return what was set, as the history tells it."""
    told = ", ".join(f"`{each.name}` = {'null' if each.text is None else each.text}" for each in values)
    return told if command.line is None else f"line `{command.line}`: {told}"


def _taken(field: Attribute, given: GivenValue, values: list[NamedValue]) -> Iterable[str]:
    try:
        values.append(named(field.name, field.type, read_value(field, given.value)))
    except NotOfType as problem:
        return (f"Fact `{field.name}`: {problem}.",)
    return ()


def _unknown_line(plan: RunPlan, line: str | None) -> Iterable[str]:
    known = [each.id for each in plan.lines]
    if line is not None and line not in known:
        yield f"The order has no line `{line}`. {did_you_mean(line, known, 'Its lines')}".rstrip()


def _misnamed(command: SetFacts, declared: tuple[Attribute, ...]) -> Iterable[str]:
    known = [each.name for each in declared]
    whose = "an order" if command.line is None else "a line"
    for name, count in sorted(Counter(each.name for each in command.values).items()):
        if name not in known:
            none = f"The catalog declares no facts of {whose}; they stand in `{_section(command)}`."
            hint = did_you_mean(name, known, "They are") if known else none
            yield f"`{name}` is no fact of {whose}. {hint}"
        elif count > 1:
            yield f"Fact `{name}` is given {count} times; give it once."


def _section(command: SetFacts) -> str:
    return "order_facts" if command.line is None else "line_facts"


def _unset(declared: Attribute) -> NamedValue:
    return named(declared.name, declared.type, read_value(declared, declared.default))


def _agreed(declared: Attribute, values: list[NamedValue]) -> NamedValue:
    texts = dict.fromkeys(each.text for each in values)
    return values[0] if len(texts) == 1 else NamedValue(name=declared.name, type=declared.type, text=to_text(None))


def _sorted(values: Iterable[NamedValue]) -> NamedValues:
    return tuple(sorted(values, key=lambda each: each.name))
