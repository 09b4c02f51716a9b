"""Turns accounts into people."""
