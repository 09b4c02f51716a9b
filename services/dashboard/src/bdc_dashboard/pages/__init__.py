"""One module per page: ask the read APIs and the store, lay out charts, render."""
