"""Files that people and the bot sent, and their JSON on the wire."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MOST_FILES = 1_000
MOST_BYTES = 256 * 1024 * 1024
LARGEST_DOWNLOAD = 20 * 1024 * 1024
LARGEST_UPLOAD = 50 * 1024 * 1024
LARGEST_PHOTO = 10 * 1024 * 1024


class FileKind(StrEnum):
    """What a file is sent as."""

    PHOTO = "photo"
    DOCUMENT = "document"
    STICKER = "sticker"
    VOICE = "voice"
    AUDIO = "audio"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file at rest; `path` is its place below `/file/bot<token>/`."""

    id: str
    name: str
    mime: str
    data: bytes
    path: str

    @property
    def unique_id(self) -> str:
        """An id that equal content shares, whoever sent it."""
        return hashlib.sha256(self.data).hexdigest()[:16]


@dataclass(slots=True)
class FileStore:
    """The newest files: at most 1,000 of them and 256 MiB together."""

    _files: OrderedDict[str, StoredFile] = field(default_factory=OrderedDict[str, StoredFile])
    _bytes: int = 0
    _made: int = 0

    def add(self, kind: FileKind, name: str, mime: str, data: bytes) -> StoredFile:
        """Keep a file and give it an id; the oldest go when there are too many."""
        self._made += 1
        suffix = name.rpartition(".")[2] if "." in name else "bin"
        safe = suffix if suffix.isalnum() and suffix.isascii() else "bin"
        file = StoredFile(
            f"sandbox-{kind}-{self._made}", name, mime, data, f"{kind}s/file_{self._made}.{safe}"
        )
        self._files[file.id] = file
        self._bytes += len(data)
        while len(self._files) > MOST_FILES or (self._bytes > MOST_BYTES and len(self._files) > 1):
            self._bytes -= len(self._files.popitem(last=False)[1].data)
        return file

    def find(self, file_id: str) -> StoredFile | None:
        """Give a file by its id."""
        return self._files.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        """Give a file by its path."""
        return next((file for file in self._files.values() if file.path == path), None)


def media_json(kind: FileKind, file: StoredFile, emoji: str = "🥒") -> dict[str, Any]:
    """Give the field that a message carries for a file: `{"photo": [...]}`, `{"document": {...}}` and so on.

    `emoji` is what a sticker stands for.
    """
    base: dict[str, Any] = {
        "file_id": file.id,
        "file_unique_id": file.unique_id,
        "file_size": len(file.data),
    }
    match kind:
        case FileKind.PHOTO:
            return {kind: [base | {"width": 90, "height": 90}, base | {"width": 800, "height": 800}]}
        case FileKind.DOCUMENT:
            return {kind: base | {"file_name": file.name, "mime_type": file.mime}}
        case FileKind.STICKER:
            look = {"width": 512, "height": 512, "is_animated": False, "is_video": False, "emoji": emoji}
            return {kind: base | look | {"type": "regular"}}
        case FileKind.VOICE:
            return {kind: base | {"duration": 1, "mime_type": file.mime}}
        case FileKind.AUDIO:
            return {kind: base | {"duration": 1, "file_name": file.name, "mime_type": file.mime}}
        case FileKind.VIDEO:
            look = {"width": 640, "height": 360, "duration": 1}
            return {kind: base | look | {"file_name": file.name, "mime_type": file.mime}}
