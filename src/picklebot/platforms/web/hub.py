"""Replies, to whoever is looking at the moment.

The hub keeps nothing that must survive: the truth of a reply is the history. So a closed tab loses nothing,
and a reply that nobody looks at costs nothing but the text that is being written.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from picklebot.model.events import Failed, Final, ReplyEvent, TextDelta, ToolFinished, ToolStarted
from picklebot.platforms.web.subscription import Begun, HubEvent, Subscription


@dataclass(slots=True)
class _Live:
    """A reply that is being written, as far as it has come."""

    reply_to: str | None
    text: list[str] = field(default_factory=list[str])
    tools: dict[str, ToolStarted] = field(default_factory=dict[str, ToolStarted])

    def add(self, event: ReplyEvent) -> None:
        match event:
            case TextDelta(text):
                self.text.append(text)
            case ToolStarted():
                self.tools[event.call_id] = event
            case ToolFinished():
                self.tools.pop(event.call_id, None)
            case Final() | Failed():
                pass

    def events(self) -> Iterator[Begun | ReplyEvent]:
        """What somebody who comes later has missed."""
        yield Begun()
        if self.text:
            yield TextDelta("".join(self.text))
        yield from self.tools.values()


class ReplyHub:
    """In-process fan-out of replies by chat. Publishing never waits; a slow reader is its own problem."""

    def __init__(self) -> None:
        self._readers: dict[str, set[Subscription]] = {}
        self._live: dict[str, dict[str, _Live]] = {}
        self._closed = False

    def subscribe(self, chat_id: str, *, only_reply_to: str | None = None) -> Subscription:
        """Listen from now on, beginning with what is being written right now.

        Use it in a `with`, and iterate it; the iteration ends when the hub closes.
        """
        subscription = Subscription(only_reply_to, on_close=lambda it: self._leave(chat_id, it))
        if self._closed:
            subscription.end()
            return subscription
        self._readers.setdefault(chat_id, set()).add(subscription)
        for parcel_id, live in self._live.get(chat_id, {}).items():
            for event in live.events():
                subscription.offer(HubEvent(parcel_id, live.reply_to, event))
        return subscription

    @contextmanager
    def reply(
        self, chat_id: str, parcel_id: str, reply_to: str | None
    ) -> Generator[Callable[[ReplyEvent], None]]:
        """Begin a reply and give the function that publishes its events."""
        live = _Live(reply_to)
        replies = self._live.setdefault(chat_id, {})
        replies[parcel_id] = live
        self._tell(chat_id, HubEvent(parcel_id, reply_to, Begun()))

        def publish(event: ReplyEvent) -> None:
            live.add(event)
            self._tell(chat_id, HubEvent(parcel_id, reply_to, event))

        try:
            yield publish
        finally:
            replies.pop(parcel_id, None)
            if not replies:
                self._live.pop(chat_id, None)

    def close(self) -> None:
        """End every subscription, and each that is still asked for."""
        self._closed = True
        for readers in list(self._readers.values()):
            for reader in list(readers):
                reader.end()

    def _tell(self, chat_id: str, event: HubEvent) -> None:
        for reader in self._readers.get(chat_id, ()):
            reader.offer(event)

    def _leave(self, chat_id: str, subscription: Subscription) -> None:
        readers = self._readers.get(chat_id)
        if readers is not None:
            readers.discard(subscription)
            if not readers:
                del self._readers[chat_id]
