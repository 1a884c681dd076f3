"""One question that comes in several messages is one turn.

Each message is kept at once. One that more may follow opens its question; what its speaker says next in that chat
joins it, in the commit that keeps it; and the turn, which has its place in its lane, waits until the question is
whole. What is open is known in memory alone, where a message that stands alone costs one look. The truth is the row:
it takes more only until its turn begins, and a turn begins with what is in the row.

What somebody passes on may come right after what they say to it. So a text is remembered for a moment, though its
turn does not wait: if that has said nothing yet, it begins anew with all of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import anyio

from picklebot.bell import Bell
from picklebot.bus.taking import dedupe_keys, job_for
from picklebot.model.job import Job
from picklebot.model.message import Address, InboundMessage, Sender
from picklebot.model.parcel import chat_of
from picklebot.model.question import MOST_PARTS, SEQUEL, joined, parts_of
from picklebot.ports.storage import Inbox, InboxState, Transaction
from picklebot.ports.turns import Turns

AFTER_A_START: Final = 5.0
"""Seconds for the rest of a question that the last process left open: its platform has to be reached first."""

_APART: Final = 5.0
"""Seconds by which what belongs together may have been said farther apart than it came to us. What a platform held
back during an outage comes all at once, and is no one question for that."""

_MOST_OPEN: Final = 1_000

Place = tuple[str, str | None, str]
"""Who speaks where: chat, thread and speaker."""


@dataclass(slots=True)
class _Open:
    """A question that more may follow, until `until` on a clock that passes evenly, if it was said until then."""

    job_id: str
    until: float
    said_until: datetime
    parts: int = 1
    changed: Bell = field(default_factory=Bell)


@dataclass(frozen=True, slots=True)
class _Text:
    """A text that may turn out to be the comment on what its speaker passes on next, until then by our clock."""

    job_id: str
    sent_at: datetime
    until: float


class Gathering:
    """Joins messages to questions. `take…` is called on the database's writer thread, the rest on the loop."""

    def __init__(self, inbox: Inbox, turns: Turns, *, now: Callable[[], float] = time.monotonic) -> None:
        self._inbox = inbox
        self._turns = turns
        self._now = now
        self._texts: dict[Place, _Text] = {}
        self._open: dict[Place, _Open] = {}

    def resume(self, questions: Iterable[Job]) -> None:
        """Open again what waits with more to come, before anything is taken in."""
        for job in questions:
            until, parts = self._now() + max(job.awaits, AFTER_A_START), len(parts_of(job))
            said_until = _said_until(job.sent_at, job.awaits, parts)
            self._open[_place(job.address, job.sender)] = _Open(job.id, until, said_until, parts)

    def hear(self, message: InboundMessage) -> InboundMessage:
        """The message as spoken to us where it goes on with a question that was, as the rest of an album does."""
        if message.spoken_to or not self._goes_on(message):
            return message
        return replace(message, spoken_to=True)

    def hear_all(self, messages: Sequence[InboundMessage]) -> Iterator[InboundMessage]:
        """The same for what came together, where one may go on with another that is not kept yet."""
        opening: dict[Place, datetime] = {}
        said: dict[Place, datetime] = {}
        for each in messages:
            heard = self.hear(each)
            if (opening or said) and not heard.spoken_to:
                place = _place(heard.address, heard.sender)
                goes_on = place in opening and heard.sent_at <= opening[place]
                if goes_on or (place in said and _is_comment(said[place], heard)):
                    heard = replace(heard, spoken_to=True)
            if heard.spoken_to and (heard.awaits or _is_text(heard)):
                place = _place(heard.address, heard.sender)
                if heard.awaits:
                    opening[place] = _said_until(heard.sent_at, heard.awaits)
                else:
                    said[place] = heard.sent_at
            yield heard

    def take_first(self, tx: Transaction, message: InboundMessage, job: Job) -> None:
        """The job of `message` is in the queue: where more may follow it, its question is open from now on."""
        place = _place(message.address, message.sender)
        self._remember(place, message, job)
        if not message.awaits:
            return
        self._forget_old()
        said_until = _said_until(message.sent_at, message.awaits)
        self._open[place] = _Open(job.id, self._now() + message.awaits, said_until)
        tx.after_rollback(lambda: self._drop(place, job.id))

    def take_more(self, tx: Transaction, message: InboundMessage) -> bool:
        """Keep the message as a part of the question that is open there. False where there is none."""
        opened = self._find(message) if self._open else None
        if opened is None and (opened := self._open_text(tx, message)) is None:
            return False
        place = _place(message.address, message.sender)
        question = self._inbox.load(tx, opened.job_id)
        if question is None or not self._join(tx, question, message):
            self._drop(place, opened.job_id)
            return False
        opened.parts += 1
        opened.until = self._now() + message.awaits
        opened.said_until = _said_until(message.sent_at, message.awaits)
        tx.after_commit(opened.changed.ring)
        return True

    def take_other(self, tx: Transaction, message: InboundMessage) -> None:
        """The speaker of this goes on to something else: nothing more follows."""
        place = _place(message.address, message.sender)
        self._texts.pop(place, None)
        if (opened := self._open.get(place)) is not None:
            opened.until = self._now()
            tx.after_commit(opened.changed.ring)

    def is_whole(self, job: Job) -> bool:
        """Whether nothing more may follow."""
        opened = self._open.get(_place(job.address, job.sender))
        return opened is None or opened.job_id != job.id or opened.until <= self._now()

    async def whole(self, job: Job) -> None:
        """Return when nothing more may follow; from now on what comes is a question of its own."""
        place = _place(job.address, job.sender)
        while (opened := self._open.get(place)) is not None and opened.job_id == job.id:
            seconds = opened.until - self._now()
            if seconds <= 0:
                self._drop(place, job.id)
                return
            with anyio.move_on_after(seconds):
                await opened.changed.wait()

    def _join(self, tx: Transaction, question: Job, message: InboundMessage) -> bool:
        """Keep the message, and the question with it; False when its turn has begun and been heard of."""
        more = _part_of(question, message)
        whole = joined(question, more)
        if not self._inbox.amend(tx, whole):
            if not self._turns.grow(tx, question.id):
                return False
            self._inbox.amend(tx, whole, begun=True)
        return self._inbox.add(tx, dedupe_keys(message), more, InboxState.DONE)

    def _remember(self, place: Place, message: InboundMessage, job: Job) -> None:
        """This is the last that its speaker said there."""
        if self._texts:
            self._texts.pop(place, None)
        if _is_text(message) and not message.awaits:
            self._texts[place] = _Text(job.id, message.sent_at, self._now() + SEQUEL)
            if len(self._texts) > _MOST_OPEN:
                del self._texts[next(iter(self._texts))]

    def _open_text(self, tx: Transaction, message: InboundMessage) -> _Open | None:
        """Open the question of the text that was said to this message, which passes something on."""
        text = self._text_of(message)
        if text is None:
            return None
        place = _place(message.address, message.sender)
        del self._texts[place]
        opened = self._open[place] = _Open(text.job_id, self._now(), message.sent_at)
        tx.after_rollback(lambda: self._drop(place, text.job_id))
        return opened

    def _text_of(self, message: InboundMessage) -> _Text | None:
        if not message.origin or message.address.interaction is not None or not self._texts:
            return None
        text = self._texts.get(_place(message.address, message.sender))
        if text is None or text.until <= self._now() or not _is_comment(text.sent_at, message):
            return None
        return text

    def _goes_on(self, message: InboundMessage) -> bool:
        open_there = bool(self._open) and self._find(message) is not None
        return open_there or self._text_of(message) is not None

    def _find(self, message: InboundMessage) -> _Open | None:
        """The open question that this message goes on with."""
        if message.command is not None or message.address.interaction is not None:
            return None
        opened = self._open.get(_place(message.address, message.sender))
        if opened is None or opened.until <= self._now() or opened.parts >= MOST_PARTS:
            return None
        return opened if message.sent_at <= opened.said_until else None

    def _drop(self, place: Place, job_id: str) -> None:
        opened = self._open.get(place)
        if opened is not None and opened.job_id == job_id:
            self._open.pop(place, None)

    def _forget_old(self) -> None:
        """Those whose turn never came: they were dropped, or stand in a long lane."""
        if len(self._open) >= _MOST_OPEN:
            now = self._now()
            # A copy: the loop takes questions out meanwhile.
            self._open = {place: opened for place, opened in list(self._open.items()) if opened.until > now}


def _is_text(message: InboundMessage) -> bool:
    """Whether this is said in one's own words alone."""
    asked = message.command is None and message.sums_up is None and message.address.interaction is None
    return asked and not (message.attachments or message.origin)


def _is_comment(said_at: datetime, message: InboundMessage) -> bool:
    """Whether what was said then may be the comment on this, which is passed on right after it."""
    return bool(message.origin) and abs((message.sent_at - said_at).total_seconds()) <= SEQUEL


def _said_until(sent_at: datetime, awaits: float, parts: int = 1) -> datetime:
    """Until when what goes on with this was said, whenever it comes; `parts` were said one after the other."""
    return sent_at + parts * timedelta(seconds=awaits + _APART)


def _part_of(question: Job, message: InboundMessage) -> Job:
    more = job_for(message, None)
    return replace(more, session_id=question.session_id, agent=question.agent, joined_to=question.id)


def _place(address: Address, sender: Sender) -> Place:
    return chat_of(address), address.thread_id, sender.user_id
