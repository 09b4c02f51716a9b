"""What submissions say, merged, in PostgreSQL."""
