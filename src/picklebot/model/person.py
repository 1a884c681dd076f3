"""Who somebody is: one account on one platform. A person may have several, joined by `/link`."""

from __future__ import annotations

from dataclasses import dataclass

from picklebot.model.message import Address, Sender


@dataclass(frozen=True, slots=True)
class Identity:
    """An account on one platform."""

    platform: str
    user_id: str


def identity_of(address: Address, sender: Sender) -> Identity:
    """Who speaks there."""
    return Identity(sender.platform or address.platform, sender.user_id)
