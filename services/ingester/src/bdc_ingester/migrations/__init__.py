"""The schema of the ingester, revision by revision."""
