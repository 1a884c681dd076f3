"""Who is one person in several places, and the codes by which they show it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from picklebot.model.linking import LinkOffer
from picklebot.model.person import Identity
from picklebot.ports.storage import Transaction


class Links(Protocol):
    """Identities that were joined, and offers to join one."""

    def joined(self, tx: Transaction, identity: Identity) -> Sequence[Identity]:
        """All that this person speaks as, this one first; this one alone where nothing was joined."""
        ...

    def join(self, tx: Transaction, one: Identity, other: Identity) -> None:
        """From now on these two, and whoever either was joined with, are one person."""
        ...

    def part(self, tx: Transaction, identity: Identity) -> None:
        """This one is by itself again; the others stay joined."""
        ...

    def offer(self, tx: Transaction, offer: LinkOffer) -> None:
        """Keep this offer instead of an earlier one of the same identity."""
        ...

    def offered(self, tx: Transaction, digest: str, now: datetime) -> LinkOffer | None:
        """The offer with this digest, as long as it is good."""
        ...

    def withdraw(self, tx: Transaction, identity: Identity) -> None:
        """The offer of this identity is taken, or over."""
        ...
