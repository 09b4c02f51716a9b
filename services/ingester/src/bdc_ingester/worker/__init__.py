"""A worker process: takes orders over a pipe, and sees every file of them through to the archive or the failed ones."""
