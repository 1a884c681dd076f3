"""Conversations in writing: Markdown for people, JSON for programs. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from picklebot.model import words
from picklebot.model.history import HistoryMessage, Role
from picklebot.model.session import Session


def as_markdown(session: Session, messages: Iterable[HistoryMessage]) -> str:
    """One conversation as it reads, without what tools said."""
    spoken = (it for it in messages if it.role is not Role.TOOL and it.text.strip())
    parts = (f"**{_who(it)}**, {it.at:%Y-%m-%d %H:%M}\n\n{it.text.strip()}" for it in spoken)
    return "\n\n".join([f"# {session.title or words.UNTITLED}", *parts])


def as_json(conversations: Iterable[tuple[Session, Sequence[HistoryMessage]]]) -> str:
    """Conversations with all of their messages, in a fence of code."""
    every = [
        {
            "id": session.id,
            "agent": session.agent,
            "title": session.title,
            "created_at": session.created_at.isoformat(),
            "messages": [
                {"role": str(it.role), "agent": it.agent, "at": it.at.isoformat(), "text": it.text}
                for it in messages
            ],
        }
        for session, messages in conversations
    ]
    return f"```json\n{json.dumps(every, ensure_ascii=False, indent=1)}\n```"


def _who(message: HistoryMessage) -> str:
    return words.YOU if message.role is Role.USER else message.agent
