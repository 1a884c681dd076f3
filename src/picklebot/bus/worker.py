"""The message bus: one message in, one commit, and then the platform may be told "received"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import structlog

from picklebot import clock
from picklebot.bus.admission import Verdict, judge
from picklebot.bus.answers import Answers
from picklebot.bus.blanks import Blanks
from picklebot.bus.changes import Changes
from picklebot.bus.commands.desk import Asked, Commands
from picklebot.bus.doors import Entrance
from picklebot.bus.errands import Errands
from picklebot.bus.gathering import Gathering
from picklebot.bus.loops import Loops
from picklebot.bus.moves import Moves
from picklebot.bus.presses import Presses
from picklebot.bus.strangers import Strangers
from picklebot.bus.taking import dedupe_keys, job_for
from picklebot.bus.waiting import Waiting
from picklebot.errors import ConflictError, StoppingError, UnknownSessionError, UsedUpError
from picklebot.model import words
from picklebot.model.arrival import Arrival
from picklebot.model.attachments import readable
from picklebot.model.blank import Blank
from picklebot.model.change import Edited, Withdrawn
from picklebot.model.choice import Press, Said, Suggestion
from picklebot.model.message import ChatKind, InboundMessage, Sender
from picklebot.model.moved import Moved
from picklebot.model.parcel import ParcelState
from picklebot.model.session import Session
from picklebot.ports.choices import ChoiceStore
from picklebot.ports.messages import MessageLog, MessageState
from picklebot.ports.news import News
from picklebot.ports.platform import Receipt
from picklebot.ports.queue import Enqueued, Queue
from picklebot.ports.rules import Rules
from picklebot.ports.storage import (
    Database,
    Inbox,
    NoticeLog,
    Transaction,
)
from picklebot.replies.delivery import Delivery
from picklebot.sessions.key import parse_key
from picklebot.sessions.quotas import Quotas
from picklebot.sessions.resolver import Resolved, SessionResolver
from picklebot.sessions.talk import Talk

T = TypeVar("T")

log = structlog.get_logger()

WEEK = 7 * 86_400.0
"""Seconds for which an introduction is not said again: as long as notices are kept."""
_ON_ITS_WAY = frozenset({ParcelState.NEW, ParcelState.UNCERTAIN})


@dataclass(frozen=True, slots=True)
class Ledgers:
    """The stores that an intake writes in its one commit."""

    inbox: Inbox
    messages: MessageLog
    notices: NoticeLog
    choices: ChoiceStore
    moves: Moves


class MessageBusWorker:
    """Admits, resolves, commits, enqueues. It implements `ports.platform.Intake`."""

    def __init__(
        self,
        *,
        database: Database,
        ledgers: Ledgers,
        queue: Queue,
        resolver: SessionResolver,
        commands: Commands,
        rules: Rules,
        delivery: Delivery,
        waiting: Waiting,
        doors: Entrance,
        talk: Talk,
        gathering: Gathering,
        quotas: Quotas,
        hears: bool = False,
        news: News | None = None,
    ) -> None:
        """`hears` says whether agents are told what was said in voice messages."""
        self._hears = hears
        self._gathering = gathering
        self._talk = talk
        self._loops = Loops()
        self._database = database
        self._inbox = ledgers.inbox
        self._messages = ledgers.messages
        self._notices = ledgers.notices
        self._moves = ledgers.moves
        self._queue = queue
        self._resolver = resolver
        self._commands = commands
        self._rules = rules
        self._quotas = quotas
        self._waiting = waiting
        self._answers = Answers(ledgers.inbox, ledgers.choices, resolver, delivery)
        self._strangers = Strangers(database, ledgers.notices, rules, doors, answers=self._answers, news=news)
        self._blanks = Blanks(ledgers.choices, self._answers, resolver)
        self._presses = Presses(
            ledgers.choices,
            ledgers.inbox,
            commands,
            self._answers,
            rules=rules,
            blanks=self._blanks,
            ask=self._ask,
        )
        self._errands = Errands(ledgers.inbox, ledgers.messages, queue, resolver)
        self._changes = Changes(
            ledgers.inbox,
            ledgers.messages,
            ledgers.notices,
            queue,
            answers=self._answers,
            delivery=delivery,
        )
        self._full_spells: set[str] = set()
        self._closed = False

    def close(self) -> None:
        """Take nothing more in: from now on every message is refused with StoppingError."""
        self._closed = True

    async def accept(self, message: InboundMessage) -> Receipt:
        """See `ports.platform.Intake`."""
        message = self._gathering.hear(message)
        match self._judge(message):
            case Verdict.IGNORE:
                return Receipt.IGNORED
            case Verdict.REFUSE:
                return await self._strangers.refuse(message)
            case Verdict.ADMIT:
                # A command takes no place in the queue, so it does not wait for one: least of all `/stop`.
                return await self._write(
                    lambda tx: self._take(tx, message), needs_room=message.command is None
                )

    async def accept_all(self, messages: Sequence[InboundMessage]) -> Sequence[Receipt]:
        """See `ports.platform.Intake`."""
        heard = self._gathering.hear_all(messages)
        verdicts = [(self._judge(message), message) for message in heard]
        admitted = [message for verdict, message in verdicts if verdict is Verdict.ADMIT]
        taken: Iterator[Receipt] = iter(())
        if admitted:
            taken = iter(await self._write(lambda tx: [self._take(tx, message) for message in admitted]))
        receipts: list[Receipt] = []
        for verdict, message in verdicts:
            match verdict:
                case Verdict.ADMIT:
                    receipts.append(next(taken))
                case Verdict.REFUSE:
                    receipts.append(await self._strangers.refuse(message))
                case Verdict.IGNORE:
                    receipts.append(Receipt.IGNORED)
        return receipts

    async def post(self, session_id: str, message: InboundMessage) -> Receipt | Said:
        """Take a message for a session that the caller names (the HTTP API and the terminal do).

        Whoever brings it, the session's speaker speaks: the door is what is guarded here. A command that asks the
        agent nothing is answered at once. Raises UnknownSessionError, UsedUpError while that speaker has used up
        their day, and ConflictError for a command in a conversation that they are not in now.
        """

        def take(tx: Transaction) -> Receipt | Said:
            if self._inbox.seen(tx, dedupe_keys(message)):
                return Receipt.DUPLICATE
            resolved = self._resolver.named(tx, session_id)
            if resolved is None:
                raise UnknownSessionError(session_id)
            spoken = replace(message, sender=_speaker_of(resolved.session))
            asked = self._asked_in(tx, spoken, resolved.session)
            if isinstance(asked, Said):
                self._answers.keep(tx, spoken, None)
                return asked
            if over := self._quotas.refusal(tx, asked.message):
                raise UsedUpError(over.text, seconds=over.wait.total_seconds())
            receipt = self._counted(tx, asked.message, self._go_on(tx, asked.message, resolved))
            if receipt is Receipt.ACCEPTED:
                asked.once_taken()
            return receipt

        return await self._write(take)

    async def fall_due(self, message: InboundMessage, *, agent: str | None) -> Receipt:
        """See `ports.platform.Intake`."""
        asked = agent or self._rules.default_agent()
        return await self._write(lambda tx: self._errands.take(tx, message, agent=asked))

    async def edit(self, edited: Edited) -> None:
        """See `ports.platform.Intake`."""
        message = edited.message

        def work(tx: Transaction) -> None:
            with words.in_language(message.address.language):
                self._changes.edit(tx, message)

        if self._rules.admits(message.address, message.sender):
            await self._write(work, needs_room=False)

    async def withdraw(self, withdrawn: Withdrawn) -> None:
        """See `ports.platform.Intake`."""
        await self._write(lambda tx: self._changes.withdraw(tx, withdrawn), needs_room=False)

    async def arrive(self, arrival: Arrival) -> None:
        """See `ports.platform.Intake`."""
        await self._write(lambda tx: self._introduce(tx, arrival), needs_room=False)

    async def move(self, moved: Moved) -> None:
        """See `ports.platform.Intake`."""

        def work(tx: Transaction) -> None:
            self._moves.take(tx, moved)
            # Who was there before knows the bot.
            self._notices.due(tx, _met(moved.platform, moved.after), clock.now(), WEEK)

        await self._write(work, needs_room=False)

    def refuses(self, message: InboundMessage) -> bool:
        """See `ports.platform.Intake`."""
        return judge(message, self._rules) is Verdict.REFUSE

    async def suggest(self, message: InboundMessage) -> Sequence[Suggestion]:
        """See `ports.platform.Intake`."""
        if judge(message, self._rules) is not Verdict.ADMIT:
            return ()
        return await self._database.read(lambda tx: self._commands.suggest(tx, message))

    async def blank_for(self, message: InboundMessage) -> Blank | None:
        """See `ports.platform.Intake`."""
        if judge(message, self._rules) is not Verdict.ADMIT:
            return None

        def work(tx: Transaction) -> Blank | None:
            with words.in_language(message.address.language):
                return self._blanks.open(tx, message)

        return await self._write(work, needs_room=False)

    async def blank_of(self, press: Press) -> Blank | str:
        """See `ports.platform.Intake`."""

        def look(tx: Transaction) -> Blank | str:
            with words.in_language(press.address.language):
                return self._shut_out(press) or self._presses.blank(tx, press)

        return await self._database.read(look)

    async def press(self, press: Press) -> str:
        """See `ports.platform.Intake`."""
        return await self._write(lambda tx: self._press(tx, press), needs_room=False)

    async def redrive(self, message_id: str) -> str:
        """Let a dead letter have its turn again, with its original text; gives its whole id.

        Raises NotFoundError, and ConflictError for a message that has not failed or is on its way already, and
        while what was said of its failure is still on its way: the two would take each other's place.
        """

        def work(tx: Transaction) -> str:
            record = self._messages.get(tx, message_id)
            if record.state is MessageState.FAILED and record.reply in _ON_ITS_WAY:
                raise ConflictError(
                    f"message {record.id} failed, and its speaker has not been told yet; try again when they have"
                )
            job = self._messages.revive(tx, message_id)
            self._queue.resume(tx, job)
            return job.id

        return await self._database.write(work)

    def _judge(self, message: InboundMessage) -> Verdict:
        """Decide about a message, and remember what groups talk about; what is refused is not part of that."""
        verdict = judge(message, self._rules)
        if verdict is Verdict.ADMIT and message.sender.is_bot and self._loops.holds(message):
            verdict = Verdict.IGNORE
        if message.address.chat_kind is ChatKind.GROUP and verdict is not Verdict.REFUSE:
            self._talk.hear(message, asked=verdict is Verdict.ADMIT)
        return verdict

    async def _write(self, work: Callable[[Transaction], T], *, needs_room: bool = True) -> T:
        if needs_room:
            await self._queue.wait_for_room()
        if self._closed:
            raise StoppingError("the gateway is stopping; try again in a moment")
        return await self._database.write(work)

    def _take(self, tx: Transaction, message: InboundMessage) -> Receipt:
        with words.in_language(message.address.language):
            return self._keep(tx, message)

    def _keep(self, tx: Transaction, message: InboundMessage) -> Receipt:
        if self._inbox.seen(tx, dedupe_keys(message)):
            return Receipt.DUPLICATE
        if message.command is not None:
            self._gathering.take_other(tx, message)
            return self._carry_out(tx, message)
        if self._gathering.take_more(tx, message):
            return Receipt.JOINED
        if not message.text.strip() and not message.attachments:
            return self._answer(tx, message, Said(words.EMPTY_MESSAGE))
        if not message.text.strip() and (refusal := self._unreadable(message)):
            return self._answer(tx, message, Said(refusal))
        return self._begin(tx, message)

    def _press(self, tx: Transaction, press: Press) -> str:
        with words.in_language(press.address.language):
            return self._shut_out(press) or self._presses.take(tx, press)

    def _shut_out(self, press: Press) -> str:
        """Why this person may press nothing at all; empty where they may."""
        if self._rules.admits(press.address, press.sender):
            return ""
        return words.not_admitted(press.address.platform, press.sender.user_id)

    def _introduce(self, tx: Transaction, arrival: Arrival) -> None:
        address = arrival.address
        if not self._notices.due(tx, _met(address.platform, arrival.place), clock.now(), WEEK):
            return
        with words.in_language(address.language):
            line = words.HERE_I_AM if arrival.hears_mentions else words.HERE_I_AM_IN_PRIVACY
            self._answers.announce(tx, address, line.format(name=arrival.name))

    def _unreadable(self, message: InboundMessage) -> str:
        """Why nothing of what came without words can be told to an agent; empty where something can."""
        kinds = [each.kind for each in message.attachments if readable(each)]
        if not kinds:
            return words.UNREADABLE.format(kind=message.attachments[0].kind.replace("_", " "))
        return "" if self._hears or any(kind != "voice" for kind in kinds) else words.DEAF

    def _carry_out(self, tx: Transaction, message: InboundMessage) -> Receipt:
        match self._commands.carry_out(tx, message):
            case Said() as said:
                return self._answer(tx, message, said)
            case Asked() as asked:
                return self._ask(tx, asked)

    def _asked_in(self, tx: Transaction, message: InboundMessage, session: Session) -> Said | Asked:
        """The question of a message to this session, or what is said to its command."""
        if message.command is None:
            return Asked(message, lambda: None)
        current = self._resolver.current(tx, message)
        if current is None or current.id != session.id:
            raise ConflictError(
                "a command goes to the conversation that its speaker is in now, not to this one"
            )
        return self._commands.carry_out(tx, message)

    def _ask(self, tx: Transaction, asked: Asked) -> Receipt:
        receipt = self._begin(tx, asked.message)
        if receipt is Receipt.ACCEPTED:
            asked.once_taken()
        return receipt

    def _begin(self, tx: Transaction, message: InboundMessage) -> Receipt:
        """Take a question, if its speaker has not used up their day."""
        if over := self._quotas.refusal(tx, message):
            return self._answer(tx, message, Said(over.text))
        return self._counted(tx, message, self._go_on(tx, message, self._resolver.resolve(tx, message)))

    def _counted(self, tx: Transaction, message: InboundMessage, receipt: Receipt) -> Receipt:
        if receipt is Receipt.ACCEPTED:
            self._quotas.count(tx, message)
        return receipt

    def _go_on(self, tx: Transaction, message: InboundMessage, resolved: Resolved) -> Receipt:
        if resolved.lost:
            log.warning("a session was not in the history and begins afresh", session=resolved.session.id)
            self._answers.owe(tx, message, Said(words.LOST_HISTORY), resolved.session.id)
        return self._enqueue(tx, message, resolved.session)

    def _enqueue(self, tx: Transaction, message: InboundMessage, session: Session) -> Receipt:
        job = job_for(message, session)
        match self._queue.enqueue(tx, dedupe_keys(message), job):
            case Enqueued.DUPLICATE:
                return Receipt.DUPLICATE
            case Enqueued.FULL:
                if session.id not in self._full_spells:
                    self._full_spells.add(session.id)
                    tx.after_rollback(lambda: self._full_spells.discard(session.id))
                    self._answers.owe(tx, message, Said(words.LANE_FULL), session.id)
                return Receipt.FULL
            case Enqueued.ACCEPTED:
                self._gathering.take_first(tx, message, job)
                self._full_spells.discard(session.id)
                tx.after_commit(partial(self._waiting.look, job))
                return Receipt.ACCEPTED

    def _answer(self, tx: Transaction, message: InboundMessage, said: Said) -> Receipt:
        self._answers.keep(tx, message, said if said.text else None)
        return Receipt.HANDLED


def _met(platform: str, place: str) -> str:
    """That the bot introduced itself there."""
    return f"met:{platform}:{place}"


def _speaker_of(session: Session) -> Sender:
    """Who speaks in a session; where several share it, the session itself."""
    speaker = parse_key(session.platform, session.speaker).speaker
    return Sender(session.speaker if speaker is None else speaker, "", platform=session.platform)
