"""Alembic runs this: it takes the open transaction from `orderbook.migrate` and migrates inside it."""

from alembic import context

from orderbook.tables import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    # SQLite's tables change inside transactions too, once the driver does not begin them by itself.
    transactional_ddl=True,
)
context.run_migrations()
