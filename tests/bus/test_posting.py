"""The service speaks first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.bus.chat import Chat
from tests.figures import Figure
from tests.memory_road import Road, message

from picklebot.bus.destinations import Destinations
from picklebot.bus.posting import Posting, PostLedgers
from picklebot.errors import ConflictError, NotFoundError, UsageError
from picklebot.model.history import Role
from picklebot.model.message import Address, ChatKind
from picklebot.model.session import Scope
from picklebot.ports.rules import ChatRule
from picklebot.ports.storage import Binding, Origin
from picklebot.sessions.resolver import SessionResolver
from picklebot.storage.whereabouts import SqlWhereabouts


class MemoryAddresses:
    """Implements `ports.posting.AddressBook`: groups begin with g."""

    def chat(self, chat_id: str, thread_id: str | None = None) -> Address:
        kind = ChatKind.GROUP if chat_id.startswith("g") else ChatKind.PRIVATE
        return Address("memory", "bot", chat_id, kind, thread_id)

    def person(self, user_id: str, thread_id: str | None = None) -> Address:
        return self.chat(user_id, thread_id)


@pytest.fixture
def posting(road: Road) -> Posting:
    stores = road.stores
    return Posting(
        database=road.database,
        ledgers=PostLedgers(
            stores.bindings, stores.sessions, stores.history, SqlWhereabouts(), stores.outbox
        ),
        resolver=SessionResolver(stores.bindings, stores.sessions, road.rules, stores.links),
        rules=road.rules,
        delivery=road.delivery,
        destinations=Destinations({"memory": MemoryAddresses()}, "memory", {"memory": "123"}),
    )


async def said(road: Road, session_id: str) -> list[tuple[Role, str]]:
    rows = await road.database.read(lambda tx: road.stores.history.messages(tx, session_id))
    return [(row.role, row.text) for _, row in rows]


@pytest.mark.requirement("S0.9")
async def test_a_post_arrives_in_the_default_chat(road: Road, posting: Posting) -> None:
    posted = await posting.post("The build is done.")
    (shown,) = await road.frontend.wait(1)
    assert (shown.text, shown.parcel.id) == ("The build is done.", posted.id)
    assert shown.parcel.address == Address("memory", "bot", "123")


@pytest.mark.requirement("S0.9")
async def test_an_answer_to_a_post_goes_on_in_the_session_that_knows_of_it(
    road: Road, posting: Posting, figure: Figure
) -> None:
    posted = await posting.post("Shall I deploy?")
    await road.bus.accept(message("yes", user="123"))
    await road.frontend.wait(2)
    assert (await road.bindings())["123"].session_id == posted.session_id
    figure("S0.9", "a post, and the answer to it in the same session", "arrived")
    history = await said(road, posted.session_id)
    assert history[:2] == [(Role.ASSISTANT, "Shall I deploy?"), (Role.USER, "yes")]
    loaded = await road.database.read(lambda tx: road.stores.history.load(tx, posted.session_id, 50))
    assert loaded.messages[0].text == "Shall I deploy?"
    assert loaded.first_text == "yes"


@pytest.mark.requirement("S0.9")
async def test_a_post_to_a_session_arrives_where_it_was_last_spoken_in(road: Road, posting: Posting) -> None:
    await road.bus.accept(message("hello", user="5", chat="g1", thread="7"))
    await road.frontend.wait(1)
    session_id = (await road.bindings())["@g1#7"].session_id
    posted = await posting.post("By the way.", session_id=session_id)
    shown = await road.frontend.wait(2)
    assert shown[1].parcel.address == posted.address == Address("memory", "bot", "g1", ChatKind.GROUP, "7")
    assert (await said(road, session_id))[-1] == (Role.ASSISTANT, "By the way.")


async def test_a_post_to_a_group_of_separate_speakers_is_in_no_session(road: Road, posting: Posting) -> None:
    assert (await posting.post("Hello all.", to="memory:g1")).session_id == ""
    assert await road.bindings() == {}
    await road.frontend.wait(1)


async def test_a_post_to_a_group_that_shares_a_session_is_in_it(road: Road, posting: Posting) -> None:
    road.rules.chats["g1"] = ChatRule(scope=Scope.CHAT)
    assert (await posting.post("too early", to="memory:g1")).session_id == ""
    await road.bus.accept(message("hello", chat="g1"))
    posted = await posting.post("Hello all.", to="memory:g1")
    assert posted.session_id == (await road.bindings())["@g1"].session_id


async def test_a_post_begins_no_session_for_somebody_who_is_not_admitted(
    road: Road, posting: Posting
) -> None:
    road.rules.admitted = set()
    assert (await posting.post("Hello stranger.")).session_id == ""
    assert await road.bindings() == {}


async def test_a_lost_session_is_left_for_its_speaker_to_hear_of(road: Road, posting: Posting) -> None:
    await road.bind("123", Binding("gone", Origin.SERVICE))
    assert (await posting.post("Hello.")).session_id == ""
    assert await road.database.read(lambda tx: road.stores.sessions.get(tx, "gone")) is None


@pytest.mark.requirement("S0.9")
async def test_what_is_posted_again_under_its_id_is_posted_once(road: Road, posting: Posting) -> None:
    first = await posting.post("Done.", post_id="nightly-1")
    assert await posting.post("Done.", post_id="nightly-1") == first
    assert (await posting.post("Done.", to="memory:123", post_id="nightly-1")).id != first.id
    assert (await posting.post("Done.", post_id="nightly-2")).id != first.id
    with pytest.raises(ConflictError, match="another text"):
        await posting.post("Undone.", post_id="nightly-1")
    assert len(await road.frontend.wait(3)) == 3
    assert await said(road, first.session_id) == [(Role.ASSISTANT, "Done.")] * 3


async def test_what_cannot_be_posted_is_refused(road: Road, posting: Posting) -> None:
    with pytest.raises(UsageError, match="nothing to post"):
        await posting.post(" \n")
    with pytest.raises(UsageError, match="not both"):
        await posting.post("x", to="memory:1", session_id="s")
    with pytest.raises(NotFoundError, match="no session nobody"):
        await posting.post("x", session_id="nobody")
    assert await road.bindings() == {}


@pytest.mark.requirement("P5")
async def test_a_post_that_was_written_long_ago_is_as_stale_as_any_answer(
    road: Road, posting: Posting
) -> None:
    written_at = datetime.now(UTC) - timedelta(hours=2)
    await posting.post("The build is done.", written_at=written_at)
    await posting.post("The build failed.")
    shown = await road.frontend.wait(2)
    assert shown[0].text.startswith("I had an answer for you 2 hours ago")
    assert shown[1].text == "The build failed."


@pytest.mark.requirement("B8")
async def test_a_shared_session_is_reached_though_its_last_speaker_was_forgotten(
    road: Road, posting: Posting
) -> None:
    """What is left of their message leads nowhere; what somebody said before it does."""
    road.rules.chats["g9"] = ChatRule(Scope.CHAT)
    for user in ("1", "2"):
        await road.bus.accept(message("hello", user=user, chat="g9"))
    await road.frontend.wait(2)
    session_id = (await road.bindings())["@g9"].session_id
    for number, user in enumerate(("2", "1"), 1):
        await Chat(road, user).tell("forget", "everything")
        posted = await posting.post("News.", session_id=session_id)
        assert (posted.address.chat_id, posted.address.chat_kind) == ("g9", ChatKind.GROUP)
        assert (await road.frontend.wait(2 + 2 * number))[-1].text == "News."
