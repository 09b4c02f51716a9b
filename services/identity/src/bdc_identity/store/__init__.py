"""The service's tables: what was seen, who it makes up, what is still to be announced, and the queries over it."""
