"""Ids for jobs and parcels: unique for ever, and not to be guessed."""

from __future__ import annotations

import os
from collections import deque
from typing import Final

_SIZE: Final = 16
_AT_ONCE: Final = 256

_ready: deque[str] = deque()


def new_id() -> str:
    """32 hexadecimal digits, from any thread. The system is asked for many at once: it lets others go first."""
    while True:
        try:
            return _ready.popleft()
        except IndexError:
            block = os.urandom(_SIZE * _AT_ONCE).hex()
            _ready.extend(block[start : start + 2 * _SIZE] for start in range(0, len(block), 2 * _SIZE))


# A process that is forked off must not go on with the same ids.
os.register_at_fork(after_in_child=_ready.clear)
