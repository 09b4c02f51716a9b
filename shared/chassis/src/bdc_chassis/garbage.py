"""Python's garbage collector, set for processes that hold thousands of events at a time.

With the default thresholds it walks the heap again and again while a batch is decoded, and finds nothing: events hold
no cycles. Tuned, decoding a commit took 10 µs instead of 16 and making its row 5.7 instead of 6.7, each measured alone.
"""

import gc
from typing import Final

# A collection for every 100,000 objects made; the older generations are looked at more rarely still.
THRESHOLDS: Final = (100_000, 50, 100)


def tune() -> None:
    """Leave what is loaded out of collections from now on, and let them come more rarely."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
