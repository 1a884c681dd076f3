"""What schedules ask: jobs that nobody speaks for, each schedule's in a session of its own."""

from __future__ import annotations

import structlog

from picklebot.bus.taking import dedupe_keys, job_for
from picklebot.model.message import InboundMessage
from picklebot.model.parcel import chat_of
from picklebot.model.session import Session, SessionMode
from picklebot.ports.messages import MessageLog
from picklebot.ports.platform import Receipt
from picklebot.ports.queue import Queue
from picklebot.ports.storage import Inbox, Transaction
from picklebot.sessions.resolver import SessionResolver

log = structlog.get_logger()


class Errands:
    """Takes them one at a time: jobs of a schedule that takes long never pile up."""

    def __init__(self, inbox: Inbox, messages: MessageLog, queue: Queue, resolver: SessionResolver) -> None:
        self._inbox = inbox
        self._messages = messages
        self._queue = queue
        self._resolver = resolver

    def take(self, tx: Transaction, message: InboundMessage, *, agent: str) -> Receipt:
        """See `ports.platform.Intake.fall_due`."""
        keys = dedupe_keys(message)
        if self._inbox.seen(tx, keys):
            return Receipt.DUPLICATE
        session = self._session(tx, message, agent)
        news = self._messages.news(tx, session.id, chat_of(message.address))
        if news.running or news.waiting:
            return Receipt.IGNORED
        # What the queue says of an offer it says in the same words.
        return Receipt(self._queue.enqueue(tx, keys, job_for(message, session)).value)

    def _session(self, tx: Transaction, message: InboundMessage, agent: str) -> Session:
        """The schedule's session, which begins anew with another agent."""
        key = self._resolver.key(message)
        found = self._resolver.bound(tx, key, agent=agent, mode=SessionMode.JOB)
        if found is not None and (found.session.agent, found.session.mode) == (agent, SessionMode.JOB):
            if found.lost:
                log.warning("a session was not in the history and begins afresh", session=found.session.id)
            return found.session
        return self._resolver.create(tx, key, agent=agent, mode=SessionMode.JOB)
