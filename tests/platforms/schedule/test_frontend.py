"""What an agent answers to a schedule is handed on, whole, to where the schedule wants it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from picklebot.errors import DeliveryImpossibleError, NotFoundError, StorageError, UsageError
from picklebot.model.events import Failed, Final, ReplyEvent, TextDelta
from picklebot.model.message import Address
from picklebot.model.parcel import Parcel
from picklebot.model.words import EMPTY_ANSWER, ONLY_FILES
from picklebot.platforms.schedule.frontend import ScheduleFrontend
from picklebot.ports.posting import Posted
from picklebot.testing.notes import MemoryNotes
from picklebot.testing.posting import RecordingPoster

EARLIER = datetime(2026, 1, 1, tzinfo=UTC)


class Poster(RecordingPoster):
    """Also keeps what is not said."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[dict[str, Any]] = []

    async def post(self, text: str, **fields: Any) -> Posted:
        self.fields.append(fields)
        return await super().post(text, **fields)


def parcel(to: str = "telegram:5", text: str | None = None) -> Parcel:
    return Parcel("p1", "s1", Address("schedule", "", to), EARLIER, text)


async def events(*said: ReplyEvent) -> AsyncIterator[ReplyEvent]:
    for event in said:
        yield event


async def render(poster: Poster, parcel: Parcel, *said: ReplyEvent) -> None:
    await ScheduleFrontend(lambda: poster).render(parcel, events(*said), MemoryNotes())


@pytest.mark.requirement("S0.9")
@pytest.mark.parametrize(
    ("to", "chat", "session"),
    [
        ("default", None, None),
        ("telegram:-5#6", "telegram:-5#6", None),
        ("session:abc", None, "abc"),
    ],
)
async def test_the_whole_answer_is_one_post(to: str, chat: str | None, session: str | None) -> None:
    poster = Poster()
    await render(poster, parcel(to), TextDelta("New"), Final("News!"))
    assert poster.posts == [("News!", chat, session)]
    assert poster.fields[0]["written_at"] > EARLIER


async def test_what_was_complete_before_is_the_same_post_and_keeps_its_age() -> None:
    poster = Poster()
    await render(poster, parcel(), Final("News!"))
    await render(poster, parcel(text="News!"), Final("I had an answer for you, but"))
    assert [text for text, _, _ in poster.posts] == ["News!", "News!"]
    first, second = poster.fields
    assert first["post_id"] == second["post_id"]
    assert second["written_at"] == EARLIER
    await render(poster, parcel(text="Other news!"), Final("Other news!"))
    assert poster.fields[2]["post_id"] != first["post_id"]


@pytest.mark.requirement("S0.9")
@pytest.mark.parametrize("text", ["NOTHING", "", EMPTY_ANSWER, ONLY_FILES])
async def test_nothing_is_posted_nowhere(text: str) -> None:
    poster = Poster()
    await render(poster, parcel(), Final(text))
    await render(poster, parcel(text=text), Final("(You wrote this 2 hours ago.)"))
    assert poster.posts == []


async def test_what_went_wrong_is_told_there() -> None:
    poster = Poster()
    await render(poster, parcel(), TextDelta("New"), Failed("unexpected", "Something went wrong."))
    assert poster.posts == [("Something went wrong.", "telegram:5", None)]


@pytest.mark.parametrize("error", [UsageError("telegram is off"), NotFoundError("no such session")])
async def test_a_place_that_cannot_be_posted_to_is_given_up(error: Exception) -> None:
    poster = Poster()
    poster.troubles = [error]
    with pytest.raises(DeliveryImpossibleError, match=str(error)):
        await render(poster, parcel(), Final("News!"))


async def test_what_cannot_be_kept_now_is_tried_again() -> None:
    poster = Poster()
    poster.troubles = [StorageError("locked")]
    with pytest.raises(StorageError):
        await render(poster, parcel(), Final("News!"))


async def test_nobody_is_told_that_a_schedule_waits() -> None:
    frontend = ScheduleFrontend(Poster)
    assert await frontend.whisper(parcel(), "wait", ()) is None
    await frontend.withdraw(parcel(), "1")
