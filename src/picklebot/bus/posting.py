"""The service speaks first: one commit, and the message is on its way.

It also stands in the history of the session that an answer goes on in, so that the agent knows what is answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import structlog

from picklebot import clock
from picklebot.bus.destinations import Destinations
from picklebot.errors import ConflictError, NotFoundError, UsageError
from picklebot.model.history import HistoryMessage, Role
from picklebot.model.ids import new_id
from picklebot.model.message import Address, ChatKind, Sender
from picklebot.model.parcel import Parcel
from picklebot.model.session import Session
from picklebot.ports.posting import Posted, Whereabouts
from picklebot.ports.rules import Rules
from picklebot.ports.storage import (
    BindingStore,
    Database,
    HistoryStore,
    Outbox,
    SessionStore,
    Transaction,
)
from picklebot.replies.delivery import Delivery
from picklebot.sessions.key import key_for
from picklebot.sessions.resolver import SessionResolver

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PostLedgers:
    """The stores that know whom a post reaches, and keep it."""

    bindings: BindingStore
    sessions: SessionStore
    history: HistoryStore
    whereabouts: Whereabouts
    outbox: Outbox


@dataclass(frozen=True, slots=True)
class _Post:
    """A text, when it was written, and the id of its parcel."""

    id: str
    text: str
    written_at: datetime


class Posting:
    """Implements `ports.posting.Poster`."""

    def __init__(
        self,
        *,
        database: Database,
        ledgers: PostLedgers,
        resolver: SessionResolver,
        rules: Rules,
        delivery: Delivery,
        destinations: Destinations,
    ) -> None:
        self._database = database
        self._ledgers = ledgers
        self._resolver = resolver
        self._rules = rules
        self._delivery = delivery
        self._destinations = destinations

    async def post(
        self,
        text: str,
        *,
        to: str | None = None,
        session_id: str | None = None,
        post_id: str | None = None,
        written_at: datetime | None = None,
    ) -> Posted:
        """See Poster."""
        if not text.strip():
            raise UsageError("there is nothing to post; write a text")
        if to is not None and session_id is not None:
            raise UsageError("name a chat or a session, not both")
        parcel_id = _parcel_id(post_id, to, session_id) if post_id else new_id()
        post = _Post(parcel_id, text, written_at or clock.now())
        if session_id is not None:
            return await self._database.write(lambda tx: self._to_session(tx, session_id, post))
        address = self._destinations.default() if to is None else self._destinations.named(to)
        return await self._database.write(lambda tx: self._to_chat(tx, address, post))

    def _to_session(self, tx: Transaction, session_id: str, post: _Post) -> Posted:
        session = self._ledgers.sessions.get(tx, session_id)
        if session is None:
            raise NotFoundError(
                f"there is no session {session_id}; `picklebot sessions list` shows those there are"
            )
        last = self._ledgers.whereabouts.last_address(tx, session_id)
        return self._keep(tx, self._destinations.of_session(session, last), session, post)

    def _to_chat(self, tx: Transaction, address: Address, post: _Post) -> Posted:
        return self._keep(tx, address, self._session_there(tx, address), post)

    def _session_there(self, tx: Transaction, address: Address) -> Session | None:
        """The session that an answer goes on in, begun for somebody who may talk to the bot and never has.

        None where each speaker has one of their own. One that is bound and gone is left for its speaker, who is to
        hear that it was lost.
        """
        speaker = Sender(address.chat_id if address.chat_kind is ChatKind.PRIVATE else "", "")
        rule = self._rules.chat_rule(address)
        key = key_for(address, speaker, rule.scope)
        if key.speaker == "":
            return None
        binding = self._ledgers.bindings.get(tx, key.platform, key.text)
        if binding is not None:
            return self._ledgers.sessions.get(tx, binding.session_id)
        if key.speaker is None or not self._rules.admits(address, speaker):
            return None
        return self._resolver.create(tx, key, agent=rule.agent or self._rules.default_agent())

    def _keep(self, tx: Transaction, address: Address, session: Session | None, post: _Post) -> Posted:
        text = post.text
        posted = Posted(post.id, address, session.id if session else "")
        earlier = self._ledgers.outbox.text(tx, post.id)
        if earlier == text:
            return posted
        if earlier is not None:
            raise ConflictError("another text was posted under this id; choose a new one")
        if session is not None:
            row = HistoryMessage(Role.ASSISTANT, text, clock.now(), agent=session.agent, turn=posted.id)
            self._ledgers.history.append(tx, session.id, [row])
        self._delivery.owe(tx, Parcel(posted.id, posted.session_id, address, post.written_at, text))
        tx.after_commit(
            lambda: log.info(
                "a message was posted", post=posted.id, platform=address.platform, session=posted.session_id
            )
        )
        return posted


def _parcel_id(post_id: str, to: str | None, session_id: str | None) -> str:
    """The same for the same id and place, however often it is asked for."""
    name = repr((post_id, to, session_id)).encode("utf-8", "backslashreplace")
    return blake2b(name, digest_size=16).hexdigest()
