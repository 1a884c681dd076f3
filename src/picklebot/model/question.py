"""A question that comes in several messages: an album, a text that its platform cut, a file and then the words to it.

Pure. Each message is a part of the job that answers all of them, so that one of them can still be changed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from picklebot.model.attachments import lines
from picklebot.model.job import Job
from picklebot.model.message import Part

SEQUEL: Final = 1.0
"""Seconds for the rest of an album, for the words to a file, for the comment on something forwarded."""
REMAINDER: Final = 2.0
"""Seconds for what follows a text that is about as long as a message can be."""

MOST_PARTS: Final = 20
"""So many messages make one question; what comes then begins another."""

LONGEST_MESSAGE: Final = 4096
"""UTF-16 units of the longest message of any platform: a text that fills it was cut wherever that was."""


def joined(question: Job, more: Job) -> Job:
    """The question with one more message; `more` is the job that this would have been alone."""
    return _of_parts(replace(question, awaits=more.awaits), (*parts_of(question), _part(more)))


def changed(question: Job, part_id: str, now: Job) -> Job:
    """The question with one of its messages as it reads now; `now` is the job that this would have been alone."""
    new = replace(_part(now), id=part_id)
    return _of_parts(question, tuple(new if part.id == part_id else part for part in parts_of(question)))


def without(question: Job, part_id: str) -> Job | None:
    """The question without one of its messages; None when that was all of it."""
    rest = tuple(part for part in parts_of(question) if part.id != part_id)
    return _of_parts(question, rest) if rest else None


def parts_of(question: Job) -> tuple[Part, ...]:
    """The messages that make it, the first of them under the question's own id."""
    return question.parts or (_part(question),)


def _of_parts(question: Job, parts: tuple[Part, ...]) -> Job:
    attachments = tuple(attachment for part in parts for attachment in part.attachments)
    return replace(
        question,
        parts=parts,
        quotes=parts[0].quotes,
        origin=parts[0].origin,
        text=_text(parts) or lines(attachments),
        attachments=attachments,
    )


def _part(job: Job) -> Part:
    """A message without words has none here; its job tells in their place what came."""
    text = "" if job.text == lines(job.attachments) else job.text
    return Part(job.id, text, job.attachments, job.quotes, job.origin)


def _text(parts: tuple[Part, ...]) -> str:
    """The texts one after the other: each begins a line, unless the one before was cut in the middle of one."""
    whole, end = "", ""
    for text in filter(None, (part.text for part in parts)):
        whole += end + text
        end = "" if _units(text) == LONGEST_MESSAGE else "\n"
    return whole


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
