"""The bounds of the language (`domain.md` X4); the reference page lists them."""

SOURCE_LENGTH = 2_000
"""Characters of a source."""

DEPTH = 32
"""Levels of nesting: brackets, operands, arguments, dotted access."""

DIGITS = 28
"""Significant digits of a number; also the number of digits before its decimal point."""

SMALLEST = 99
"""A number other than zero is not closer to it than ten to the minus this."""

TEXT_LENGTH = 100_000
"""Characters of a text that an expression builds."""

STEPS = 1_000_000
"""Work of one evaluation: a step per item looked at, per node of a comprehension's body for each item, and per
character of a text built."""

RESULT_SIZE = 100_000
"""Values in a result, counting every item of its lists and every field of its records."""
