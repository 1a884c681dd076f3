"""Files that agents write, in a folder of their session's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from picklebot.model.enclosure import Enclosure
from picklebot.ports.storage import Transaction


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file as it is now: its path in the session's folder, its size in bytes, and when it was last written.

    `media_type` goes by its name.
    """

    path: str
    size: int
    modified: datetime
    media_type: str


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file to be read, and then closed. Whoever writes it meanwhile changes nothing of what is read here."""

    name: str
    media_type: str
    size: int
    content: BinaryIO


class ResultStore(Protocol):
    """The files of all sessions. A path is one of `model.result_path`; no other leads anywhere."""

    async def write(self, session_id: str, path: str, data: bytes) -> None:
        """Keep this under that path, in the place of what is there; it is durable, and whole, or not there at all.

        Raises ResultError, with a sentence for the model, for a file that cannot be kept.
        """
        ...

    async def files(self, session_id: str) -> Sequence[ResultFile]:
        """What there is, by path."""
        ...

    async def open(self, session_id: str, path: str) -> OpenFile | None:
        """The file of that path, None where there is none."""
        ...

    async def remove(self, session_id: str) -> None:
        """Remove all of them. Raises OSError when something stays."""
        ...


class TurnFiles(Protocol):
    """The session's files, as the tools of one turn see them. Paths are whatever a model gives.

    Every method raises ResultError, with a sentence for the model.
    """

    async def write(self, path: str, data: bytes) -> str:
        """Keep a file, which goes with the turn's answer into the chat; gives its path in the form that is kept."""
        ...

    async def files(self) -> Sequence[ResultFile]:
        """What there is, by path."""
        ...

    async def read(self, path: str) -> bytes:
        """The content of a file."""
        ...

    @property
    def written(self) -> tuple[Enclosure, ...]:
        """What was written so far, each file once."""
        ...


class FileLinks(Protocol):
    """Files that whoever has a link may fetch. A handle cannot be guessed, and is kept as its digest alone."""

    def offer(self, tx: Transaction, session_id: str, path: str, until: datetime) -> str:
        """Let this file be fetched until then, by the handle that it gives."""
        ...

    def find(self, tx: Transaction, handle: str, now: datetime) -> tuple[str, str] | None:
        """The session and the path that a handle stands for; None for one that is unknown or too old."""
        ...
