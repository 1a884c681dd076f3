"""A stranger's code, which an operator may approve."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Letters and digits of which no two look alike."""
LENGTH: Final = 8
VALID: Final = timedelta(hours=1)
MOST_PENDING: Final = 3
"""So many strangers of one platform may wait with a code; who comes then is told their id alone."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody who has a code and waits. `digest` is all that is kept of the code."""

    platform: str
    user_id: str
    name: str
    digest: str
    until: datetime


def new_code() -> str:
    """A code that cannot be guessed in its hour: one of 6 * 10^11."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def digest_of(code: str, platform: str, user_id: str) -> str:
    """What is kept of a code; it tells nothing of whoever else has one. Spaces, dashes and case do not count."""
    plain = "".join(mark for mark in code.upper() if mark.isalnum())
    return hashlib.sha256(f"{platform}\n{user_id}\n{plain}".encode("utf-8", "replace")).hexdigest()
