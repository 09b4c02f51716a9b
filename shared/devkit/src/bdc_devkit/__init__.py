"""The bdc command, the embedded stack, pytest fixtures and benches; never in a production image."""
