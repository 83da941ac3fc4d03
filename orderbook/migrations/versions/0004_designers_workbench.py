"""The designer's workbench: which catalog version was in force when, who put it there and why."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add to what there is; versions that were published before count as published when they were stored."""
    op.create_table(
        "catalog_publications",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.ForeignKeyConstraint(["digest"], ["catalog_versions.digest"]),
    )
    op.execute(
        "INSERT INTO catalog_publications (seq, digest, kind, at, author, note) "
        "SELECT ROW_NUMBER() OVER (ORDER BY created_at, label), digest, 'publish', created_at, author, note "
        "FROM catalog_versions WHERE label NOT LIKE 'draft-%'"
    )
