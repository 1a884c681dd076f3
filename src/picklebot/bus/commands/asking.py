"""Commands that are questions to the agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from picklebot.bus.commands.desk import Asked, CarryOut, argument
from picklebot.bus.taking import again
from picklebot.model import words
from picklebot.model.choice import Said
from picklebot.model.job import Job
from picklebot.model.message import InboundMessage
from picklebot.model.parcel import chat_of
from picklebot.ports.messages import MessageLog
from picklebot.ports.storage import Transaction


class Asking:
    """`/ask`; and `/answer` and `/about`, which buttons and forms say with the id of what was kept."""

    def __init__(self, messages: MessageLog) -> None:
        self._messages = messages

    def known(self) -> Mapping[str, CarryOut]:
        """See Group."""
        return {"ask": self._ask, "answer": self._answer, "about": self._about}

    def _ask(self, _: Transaction, message: InboundMessage) -> Said | Asked:
        if not (question := argument(message)):
            return Said(words.ASKS["ask"])
        return _put(replace(message, text=question, command=None))

    def _answer(self, tx: Transaction, message: InboundMessage) -> Said | Asked:
        """A question that was edited is asked as it reads now."""
        kept = self._kept(tx, message, argument(message))
        return _put(again(message, kept)) if kept else Said(words.CHOICE_GONE)

    def _about(self, tx: Transaction, message: InboundMessage) -> Said | Asked:
        """What somebody pointed at is asked about in the words that follow its id, or in the usual ones."""
        kept_as, _, said = argument(message).partition(" ")
        kept = self._kept(tx, message, kept_as)
        if kept is None:
            return Said(words.CHOICE_GONE)
        return _put(replace(again(message, kept), text=said.strip() or words.WHAT_ABOUT_THIS, parts=()))

    def _kept(self, tx: Transaction, message: InboundMessage, job_id: str) -> Job | None:
        """What this person said in this chat, by its id."""
        job = self._messages.said(tx, job_id)
        if job is None or job.sender.user_id != message.sender.user_id:
            return None
        return job if chat_of(job.address) == chat_of(message.address) else None


def _put(question: InboundMessage) -> Asked:
    return Asked(question, lambda: None)
