"""What an order needs to go on from the order book alone, and the executions that were found lost."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add to what there is: rows of the former revision stay as they are."""
    op.add_column("steps", sa.Column("kept", sa.Text(), nullable=True))
    op.add_column("order_progress", sa.Column("facts", sa.Text(), nullable=True))
    op.create_table(
        "lost_executions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("found_at", sa.String(27), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("restarted_at", sa.String(27), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_lost_executions_number"), "lost_executions", ["number"], unique=False)
