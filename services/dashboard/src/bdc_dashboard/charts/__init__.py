"""Charts as geometry: pure functions from numbers and dates to places on a canvas; templates draw them as SVG."""
