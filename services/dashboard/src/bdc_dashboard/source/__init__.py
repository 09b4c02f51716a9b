"""Clients of the read APIs of the other services: HTTP and JSON in, frozen dataclasses out."""
