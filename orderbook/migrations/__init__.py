"""Alembic's scripts, found by module path so that they need no configuration file."""
