"""Reads what came with a question: pictures to look at, documents and recordings in words, the rest in a line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from picklebot.agents.question import document, spoken, told, unread
from picklebot.errors import EngineError, FileError
from picklebot.model import words
from picklebot.model.attachments import line
from picklebot.model.job import Job
from picklebot.model.message import Attachment
from picklebot.model.picture import Picture, picture_of
from picklebot.ports.media import Fetcher, MediaStore
from picklebot.ports.transcriber import Transcriber

log = structlog.get_logger()

LARGEST: Final = 20_000_000
"""Bytes of a file that is fetched."""
LARGEST_PICTURE: Final = 5_000_000
MOST_FILES: Final = 10
"""So many files of a question are read."""

HEARD: Final = frozenset({"voice", "audio", "video_note"})
_TEXTS: Final = re.compile(
    r"text/.*|application/(json|xml|yaml|x-yaml|toml|javascript|x-sh|sql|x-ndjson)|.*\+(json|xml)"
)
_TEXT_NAMES: Final = re.compile(
    r".*\.(txt|md|csv|tsv|json|ya?ml|toml|ini|cfg|log|py|js|ts|sh|sql|html?|css|xml|rs|go|c|h|cpp|java|rb|tex)",
    re.IGNORECASE,
)
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Read:
    """A question as it is asked: in words, with pictures."""

    text: str
    pictures: tuple[Picture, ...] = ()


class Reading:
    """Fetches files from their platforms, once each."""

    def __init__(
        self,
        store: MediaStore,
        fetchers: Mapping[str, Fetcher],
        *,
        transcriber: Transcriber | None = None,
        largest: int = LARGEST,
    ) -> None:
        self._store = store
        self._fetchers = fetchers
        self._transcriber = transcriber
        self._largest = largest

    async def read(self, job: Job) -> Read:
        """The question with what came with it. Raises EngineError where a file may be had a little later."""
        contents, pictures = list[str](), list[Picture]()
        for index, file in enumerate(job.attachments):
            content = await self._content(job, index, file)
            if isinstance(content, Picture):
                pictures.append(content)
            contents.append(line(file) if isinstance(content, Picture) else content)
        return Read(told(job, contents), tuple(pictures))

    async def _content(self, job: Job, index: int, file: Attachment) -> Picture | str:
        kind = _kind(file)
        if not kind or index >= MOST_FILES or (kind == "heard" and self._transcriber is None):
            return line(file)
        if file.size > self._largest:
            return unread(file, "too large to be read")
        try:
            data = await self._fetch(job, index, file)
        except FileError as error:
            log.warning("a file could not be fetched", turn=job.id, error=str(error), again=error.retryable)
            if error.retryable:
                raise EngineError("no_file", words.NO_FILE, detail=str(error), retryable=True) from None
            return unread(file, "it cannot be had")
        return await self._interpret(kind, file, data)

    async def _interpret(self, kind: str, file: Attachment, data: bytes) -> Picture | str:
        if kind == "heard" and self._transcriber is not None:
            return spoken(file, await self._transcriber.transcribe(data, _name(file)))
        if kind == "text":
            text = _decoded(data)
            return unread(file, "it is no text") if text is None else document(file, text)
        picture = picture_of(data) if len(data) <= LARGEST_PICTURE else None
        return picture or unread(file, "it cannot be looked at")

    async def _fetch(self, job: Job, index: int, file: Attachment) -> bytes:
        name = f"{job.id}-{index}-{_name(file)}"
        kept = await self._store.read(job.session_id, name)
        if kept is not None:
            return kept
        fetcher = self._fetchers.get(job.address.platform)
        if fetcher is None:
            raise FileError(f"{job.address.platform} has no files")
        data = await fetcher.fetch(file, self._largest)
        await self._store.keep(job.session_id, name, data)
        return data


def _kind(file: Attachment) -> str:
    """How a file is read; empty for one that is only told of."""
    if file.kind in HEARD:
        return "heard"
    if file.kind == "photo" or (file.kind == "document" and file.mime.startswith("image/")):
        return "seen"
    is_text = _TEXTS.fullmatch(file.mime) or _TEXT_NAMES.fullmatch(file.name)
    return "text" if file.kind == "document" and is_text else ""


def _decoded(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _name(file: Attachment) -> str:
    """A name for a file of ours: whoever named theirs names no path."""
    return _UNSAFE.sub("_", file.name).strip("._")[-60:] or file.kind
