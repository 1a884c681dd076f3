"""What was said of late where several people are: in memory alone, and never part of a history."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from typing import Final

from picklebot.model.job import Job
from picklebot.model.message import Address, ChatKind, InboundMessage, Sender
from picklebot.model.remark import Remark
from picklebot.ports.rules import Rules
from picklebot.sessions.key import key_for

MOST_QUOTED: Final = 20
"""So many remarks come with a question, the latest ones."""
LARGEST_QUOTE: Final = 8_000
"""So many characters they have together at most."""
LONGEST: Final = 1_000
"""Characters that are kept of one remark."""
MOST_OF_CHAT: Final = 60
"""Remarks that are kept of one chat: some may come while a question waits for its turn."""
MOST_KEPT: Final = 5_000
"""Remarks that are kept of all chats. So all of them take a few megabytes at most."""
REACH: Final = timedelta(days=1)
"""What is older is no longer what a chat talks about."""

Place = tuple[str, str, str, str | None]


@dataclass(frozen=True, slots=True)
class _Heard:
    """`key` is that of the session which has the remark in its history, empty where none has."""

    message_id: str
    key: str
    remark: Remark


class Talk:
    """Remembers what was said in groups, each thread by itself; the chats that were silent longest are forgotten."""

    def __init__(self, rules: Rules, *, most: int = MOST_KEPT) -> None:
        self._rules = rules
        self._most = most
        self._places: dict[Place, deque[_Heard]] = {}
        self._recalled: set[Place] = set()
        self._count = 0

    def hear(self, message: InboundMessage, *, asked: bool) -> None:
        """Remember a message of a group; `asked` says that it is a question to an agent.

        Nothing is kept of commands, nor of those who were shut out. One that comes again is known.
        """
        said = self._said(message, asked=asked)
        if said is None:
            return
        heard = self._touched(place_of(message.address))
        if any(each.message_id == message.message_id for each in heard):
            return
        heard.append(said)
        self._count += 1
        self._bound(heard)

    def reaches_back(self, address: Address) -> bool:
        """Whether there is no need to ask what was said there before: enough was heard, or it was recalled."""
        place = place_of(address)
        return place in self._recalled or len(self._places.get(place, ())) > MOST_QUOTED

    def recall(self, address: Address, messages: Iterable[tuple[InboundMessage, bool]]) -> None:
        """Remember what was said there before, each with what `hear` is told as `asked`; it is not asked again."""
        if len(self._recalled) >= self._most:
            self._recalled.clear()
        self._recalled.add(place_of(address))
        heard = self._touched(place_of(address))
        known = {each.message_id for each in heard}
        said = (self._said(message, asked=asked) for message, asked in messages)
        earlier = [each for each in said if each is not None and each.message_id not in known]
        room = MOST_OF_CHAT - len(heard)
        merged = sorted([*(earlier[-room:] if room > 0 else ()), *heard], key=lambda each: each.remark.at)
        self._count += len(merged) - len(heard)
        heard.clear()
        heard.extend(merged)
        self._bound(heard)

    def _touched(self, place: Place) -> deque[_Heard]:
        """What was heard there; the latest is the last to be forgotten."""
        heard = self._places[place] = self._places.pop(place, deque[_Heard]())
        return heard

    def _said(self, message: InboundMessage, *, asked: bool) -> _Heard | None:
        address, sender = message.address, message.sender
        if message.command is not None or not message.text.strip():
            return None
        if self._rules.denies(address.platform, sender.user_id):
            return None
        key = self._key(address, sender) if asked else ""
        remark = Remark(sender.name or sender.user_id, message.text[:LONGEST], message.sent_at)
        return _Heard(message.message_id, key, remark)

    def before(self, job: Job) -> tuple[Remark, ...]:
        """What was said in the chat before this question, oldest first, without what its session knows anyway."""
        address = job.address
        if address.chat_kind is ChatKind.PRIVATE or (heard := self._places.get(place_of(address))) is None:
            return ()
        own, oldest = self._key(address, job.sender), job.sent_at - REACH
        earlier = takewhile(lambda each: each.message_id != address.reply_to, heard)
        others = (each.remark for each in earlier if each.key != own)
        return _latest([remark for remark in others if oldest < remark.at <= job.sent_at])

    def _key(self, address: Address, sender: Sender) -> str:
        return key_for(address, sender, self._rules.chat_rule(address).scope).text

    def _bound(self, heard: deque[_Heard]) -> None:
        if len(heard) > MOST_OF_CHAT:
            heard.popleft()
            self._count -= 1
        while self._count > self._most:
            place = next(iter(self._places))
            self._recalled.discard(place)
            self._count -= len(self._places.pop(place))


def place_of(address: Address) -> Place:
    """The chat or thread in which a question stands; a thread that begins with it stands beside it."""
    thread_id = None if address.begins_thread else address.thread_id
    return address.platform, address.bot_id, address.chat_id, thread_id


def _latest(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    room, chosen = LARGEST_QUOTE, deque[Remark]()
    for remark in reversed([*remarks][-MOST_QUOTED:]):
        room -= len(remark.text)
        if room < 0:
            break
        chosen.appendleft(remark)
    return tuple(chosen)
