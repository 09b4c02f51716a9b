"""Collects the messages of mailing lists."""
