"""Whether two profiles are one person, as far as their names, addresses and logins tell: pure functions of values."""
