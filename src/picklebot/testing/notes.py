"""What becomes of a parcel's parts, kept in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO

from picklebot.model.choice import Button, Buttons, Choices
from picklebot.model.result_path import name_of
from picklebot.ports.results import OpenFile


@dataclass(slots=True)
class MemoryNotes:
    """Implements `ports.platform.PartNotes`: message ids by part, the parts under way, and those in doubt.

    `complete` says that the last part was posted as such, `offered` is what may be chosen meanwhile. `files` go with
    the reply, by path, and links to them begin with `public_url`, where there is one.
    """

    posted: dict[int, str] = field(default_factory=dict[int, str])
    under_way: set[int] = field(default_factory=set[int])
    uncertain: set[int] = field(default_factory=set[int])
    complete: bool = False
    offered: Choices = ()
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    public_url: str = ""

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

    async def open_file(self, path: str) -> OpenFile | None:
        """See PartNotes."""
        if path not in self.files:
            return None
        data = self.files[path]
        return OpenFile(name_of(path), "application/octet-stream", len(data), BytesIO(data))

    async def link_file(self, path: str) -> str:
        """See PartNotes."""
        return f"{self.public_url}/{path}" if self.public_url else ""
