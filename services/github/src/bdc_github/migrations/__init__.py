"""Alembic revisions of the schema `github`; the chassis is their environment."""
