"""The two writers share no table, and neither can be stopped by what the other has not written (`design.md` §2)."""

from __future__ import annotations

import ast
import inspect
from types import ModuleType

import pytest
from sqlalchemy.dialects import sqlite

from catalog.base import Recorded
from fulfillment.progress import AuditEntry, FalloutProgress, LineProgress, StepProgress, TaskProgress
from orderbook import execution, intake, tables
from orderbook.tables import Row
from orderbook.views import LostExecution


def rows_of(module: ModuleType) -> set[str]:
    """Return the tables whose rows a module imports."""
    imports = [each for each in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(each, ast.ImportFrom)]
    names = [name.name for each in imports if each.module == "orderbook.tables" for name in each.names]
    return {getattr(tables, name).__tablename__ for name in names}


def test_no_table_has_two_writers_and_none_has_no_writer() -> None:
    service, activities = rows_of(intake), rows_of(execution)

    assert service & activities == set()
    assert service | activities == set(Row.metadata.tables)


def test_foreign_keys_stay_within_one_writers_tables() -> None:
    service = rows_of(intake)

    keys = [(table.name, key.column.table.name) for table in Row.metadata.sorted_tables for key in table.foreign_keys]

    assert keys
    assert [(name, other) for name, other in keys if (name in service) != (other in service)] == []


def test_no_column_leaves_money_or_time_to_the_database() -> None:
    columns = [column for table in Row.metadata.sorted_tables for column in table.columns]

    kinds = {column.type.compile(sqlite.dialect()).split("(")[0] for column in columns}

    assert kinds <= {"VARCHAR", "TEXT", "INTEGER", "BOOLEAN"}


@pytest.mark.parametrize(
    ("row", "model"),
    [
        (tables.LineRow, LineProgress),
        (tables.StepRow, StepProgress),
        (tables.FalloutRow, FalloutProgress),
        (tables.TaskRow, TaskProgress),
        (tables.AuditProgressRow, AuditEntry),
        (tables.AuditServiceRow, AuditEntry),
        (tables.LostExecutionRow, LostExecution),
    ],
)
def test_a_row_has_a_column_for_every_field_of_what_it_holds(row: type[Row], model: type[Recorded]) -> None:
    assert set(model.model_fields) - set(row.model_fields) == set()
