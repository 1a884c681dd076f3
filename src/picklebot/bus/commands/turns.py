"""What runs and what waits: ending it, and telling of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from picklebot import clock
from picklebot.bus.commands.desk import CarryOut, argument
from picklebot.bus.commands.report import report
from picklebot.model import words
from picklebot.model.choice import Said
from picklebot.model.job import Job
from picklebot.model.message import InboundMessage
from picklebot.model.parcel import Parcel, chat_of
from picklebot.ports.messages import MessageLog
from picklebot.ports.queue import Queue
from picklebot.ports.rules import Rules
from picklebot.ports.storage import Transaction
from picklebot.ports.turns import Turns
from picklebot.replies.delivery import Delivery
from picklebot.sessions.resolver import SessionResolver


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

        A message's whole id, as a button says it, ends that one's turn alone.
        """
        if (job := self._messages.said(tx, argument(message))) is not None:
            return self._stop_turn(tx, message, job)
        session = self._resolver.current(tx, message)
        if session is None:
            return Said(words.NOTHING_TO_STOP)
        news = self._messages.news(tx, session.id, chat_of(message.address))
        said = [words.STOPPING if news.running else words.NOTHING_TO_STOP]
        everything = argument(message).lower() == words.ALL
        for job_id in news.running:
            tx.after_commit(partial(self._turns.stop, job_id, dropping=everything))
        if argument(message) == words.QUIETLY:
            return Said("")
        if everything:
            said.append(words.DROPPED.format(count=self._drop(tx, session.id)))
        else:
            said.append(words.still_waiting(len(news.waiting)))
        return Said(" ".join(filter(None, said)))

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
