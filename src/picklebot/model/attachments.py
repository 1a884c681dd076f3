"""What comes besides words, told in one line each. Pure; names and notes are whatever somebody wrote."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from picklebot.model.message import Attachment

FILES: Final = frozenset({"photo", "document", "video", "video_note", "animation", "voice", "audio"})
"""Kinds that are a file, to be fetched by its id. Of the others, what they say is all there is."""

_LONGEST: Final = 300
_UNITS: Final = ((1 << 20, "MB"), (1 << 10, "kB"))


def one_line(text: str) -> str:
    """A text of any length on one line, cut where that is long, so that it cannot pass for another line."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def line(attachment: Attachment) -> str:
    """What somebody is told who cannot see it: `[document plan.pdf, 12 kB]`, `[location 1.5, 13.4]`."""
    kind = attachment.kind.replace("_", " ")
    if attachment.kind not in FILES:
        return f"[{one_line(f'{kind} {attachment.note}')}]"
    facts = (one_line(attachment.mime), size(attachment.size) if attachment.size else "")
    return f"[{', '.join(filter(None, (one_line(f'{kind} {attachment.name}'), *facts)))}]"


def lines(attachments: Iterable[Attachment]) -> str:
    """A line for each."""
    return "\n".join(map(line, attachments))


def readable(attachment: Attachment) -> bool:
    """Whether anything of it can be told to an agent."""
    return attachment.kind in FILES or bool(attachment.note)


def with_lines(text: str, attachments: Iterable[Attachment]) -> str:
    """A text, and what came with it; a text that tells no more than that stays as it is."""
    came = lines(attachments)
    return text if text == came else "\n".join(filter(None, (text, came)))


def size(count: int) -> str:
    """So many bytes, for people."""
    unit, name = next((each for each in _UNITS if count >= each[0]), (1, "bytes"))
    return f"{count / unit:.0f} {name}" if count >= 10 * unit or unit == 1 else f"{count / unit:.1f} {name}"
