"""The last question and its answer: taking them back, asking anew, and going on from there in a copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from picklebot.bus.commands.conversations import title_of
from picklebot.bus.commands.desk import Asked, CarryOut, argument
from picklebot.bus.taking import again
from picklebot.model import words
from picklebot.model.choice import Said
from picklebot.model.history import HistoryMessage
from picklebot.model.message import InboundMessage
from picklebot.model.parcel import chat_of
from picklebot.model.session import Session
from picklebot.ports.messages import MessageLog
from picklebot.ports.storage import HistoryStore, SessionStore, Transaction
from picklebot.sessions.resolver import SessionResolver


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of a conversation, with where it stands."""

    session: Session
    question: HistoryMessage


class Exchanges:
    """`/undo /retry /fork`. They wait for nobody, so they are for a conversation in which nothing runs or waits.

    `/compact` takes its turn like a question.
    """

    def __init__(
        self,
        resolver: SessionResolver,
        sessions: SessionStore,
        history: HistoryStore,
        messages: MessageLog,
    ) -> None:
        self._resolver = resolver
        self._sessions = sessions
        self._history = history
        self._messages = messages

    def known(self) -> Mapping[str, CarryOut]:
        """See Group."""
        return {"undo": self._undo, "retry": self._retry, "fork": self._fork, "compact": self._compact}

    def _undo(self, tx: Transaction, message: InboundMessage) -> Said:
        last = self._last(tx, message)
        if isinstance(last, Said):
            return last
        told = [words.TAKEN_BACK.format(question=words.beginning(last.question.text))]
        if self._history.take_back(tx, last.session.id, last.question.turn):
            told.append(words.SUMMARY_TAKEN_BACK)
        return Said(" ".join(told))

    def _retry(self, tx: Transaction, message: InboundMessage) -> Said | Asked:
        """The last question is asked anew, and its old answer is taken back together with it."""
        last = self._last(tx, message)
        if isinstance(last, Said):
            return last
        # What this message replies to is not asked about: who replies with /retry means the question.
        job = self._messages.said(tx, last.question.turn)
        question = again(message, job) if job else _in_words(message, last.question)

        def once_taken() -> None:
            self._history.take_back(tx, last.session.id, last.question.turn)

        return Asked(question, once_taken)

    def _fork(self, tx: Transaction, message: InboundMessage) -> Said:
        last = self._last(tx, message)
        if isinstance(last, Said):
            return last
        session, title = last.session, title_of(last.session)
        copy = self._resolver.create(
            tx, self._resolver.key(message), agent=session.agent, agent_chosen=session.agent_chosen
        )
        self._resolver.rebind(tx, message, copy)
        self._history.copy(tx, session.id, copy.id)
        chosen = replace(
            copy, title=words.COPY.format(title=title), model=session.model, verbose=session.verbose
        )
        self._sessions.keep(tx, chosen)
        return Said(words.FORKED.format(title=title))

    def _compact(self, tx: Transaction, message: InboundMessage) -> Said | Asked:
        """Sum the conversation up when its turn comes, with what is said until then."""
        if self._resolver.current(tx, message) is None:
            return Said(words.NOTHING_SAID)
        return Asked(replace(message, command=None, sums_up=argument(message)), lambda: None)

    def _last(self, tx: Transaction, message: InboundMessage) -> Exchange | Said:
        """The last question, or why there is none to speak of."""
        session = self._resolver.current(tx, message)
        if session is None:
            return Said(words.NOTHING_SAID)
        news = self._messages.news(tx, session.id, chat_of(message.address))
        if news.running or news.waiting:
            return Said(words.BUSY)
        question = self._history.last_question(tx, session.id)
        return Exchange(session, question) if question else Said(words.NOTHING_SAID)


def _in_words(message: InboundMessage, question: HistoryMessage) -> InboundMessage:
    """The message as one that asks a question of which only the words are left."""
    return replace(message, text=question.text, quotes=(), command=None)
