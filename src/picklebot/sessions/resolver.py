"""Finds the session behind a message, or makes it: once per message, in the transaction that keeps it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from picklebot import clock
from picklebot.model.message import Address, InboundMessage
from picklebot.model.person import Identity
from picklebot.model.session import Session, SessionMode
from picklebot.ports.links import Links
from picklebot.ports.rules import Rules
from picklebot.ports.storage import Binding, BindingStore, Origin, SessionStore, Transaction
from picklebot.sessions.key import SessionKey, key_for, parse_key


@dataclass(frozen=True, slots=True)
class Resolved:
    """The session to go on in; `lost` when it should have had a history and none was found."""

    session: Session
    lost: bool = False


class SessionResolver:
    """Session key → session. It runs inside the caller's transaction, so two first messages make one session."""

    def __init__(self, bindings: BindingStore, sessions: SessionStore, rules: Rules, links: Links) -> None:
        self._bindings = bindings
        self._sessions = sessions
        self._links = links
        self._rules = rules

    def key(self, message: InboundMessage) -> SessionKey:
        """The key under which this message's session is bound."""
        return key_for(message.address, message.sender, self._rules.chat_rule(message.address).scope)

    def resolve(self, tx: Transaction, message: InboundMessage) -> Resolved:
        """The session of this message; made on a first message, recreated under its id when it is gone.

        Only proven absence recreates: a database that cannot answer raises StorageError instead.
        """
        key, agent = self.key(message), self.agent(message)
        # With the key that was looked up: an operator may change the chat's rule at any moment.
        return self.bound(tx, key, agent=agent) or Resolved(self.create(tx, key, agent=agent))

    def bound(
        self, tx: Transaction, key: SessionKey, *, agent: str, mode: SessionMode = SessionMode.CHAT
    ) -> Resolved | None:
        """The session that a key is bound to, recreated under its id when it is gone; None for a key that is not."""
        binding = self._bindings.get(tx, key.platform, key.text)
        if binding is None:
            return None
        session = self._sessions.get(tx, binding.session_id)
        if session is not None:
            return Resolved(session)
        session = self.create(tx, key, agent=agent, session_id=binding.session_id, mode=mode)
        return Resolved(session, lost=binding.origin is not Origin.OPERATOR)

    def named(self, tx: Transaction, session_id: str) -> Resolved | None:
        """The session of this id, recreated when only a binding still knows it; None where nothing does."""
        session = self._sessions.get(tx, session_id)
        if session is not None:
            return Resolved(session)
        found = self._bindings.key_of(tx, session_id)
        if found is None:
            return None
        key = parse_key(*found)
        chat = Address(key.platform, "", key.chat or key.speaker or "")
        return self.bound(tx, key, agent=self._rules.chat_rule(chat).agent or self._rules.default_agent())

    def current(self, tx: Transaction, message: InboundMessage) -> Session | None:
        """The session that this message would go on in, without making one."""
        return self._current(tx, self.key(message))

    def renew(self, tx: Transaction, message: InboundMessage, *, agent: str | None = None) -> Session:
        """Bind the message's key to a session that begins now; an earlier one stays as it is.

        `agent` is one that the speaker chose; without it, whoever answers here does.
        """
        chosen = agent is not None and agent != self.agent(message)
        key = self.key(message)
        session = self.create(tx, key, agent=agent or self.agent(message), agent_chosen=chosen)
        self.rebind(tx, message, session)
        return session

    def rebind(self, tx: Transaction, message: InboundMessage, session: Session) -> None:
        """Bind the message's key to a session that exists; the next message goes on there, wherever they say it."""
        for key in self.keys(tx, message):
            self._bindings.put(tx, key.platform, key.text, Binding(session.id, Origin.SERVICE))

    def bind_person(self, tx: Transaction, identity: Identity, session: Session) -> None:
        """Bind whatever this person speaks as in private to a session."""
        for key in self._keys_of(tx, identity):
            self._bindings.put(tx, key.platform, key.text, Binding(session.id, Origin.SERVICE))

    def keys(self, tx: Transaction, message: InboundMessage) -> Sequence[SessionKey]:
        """The message's key, and those under which the same person speaks in private elsewhere."""
        key = self.key(message)
        if key != SessionKey(key.platform, message.sender.user_id):
            return [key]
        return self._keys_of(tx, Identity(key.platform, message.sender.user_id))

    def theirs(
        self,
        tx: Transaction,
        message: InboundMessage,
        *,
        agent: str | None = None,
        limit: int,
        offset: int = 0,
    ) -> Sequence[Session]:
        """The sessions that were begun under any of these keys, the newest first."""
        keys = self.keys(tx, message)
        first, most = (offset, limit) if len(keys) == 1 else (0, offset + limit)
        found = [
            session
            for key in keys
            for session in self._sessions.find(
                tx, platform=key.platform, speaker=key.text, agent=agent, limit=most, offset=first
            )
        ]
        if len(keys) == 1:
            return found
        found.sort(key=lambda it: it.last_message_at or it.created_at, reverse=True)
        return found[offset : offset + limit]

    def current_of(self, tx: Transaction, identity: Identity) -> Session | None:
        """The session that this account would go on in in private."""
        return self._current(tx, SessionKey(identity.platform, identity.user_id))

    def unbind(self, tx: Transaction, platform: str, key: str) -> None:
        """End a binding; the next message under this key begins afresh."""
        self._bindings.remove(tx, platform, key)

    def create(
        self,
        tx: Transaction,
        key: SessionKey,
        *,
        agent: str,
        session_id: str | None = None,
        mode: SessionMode = SessionMode.CHAT,
        agent_chosen: bool = False,
    ) -> Session:
        """Add a session, under `session_id` or a new id, and bind `key` to it."""
        session = Session(
            id=session_id or str(uuid.uuid4()),
            agent=agent,
            platform=key.platform,
            speaker=key.text,
            mode=mode,
            title="",
            created_at=clock.now(),
            last_message_at=None,
            agent_chosen=agent_chosen,
        )
        self._sessions.create(tx, session)
        self._bindings.put(tx, key.platform, key.text, Binding(session.id, Origin.SERVICE))
        return session

    def _current(self, tx: Transaction, key: SessionKey) -> Session | None:
        binding = self._bindings.get(tx, key.platform, key.text)
        return None if binding is None else self._sessions.get(tx, binding.session_id)

    def _keys_of(self, tx: Transaction, identity: Identity) -> Sequence[SessionKey]:
        return [SessionKey(each.platform, each.user_id) for each in self._links.joined(tx, identity)]

    def agent(self, message: InboundMessage) -> str:
        """Who answers where there is no conversation yet."""
        return self._rules.chat_rule(message.address).agent or self._rules.default_agent()
