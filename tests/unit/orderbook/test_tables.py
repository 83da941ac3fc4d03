"""The two writers share no table, and neither can be stopped by what the other has not written (`design.md` §2)."""

from __future__ import annotations

import ast
import inspect
from types import ModuleType

import pytest
from sqlalchemy.dialects import sqlite

from catalog.base import Recorded
from fulfillment.progress import (
    AuditEntry,
    ChangeProgress,
    FalloutProgress,
    HoldProgress,
    LateAnswerProgress,
    LineProgress,
    StepProgress,
    TaskProgress,
)
from orderbook import (
    asset_tables,
    assignments,
    catalog_tables,
    change_tables,
    changes,
    claim_tables,
    claiming,
    claims,
    deliveries,
    desk_tables,
    events,
    execution,
    feed_tables,
    holds,
    intake,
    jeopardy,
    jeopardy_tables,
    late_callbacks,
    notices,
    plans,
    publications,
    stop_tables,
    strays,
    switches,
    tables,
    versions,
)
from orderbook.events import Event
from orderbook.notices import Told, WebhookState
from orderbook.switches import SystemSwitch
from orderbook.tables import Row
from orderbook.tasks import Claim
from orderbook.views import LostExecution

SERVICE: tuple[ModuleType, ...] = (
    intake, publications, versions, claims, notices, strays, jeopardy, assignments, switches,
)  # fmt: skip
ACTIVITIES: tuple[ModuleType, ...] = (execution, events, late_callbacks, holds, changes, claiming, deliveries)
"""The modules of each writer that write; others only read."""
SHARED: tuple[ModuleType, ...] = (plans,)
"""What both write: rows that are named by their content, so that whoever comes second writes nothing."""
TABLES: tuple[ModuleType, ...] = (
    tables, catalog_tables, change_tables, claim_tables, feed_tables, jeopardy_tables, desk_tables, stop_tables,
    asset_tables,
)  # fmt: skip


def rows_of(modules: tuple[ModuleType, ...]) -> set[str]:
    """Return the tables whose rows the modules import."""
    trees = [ast.parse(inspect.getsource(each)) for each in modules]
    imports = [each for tree in trees for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]
    by_module = {each.__name__: each for each in TABLES}
    names = [
        (by_module[str(each.module)], name.name) for each in imports if each.module in by_module for name in each.names
    ]
    found = [getattr(module, name) for module, name in names]
    return {str(each.__tablename__) for each in found if isinstance(each, type) and issubclass(each, Row)}


def test_no_table_has_two_writers_and_none_has_no_writer() -> None:
    service, activities = rows_of(SERVICE), rows_of(ACTIVITIES)

    assert service & activities == set()
    assert service | activities | rows_of(SHARED) == set(Row.metadata.tables)


def test_what_both_writers_write_is_never_changed() -> None:
    called = [each.attr for each in ast.walk(ast.parse(inspect.getsource(plans))) if isinstance(each, ast.Attribute)]
    assert rows_of(SHARED) == {"plans"}
    assert "add" in called
    assert not {"merge", "execute", "delete"} & set(called)


def test_foreign_keys_stay_within_one_writers_tables() -> None:
    service = rows_of(SERVICE)

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
        (desk_tables.LateCallbackRow, LateAnswerProgress),
        (tables.AuditServiceRow, AuditEntry),
        (tables.LostExecutionRow, LostExecution),
        (stop_tables.HoldRow, HoldProgress),
        (change_tables.OrderChangeRow, ChangeProgress),
        (stop_tables.SystemSwitchRow, SystemSwitch),
        (jeopardy_tables.OrderJeopardyRow, jeopardy.OrderInJeopardy),
        (jeopardy_tables.StepJeopardyRow, jeopardy.StepInJeopardy),
        (claim_tables.TaskClaimRow, Claim),
        (feed_tables.EventRow, Event),
        (feed_tables.NotificationRow, Told),
        (feed_tables.WebhookCursorRow, WebhookState),
    ],
)
def test_a_row_has_a_column_for_every_field_of_what_it_holds(row: type[Row], model: type[Recorded]) -> None:
    assert set(model.model_fields) - set(row.model_fields) == set()
