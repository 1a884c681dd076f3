"""Brings one parcel to its chat, and writes down on the way what has become of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from picklebot.errors import DeliveryError, DeliveryImpossibleError, PicklebotError
from picklebot.model import words
from picklebot.model.choice import Buttons, Choices
from picklebot.model.events import Final as FinalEvent
from picklebot.model.parcel import STATUS, Parcel, ParcelState
from picklebot.ports.choices import ChoiceStore
from picklebot.ports.platform import Frontend
from picklebot.ports.results import OpenFile
from picklebot.ports.storage import Database, Outbox, Transaction
from picklebot.replies.age import Opened, opening, stale, stale_line
from picklebot.replies.shelf import Shelf
from picklebot.replies.stream import ReplyAbandonedError, ReplyStream

log = structlog.get_logger()

MOST_LINES: Final = 3
LINES_EVERY: Final = 86_400.0
"""So many lines about replies that came too late may stand in one chat, in so many seconds."""


MOST_STUMBLES: Final = 10
"""After so many errors that nobody expected a reply is given up, for those behind it in its chat."""


OFFERED: Final = timedelta(days=1)
"""So long what is offered while a reply is written is known; by then it has long been written."""


class Shipping:
    """Shows parcels through their platforms' frontends. `uncertain_sends` counts what may have arrived unseen.

    Without `choices` nothing is offered while a reply is written, and without a `shelf` no files are sent.
    """

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        frontends: Mapping[str, Frontend],
        choices: ChoiceStore | None,
        now: Callable[[], datetime],
        *,
        shelf: Shelf | None = None,
    ) -> None:
        self._shelf = shelf
        self._database = database
        self._outbox = outbox
        self._choices = choices
        self._frontends = frontends
        self._now = now
        self._stumbles: Counter[str] = Counter()
        self.uncertain_sends = 0

    def reaches(self, platform: str) -> bool:
        """Whether this platform is switched on."""
        return platform in self._frontends

    async def look_up(self, parcel: Parcel) -> Parcel:
        """The parcel with what is known of its messages."""
        return await self._database.read(lambda tx: self._outbox.parts(tx, parcel))

    async def ship_finished(self, parcel: Parcel) -> None:
        """Show a complete parcel, or what is said in its place. Raises like `ship`."""
        if not stale(parcel, self._now()):
            await self.ship(parcel, ReplyStream.of(FinalEvent(parcel.text or "", files=parcel.files)))
        elif await self._grant_line(parcel):
            with words.in_language(parcel.address.language):
                line = FinalEvent(stale_line(parcel, self._now()))
            await self._show(parcel, ReplyStream.of(line), ParcelState.EXPIRED)
        else:
            if parcel.status:
                await self.withdraw(parcel, parcel.status)
            self.close(parcel)
            await self._settle(parcel, ParcelState.EXPIRED)

    async def whisper(self, parcel: Parcel, text: str, buttons: Buttons) -> bool:
        """Let a line stand for a reply until that begins, and write down which message that is; or let the one that
        stands there say this. Tells whether there is one.

        Raises DeliveryError and StorageError.
        """
        message_id = await self._frontends[parcel.address.platform].whisper(parcel, text, buttons)
        if message_id is not None and message_id != parcel.status:
            await self.note_posted(parcel, STATUS, message_id)
        return message_id is not None

    async def withdraw(self, parcel: Parcel, message_id: str) -> None:
        """Take such a line away, as far as that can be done."""
        try:
            await self._frontends[parcel.address.platform].withdraw(parcel, message_id)
        except DeliveryError as error:
            log.info("a line could not be taken away", parcel=parcel.id, reason=str(error))

    def close(self, parcel: Parcel) -> None:
        """Let what marks its question as open go, as it was answered elsewhere."""
        if self.reaches(parcel.address.platform):
            self._frontends[parcel.address.platform].close(parcel)

    async def ship(self, parcel: Parcel, stream: ReplyStream) -> None:
        """Show a reply until it arrived, or can never arrive; then it is settled. Raises whatever else is wrong."""
        with words.in_language(parcel.address.language):
            await self._show(parcel, stream, ParcelState.SENT)

    async def _show(self, parcel: Parcel, stream: ReplyStream, end: ParcelState) -> None:
        begun = "" if end is ParcelState.EXPIRED else opening(parcel)
        frontend = self._frontends[parcel.address.platform]
        notes = _Notes(self, parcel, end)
        try:
            await frontend.render(parcel, Opened(stream, begun) if begun else stream, notes)
        except DeliveryImpossibleError as error:
            await stream.result()
            log.warning("a reply can never arrive", parcel=parcel.id, reason=str(error))
            end = ParcelState.PARKED
        except (PicklebotError, ReplyAbandonedError):
            raise
        except Exception:
            self._stumbles[parcel.id] += 1
            if self._stumbles[parcel.id] < MOST_STUMBLES:
                raise
            await stream.result()
            log.exception("a reply breaks its frontend and is given up", parcel=parcel.id)
            end = ParcelState.PARKED
        self._stumbles.pop(parcel.id, None)
        if not notes.settled:
            await self._settle(parcel, end)

    async def _grant_line(self, parcel: Parcel) -> bool:
        now = self._now()
        log.warning("a reply came too late", parcel=parcel.id, finished=parcel.created_at.isoformat())
        return await self._database.write(
            lambda tx: self._outbox.grant_line(tx, parcel, now, most=MOST_LINES, every=LINES_EVERY)
        )

    async def _settle(self, parcel: Parcel, state: ParcelState) -> None:
        await self._database.persist(
            lambda tx: self._outbox.settle(tx, parcel, state, self._now()), synced=False
        )

    async def note_sending(self, parcel: Parcel, index: int) -> None:
        """See PartNotes."""
        await self._database.write(lambda tx: self._outbox.note_sending(tx, parcel, index))

    async def note_posted(
        self, parcel: Parcel, index: int, message_id: str, end: ParcelState | None = None
    ) -> None:
        """See PartNotes; with an `end` the parcel is settled in the same commit."""

        def work(tx: Transaction) -> None:
            self._outbox.note_posted(tx, parcel, index, message_id)
            if end is not None:
                self._outbox.settle(tx, parcel, end, self._now())

        # Where the machine's crash takes this away, the part is in doubt, and what is posted for it is marked.
        await self._database.persist(work, synced=False)

    async def offer(self, parcel: Parcel, choices: Choices) -> Buttons:
        """See PartNotes."""
        if (store := self._choices) is None:
            return ()
        until = self._now() + OFFERED
        return await self._database.write(
            lambda tx: store.offer(
                tx, choices, parcel_id=parcel.id, chat=parcel.chat, user_id=parcel.asker, until=until
            ),
            synced=False,
        )

    async def open_file(self, parcel: Parcel, path: str) -> OpenFile | None:
        """See PartNotes."""
        return await self._shelf.open(parcel.session_id, path) if self._shelf else None

    async def link_file(self, parcel: Parcel, path: str) -> str:
        """See PartNotes."""
        return await self._shelf.offer(parcel.session_id, path) if self._shelf else ""

    async def note_failed(self, parcel: Parcel, index: int, *, maybe_done: bool) -> None:
        """See PartNotes."""
        if maybe_done:
            self.uncertain_sends += 1
            log.warning("a message may have been sent, though nobody told us", parcel=parcel.id, part=index)
        note = self._outbox.note_uncertain if maybe_done else self._outbox.note_not_sent
        await self._database.persist(lambda tx: note(tx, parcel.id, index))


class _Notes:
    """Implements `ports.platform.PartNotes` for one parcel; `settled` once its last part was noted."""

    def __init__(self, shipping: Shipping, parcel: Parcel, end: ParcelState) -> None:
        self._shipping = shipping
        self._parcel = parcel
        self._end = end
        self.settled = False

    async def note_sending(self, index: int) -> None:
        await self._shipping.note_sending(self._parcel, index)

    async def note_posted(self, index: int, message_id: str, *, last: bool = False) -> None:
        await self._shipping.note_posted(self._parcel, index, message_id, self._end if last else None)
        self.settled = last

    async def offer(self, choices: Choices) -> Buttons:
        return await self._shipping.offer(self._parcel, choices)

    async def note_failed(self, index: int, *, maybe_done: bool) -> None:
        await self._shipping.note_failed(self._parcel, index, maybe_done=maybe_done)

    async def open_file(self, path: str) -> OpenFile | None:
        return await self._shipping.open_file(self._parcel, path)

    async def link_file(self, path: str) -> str:
        return await self._shipping.link_file(self._parcel, path)
