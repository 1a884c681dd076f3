"""A session: one conversation of one speaker with one agent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

SESSION_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a session id may look like. It never holds a path separator, so it can name a folder."""


class SessionMode(StrEnum):
    """How a session is run. Only `policy_of` branches on it."""

    CHAT = "chat"
    JOB = "job"


class Scope(StrEnum):
    """Who shares a session in a group: nobody, everybody there, or those who speak in one thread."""

    SPEAKER = "speaker"
    CHAT = "chat"
    THREAD = "thread"


class ToolKind(StrEnum):
    """What a tool may do: look at something, change something, or speak first."""

    LOOK = "look"
    ACT = "act"
    POST = "post"


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """What a mode means: `history_window` in messages, the kinds of tools, `deadline` of a turn in seconds."""

    history_window: int
    tools: frozenset[ToolKind]
    deadline: float


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it is stored. Times are aware and in UTC.

    `model` is the one that its speaker chose, empty for the agent's own; `verbose` asks for a line on how an answer
    came about. `agent_chosen` says that its speaker asked for this agent, so that it stays when they begin anew.
    """

    id: str
    agent: str
    platform: str
    speaker: str
    mode: SessionMode
    title: str
    created_at: datetime
    last_message_at: datetime | None
    message_count: int = 0
    model: str = ""
    verbose: bool = False
    agent_chosen: bool = False


def is_session_id(text: str) -> bool:
    """Whether `text` may be used as a session id."""
    return SESSION_ID.fullmatch(text) is not None


def policy_of(mode: SessionMode, *, chat_window: int, job_window: int, deadline: float) -> SessionPolicy:
    """The frozen policy of a mode. A job may also speak first, remembers more and has six times as long."""
    match mode:
        case SessionMode.CHAT:
            return SessionPolicy(chat_window, frozenset({ToolKind.LOOK, ToolKind.ACT}), deadline)
        case SessionMode.JOB:
            return SessionPolicy(job_window, frozenset(ToolKind), deadline * 6)
