"""The archives of a list, each kind by its reader: to the raw archive, to the bus, then the cursor moves."""
