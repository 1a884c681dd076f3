"""What runs and what waits: ending it, and telling of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from picklebot import clock
from picklebot.bus.commands.desk import CarryOut, argument
from picklebot.bus.commands.report import report
from picklebot.model import words
from picklebot.model.choice import Said
from picklebot.model.job import Job
from picklebot.model.message import InboundMessage
from picklebot.model.parcel import Parcel, chat_of
from picklebot.model.session import Session
from picklebot.ports.messages import MessageLog, SessionNews
from picklebot.ports.queue import Queue
from picklebot.ports.rules import Rules
from picklebot.ports.storage import Transaction
from picklebot.ports.turns import Turns
from picklebot.replies.delivery import Delivery
from picklebot.sessions.resolver import SessionResolver

_NOTHING: Final = SessionNews(running=(), waiting=(), failed=(), owed=0)


class TurnCommands:
    """`/stop /status`, and what the buttons of a message that waits say: `/now /cancel`.

    Those name a message by its whole id.
    """

    def __init__(
        self,
        resolver: SessionResolver,
        *,
        messages: MessageLog,
        queue: Queue,
        turns: Turns,
        rules: Rules,
        delivery: Delivery,
    ) -> None:
        self._resolver = resolver
        self._messages = messages
        self._queue = queue
        self._turns = turns
        self._rules = rules
        self._delivery = delivery

    def known(self) -> Mapping[str, CarryOut]:
        """See Group."""
        return {"stop": self._stop, "now": self._now, "cancel": self._cancel, "status": self._status}

    def _stop(self, tx: Transaction, message: InboundMessage) -> Said:
        """End what runs, once this is committed; with `all`, drop what waits in the same commit.

        Where nothing runs in this session, that is what its speaker asked here before they went to this one.
        A message's whole id, as a button says it, ends that one's turn alone.
        """
        if (job := self._messages.said(tx, argument(message))) is not None:
            return self._stop_turn(tx, message, job)
        session = self._resolver.current(tx, message)
        news = self._messages.news(tx, session.id, chat_of(message.address)) if session else _NOTHING
        everything = argument(message).lower() == words.ALL
        beside = () if news.running and not everything else self._beside(tx, message, session)
        running = (*news.running, *(job.id for job in beside))
        for job_id in running:
            tx.after_commit(partial(self._turns.stop, job_id, dropping=everything))
        if argument(message) == words.QUIETLY:
            return Said("")
        said = [words.STOPPING if running else words.NOTHING_TO_STOP]
        if everything and (session or beside):
            dropped = self._drop(tx, session.id) if session else 0
            dropped += self._drop_beside(tx, message, beside)
            if running or dropped:
                said.append(words.DROPPED.format(count=dropped))
        else:
            said.append(words.still_waiting(len(news.waiting)))
        return Said(" ".join(filter(None, said)))

    def _beside(self, tx: Transaction, message: InboundMessage, session: Session | None) -> Sequence[Job]:
        """What its speaker asked in this place in other sessions, as before `/new`, and is being answered now."""
        return [
            job
            for job in self._messages.running(tx)
            if (session is None or job.session_id != session.id) and _is_of(message, job)
        ]

    def _drop_beside(self, tx: Transaction, message: InboundMessage, beside: Sequence[Job]) -> int:
        """End what its speaker has waiting behind these; how many messages that are."""
        count = 0
        for session_id in dict.fromkeys(job.session_id for job in beside):
            for job_id in self._messages.news(tx, session_id, chat_of(message.address)).waiting:
                job = self._messages.said(tx, job_id)
                if job is not None and _is_of(message, job):
                    count += self._drop(tx, session_id, job_id)
        return count

    def _stop_turn(self, tx: Transaction, message: InboundMessage, job: Job) -> Said:
        if not self._may_end(message, job):
            return Said(words.CHOICE_NOT_YOURS)
        if job.id not in self._messages.news(tx, job.session_id, chat_of(job.address)).running:
            return Said(words.NOTHING_TO_STOP)
        tx.after_commit(partial(self._turns.stop, job.id))
        return Said(words.STOPPING)

    def _now(self, tx: Transaction, message: InboundMessage) -> Said:
        """Let a message that waits be the next, and end what runs as far as that is its speaker's own."""
        job = self._messages.said(tx, argument(message))
        if job is None:
            return Said(words.NOT_WAITING)
        if not self._may_end(message, job):
            return Said(words.CHOICE_NOT_YOURS)
        news = self._messages.news(tx, job.session_id, chat_of(job.address))
        if job.id not in news.waiting:
            return Said(words.BEGUN if job.id in news.running else words.NOT_WAITING)
        self._queue.advance(tx, job.session_id, job.id)
        for job_id in news.running:
            running = self._messages.said(tx, job_id)
            if running is not None and self._may_end(message, running):
                tx.after_commit(partial(self._turns.stop, job_id))
        return Said(words.USED_NOW)

    def _cancel(self, tx: Transaction, message: InboundMessage) -> Said:
        """Drop a message that waits."""
        job = self._messages.said(tx, argument(message))
        if job is None:
            return Said(words.NOT_WAITING)
        if not self._may_end(message, job):
            return Said(words.CHOICE_NOT_YOURS)
        if self._drop(tx, job.session_id, job.id):
            return Said(words.DROPPED_ONE)
        running = self._messages.news(tx, job.session_id, chat_of(job.address)).running
        return Said(words.BEGUN if job.id in running else words.NOT_WAITING)

    def _may_end(self, message: InboundMessage, job: Job) -> bool:
        """Whether this is who asked, or somebody who runs the bot."""
        platform, user_id = message.address.platform, message.sender.user_id
        asked = (job.address.platform, job.sender.user_id) == (platform, user_id)
        return asked or self._rules.is_operator(platform, user_id)

    def _drop(self, tx: Transaction, session_id: str, only: str | None = None) -> int:
        """End what waits in a session, and tell whoever waits for it; how many messages that are."""
        dropped = self._messages.drop(tx, session_id, only)
        self._queue.drop(tx, session_id, [job.id for job in dropped])
        for job in dropped:
            end = Parcel(
                job.id, session_id, job.address, clock.now(), words.DROPPED_ONE, asked_at=job.sent_at
            )
            self._delivery.dismiss(tx, end)
        return len(dropped)

    def _status(self, tx: Transaction, message: InboundMessage) -> Said:
        session = self._resolver.current(tx, message)
        if session is None:
            return Said(words.NO_MESSAGES_YET)
        return Said(report(session, self._messages.news(tx, session.id, chat_of(message.address))))


def _is_of(message: InboundMessage, job: Job) -> bool:
    """Whether a job is its speaker's, and of the same place."""
    here, there = message.address, job.address
    return (chat_of(here), here.thread_id, message.sender.user_id) == (
        chat_of(there),
        there.thread_id,
        job.sender.user_id,
    )
