"""How pages reach a browser: rendering, formatting, queries, security headers and error pages."""
