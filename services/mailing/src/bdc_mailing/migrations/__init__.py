"""The schema of the mailing service, revision by revision."""
