"""The expression language (`domain.md` X1-X4): parse a source, check it against what is in reach, evaluate it.

A typed subset of Python's expressions with exact decimals, strict booleans and declared nulls; no clock, no effects.
The reference page is `docs/expressions.md`.
"""

from catalog.expressions.cases import can_hold, compared_paths, constant
from catalog.expressions.check import Checked, check
from catalog.expressions.errors import EvaluationError, ExpressionError, Problem, caret
from catalog.expressions.expression import Expression, parse
from catalog.expressions.fit import fits, joined
from catalog.expressions.functions import FUNCTIONS, Function
from catalog.expressions.runtime import Tables
from catalog.expressions.types import (
    ANYTHING,
    BOOLEAN,
    DATE,
    DATETIME,
    DURATION,
    INTEGER,
    MONEY,
    NULL,
    NUMBER,
    TEXT,
    AnythingType,
    DurationType,
    ListType,
    NullType,
    RecordType,
    ScalarType,
    Scope,
    TableType,
    Type,
    UnknownType,
    choice,
    describe,
    list_of,
    nullable,
    record_of,
    required,
    scalar,
)

__all__ = [
    "ANYTHING",
    "BOOLEAN",
    "DATE",
    "DATETIME",
    "DURATION",
    "FUNCTIONS",
    "INTEGER",
    "MONEY",
    "NULL",
    "NUMBER",
    "TEXT",
    "AnythingType",
    "Checked",
    "DurationType",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "Function",
    "ListType",
    "NullType",
    "Problem",
    "RecordType",
    "ScalarType",
    "Scope",
    "TableType",
    "Tables",
    "Type",
    "UnknownType",
    "can_hold",
    "caret",
    "check",
    "choice",
    "compared_paths",
    "constant",
    "describe",
    "fits",
    "joined",
    "list_of",
    "nullable",
    "parse",
    "record_of",
    "required",
    "scalar",
]
