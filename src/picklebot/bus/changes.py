"""Messages that are edited or deleted: while a question waits it follows; what was answered stays as it was."""

from __future__ import annotations

from typing import Final

from picklebot import clock
from picklebot.bus.answers import Answers
from picklebot.bus.taking import dedupe_keys, job_for
from picklebot.model import words
from picklebot.model.change import Withdrawn
from picklebot.model.choice import Choice, Said
from picklebot.model.job import Job
from picklebot.model.message import Command, InboundMessage
from picklebot.model.parcel import Parcel
from picklebot.model.question import changed, without
from picklebot.ports.messages import MessageLog
from picklebot.ports.queue import Queue
from picklebot.ports.storage import Inbox, InboxState, NoticeLog, Transaction
from picklebot.replies.delivery import Delivery

ANSWER: Final = "answer"
"""`/answer` and the id of a question asks it as it reads now; only a button says it."""
WITHDRAWN: Final = "withdrawn"

_DAY: Final = 86_400.0


class Changes:
    """Follows edits and deletions. Told again of one, it changes nothing more."""

    def __init__(
        self,
        inbox: Inbox,
        messages: MessageLog,
        notices: NoticeLog,
        queue: Queue,
        *,
        answers: Answers,
        delivery: Delivery,
    ) -> None:
        self._inbox = inbox
        self._messages = messages
        self._notices = notices
        self._queue = queue
        self._answers = answers
        self._delivery = delivery

    def edit(self, tx: Transaction, message: InboundMessage) -> None:
        """A message reads otherwise now: its question does too, or may be asked again where its turn has begun."""
        found = self._question(tx, dedupe_keys(message).message)
        if found is None:
            return
        question, part_id = found
        now = changed(question, part_id, job_for(message, None))
        if now.text == question.text or self._inbox.amend(tx, now):
            return
        self._inbox.amend(tx, now, begun=True)
        if self._notices.due(tx, f"edited:{question.id}", clock.now(), _DAY):
            again = Choice(words.ANSWER_EDITED, Command(ANSWER, question.id))
            self._answers.owe(tx, message, Said(words.EDITED, ((again,),)), "")

    def withdraw(self, tx: Transaction, withdrawn: Withdrawn) -> None:
        """A message is gone: so is its part of a question that waits, and the question with its last part."""
        mark = (withdrawn.platform, withdrawn.bot_id, withdrawn.chat_id, withdrawn.message_id)
        found = self._question(tx, mark)
        if found is None or not self._inbox.waits(tx, found[0].id):
            return
        question, part_id = found
        rest = without(question, part_id)
        if rest is None:
            self._drop(tx, question)
        else:
            self._inbox.amend(tx, rest)

    def _question(self, tx: Transaction, mark: tuple[str, str, str, str]) -> tuple[Job, str] | None:
        """The question that this message is a part of, and that part's id; what is no question was a command."""
        found = self._inbox.find(tx, mark)
        part = self._messages.said(tx, found[0]) if found else None
        question = self._messages.said(tx, part.joined_to) if part and part.joined_to else part
        if part is None or question is None or question.text.startswith("/"):
            return None
        return question, part.id

    def _drop(self, tx: Transaction, job: Job) -> None:
        self._inbox.finish(tx, job.id, InboxState.DONE, WITHDRAWN)
        self._queue.drop(tx, job.session_id, [job.id])
        end = Parcel(
            job.id, job.session_id, job.address, clock.now(), words.DROPPED_ONE, asked_at=job.sent_at
        )
        self._delivery.dismiss(tx, end)
