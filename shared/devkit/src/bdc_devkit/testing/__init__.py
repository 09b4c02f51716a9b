"""What the pytest fixtures stand on: a test run's servers and its databases."""
