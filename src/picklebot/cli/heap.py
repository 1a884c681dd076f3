"""What a program has loaded is never garbage: the collector need not walk over it again and again."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def loading() -> Generator[None]:
    """Keep the garbage collector away while something is loaded that stays until the process ends.

    A platform's library makes some 250,000 objects when it is imported, and Python meanwhile looks over and over
    for garbage among them: a sixth of a start's time. What is there at the end of the block is set apart, so
    that no later collection walks over it in the middle of somebody's reply.
    """
    gc.disable()
    try:
        yield
        gc.collect()  # what is garbage now would be set apart with the rest, and stay
        gc.freeze()
    finally:
        gc.enable()
