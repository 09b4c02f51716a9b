"""Makes every document searchable."""
