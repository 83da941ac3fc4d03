"""Assets: what accounts own, how it came to be, and which order changes it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add to what there is: what was delivered before belongs to nobody's assets."""
    op.create_table(
        "assets",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("valid_from", sa.String(27), nullable=True),
        sa.Column("valid_to", sa.String(27), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_assets_account_product", "assets", ["account", "product"])
    op.create_index("ix_assets_parent", "assets", ["parent"])
    op.create_table(
        "asset_sources",
        sa.Column("asset", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("asset", "source"),
    )
    op.create_index("ix_asset_sources_source", "asset_sources", ["source"])
    op.create_table(
        "asset_history",
        sa.Column("asset", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("asset", "number"),
    )
    op.create_index("ix_asset_history_number", "asset_history", ["number"])
    op.create_table(
        "asset_claims",
        sa.Column("asset", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("asset"),
    )
    op.create_index("ix_asset_claims_number", "asset_claims", ["number"])
    op.create_table(
        "asset_waits",
        sa.Column("asset", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("accepted_at", sa.String(27), nullable=False),
        sa.Column("asked_at", sa.String(27), nullable=False),
        sa.Column("waits_for", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("asset", "number"),
    )
    op.create_index("ix_asset_waits_number", "asset_waits", ["number"])
