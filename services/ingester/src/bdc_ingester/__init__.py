"""Takes in files of CI results from a spool."""
