"""A speaker's conversations: beginning one, seeing those there are, and going back to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from picklebot import clock
from picklebot.bus.commands.desk import CarryOut, argument
from picklebot.model import words
from picklebot.model.choice import Choice, Choices, Said, Suggestion
from picklebot.model.message import Command, InboundMessage
from picklebot.model.session import Session
from picklebot.ports.agents import Agents
from picklebot.ports.storage import SessionStore, Transaction
from picklebot.sessions.resolver import SessionResolver

PAGE: Final = 5
"""Conversations on one page of the list."""
_SHORTEST: Final = 6
"""So much of an id must be given to name a session by it; a shorter number is its place in the list."""
_LOOKED_THROUGH: Final = 200
_LONGEST_LABEL: Final = 40
LONGEST_TITLE: Final = 80


class Conversations:
    """`/new /sessions /resume /title`. A speaker sees and resumes only what was begun under a key of theirs."""

    def __init__(self, resolver: SessionResolver, sessions: SessionStore, agents: Agents) -> None:
        self._resolver = resolver
        self._agents = agents
        self._sessions = sessions

    def known(self) -> Mapping[str, CarryOut]:
        """See Group."""
        return {"new": self._new, "sessions": self._list, "resume": self._resume, "title": self._title}

    def suggest(self, tx: Transaction, message: InboundMessage) -> Sequence[Suggestion]:
        """The newest conversations with what is typed in their titles."""
        typed = argument(message).casefold()
        found = self._resolver.theirs(tx, message, limit=_LOOKED_THROUGH)
        return [Suggestion(title_of(it), it.id) for it in found if typed in title_of(it).casefold()]

    def _new(self, tx: Transaction, message: InboundMessage) -> Said:
        """The one that follows is with the same agent where its speaker chose that, and it is still there."""
        earlier = self._resolver.current(tx, message)
        stays = earlier is not None and earlier.agent_chosen and earlier.agent in self._agents.ids()
        self._resolver.renew(tx, message, agent=earlier.agent if earlier and stays else None)
        return Said(words.NEW_SESSION)

    def _list(self, tx: Transaction, message: InboundMessage) -> Said:
        """One page, the newest first; `/sessions 2` is the second."""
        page = max(1, _number(message))
        found = self._resolver.theirs(tx, message, limit=PAGE + 1, offset=(page - 1) * PAGE)
        if not found:
            return Said(words.NO_SESSIONS if page == 1 else words.NO_MORE_SESSIONS)
        current = self._resolver.current(tx, message)
        first = (page - 1) * PAGE + 1
        lines = [
            _line(number, session, here=current is not None and session.id == current.id)
            for number, session in enumerate(found[:PAGE], first)
        ]
        return Said(
            "\n".join([words.SESSIONS, *lines, "", words.HOW_TO_RESUME]),
            _choices(found[:PAGE], first, page, more=len(found) > PAGE),
        )

    def _resume(self, tx: Transaction, message: InboundMessage) -> Said:
        """Go on in a conversation that is named by its number in the list, its id, or how its id begins."""
        wanted = argument(message)
        if not wanted:
            return self._list(tx, message)
        session = self._named(tx, message, wanted)
        if session is None:
            return Said(words.NO_SUCH_SESSION.format(session=wanted[:_LONGEST_LABEL]))
        self._resolver.rebind(tx, message, session)
        return Said(
            words.RESUMED.format(
                title=title_of(session), count=words.counted("message", session.message_count)
            )
        )

    def _title(self, tx: Transaction, message: InboundMessage) -> Said:
        session = self._resolver.current(tx, message)
        if session is None:
            return Said(words.NO_SESSIONS)
        if not (title := " ".join(argument(message).split())[:LONGEST_TITLE]):
            return Said(f"{words.TITLE.format(title=title_of(session))}\n{words.ASKS['title']}")
        self._sessions.keep(tx, replace(session, title=title))
        return Said(words.TITLED.format(title=title))

    def _named(self, tx: Transaction, message: InboundMessage, wanted: str) -> Session | None:
        if wanted.isdecimal() and len(wanted) < _SHORTEST:
            found = self._resolver.theirs(tx, message, limit=1, offset=max(0, int(wanted) - 1))
            return found[0] if found else None
        session = self._sessions.get(tx, wanted)
        if session is not None:
            return session if self._owns(tx, message, session) else None
        if len(wanted) < _SHORTEST:
            return None
        fitting = [
            one for one in self._resolver.theirs(tx, message, limit=1_000) if one.id.startswith(wanted)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def _owns(self, tx: Transaction, message: InboundMessage, session: Session) -> bool:
        keys = self._resolver.keys(tx, message)
        return (session.platform, session.speaker) in {(key.platform, key.text) for key in keys}


def title_of(session: Session) -> str:
    """What people know a conversation by."""
    return session.title or words.UNTITLED


def _line(number: int, session: Session, *, here: bool) -> str:
    return words.SESSION_LINE.format(
        number=number,
        title=title_of(session),
        count=words.counted("message", session.message_count),
        ago=words.ago(clock.now() - (session.last_message_at or session.created_at)),
        here=words.HERE if here else "",
    )


def _choices(sessions: Sequence[Session], first: int, page: int, *, more: bool) -> Choices:
    rows = [
        (Choice(f"{number}. {title_of(session)}"[:_LONGEST_LABEL], Command("resume", session.id)),)
        for number, session in enumerate(sessions, first)
    ]
    turning = [Choice(words.NEWER, Command("sessions", str(page - 1)))] if page > 1 else []
    if more:
        turning.append(Choice(words.OLDER, Command("sessions", str(page + 1))))
    return (*rows, *([tuple(turning)] if turning else []))


def _number(message: InboundMessage) -> int:
    args = argument(message)
    return int(args) if args.isdecimal() and len(args) < _SHORTEST else 1
