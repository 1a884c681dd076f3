"""One person in two places: one conversation, after a code that was said and a question that was answered."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from tests.bus.chat import Chat, labels
from tests.memory_road import Road, message, open_road

from picklebot import clock
from picklebot.model import words
from picklebot.model.message import Command
from picklebot.model.pairing import ALPHABET, LENGTH
from picklebot.testing.rules import FixedRules

CODE = re.compile(rf"/link ([{ALPHABET}]{{{LENGTH}}})\b")


async def code_of(chat: Chat) -> str:
    """A new code, made in this chat."""
    found = CODE.search(await chat.tell("link"))
    assert found is not None
    return found[1]


async def link(there: Chat, here: Chat) -> str:
    """Join the two, with a code of the first; gives what the second is told."""
    shown = await here.say("link", await code_of(there))
    assert labels(shown) == [words.LINK_YES, words.LINK_NO]
    before = len(there.road.frontend.shown)
    await here.press(shown, words.LINK_YES)
    told = (await there.road.frontend.wait(before + 2))[before:]
    by_chat = {each.parcel.address.chat_id: each.text for each in told}
    assert by_chat[there.user].startswith(words.LINKED_THERE.partition("{")[0])
    return by_chat[here.user]


async def bound(road: Road) -> dict[str, str]:
    return {key: binding.session_id for key, binding in (await road.bindings()).items()}


@pytest.mark.requirement("B3")
async def test_the_conversation_goes_on_where_the_code_is_said(road: Road) -> None:
    ann, dora = Chat(road, "1"), Chat(road, "2")
    await ann.ask("hello from here")
    await dora.ask("something else")
    before = await bound(road)
    assert "hello from here" in await link(ann, dora)
    assert await bound(road) == {"1": before["1"], "2": before["1"]}
    assert 'message 2 of our conversation, which began with "hello from here"' in await dora.ask("and there")
    assert "message 3 of our conversation" in await ann.ask("back again")
    assert "something else" in await dora.tell("sessions")
    assert "something else" in await ann.tell("sessions")


@pytest.mark.requirement("B3")
async def test_what_is_begun_or_resumed_in_one_place_goes_on_in_the_other(road: Road) -> None:
    ann, dora = Chat(road, "1"), Chat(road, "2")
    await ann.ask("one")
    await link(ann, dora)
    await dora.tell("new")
    assert "message 1 of our conversation" in await ann.ask("two")
    await ann.tell("resume", "2")
    assert "message 2 of our conversation" in await dora.ask("three")
    await dora.tell("fork")
    await ann.tell("agent", "engineer")
    assert len(set((await bound(road)).values())) == 1
    assert "3" in (await dora.tell("usage")).splitlines()[-1]


@pytest.mark.requirement("B3")
async def test_a_group_stays_by_itself(road: Road) -> None:
    ann, dora = Chat(road, "1"), Chat(road, "2")
    await ann.ask("one")
    await road.bus.accept(message("in the group", user="2", chat="-9"))
    await road.frontend.wait(2)
    await link(ann, dora)
    sessions = await bound(road)
    assert sessions["1"] == sessions["2"] != sessions["2@-9"]
    before = len(road.frontend.shown)
    for name, args in (("new", ""), ("link", ""), ("link", "ABCDEFGH")):
        await road.bus.accept(message(f"/{name}", user="2", chat="-9", command=Command(name, args)))
    told = (await road.frontend.wait(before + 3))[before:]
    assert [each.text for each in told] == [words.NEW_SESSION, words.IN_PRIVATE, words.IN_PRIVATE]
    after = await bound(road)
    assert (after["1"], after["2"]) == (sessions["1"], sessions["2"])


@pytest.mark.requirement("B3")
async def test_a_code_is_good_once_for_ten_minutes_and_not_for_its_maker(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, dora, eve = Chat(road, "1"), Chat(road, "2"), Chat(road, "3")
    code = await code_of(ann)
    assert await ann.tell("link", code) == words.LINK_SELF
    assert await dora.tell("link", f"{code} no") == words.LEFT_AS_IT_IS
    assert (await dora.tell("link", code)).startswith(words.LINK_ASK.partition("{")[0])
    before = len(road.frontend.shown)
    await dora.say("link", f"{code} yes")
    await road.frontend.wait(before + 2)
    assert await eve.tell("link", f"{code} yes") == words.NO_SUCH_LINK
    code = await code_of(ann)
    later = clock.now() + timedelta(minutes=10, seconds=1)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: later)
        assert await eve.tell("link", code) == words.NO_SUCH_LINK


@pytest.mark.requirement("B3")
async def test_guesses_are_limited(road: Road) -> None:
    ann, eve = Chat(road, "1"), Chat(road, "3")
    code = await code_of(ann)
    for number in range(5):
        assert await eve.tell("link", f"WRONG{number}") == words.NO_SUCH_LINK
    assert await eve.tell("link", code) == words.TOO_MANY_GUESSES


@pytest.mark.requirement("B3")
async def test_a_code_that_is_made_elsewhere_comes_with_a_link_to_say_it_by(tmp_path: Path) -> None:
    class Known:
        """A bot whose address is known."""

        def start_link(self, payload: str) -> str:
            return f"https://t.me/pickle_bot?start={payload}"

    class Unknown:
        """A bot that has not reached its platform yet."""

        def start_link(self, payload: str) -> str:
            return ""

    invitations = {"telegram": Known(), "other": Unknown(), "memory": Known()}
    async with open_road(tmp_path / "r.db", invitations=invitations) as road:
        told = await Chat(road).tell("link")
        assert re.findall(r"https://\S+", told) == [
            f"https://t.me/pickle_bot?start=link_{code}" for code in CODE.findall(told)
        ]
        [link] = re.findall(r"start=(\S+)", told)
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", link)
        shown = await Chat(road, "2").say("start", link)
        assert labels(shown) == [words.LINK_YES, words.LINK_NO]


@pytest.mark.requirement("B3")
async def test_a_link_to_the_bot_carries_the_code_and_asks_as_well(road: Road) -> None:
    ann, dora = Chat(road, "1"), Chat(road, "2")
    shown = await dora.say("start", f"link_{await code_of(ann)}")
    assert labels(shown) == [words.LINK_YES, words.LINK_NO]
    assert await bound(road) == {}
    await dora.say("start", "campaign")
    assert road.frontend.shown[-1].text.startswith(words.START.partition("{")[0])


@pytest.mark.requirement("B3")
async def test_a_chat_can_be_by_itself_again(road: Road) -> None:
    ann, dora = Chat(road, "1"), Chat(road, "2")
    await ann.ask("one")
    assert await dora.tell("link", "off") == words.NOT_LINKED
    await link(ann, dora)
    assert words.LINKED_WITH.format(places="Memory (1)") in await dora.tell("link")
    assert await dora.tell("link", "off") == words.UNLINKED
    assert "message 1 of our conversation" in await dora.ask("alone")
    assert "message 2 of our conversation" in await ann.ask("alone, too")
    assert len(set((await bound(road)).values())) == 2


@pytest.mark.requirement("B3")
@pytest.mark.requirement("B8")
async def test_forgetting_is_for_all_that_somebody_speaks_as(road: Road) -> None:
    ann, dora = Chat(road, "1"), Chat(road, "2")
    await ann.ask("one")
    await dora.ask("two")
    await link(ann, dora)
    assert await dora.tell("forget", "everything") == words.FORGOTTEN.format(
        count=words.counted("conversation", 2)
    )
    assert await bound(road) == {}
    assert await ann.tell("link", "off") == words.NOT_LINKED


@pytest.mark.requirement("S0.5")
async def test_a_code_lets_nobody_in(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", rules=FixedRules(admitted={"1"})) as road:
        code = await code_of(Chat(road, "1"))
        told = await Chat(road, "7").tell("link", f"{code} yes")
        assert told == words.NOT_ADMITTED.format(platform="Memory", user_id="7")
        assert await bound(road) == {}
