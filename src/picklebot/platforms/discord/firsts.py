"""First answers that are on their way to Discord."""

from __future__ import annotations

from typing import Final

import anyio

PATIENCE: Final = 5.0
"""Seconds after which a reply no longer waits; Discord takes no first answer that late."""


class FirstAnswers:
    """Lets the reply to a submitted form wait for its first answer, before which Discord knows no reply.

    A form is kept before it is answered, and its reply may be there at once. What nobody expects is not waited for.
    """

    def __init__(self) -> None:
        self._expected: dict[str, anyio.Event] = {}

    def expect(self, interaction: str) -> None:
        """The first answer to this interaction is to come."""
        self._expected[interaction] = anyio.Event()

    def settle(self, interaction: str) -> None:
        """It was given, or will not be."""
        if (expected := self._expected.pop(interaction, None)) is not None:
            expected.set()

    async def given(self, interaction: str) -> None:
        """Return when it was settled, or after PATIENCE."""
        if (expected := self._expected.get(interaction)) is not None:
            with anyio.move_on_after(PATIENCE):
                await expected.wait()
