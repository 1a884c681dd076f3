"""Posts what an agent answers to a schedule where the schedule wants it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from hashlib import blake2b

import structlog

from picklebot import clock
from picklebot.errors import DeliveryImpossibleError, NotFoundError, UsageError
from picklebot.model.choice import Buttons
from picklebot.model.events import Failed, Final, ReplyEvent
from picklebot.model.parcel import Parcel
from picklebot.model.schedule import DEFAULT_CHAT, SESSION, says_nothing
from picklebot.model.words import EMPTY_ANSWER, ONLY_FILES
from picklebot.ports.platform import PartNotes
from picklebot.ports.posting import Poster

log = structlog.get_logger()


class ScheduleFrontend:
    """Hands each whole answer on as a post, which is owed to its chat from then on like anything that is said there.

    Handed on twice, as a crash may have it, it is one post all the same. An answer of `NOTHING` is posted nowhere.
    """

    def __init__(self, poster: Callable[[], Poster]) -> None:
        self._poster = poster

    async def render(self, parcel: Parcel, events: AsyncIterator[ReplyEvent], notes: PartNotes) -> None:  # noqa: ARG002 - the post has parts, this has none
        """See Frontend. What was complete before keeps its age: whether it comes too late is for its chat to say."""
        if parcel.text is not None:
            await self._hand_on(parcel, parcel.text)
            return
        async for event in events:
            if isinstance(event, Final | Failed):
                await self._hand_on(parcel, event.text)

    async def whisper(self, parcel: Parcel, text: str, buttons: Buttons) -> None:
        """See Frontend. Nobody waits here."""

    async def withdraw(self, parcel: Parcel, message_id: str) -> None:
        """See Frontend."""

    def close(self, parcel: Parcel) -> None:
        """See Frontend. Nothing of the kind is shown."""

    async def _hand_on(self, parcel: Parcel, text: str) -> None:
        if says_nothing(text) or text in {EMPTY_ANSWER, ONLY_FILES}:
            log.info("a schedule's agent has nothing to say", turn=parcel.id, session=parcel.session_id)
            return
        to = parcel.address.chat_id
        try:
            await self._poster().post(
                text,
                to=None if to == DEFAULT_CHAT or to.startswith(SESSION) else to,
                session_id=to.removeprefix(SESSION) if to.startswith(SESSION) else None,
                post_id=_post_id(parcel, text),
                written_at=clock.now() if parcel.text is None else parcel.created_at,
            )
        except (UsageError, NotFoundError) as error:
            raise DeliveryImpossibleError(str(error)) from None


def _post_id(parcel: Parcel, text: str) -> str:
    """A turn that an operator lets run again is answered again, under the same parcel's id."""
    return f"{parcel.id}:{blake2b(text.encode('utf-8', 'backslashreplace'), digest_size=8).hexdigest()}"
