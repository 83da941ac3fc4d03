"""The bounds of the language (`domain.md` X4); the reference page lists them."""

SOURCE_LENGTH = 2_000
"""Characters of a source."""

DEPTH = 32
"""Levels of nesting: brackets, operands, arguments, dotted access."""

DIGITS = 28
"""Significant digits of a number; also the number of digits before its decimal point."""

TEXT_LENGTH = 100_000
"""Characters of a text that an expression builds."""

STEPS = 1_000_000
"""Work of one evaluation: a step per item looked at, per part of a comprehension's body and item, per character built."""

RESULT_SIZE = 100_000
"""Values in a result, counting every item of its lists and every field of its records."""
