"""Alembic revisions of the schema `dashboard`."""
