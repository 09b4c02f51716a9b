"""Alembic migrations of the schema `identity`."""
