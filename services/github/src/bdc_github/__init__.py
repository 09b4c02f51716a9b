"""Collects repositories, branches and commits."""
