"""A platform that brings what it has to say over HTTP."""

from __future__ import annotations

from typing import Protocol


class Webhook(Protocol):
    """What the HTTP door knows of it."""

    @property
    def path(self) -> str:
        """Where it is brought to; nobody else uses that path."""
        ...

    @property
    def host(self) -> str:
        """The public name under which the platform knows us, in lower case."""
        ...

    @property
    def header(self) -> str:
        """The header that holds the proof."""
        ...

    def admits(self, proof: bytes) -> bool:
        """Whether this proves that the platform is speaking. Takes the same time whatever it is."""
        ...

    async def take(self, body: bytes) -> None:
        """Take what was brought. Once this returns it is durable, and the platform may be told "received".

        Raises UsageError for what can never be understood, PlatformError while nobody listens, and StorageError when
        it could not be kept: the last two are brought again.
        """
        ...
