"""Who is who: turns the accounts that sources show into people."""
