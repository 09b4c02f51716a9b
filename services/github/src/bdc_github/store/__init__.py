"""The schema `github`: set-based writes, in any order and any number of times with the same result."""
