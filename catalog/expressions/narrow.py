"""Flow narrowing: which paths a condition proves to be non-null, when it is true and when it is false."""

from __future__ import annotations

from dataclasses import dataclass, replace

from catalog.expressions.nodes import Logic, Node, Not, NullTest, path
from catalog.expressions.types import Type


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known at a node: the variables of comprehensions around it, and the paths that are not null there."""

    variables: tuple[tuple[str, Type], ...] = ()
    present: tuple[str, ...] = ()

    def variable(self, name: str) -> Type | None:
        """Return the type of the variable `name`, if a comprehension around has it."""
        return next((found for key, found in self.variables if key == name), None)

    def proves(self, read: str) -> bool:
        """Tell whether the path `read` is known not to be null; a field that is there proves its record."""
        return any(each == read or each.startswith((f"{read}.", f"{read}[")) for each in self.present)

    def after(self, condition: Node, outcome: bool) -> Reach:
        """Return what is known once `condition` has turned out true or false."""
        return replace(self, present=self.present + proven(condition, outcome))

    def inside(self, variable: str, item: Type) -> Reach:
        """Return what is known inside a comprehension over items of type `item`."""
        others = tuple(each for each in self.present if not Reach(present=(each,)).proves(variable))
        return Reach((*self.variables, (variable, item)), others)


def proven(condition: Node, outcome: bool) -> tuple[str, ...]:
    """Return the paths that are not null when `condition` is `outcome`."""
    match condition:
        case NullTest(value=value, negated=negated) if negated is outcome:
            found = path(value)
            return () if found is None else (found,)
        case Not(value=value):
            return proven(value, not outcome)
        case Logic(word=word, operands=operands):
            sides = [proven(operand, outcome) for operand in operands]
            if (word == "and") is outcome:
                return tuple(each for side in sides for each in side)
            return tuple(each for each in sides[0] if all(each in side for side in sides[1:]))
        case _:
            return ()
