"""How somebody shows that they speak from two places: a code that is made in one of them and said in the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from picklebot.model.message import Address
from picklebot.model.pairing import digest_of
from picklebot.model.person import Identity

VALID: Final = timedelta(minutes=10)
"""So long a code is good, once."""


@dataclass(frozen=True, slots=True)
class LinkOffer:
    """Somebody made a code, and may be reached at `address`. `digest` is all that is kept of the code."""

    digest: str
    identity: Identity
    name: str
    address: Address
    until: datetime


def digest_of_link(code: str) -> str:
    """What is kept of a code; spaces, dashes and case do not count."""
    return digest_of(code, "link", "")
