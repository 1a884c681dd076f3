"""Conversations in writing: Markdown for people, JSON for programs. Of too much, the newest. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from picklebot.model import words
from picklebot.model.history import HistoryMessage, Role
from picklebot.model.result_path import name_of
from picklebot.model.session import Session


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was written down. It is not `whole` when older messages are left out."""

    text: str
    whole: bool


class Room:
    """So many characters. What does not fit ends it: after that nothing does, so that no gap is left."""

    def __init__(self, characters: int) -> None:
        self._left = characters
        self.enough = True

    def fits(self, text: str) -> bool:
        """Take that much of it; tells whether there was so much."""
        self._left -= len(text)
        self.enough = self.enough and self._left >= 0
        return self.enough


def as_markdown(session: Session, messages: Iterable[HistoryMessage], most: int) -> Transcript:
    """One conversation as it reads, without what tools said. Messages come newest first."""
    room = Room(most)
    spoken = (it for it in messages if it.role is not Role.TOOL and (it.text.strip() or it.files))
    parts = (f"**{_who(it)}**, {it.at:%Y-%m-%d %H:%M}\n\n{_content(it)}" for it in spoken)
    kept = list(takewhile(room.fits, parts))
    return Transcript("\n\n".join([f"# {session.title or words.UNTITLED}", *reversed(kept)]), room.enough)


def as_json(conversations: Iterable[tuple[Session, Iterable[HistoryMessage]]], most: int) -> Transcript:
    """Conversations with their messages in a fence of code, valid whatever is left out. All come newest first."""
    room = Room(most)
    every: list[dict[str, Any]] = []
    for session, messages in conversations:
        head = _head(session)
        if not room.fits(_dumped(head)):
            break
        kept = list(takewhile(lambda it: room.fits(_dumped(it)), map(_row, messages)))
        every.append(head | {"messages": kept[::-1]})
    return Transcript(f"```json\n{_dumped(every)}\n```", room.enough)


def _head(session: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "agent": session.agent,
        "title": session.title,
        "created_at": session.created_at.isoformat(),
    }


def _row(it: HistoryMessage) -> dict[str, Any]:
    row = {"role": str(it.role), "agent": it.agent, "at": it.at.isoformat(), "text": it.text}
    return row | {"files": list(it.files)} if it.files else row


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _content(message: HistoryMessage) -> str:
    """The words, and the names of the files that came with them."""
    blocks = [message.text.strip()] if message.text.strip() else []
    if message.files:
        blocks.append(words.FILES_OF.format(names=", ".join(map(name_of, message.files))))
    return "\n\n".join(blocks)


def _who(message: HistoryMessage) -> str:
    match message.role:
        case Role.USER:
            return words.YOU
        case Role.SUMMARY:
            return words.SUMMARY
        case Role.ASSISTANT | Role.TOOL:
            return message.agent
