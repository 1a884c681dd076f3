"""Replies that come late."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from picklebot.model.events import Failed, Final, ReplyEvent, TextDelta, ToolStarted
from picklebot.model.message import Address
from picklebot.model.parcel import Parcel
from picklebot.replies.age import Opened, opening, stale

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PARCEL = Parcel("p", "s", Address("memory", "bot", "chat"), NOON, "text")


@pytest.mark.requirement("P5")
def test_a_reply_is_stale_after_an_hour_unless_it_has_begun_to_show() -> None:
    assert not stale(PARCEL, NOON + timedelta(minutes=60))
    assert stale(PARCEL, NOON + timedelta(minutes=60, seconds=1))
    assert not stale(replace(PARCEL, posted=("1",)), NOON + timedelta(days=1))


@pytest.mark.requirement("P5")
def test_only_an_answer_to_an_old_message_says_how_old_it_is() -> None:
    assert opening(PARCEL) == ""
    assert opening(replace(PARCEL, asked_at=NOON - timedelta(minutes=59))) == ""
    assert opening(replace(PARCEL, asked_at=NOON - timedelta(hours=2))) == "(You wrote this 2 hours ago.)\n\n"


async def test_an_opening_comes_before_the_first_words_and_in_the_result() -> None:
    async def events() -> AsyncIterator[ReplyEvent]:
        for event in (ToolStarted("1", "x", "x"), TextDelta("a"), TextDelta("b"), Final("ab")):
            yield event

    assert [event async for event in Opened(events(), "> ")] == [
        ToolStarted("1", "x", "x"),
        TextDelta("> a"),
        TextDelta("b"),
        Final("> ab"),
    ]


@pytest.mark.parametrize(
    ("event", "shown"), [(Failed("x", "no"), Failed("x", "> no")), (Final(" "), Final(" "))]
)
async def test_an_opening_alone_is_no_answer(event: ReplyEvent, shown: ReplyEvent) -> None:
    async def events() -> AsyncIterator[ReplyEvent]:
        yield event

    assert [it async for it in Opened(events(), "> ")] == [shown]
