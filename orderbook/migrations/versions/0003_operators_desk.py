"""The operator's desk: assignments, claims, switches, holds, events, and what people were told."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add to what there is: rows of the former revision stay as they are."""
    op.create_table(
        "events",
        sa.Column("position", _POSITION, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_events_number"), "events", ["number"], unique=False)
    op.create_table(
        "notifications",
        sa.Column("id", _POSITION, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("webhook", sa.String(), nullable=True),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("told_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "subject", "level"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "webhook_cursors",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", _POSITION, nullable=False),
        sa.Column("notified", _POSITION, nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("claimed_until", sa.String(27), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.String(27), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("delivered_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.add_column("fallouts", sa.Column("notify", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("fallouts", sa.Column("alternative", sa.String(), nullable=True))
    op.add_column("tasks", sa.Column("due_after", sa.Text(), nullable=True))
    op.add_column("tasks", sa.Column("products", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "task_claims",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=True),
        sa.Column("queued_at", sa.String(27), nullable=False),
        sa.Column("assignee", sa.String(), nullable=False),
        sa.Column("due_at", sa.String(27), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", "step", "opened_at", "no"),
    )
    op.create_index(op.f("ix_task_claims_assignee"), "task_claims", ["assignee"], unique=False)
    op.create_table(
        "queue_turns",
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("last", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("queue"),
    )
    op.add_column("steps", sa.Column("system", sa.String(), nullable=False, server_default=""))
    op.create_index(op.f("ix_steps_system"), "steps", ["system"], unique=False)
    op.create_table(
        "system_switches",
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("offline", sa.Boolean(), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("system"),
    )
    op.create_table(
        "holds",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.String(27), nullable=False),
        sa.Column("released_at", sa.String(27), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=False),
        sa.Column("release_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["order_progress.number"]),
        sa.PrimaryKeyConstraint("number", "no"),
    )
    op.add_column("steps", sa.Column("due", sa.String(27), nullable=True))
    op.create_table(
        "order_jeopardy",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("promise", sa.String(), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("promised", sa.String(27), nullable=True),
        sa.Column("predicted_completion", sa.String(27), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("looked_at", sa.String(27), nullable=False),
        sa.Column("next_look_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_order_jeopardy_level"), "order_jeopardy", ["level"], unique=False)
    op.create_index(op.f("ix_order_jeopardy_next_look_at"), "order_jeopardy", ["next_look_at"], unique=False)
    op.create_table(
        "step_jeopardy",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("at_risk_at", sa.String(27), nullable=True),
        sa.Column("late_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("number", "step"),
    )
    op.create_table(
        "fallout_assignments",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", "step", "no"),
    )
    op.create_index(op.f("ix_fallout_assignments_owner"), "fallout_assignments", ["owner"], unique=False)
    op.create_table(
        "late_callbacks",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", "step", "no"),
    )
