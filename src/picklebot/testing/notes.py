"""What becomes of a parcel's parts, kept in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from picklebot.model.choice import Button, Buttons, Choices


@dataclass(slots=True)
class MemoryNotes:
    """Implements `ports.platform.PartNotes`: message ids by part, the parts under way, and those in doubt.

    `complete` says that the last part was posted as such, `offered` is what may be chosen meanwhile.
    """

    posted: dict[int, str] = field(default_factory=dict[int, str])
    under_way: set[int] = field(default_factory=set[int])
    uncertain: set[int] = field(default_factory=set[int])
    complete: bool = False
    offered: Choices = ()

    async def offer(self, choices: Choices) -> Buttons:
        """See PartNotes; a handle is what pressing it says."""
        self.offered = choices
        return tuple(
            tuple(Button(it.label, f"{it.command.name} {it.command.args}") for it in row) for row in choices
        )

    @property
    def ids(self) -> tuple[str, ...]:
        """The messages of the parts in order."""
        return tuple(self.posted[index] for index in sorted(self.posted) if index >= 0)

    async def note_sending(self, index: int) -> None:
        """See PartNotes."""
        self.under_way.add(index)

    async def note_posted(self, index: int, message_id: str, *, last: bool = False) -> None:
        """See PartNotes."""
        self.complete = self.complete or last
        self.under_way.discard(index)
        self.posted[index] = message_id

    async def note_failed(self, index: int, *, maybe_done: bool) -> None:
        """See PartNotes."""
        self.under_way.discard(index)
        if maybe_done:
            self.uncertain.add(index)
